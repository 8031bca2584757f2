"""The resolution that PNG, TIFF and BMP files mention: a hint at the pitch, since many writers put in any.

What is usual for screens and printers is no hint.
"""

from __future__ import annotations

import struct
from typing import Final

from screener.contracts.wire import PitchMm
from screener.hub.exports.bitmap import bitmap_per_metre, is_bitmap
from screener.imaging import png, tiff

INCH_MM: Final = 25.4
USUAL_DPI: Final = (72.0, 96.0, 100.0, 150.0, 200.0, 300.0, 600.0)
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
UNIT_MM: Final = {2: INCH_MM, 3: 10.0}
MAX_CHUNKS: Final = 1000


def pitch_hint(data: bytes) -> PitchMm | None:
    """The pitch that a sound file mentions, if it is one that a scanner may have: columns along the belt."""
    try:
        per_mm = _per_mm(data)
    except struct.error:
        return None
    if per_mm is None or min(per_mm) <= 0:
        return None
    along, across = (1 / one for one in per_mm)
    if not all(0.02 < side <= 20 for side in (along, across)) or all(_usual(one) for one in per_mm):
        return None
    return PitchMm(across=round(across, 6), along=round(along, 6))


def _usual(per_mm: float) -> bool:
    return any(abs(per_mm * INCH_MM - dpi) < 0.1 for dpi in USUAL_DPI)


def _per_mm(data: bytes) -> tuple[float, float] | None:
    """Pixels per mm along a row and down a column."""
    if data.startswith(png.MAGIC):
        return _of_png(data)
    if data.startswith(tiff.MAGICS):
        return _of_tiff(data)
    if is_bitmap(data):
        x, y = bitmap_per_metre(data)
        return x / 1000, y / 1000
    return None


def _of_png(data: bytes) -> tuple[float, float] | None:
    at = len(png.MAGIC)
    for _ in range(MAX_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"pHYs" and length == 9:
            x, y, unit = struct.unpack_from(">IIB", data, at + 8)
            return (x / 1000, y / 1000) if unit == 1 else None
        if kind in (b"IDAT", b"IEND"):
            return None
        at += 12 + length
    return None


def _of_tiff(data: bytes) -> tuple[float, float] | None:
    order = "<" if data[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    ratios: dict[int, float] = {}
    unit = 2
    for at in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, _, value = struct.unpack_from(f"{order}HHII", data, at)
        if tag in (X_RESOLUTION, Y_RESOLUTION) and kind == 5:
            over, under = struct.unpack_from(f"{order}II", data, value)
            ratios[tag] = over / under if under else 0.0
        elif tag == RESOLUTION_UNIT and kind == 3:
            (unit,) = struct.unpack_from(f"{order}H", data, at + 8)
    if unit not in UNIT_MM or len(ratios) != 2:
        return None
    return ratios[X_RESOLUTION] / UNIT_MM[unit], ratios[Y_RESOLUTION] / UNIT_MM[unit]
