"""How a camera was held, from a photograph's Exif block (CIPA DC-008), which nothing else is read of."""

from __future__ import annotations

import re
from typing import Final, Literal

import numpy as np

from screener.imaging.prepare import Pixels

UPRIGHT: Final = 1
ORIENTATION: Final = 0x0112
SHORT: Final = 3
MOST_FIELDS: Final = 200
LOOKED_AT_BYTES: Final = 256 * 1024
"""Exif stands before the picture; a thumbnail's own lies further back."""

_BLOCK: Final = re.compile(rb"Exif\0\0(II\x2a\0|MM\0\x2a)")


def orientation(data: bytes) -> int:
    """1 to 8 as Exif counts them; 1, upright, where the file says nothing that makes sense."""
    found = _BLOCK.search(data, 0, LOOKED_AT_BYTES)
    if found is None:
        return UPRIGHT
    block = data[found.start(1) :]
    order: Literal["little", "big"] = "little" if block[:2] == b"II" else "big"
    at = int.from_bytes(block[4:8], order)
    fields = min(int.from_bytes(block[at : at + 2], order), MOST_FIELDS)
    for entry in (block[at + 2 + 12 * n : at + 14 + 12 * n] for n in range(fields)):
        if int.from_bytes(entry[:2], order) == ORIENTATION and int.from_bytes(entry[2:4], order) == SHORT:
            value = int.from_bytes(entry[8:10], order)
            return value if 1 <= value <= 8 else UPRIGHT
    return UPRIGHT


def upright(pixels: Pixels, held: int) -> Pixels:
    """Pixels [H, W] or [H, W, C] as the camera's owner saw them."""
    if held in {5, 6, 7, 8}:
        pixels = np.swapaxes(pixels, 0, 1)
    if held in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    return pixels[:, ::-1] if held in {2, 3, 6, 7} else pixels
