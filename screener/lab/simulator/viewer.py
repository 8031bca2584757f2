"""The viewer: what a display's software does to a picture, sharpening, local contrast, lines and text."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator.clutter import Stock
from screener.lab.simulator.goods import Rng
from screener.lab.simulator.matter import Floats

UNSHARP, LAPLACE = "unsharp", "laplace"


@dataclass(frozen=True)
class Sharpening:
    """Edge enhancement of a kernel, by an amount, at a width; and local contrast over `local_px` pixels."""

    kernel: str
    amount: float
    width_px: float
    local: float
    local_px: int
    equalise: float


@dataclass(frozen=True)
class Overlay:
    """What the viewer draws over the picture: borders of a grey level, frame lines, text."""

    border_share: float
    border_level: int
    lines: int
    text: bool


def drawn_sharpening(rng: Rng, stock: Stock) -> Sharpening:
    """Drawn at random: strong for two makers in five, none for one; tests have a kernel of their own."""
    none, strong = (0.2, 0.4) if stock == "training" else (0.33, 0.25)
    amounts = [0.0, rng.uniform(0.2, 1.2), rng.uniform(1.0, 2.2)]
    return Sharpening(
        kernel=UNSHARP if stock == "training" else LAPLACE,
        amount=float(rng.choice(amounts, p=[none, 1 - none - strong, strong])),
        width_px=float(rng.uniform(0.8, 2.5)),
        local=float(rng.choice([0.0, rng.uniform(0.2, 0.9)], p=[0.85, 0.15])),
        local_px=int(rng.integers(8, 30)),
        equalise=float(rng.choice([0.0, rng.uniform(0.2, 0.6)], p=[0.92, 0.08])),
    )


def drawn_overlay(rng: Rng) -> Overlay:
    """Drawn at random: nothing for most makers."""
    return Overlay(
        border_share=float(rng.choice([0.0, rng.uniform(0.005, 0.08)], p=[0.85, 0.15])),
        border_level=int(rng.choice([0, 0, 40, 128, 200])),
        lines=int(rng.choice([0, 1, 3], p=[0.85, 0.1, 0.05])),
        text=bool(rng.random() < 0.06),
    )


def sharpened(dark: Floats, how: Sharpening) -> Floats:
    """The darkness with edges and local contrast enhanced; it may leave 0 to 1."""
    if how.local:
        small = cv2.resize(dark, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        around = cv2.GaussianBlur(small, (0, 0), how.local_px / 4)
        around = cv2.resize(around, (dark.shape[1], dark.shape[0]), interpolation=cv2.INTER_LINEAR)
        dark = cv2.addWeighted(dark, 1 + how.local, around, -how.local, 0.0)
    if how.equalise:
        flat = cv2.createCLAHE(2.0, (6, 6)).apply(cv2.convertScaleAbs(np.clip(dark, 0, 1), alpha=255))
        share = how.equalise / 255
        dark = cv2.addWeighted(dark, 1 - how.equalise, flat.astype(np.float32), share, 0.0)
    if how.amount == 0:
        return dark
    if how.kernel == LAPLACE:
        return dark - np.float32(how.amount * 0.3) * cv2.Laplacian(dark, cv2.CV_32F, ksize=1)
    soft = cv2.GaussianBlur(dark, (0, 0), how.width_px)
    return cv2.addWeighted(dark, 1 + how.amount, soft, -how.amount, 0.0)


def overlaid(pixels: NDArray[np.uint8], how: Overlay, rng: Rng) -> NDArray[np.uint8]:
    """The picture with borders, lines and text drawn over it."""
    rows, cols = pixels.shape[:2]
    if how.border_share:
        wide = max(1, round(min(rows, cols) * how.border_share))
        _border(pixels, wide, how.border_level, int(rng.integers(1, 16)))
    for _ in range(how.lines):
        _line(pixels, rng)
    if how.text:
        place = (int(rng.integers(cols)), int(rng.integers(12, rows)))
        words = str(rng.choice(["2023-08-25 11:51", "No. 004217", "160KV", "L 3", "OK"]))
        level = int(rng.integers(0, 160))
        cv2.putText(pixels, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (level, level, level), 1)
    return pixels


def _border(pixels: NDArray[np.uint8], wide: int, level: int, sides: int) -> None:
    if sides & 1:
        pixels[:wide] = level
    if sides & 2:
        pixels[-wide:] = level
    if sides & 4:
        pixels[:, :wide] = level
    if sides & 8:
        pixels[:, -wide:] = level


def _line(pixels: NDArray[np.uint8], rng: Rng) -> None:
    """A line along an edge or a frame around a part of the picture."""
    rows, cols = pixels.shape[:2]
    colour = tuple(int(part) for part in rng.integers(0, 200, 3))
    x, y = int(rng.integers(cols)), int(rng.integers(rows))
    wide = int(rng.integers(1, 3))
    if rng.random() < 0.6:
        upright = rng.random() < 0.5
        start, stop = ((x, 0), (x, rows)) if upright else ((0, y), (cols, y))
        cv2.line(pixels, start, stop, colour, wide)
    else:
        corner = (x + int(rng.integers(20, 200)), y + int(rng.integers(20, 200)))
        cv2.rectangle(pixels, (x, y), corner, colour, wide)
