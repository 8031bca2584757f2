"""What the model saw where: as a small PNG for programs, and laid over the scan for people.

The PNG is RGB with 8 bits: red, green and blue are the probabilities of cigarettes, loose tobacco and
e-cigarettes, 255 is 1.0; one pixel is one cell of 8 x 8 model pixels (12 mm). It stays below 64 KB: where
it would not, the lower four bits are dropped.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.imaging.prepare import LUMA, Picture

MAX_PNG_BYTES = 64 * 1024
CELL_PX = 8
LEVELS = (0.25, 0.5)
"""Probabilities that outlines are drawn at: thin, thick."""

Rgb = NDArray[np.uint8]


class Ink(NamedTuple):
    """How one class is drawn."""

    label: str
    rgb: tuple[int, int, int]


INKS = (
    Ink("cigarettes", (213, 94, 0)),
    Ink("loose tobacco", (0, 114, 178)),
    Ink("e-cigarettes", (170, 51, 119)),
)
"""Colours that stay apart for colour-blind eyes (Okabe and Ito; Tol), on a scan without colours."""


def encode_map(probabilities: NDArray[np.float32]) -> bytes:
    """The PNG of `probabilities` [3, h, w]."""
    cells = np.rint(np.clip(probabilities, 0.0, 1.0) * 255).astype(np.uint8).transpose(1, 2, 0)
    png = _png(cells)
    return png if len(png) <= MAX_PNG_BYTES else _png(cells & np.uint8(0xF0))


def decode_map(png: bytes) -> NDArray[np.float32]:
    """The probabilities [3, h, w] of a map of ours."""
    cells = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert cells is not None, "not a map of ours"
    return np.ascontiguousarray(cells.transpose(2, 0, 1), np.float32) / np.float32(255.0)


def overlay(image: Picture, map_png: bytes, scale: int = 2) -> Rgb:
    """The scan [3, H, W] in grey with its findings in colour, outlined and named, `scale` times as large."""
    rows, cols = image.shape[1:]
    size = (cols * scale, rows * scale)
    grey = cv2.resize(np.einsum("chw,c->hw", image, LUMA), size, interpolation=cv2.INTER_LINEAR)
    at_size = [_at_size(cells, (rows, cols), size) for cells in decode_map(map_png)]
    canvas = np.repeat(grey[:, :, None] * 255, 3, axis=2)
    for ink, probability in zip(INKS, at_size, strict=True):
        canvas = _tinted(canvas, ink, probability)
    drawn = np.rint(np.clip(canvas, 0, 255)).astype(np.uint8)
    for ink, probability in zip(INKS, at_size, strict=True):
        _outline(drawn, ink, probability)
    return _with_legend(drawn)


def _png(cells: Rgb) -> bytes:
    flipped = np.ascontiguousarray(cells[:, :, ::-1])
    return bytes(cv2.imencode(".png", flipped, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes())


def _at_size(cells: NDArray[np.float32], rows_cols: tuple[int, int], size: tuple[int, int]) -> Picture:
    """Cells spread over the pixels that they stand for; the last ones may reach beyond the picture.

    Where a map of others ends before the picture does, nothing was seen.
    """
    rows, cols = rows_cols
    width, height = size
    spread = (cells.shape[1] * CELL_PX * width // cols, cells.shape[0] * CELL_PX * height // rows)
    full = cv2.resize(cells, spread, interpolation=cv2.INTER_LINEAR)[:height, :width]
    missing = ((0, height - full.shape[0]), (0, width - full.shape[1]))
    return np.ascontiguousarray(np.pad(full, missing), np.float32)


def _tinted(canvas: Picture, ink: Ink, probability: Picture) -> Picture:
    tint = (0.45 * np.clip((probability - 0.1) / 0.9, 0, 1))[:, :, None].astype(np.float32)
    return np.ascontiguousarray(canvas * (1 - tint) + tint * np.array(ink.rgb, np.float32))


def _outline(drawn: Rgb, ink: Ink, probability: Picture) -> None:
    """A line with white edges at each level, so that it is seen on dark and on light."""
    for thickness, level in zip((1, 3), LEVELS, strict=True):
        mask = (probability >= level).astype(np.uint8)
        lines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, lines, -1, (255, 255, 255), thickness + 2, cv2.LINE_AA)
        cv2.drawContours(drawn, lines, -1, ink.rgb, thickness, cv2.LINE_AA)


def _with_legend(canvas: Rgb) -> Rgb:
    """A white strip below with each class's colour and name."""
    strip = np.full((22, max(canvas.shape[1], 330), 3), 255, np.uint8)
    at = 6
    for ink in INKS:
        cv2.rectangle(strip, (at, 6), (at + 10, 16), ink.rgb, -1)
        cv2.putText(strip, ink.label, (at + 15, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
        at += 110
    missing = strip.shape[1] - canvas.shape[1]
    return np.vstack([np.pad(canvas, ((0, 0), (0, missing), (0, 0)), constant_values=255), strip])
