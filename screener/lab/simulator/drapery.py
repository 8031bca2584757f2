"""Drapery: what lies loose all over a bag, thin cloth in folds and small things of metal.

Goods have edges and lie apart. Real bags are lined and filled with cloth, layer over layer, and strewn with
zips, wires, coins and buckles; a net that never saw that finds nothing in them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator.canvas import Canvas, clouds
from screener.lab.simulator.goods import Rng, one_of
from screener.lab.simulator.matter import Floats

Corners = NDArray[np.float64]

METALS = ("stainless", "brass", "aluminium")
_BITS, _SUBPIXELS = 4, 16
"""OpenCV draws at sixteenths of a pixel when it is told so."""


def drape(canvas: Canvas, inside: Corners, rng: Rng) -> None:
    """Lays cloth and small metal on the part of a canvas within the corners [4, 2], in columns and rows."""
    room_share = _room(canvas, inside)
    for _ in range(int(rng.integers(1, 8))):
        _add(
            canvas,
            _cloth(canvas, rng) * room_share,
            one_of(rng, "cotton", "polyester", "wool", "leather").basis,
        )
    for _ in range(int(rng.choice([0, 5, 15, 40]))):
        _add(canvas, _small(canvas, rng), one_of(rng, *METALS).basis)
    _strew(canvas, room_share, inside, rng)


def _strew(canvas: Canvas, room_share: Floats, inside: Corners, rng: Rng) -> None:
    """Metal of up to 4.5 g/cm2 all over, and across half of the bags their rails."""
    for _ in range(int(rng.choice([2, 10, 25, 50]))):
        small = _small(canvas, rng) * (room_share * np.float32(rng.uniform(0.6, 3.0)))
        _add(canvas, small, one_of(rng, *METALS).basis)
    for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.5 else 0):
        rail = _rail(canvas, inside, rng) * (room_share * np.float32(rng.uniform(0.3, 2.0)))
        _add(canvas, rail, one_of(rng, *METALS).basis)


def _rail(canvas: Canvas, inside: Corners, rng: Rng) -> Floats:
    """A hollow bar of 5 to 20 mm from one side of the corners to the other, its walls 1 g/cm2."""
    at, turn = rng.uniform(0.1, 0.9), int(rng.integers(2))
    first, second, third, fourth = np.roll(inside, turn, 0)
    start, end = (
        np.round(one * _SUBPIXELS).astype(int).tolist()
        for one in (first + (second - first) * at, fourth + (third - fourth) * at)
    )
    width = max(2, round(float(rng.uniform(5, 20)) / canvas.pitch_row_mm))
    hollow = max(1, width - max(2, round(2 / canvas.pitch_row_mm)))
    bar, core = np.zeros((2, canvas.rows, canvas.cols), np.uint8)
    cv2.line(bar, start, end, 150, width, cv2.LINE_AA, _BITS)
    cv2.line(core, start, end, 90, hollow, cv2.LINE_AA, _BITS)
    return cv2.subtract(bar, core).astype(np.float32) / np.float32(150)


def _room(canvas: Canvas, inside: Corners) -> Floats:
    """The share of each pixel that lies within the corners, soft at their edges."""
    room = np.zeros((canvas.rows, canvas.cols), np.uint8)
    cv2.fillConvexPoly(room, np.round(inside * _SUBPIXELS).astype(np.int32), 255, cv2.LINE_AA, _BITS)
    share: Floats = cv2.blur(room, (9, 9)).astype(np.float32) / np.float32(255)
    return share


def _add(canvas: Canvas, areal: Floats, basis: tuple[float, float, float]) -> None:
    for channel, share in enumerate(basis):
        if abs(share) > 1e-4:
            cv2.scaleAdd(areal, share, canvas.basis[channel], dst=canvas.basis[channel])


def _cloth(canvas: Canvas, rng: Rng) -> Floats:
    """One layer, 0.06 to 0.8 g/cm2: everywhere or in part, uneven, with folds where it lies double."""
    shape, px = (canvas.rows, canvas.cols), canvas.pitch_row_mm
    layer = 1 + np.float32(rng.uniform(0.1, 0.5)) * clouds(rng, shape, rng.uniform(15, 90) / px, 3)
    layer += np.float32(rng.uniform(0.02, 0.15)) * clouds(rng, shape, rng.uniform(1.5, 8) / px, 1)
    folds = np.abs(clouds(rng, shape, rng.uniform(20, 70) / px, 1))
    layer += np.float32(rng.uniform(0, 1.5)) * np.exp(-folds * np.float32(rng.uniform(6, 25)))
    if rng.random() < 0.6:
        layer *= _patch(shape, px, rng)
    return np.clip(layer, 0, None) * np.float32(np.exp(rng.uniform(np.log(0.06), np.log(0.8))))


def _patch(shape: tuple[int, int], px: float, rng: Rng) -> Floats:
    """Where a layer lies that does not cover all: smooth outlines, soft or as sharp as a hem."""
    field = clouds(rng, shape, rng.uniform(60, 200) / px, 2) + np.float32(rng.uniform(-0.7, 0.9))
    return np.clip(field * np.float32(rng.choice([3, 20, 60])) + np.float32(0.5), 0, 1)


def _small(canvas: Canvas, rng: Rng) -> Floats:
    """One thing of metal, 0.1 to 1.5 g/cm2: a wire, a ring, a disc, a bar, a zip."""
    drawn = np.zeros((canvas.rows, canvas.cols), np.uint8)
    px = canvas.pitch_row_mm
    at = rng.uniform(0, (canvas.cols, canvas.rows))
    kind = str(rng.choice(["wire", "ring", "disc", "bar", "zip"], p=[0.3, 0.2, 0.2, 0.15, 0.15]))
    thick = max(1, round(float(rng.uniform(0.4, 2.0)) / px))
    if kind in {"ring", "disc"}:
        radius = round(float(rng.uniform(3, 14)) / px * _SUBPIXELS)
        centre = (round(at[0] * _SUBPIXELS), round(at[1] * _SUBPIXELS))
        cv2.circle(drawn, centre, radius, 255, thick if kind == "ring" else -1, cv2.LINE_AA, _BITS)
    else:
        course = _course(
            at, rng.uniform(15, 50) if kind == "bar" else rng.uniform(60, 350), px, rng, kind == "bar"
        )
        thick = max(thick, round(4 / px)) if kind == "zip" else thick
        cv2.polylines(
            drawn, [np.round(course * _SUBPIXELS).astype(np.int32)], False, 255, thick, cv2.LINE_AA, _BITS
        )
    areal = drawn.astype(np.float32) * np.float32(np.exp(rng.uniform(np.log(0.1), np.log(1.5))) / 255)
    if kind == "zip":
        areal *= np.float32(0.6) * (_teeth(areal.shape, px, rng))
    return areal


def _course(at: NDArray[np.float64], length_mm: float, px: float, rng: Rng, straight: bool) -> Corners:
    """The way of a wire from a point, [steps, 2] in pixels."""
    turns = np.zeros(40) if straight else np.cumsum(rng.normal(0, rng.uniform(0.02, 0.5), 40))
    angles = rng.uniform(0, 2 * np.pi) + turns
    steps = np.stack([np.cos(angles), np.sin(angles)], 1) * (length_mm / px / 40)
    way: Corners = at + np.cumsum(steps, 0)
    return way


def _teeth(shape: tuple[int, ...], px: float, rng: Rng) -> Floats:
    """Stripes of 2 to 3 mm that cut a line into teeth."""
    angle, wave = rng.uniform(0, np.pi), np.float32(2 * np.pi * px / rng.uniform(2.0, 3.5))
    rows, cols = np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None]
    phase = (rows * np.float32(np.sin(angle)) + cols * np.float32(np.cos(angle))) * wave
    teeth: Floats = np.float32(0.5) + np.float32(0.5) * np.sin(phase)
    return teeth
