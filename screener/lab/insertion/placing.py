"""Where a load may lie: inside the outline of the contents, never over empty belt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from screener.errors import BadInput
from screener.lab.insertion.display import padding
from screener.lab.simulator import solids
from screener.lab.simulator.canvas import Canvas
from screener.lab.simulator.goods import Good
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.scene import FACES
from screener.lab.simulator.solids import Turn
from screener.lab.simulator.sprites import sprite

CELL_MM = 4.0
MATTER, MATTER_SHARE = (0.04, 0.15), 0.18
"""Darker than empty belt by this is matter: a share of what the contents' dark quarter has, within bounds."""

CLOSED_MM, SEALED_MM = 16.0, 3.0
INSIDE = 0.96
"""The share of a load that has to lie over the contents."""

TURNS = 12
FINER = 2
OVERHANG_MM = 120.0
"""Goods thrown together reach beyond their nominal size by no more than a stick's length."""


@dataclass(frozen=True, eq=False)
class Room:
    """The outline of a scan's contents on cells of `CELL_MM`, its pitches, size in px, and its depth."""

    cells: Floats
    pitch_across_mm: float
    pitch_along_mm: float
    rows: int
    cols: int
    depth_mm: float


def room(luminance: Floats, pitch_across_mm: float, pitch_along_mm: float) -> Room:
    """The outline of the contents of a scan [H, W], 1.0 = empty belt: matter, with its gaps closed."""
    rows, cols = luminance.shape
    cells = max(1, round(cols * pitch_along_mm / CELL_MM)), max(1, round(rows * pitch_across_mm / CELL_MM))
    shown = np.where(padding(luminance), np.float32(1), luminance)
    coarse = cv2.resize(shown, cells, interpolation=cv2.INTER_AREA)
    outline = _outline((coarse < 1 - _least_matter(coarse)).astype(np.uint8))
    depth = _depth_mm(outline)
    return Room(outline.astype(np.float32), pitch_across_mm, pitch_along_mm, rows, cols, depth)


def _least_matter(coarse: Floats) -> float:
    """The darkness from which on a cell counts as matter: belts are never quite even."""
    inside = coarse[coarse < 1 - MATTER[0]]
    quarter = float(np.percentile(inside, 25)) if len(inside) else 1.0
    return float(np.clip(MATTER_SHARE * (1 - quarter), *MATTER))


def _outline(matter: np.ndarray) -> np.ndarray:
    """Closed, filled, of the largest piece alone, and a wall's thickness inside."""
    reach = round(CLOSED_MM / CELL_MM)
    wide = cv2.copyMakeBorder(matter, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, _disc(reach))[reach:-reach, reach:-reach]
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(closed)
    cv2.drawContours(filled, sorted(contours, key=cv2.contourArea)[-1:], -1, 1, cv2.FILLED)
    opened: np.ndarray = cv2.morphologyEx(filled, cv2.MORPH_OPEN, _disc(round(16 / CELL_MM)))
    return cv2.erode(opened, _disc(max(1, round(SEALED_MM / CELL_MM))))


def _disc(reach: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))


def _depth_mm(outline: np.ndarray) -> float:
    """How high the parcel may be: little more than half its outline's shorter side, at least a mailer."""
    points = cv2.findNonZero(outline)
    if points is None:
        return 0.0
    _, sides, _ = cv2.minAreaRect(points)
    return float(np.clip(0.6 * min(sides) * CELL_MM, 60, 260))


def placed(good: Good, inside: Room, rng: np.random.Generator) -> tuple[Canvas, int, int]:
    """The good painted at a drawn turn, and the row and column where its canvas begins.

    Raises `BadInput` where no turn fits.
    """
    for attempt in range(TURNS):
        turn = _lying(rng, any_way=attempt % 6 == 5)
        if 2 * solids.half_extent(good.size, turn)[2] > inside.depth_mm and attempt < TURNS - 3:
            continue
        painted = paint(good, turn, inside.pitch_across_mm, inside.pitch_along_mm)
        if (corner := _corner(painted, inside, rng)) is not None:
            return painted, *corner
    size = " x ".join(f"{side:.0f}" for side in good.size)
    raise BadInput("no_room", f"no place for {good.name} of {size} mm within the contents' outline")


