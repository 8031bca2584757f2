"""A barcode as a camera sees it: Code 39, drawn bar by bar (ISO/IEC 16388)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

BARS: Final = {
    "0": "nnnwwnwnn",
    "1": "wnnwnnnnw",
    "2": "nnwwnnnnw",
    "3": "wnwwnnnnn",
    "4": "nnnwwnnnw",
    "5": "wnnwwnnnn",
    "6": "nnwwwnnnn",
    "7": "nnnwnnwnw",
    "8": "wnnwnnwnn",
    "9": "nnwwnnwnn",
    "P": "nnwnwnnwn",
    "-": "nwnnnnwnw",
    "*": "nwnnwnwnn",
}
"""Bars and spaces in turn, narrow and wide."""

NARROW_PX, WIDE_PX = 3, 8
WIDTH, HEIGHT = 1280, 720


def drawn(text: str) -> NDArray[np.uint8]:
    """A picture grey [720, 1280] with the code in its middle, a little noisy and uneven as cameras are."""
    row = [
        (place % 2 == 0, WIDE_PX if wide == "w" else NARROW_PX)
        for char in f"*{text}*"
        for place, wide in enumerate(BARS[char] + "n")
    ]
    line = np.concatenate([np.full(width, 40 if bar else 225, np.uint8) for bar, width in row])
    assert line.size < WIDTH - 80, "too long for one picture"
    picture = np.full((HEIGHT, WIDTH), 215, np.uint8)
    left = (WIDTH - line.size) // 2
    picture[250:470, left - 40 : left + line.size + 40] = 225
    picture[260:460, left : left + line.size] = line
    noise = np.random.default_rng(7).normal(0, 4, picture.shape)
    return np.asarray((picture + noise).clip(0, 255), np.uint8)


def film(path: Path, text: str) -> Path:
    """The same as a film for a browser's pretended camera: JPEGs one after the other."""
    path.write_bytes(bytes(cv2.imencode(".jpg", drawn(text))[1]) * 2)
    return path
