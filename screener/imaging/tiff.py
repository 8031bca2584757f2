"""The headers of a TIFF file (revision 6.0): every page's directory, checked against the file's end."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from screener.imaging.announced import Announced, ImageFormat
from screener.imaging.reasons import ImageFault, refused

MAGICS = (b"II*\x00", b"MM\x00*")
BIG_MAGICS = (b"II+\x00", b"MM\x00+")

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, ORIENTATION, SAMPLES = 256, 257, 258, 259, 262, 274, 277
STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES, SAMPLE_FORMAT = 273, 279, 324, 325, 339
READ = frozenset(
    {WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, ORIENTATION, SAMPLES}
    | {STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES, SAMPLE_FORMAT}
)
BLACK_IS_ZERO, IS_RGB = 1, 2
COMPRESSIONS = {1: "none", 5: "LZW", 8: "deflate", 32946: "deflate", 32773: "PackBits"}
MAX_VALUES = 100_000
"""More strips than any picture within the limits has rows."""

NUMBERS = {1: "B", 3: "H", 4: "I"}
"""Field types that sizes, offsets and counts may have: BYTE, SHORT, LONG."""

Tags = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    order: Literal["<", ">"]

    def numbers(self, code: str, at: int, count: int = 1) -> tuple[int, ...]:
        """`count` unsigned numbers at byte `at`; raises `BadInput` beyond the end of the file."""
        shape = f"{self.order}{count}{code}"
        if at + struct.calcsize(shape) > len(self.data):
            raise refused(ImageFault.CORRUPT, f"TIFF: byte {at} lies beyond its {len(self.data)} bytes")
        return struct.unpack_from(shape, self.data, at)


def announced_tiff(data: bytes, max_pages: int) -> Announced:
    """What the file announces; raises `BadInput` where it is cut short or a variant that is not read.

    Pages beyond `max_pages` + 1 are not looked at, so a loop of directories ends there too.
    """
    file = _File(data, "<" if data[:2] == b"II" else ">")
    pages: list[Announced] = []
    for tags in _directories(file):
        pages.append(_page(tags, len(data)))
        if len(pages) > max_pages:
            raise refused(ImageFault.TOO_MANY_PAGES, f"TIFF: expected at most {max_pages} page(s), got more")
    if not pages:
        raise refused(ImageFault.CORRUPT, "TIFF: it has no page")
    if any(page != pages[0] for page in pages):
        raise refused(ImageFault.SHAPE, f"TIFF: expected equal pages, got {' and '.join(map(str, pages))}")
    first = pages[0]
    return Announced(ImageFormat.TIFF, first.rows, first.cols, first.channels, first.bits, len(pages))


def _directories(file: _File) -> Iterator[Tags]:
    (at,) = file.numbers("I", 4)
    seen: set[int] = set()
    while at:
        if at in seen:
            raise refused(ImageFault.CORRUPT, f"TIFF: the directory at byte {at} comes round again")
        seen.add(at)
        (count,) = file.numbers("H", at)
        yield _tags(file, at + 2, count)
        (at,) = file.numbers("I", at + 2 + 12 * count)


def _tags(file: _File, at: int, count: int) -> Tags:
    tags: dict[int, tuple[int, ...]] = {}
    for place in range(at, at + 12 * count, 12):
        for tag, values in _field(file, place):
            if tag in tags:
                raise refused(ImageFault.CORRUPT, f"TIFF: tag {tag} comes twice")
            tags[tag] = values
    return tags


def _field(file: _File, at: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The field's tag and values, if it is one that is read."""
    tag, kind = file.numbers("H", at, 2)
    if tag not in READ:
        return
    (count,) = file.numbers("I", at + 4)
    if kind not in NUMBERS or not 0 < count <= MAX_VALUES:
        raise refused(ImageFault.CORRUPT, f"TIFF: tag {tag} has type {kind} and {count} values")
    inside = count * struct.calcsize(f"={NUMBERS[kind]}") <= 4
    place = at + 8 if inside else file.numbers("I", at + 8)[0]
    yield tag, file.numbers(NUMBERS[kind], place, count)


def _page(tags: Tags, file_bytes: int) -> Announced:
    _check_data_inside(tags, file_bytes)
    samples, bits = _one(tags, SAMPLES, 1), tags.get(BITS, (1,))
    compression, photometric = _one(tags, COMPRESSION, 1), _one(tags, PHOTOMETRIC, -1)
    if compression not in COMPRESSIONS:
        raise _variant(f"compression {', '.join(sorted(set(COMPRESSIONS.values())))}", compression)
    if (photometric, samples) not in ((BLACK_IS_ZERO, 1), (IS_RGB, 3)):
        raise _variant(
            "grey with black as zero, or RGB without alpha", f"photometric {photometric}, {samples} samples"
        )
    if set(tags.get(SAMPLE_FORMAT, (1,))) != {1}:
        raise _variant("unsigned integers", f"sample format {tags[SAMPLE_FORMAT]}")
    if _one(tags, ORIENTATION, 1) != 1:
        raise _variant("orientation 1", _one(tags, ORIENTATION, 1))
    if len(set(bits)) != 1:
        raise _variant("equal bits in all channels", bits)
    return Announced(ImageFormat.TIFF, _one(tags, LENGTH, 0), _one(tags, WIDTH, 0), samples, bits[0])


def _check_data_inside(tags: Tags, file_bytes: int) -> None:
    """A file that was cut short still has its directory, but not all of its strips or tiles."""
    offsets = tags.get(STRIP_OFFSETS) or tags.get(TILE_OFFSETS) or ()
    counts = tags.get(STRIP_BYTES) or tags.get(TILE_BYTES) or ()
    if not offsets or len(offsets) != len(counts):
        raise refused(ImageFault.CORRUPT, f"TIFF: {len(offsets)} strips with {len(counts)} lengths")
    end = max(offset + count for offset, count in zip(offsets, counts, strict=True))
    if end > file_bytes:
        raise refused(ImageFault.CORRUPT, f"TIFF: cut short: expected {end} bytes, got {file_bytes}")


def _one(tags: Tags, tag: int, default: int) -> int:
    return tags.get(tag, (default,))[0]


def _variant(expected: str, got: object) -> Exception:
    return refused(ImageFault.ENCODING, f"TIFF: expected {expected}, got {got}")
