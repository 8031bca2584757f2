"""Broken images under right headers and the right SHA-256: only whoever decodes them can tell."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from screener.config import ImageLimits
from screener.errors import BadInput
from screener.hub.chance import Rng, one_of
from screener.hub.corruption import bombs
from screener.hub.corruption.headers import CONTENT_TYPE, with_header, with_value
from screener.hub.corruption.kinds import Corruption
from screener.imaging.decode import announce
from screener.stream.port import Message

BOMB_SIDE_PX = 30_000
IMAGE_TYPES = ("image/png", "image/jpeg", "image/tiff")
MUTATED_BYTES = 64
"""Mutations fall where a file says what it is, so that they are seen without decoding it here."""

TEXTS = (b"<html><body>502 Bad Gateway</body></html>", b"GIF89a", b"%PDF-1.7\n", b"II+\x00", b"image")


def _scan(message: Message, image: bytes, content_type: str | None = None) -> Message:
    """The message with another image, hashed rightly, and the energy that a grey one has."""
    hashed = with_header(message, "ce_sha256", hashlib.sha256(image).hexdigest().encode())
    if content_type is not None:
        hashed = with_header(with_header(hashed, CONTENT_TYPE, content_type.encode()), "ce_energy", b"single")
    return with_value(hashed, image)


def _truncated(message: Message, rng: Rng) -> Message:
    image = message.value or b""
    return _refused(message, lambda: image[: int(len(image) * rng.uniform(0.01, 0.95)) + 1])


def _mutated(message: Message, rng: Rng) -> Message:
    image = message.value or b""

    def mutated() -> bytes:
        changed = bytearray(image)
        for place in rng.integers(0, min(MUTATED_BYTES, len(image)), 4):
            changed[int(place)] = int(rng.integers(256))
        return bytes(changed)

    return _refused(message, mutated)


def _refused(message: Message, draw: Callable[[], bytes]) -> Message:
    """The first image drawn that is refused by what it says of itself."""
    content_type = dict(message.headers)[CONTENT_TYPE].decode()
    while True:
        image = draw()
        try:
            announce(image, content_type, ImageLimits())
        except BadInput:
            return _scan(message, image)


def _noise(message: Message, rng: Rng) -> Message:
    return _scan(message, b"\x00" + rng.bytes(int(rng.integers(0, 4096))))


def _other_type(message: Message, rng: Rng) -> Message:
    """The image as it is, declared as one of another format."""
    own = dict(message.headers)[CONTENT_TYPE].decode()
    other = one_of(rng, [kind for kind in IMAGE_TYPES if kind != own])
    return with_header(message, CONTENT_TYPE, other.encode())


def _tiny(message: Message, rng: Rng) -> Message:
    cols, rows = (int(side) for side in rng.integers(1, 8, 2))
    fine = with_header(with_header(message, "ce_pitchacross", b"1.5"), "ce_pitchalong", b"1.5")
    return _scan(fine, bombs.png(cols, rows), "image/png")


def _energy(message: Message, _: Rng) -> Message:
    """A grey picture declared as dual energy."""
    return with_header(_scan(message, bombs.png(128, 128), "image/png"), "ce_energy", b"dual")


def _coarse(message: Message, rng: Rng) -> Message:
    name = one_of(rng, ("ce_pitchacross", "ce_pitchalong"))
    return with_header(message, name, f"{rng.uniform(5, 19):.2f}".encode())


def _float(message: Message, _: Rng) -> Message:
    return _scan(message, bombs.tiff(8, 8, sample_format=bombs.FLOAT), "image/tiff")


def _pages(message: Message, rng: Rng) -> Message:
    return _scan(message, bombs.tiff(16, 16, pages=int(rng.integers(3, 50))), "image/tiff")


KINDS: Mapping[Corruption, Callable[[Message, Rng], Message]] = {
    Corruption.IMAGE_TRUNCATED: _truncated,
    Corruption.IMAGE_MUTATED: _mutated,
    Corruption.IMAGE_NOISE: _noise,
    Corruption.IMAGE_TEXT: lambda message, rng: _scan(message, one_of(rng, TEXTS)),
    Corruption.IMAGE_OTHER_TYPE: _other_type,
    Corruption.IMAGE_TINY: _tiny,
    Corruption.IMAGE_ENERGY: _energy,
    Corruption.IMAGE_FLOAT: _float,
    Corruption.IMAGE_PAGES: _pages,
    Corruption.PITCH_COARSE: _coarse,
    Corruption.BOMB_PNG: lambda message, _: _scan(
        message, bombs.png(BOMB_SIDE_PX, BOMB_SIDE_PX, rows_held=8), "image/png"
    ),
    Corruption.BOMB_JPEG: lambda message, _: _scan(
        message, bombs.jpeg(BOMB_SIDE_PX, BOMB_SIDE_PX), "image/jpeg"
    ),
    Corruption.BOMB_TIFF: lambda message, _: _scan(
        message, bombs.tiff(BOMB_SIDE_PX, BOMB_SIDE_PX), "image/tiff"
    ),
}
