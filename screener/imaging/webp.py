"""The headers of a WebP file (RFC 9649), walked from chunk to chunk: photographs come so, scans never do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from screener.config import ImageLimits
from screener.imaging.announced import Announced, ImageFormat, check_bytes, check_limits
from screener.imaging.reasons import ImageFault, refused

CONTENT_TYPE: Final = "image/webp"
LOSSY_START: Final = b"\x9d\x01\x2a"
LOSSLESS_START: Final = 0x2F
ANIMATED, WITH_ALPHA = 0x02, 0x10
HEADER_BYTES: Final = 10


def announced_webp(data: bytes, limits: ImageLimits) -> Announced:
    """What the file announces, checked against the limits. Raises `BadInput` where it is cut or animated."""
    check_bytes(data, limits)
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise refused(ImageFault.CONTENT_TYPE, f"declared as {CONTENT_TYPE!r}, but the bytes are none")
    canvas: Announced | None = None
    for kind, head in _chunks(data):
        if kind == b"VP8X":
            canvas = _canvas(head)
        elif kind in {b"VP8 ", b"VP8L"}:
            picture = _lossy(head, canvas) if kind == b"VP8 " else _lossless(head)
            if canvas is not None and (picture.rows, picture.cols) != (canvas.rows, canvas.cols):
                raise refused(ImageFault.CORRUPT, f"WebP: expected {canvas}, got {picture}")
            check_limits(picture, limits)
            return picture
    raise refused(ImageFault.CORRUPT, "WebP: it ends without a picture")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every chunk's name and first bytes."""
    at = 12
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise refused(ImageFault.CORRUPT, f"WebP: cut short after {len(data)} bytes")
        yield kind, data[at + 8 : at + 8 + min(length, HEADER_BYTES)]
        at += 8 + length + length % 2


def _canvas(head: bytes) -> Announced:
    if len(head) < HEADER_BYTES:
        raise refused(ImageFault.CORRUPT, "WebP: VP8X is too short")
    if head[0] & ANIMATED:
        raise refused(ImageFault.TOO_MANY_PAGES, "WebP: expected one picture, got an animation")
    cols, rows = (1 + int.from_bytes(head[at : at + 3], "little") for at in (4, 7))
    return _announced(rows, cols, alpha=bool(head[0] & WITH_ALPHA))


def _lossy(head: bytes, canvas: Announced | None) -> Announced:
    if len(head) < HEADER_BYTES or head[3:6] != LOSSY_START:
        raise refused(ImageFault.CORRUPT, "WebP: VP8 does not begin with a key frame")
    cols, rows = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return _announced(rows, cols, alpha=canvas is not None and canvas.channels == 4)


def _lossless(head: bytes) -> Announced:
    if len(head) < 5 or head[0] != LOSSLESS_START:
        raise refused(ImageFault.CORRUPT, "WebP: VP8L does not begin as it should")
    bits = int.from_bytes(head[1:5], "little")
    return _announced(1 + (bits >> 14 & 0x3FFF), 1 + (bits & 0x3FFF), alpha=bool(bits >> 28 & 1))


def _announced(rows: int, cols: int, *, alpha: bool) -> Announced:
    return Announced(ImageFormat.WEBP, rows, cols, 4 if alpha else 3, bits=8)