def _lying(rng: np.random.Generator, any_way: bool) -> Turn:
    """Mostly flat, on a side or an end sometimes, turned any way on the belt, a little tilted."""
    if any_way or rng.random() < 0.12:
        return solids.rotation(*(float(angle) for angle in rng.uniform(0, 2 * np.pi, 3)))
    face = FACES[int(rng.choice(3, p=[0.6, 0.15, 0.25]))]
    tilt = rng.normal(0, 0.08, 2)
    return solids.rotation(float(rng.uniform(0, np.pi)), float(tilt[0]), float(tilt[1])) @ face


def paint(good: Good, turn: Turn, pitch_across_mm: float, pitch_along_mm: float) -> Canvas:
    """The good alone on a canvas of the given pitch, trimmed to what is on it, for `insert`.

    Painted on a grid `FINER` than the scan's and averaged: walls of card are thinner than a pixel, and
    sampled at points they would break up into dots. The canvas may be larger than the good says.
    """
    grown = tuple(side + OVERHANG_MM for side in good.size)
    ample = replace(good, size=(grown[0], grown[1], grown[2]))
    return _averaged(sprite(ample, turn, pitch_across_mm / FINER, pitch_along_mm / FINER))


def _averaged(fine: Canvas) -> Canvas:
    """The part that something is on, in pixels `FINER` times as large."""
    laid = np.abs(fine.basis).max(0) > 1e-5
    top, high = _extent(laid.any(1))
    left, wide = _extent(laid.any(0))
    coarse = Canvas(high, wide, fine.pitch_row_mm * FINER, fine.pitch_col_mm * FINER, mass_g=fine.mass_g)
    for to, of in ((coarse.basis, fine.basis), (coarse.truth, fine.truth)):
        full = np.zeros((3, high * FINER, wide * FINER), np.float32)
        part = of[:, top : top + high * FINER, left : left + wide * FINER]
        full[:, : part.shape[1], : part.shape[2]] = part
        to[:] = full.reshape(3, high, FINER, wide, FINER).mean((2, 4))
    return coarse


def _extent(laid: np.ndarray) -> tuple[int, int]:
    """Where it begins, and how many pixels `FINER` times as large it takes; one at least."""
    found = np.flatnonzero(laid)
    if not len(found):
        return 0, 1
    return int(found[0]), -(-(int(found[-1]) + 1 - int(found[0])) // FINER)


def _corner(painted: Canvas, inside: Room, rng: np.random.Generator) -> tuple[int, int] | None:
    """A corner in px where the load lies inside the outline, or None."""
    footprint = (np.abs(painted.basis).max(0) > 0.02).astype(np.float32)
    size = (
        max(1, round(painted.cols * inside.pitch_along_mm / CELL_MM)),
        max(1, round(painted.rows * inside.pitch_across_mm / CELL_MM)),
    )
    if painted.rows >= inside.rows or painted.cols >= inside.cols:
        return None
    if size[1] > inside.cells.shape[0] or size[0] > inside.cells.shape[1]:
        return None
    shape = cv2.resize(footprint, size, interpolation=cv2.INTER_AREA)
    share = cv2.matchTemplate(inside.cells, shape, cv2.TM_CCORR) / max(float(shape.sum()), 1e-6)
    corners = np.argwhere(share >= INSIDE)
    if not len(corners):
        return None
    row, col = corners[int(rng.integers(len(corners)))] + rng.uniform(-0.4, 0.4, 2)
    top = round(float(row) * CELL_MM / inside.pitch_across_mm)
    left = round(float(col) * CELL_MM / inside.pitch_along_mm)
    return (
        int(np.clip(top, 0, inside.rows - painted.rows)),
        int(np.clip(left, 0, inside.cols - painted.cols)),
    )
