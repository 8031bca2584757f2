"""Windows bitmaps (BMP): 8-bit with a palette, 24 and 32 bits, without compression."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from screener.config import ImageLimits
from screener.imaging.announced import Announced, ImageFormat, check_limits
from screener.imaging.prepare import Pixels
from screener.imaging.reasons import ImageFault, refused

MAGIC: Final = b"BM"
HEADER: Final = struct.Struct("<2sIHHIIiiHHIIiiII")
HEADER_SIZES: Final = frozenset({40, 52, 56, 64, 108, 124})
BIT_FIELDS: Final = 3
PLAIN_MASKS: Final = (0x00FF0000, 0x0000FF00, 0x000000FF)


@dataclass(frozen=True, slots=True)
class _Header:
    start: int
    header_bytes: int
    cols: int
    rows: int
    top_down: bool
    bits: int
    colours: int
    per_metre: tuple[int, int]

    @property
    def row_bytes(self) -> int:
        """Rows are padded to four bytes."""
        return (self.cols * self.bits + 31) // 32 * 4


def is_bitmap(data: bytes) -> bool:
    """Whether the file begins as one."""
    return data.startswith(MAGIC)


def bitmap_pixels(data: bytes, limits: ImageLimits) -> Pixels:
    """Grey [H, W] or RGB [H, W, 3], uint8, the top row first.

    Raises `BadInput` where it is damaged, beyond the limits, or of another kind.
    """
    header = _header(data)
    channels = 1 if header.bits == 8 else 3
    check_limits(Announced(ImageFormat.PNG, header.rows, header.cols, channels, 8), limits)
    end = header.start + header.rows * header.row_bytes
    if header.start < 14 + header.header_bytes or end > len(data):
        raise refused(ImageFault.CORRUPT, f"BMP: cut short: expected {end} bytes, got {len(data)}")
    lines = np.frombuffer(data, np.uint8, header.rows * header.row_bytes, header.start)
    lines = lines.reshape(header.rows, header.row_bytes)
    lines = lines if header.top_down else lines[::-1]
    if header.bits == 8:
        return _through_palette(lines[:, : header.cols], _palette(data, header))
    step = header.bits // 8
    pixels = lines[:, : header.cols * step].reshape(header.rows, header.cols, step)
    return np.ascontiguousarray(pixels[:, :, 2::-1])


def bitmap_per_metre(data: bytes) -> tuple[int, int]:
    """Pixels per metre that the file mentions, along rows and columns; zeros where it does not."""
    return _header(data).per_metre


def _header(data: bytes) -> _Header:
    if len(data) < HEADER.size:
        raise refused(ImageFault.CORRUPT, f"BMP: expected a header of {HEADER.size} bytes, got {len(data)}")
    fields = HEADER.unpack_from(data)
    start, header_bytes, cols, rows, planes, bits, packing = fields[4], *fields[5:8], *fields[8:11]
    if header_bytes not in HEADER_SIZES or planes != 1 or cols < 1 or rows == 0:
        raise refused(ImageFault.CORRUPT, "BMP: its header is none of Windows")
    if bits not in (8, 24, 32):
        raise refused(ImageFault.BIT_DEPTH, f"BMP: expected 8, 24 or 32 bits a pixel, got {bits}")
    if packing != 0 and not (packing == BIT_FIELDS and bits == 32 and _masks(data) == PLAIN_MASKS):
        raise refused(ImageFault.ENCODING, f"BMP: expected no compression, got kind {packing}")
    return _Header(start, header_bytes, cols, abs(rows), rows < 0, bits, fields[14], (fields[12], fields[13]))


def _masks(data: bytes) -> tuple[int, ...]:
    return struct.unpack_from("<3I", data, HEADER.size) if len(data) >= HEADER.size + 12 else ()


def _palette(data: bytes, header: _Header) -> NDArray[Any]:
    """RGB [256, 3]; what lies beyond its end is black."""
    count = header.colours or 256
    at = 14 + header.header_bytes
    if count > 256 or at + 4 * count > header.start:
        raise refused(ImageFault.CORRUPT, f"BMP: a palette of {count} colours does not fit before the pixels")
    palette = np.zeros((256, 3), np.uint8)
    palette[:count] = np.frombuffer(data, np.uint8, 4 * count, at).reshape(count, 4)[:, 2::-1]
    return palette


def _through_palette(indices: NDArray[Any], palette: NDArray[Any]) -> Pixels:
    """A palette of greys alone gives a grey picture."""
    if np.array_equal(palette[:, 0], palette[:, 1]) and np.array_equal(palette[:, 0], palette[:, 2]):
        return np.ascontiguousarray(palette[:, 0][indices])
    return np.ascontiguousarray(palette[indices])
