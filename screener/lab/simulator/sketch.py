"""A sketch: how thick a body is over one of its faces, drawn in mm in the body's own axes.

Most goods are flat or long enough to be drawn face on: drawing on a small upright grid and turning the whole
once costs far less than a chord for each of their hundred parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator.canvas import clouds
from screener.lab.simulator.matter import Floats

Points = NDArray[np.float64] | Sequence[tuple[float, float]]
_SHIFT = 4


@dataclass
class Sketch:
    """Thickness in mm [H, W] over a face of `width` (x) by `height` (y) mm; the origin is its centre."""

    width: float
    height: float
    pitch_mm: float
    thick: Floats = field(init=False)
    drawn: tuple[slice, slice] | None = field(default=None, init=False)
    """Rows and columns that anything has been drawn on."""

    def __post_init__(self) -> None:
        cols, rows = int(self.width / self.pitch_mm) + 3, int(self.height / self.pitch_mm) + 3
        self.thick = np.zeros((rows, cols), np.float32)

    def part(self) -> tuple[slice, slice]:
        """Rows and columns that hold all that is drawn, with a pixel around it."""
        if self.drawn is None:
            return slice(0, 0), slice(0, 0)
        (top, bottom), (left, right) = ((one.start, one.stop) for one in self.drawn)
        return slice(max(top - 1, 0), bottom + 1), slice(max(left - 1, 0), right + 1)

    def add(self, thick: Floats) -> None:
        """Adds thickness all over."""
        rows, cols = self.thick.shape
        self._touch(slice(0, rows), slice(0, cols))
        self.thick += thick

    def _touch(self, rows: slice, cols: slice) -> None:
        if self.drawn is not None:
            rows = slice(min(rows.start, self.drawn[0].start), max(rows.stop, self.drawn[0].stop))
            cols = slice(min(cols.start, self.drawn[1].start), max(cols.stop, self.drawn[1].stop))
        self.drawn = rows, cols

    def axes(self) -> tuple[Floats, Floats]:
        """Coordinates in mm: a row and a column."""
        rows, cols = self.thick.shape
        x = (np.arange(cols, dtype=np.float32)[None] - (cols - 1) / 2) * np.float32(self.pitch_mm)
        y = (np.arange(rows, dtype=np.float32)[:, None] - (rows - 1) / 2) * np.float32(self.pitch_mm)
        return x, y

    def slab(self, x: float, y: float, width: float, height: float, depth: float) -> None:
        """A plate of even depth; its edges are exact to a fraction of a pixel."""
        if at := self._window(x, y, width / 2, height / 2):
            rows, cols, u, v = at
            across = np.clip((width / 2 - np.abs(u)) / self.pitch_mm + 0.5, 0, 1)
            along = np.clip((height / 2 - np.abs(v)) / self.pitch_mm + 0.5, 0, 1)
            self.thick[rows, cols] += along * (across * np.float32(depth))

    def dome(self, x: float, y: float, width: float, height: float, depth: float) -> None:
        """An ellipsoid of greatest depth `depth`."""
        if at := self._window(x, y, width / 2, height / 2):
            rows, cols, u, v = at
            rest = 1 - np.square(u * np.float32(2 / width)) - np.square(v * np.float32(2 / height))
            self.thick[rows, cols] += np.sqrt(np.maximum(rest, 0)) * np.float32(depth)

    def disc(self, x: float, y: float, width: float, height: float, depth: float) -> None:
        """A round plate of even depth."""
        if at := self._window(x, y, width / 2, height / 2):
            rows, cols, u, v = at
            rest = 1 - np.sqrt(np.square(u * np.float32(2 / width)) + np.square(v * np.float32(2 / height)))
            edge = np.float32(min(width, height) / 2 / self.pitch_mm)
            self.thick[rows, cols] += np.clip(rest * edge + 0.5, 0, 1) * np.float32(depth)

    def pillow(  # noqa: PLR0917 (a place, two sides and a depth, as for all the others)
        self, x: float, y: float, width: float, height: float, depth: float, squareness: int
    ) -> None:
        """A cushion; each step of `squareness` (0 round, 3 nearly a box) doubles the power of its profile."""
        if at := self._window(x, y, width / 2, height / 2):
            rows, cols, u, v = at
            self.thick[rows, cols] += (
                np.float32(depth)
                * _profile(v * np.float32(2 / height), squareness)
                * _profile(u * np.float32(2 / width), squareness)
            )

    def lathe(self, radii: Floats, depth_share: float = 1.0) -> None:
        """A body of revolution around x; `radii` in mm from its first to its last end over the width."""
        x, y = self.axes()
        places = np.linspace(-self.width / 2, self.width / 2, len(radii))
        radius = np.interp(x[0], places, radii, left=0, right=0).astype(np.float32)
        rest = np.square(radius)[None] - np.square(y)
        self.add(np.sqrt(np.maximum(rest, 0)) * np.float32(2 * depth_share))

    def lines(self, curves: Iterable[Points], width: float, depth: float, *, closed: bool = False) -> None:
        """Round wires or seams along curves: full depth in the middle, half at the rim; never summed."""
        drawn = [self._pixels(curve) for curve in curves]
        wide = width / self.pitch_mm
        if at := self._around(drawn, wide / 2):
            rows, cols = at
            mask = np.zeros((rows.stop - rows.start, cols.stop - cols.start), np.uint8)
            moved = [
                (curve - (cols.start << _SHIFT, rows.start << _SHIFT)).astype(np.int32) for curve in drawn
            ]
            for share, level in ((1.0, 140), (0.55, 255)) if wide > 2.5 else ((1.0, 255),):
                cv2.polylines(mask, moved, closed, level, max(1, round(wide * share)), cv2.LINE_AA, _SHIFT)
            self.thick[rows, cols] += mask * np.float32(depth / 255 * min(1.0, wide))

    def fill(self, outline: Points, depth: float) -> None:
        """A plate of even depth within an outline."""
        drawn = self._pixels(outline)
        if at := self._around([drawn], 1):
            rows, cols = at
            mask = np.zeros((rows.stop - rows.start, cols.stop - cols.start), np.uint8)
            moved = (drawn - (cols.start << _SHIFT, rows.start << _SHIFT)).astype(np.int32)
            cv2.fillPoly(mask, [moved], 255, cv2.LINE_AA, _SHIFT)
            self.thick[rows, cols] += mask * np.float32(depth / 255)

    def _around(self, drawn: list[NDArray[np.int32]], reach_px: float) -> tuple[slice, slice] | None:
        """Rows and columns that curves in sixteenths of pixels can touch."""
        if not drawn:
            return None
        low = np.min([curve.min(0) for curve in drawn], 0) / (1 << _SHIFT) - reach_px - 2
        high = np.max([curve.max(0) for curve in drawn], 0) / (1 << _SHIFT) + reach_px + 3
        rows, cols = self.thick.shape
        at = (
            slice(max(int(low[1]), 0), min(int(high[1]), rows)),
            slice(max(int(low[0]), 0), min(int(high[0]), cols)),
        )
        if at[0].start >= at[0].stop or at[1].start >= at[1].stop:
            return None
        self._touch(*at)
        return at

    def rough(self, rng: np.random.Generator, depth: float, grain_mm: float, octaves: int = 2) -> None:
        """Makes what is drawn uneven: relative deviation `depth`, grains of `grain_mm`."""
        part = self.thick[self.part()]
        if part.size:
            field = clouds(rng, (part.shape[0], part.shape[1]), grain_mm / self.pitch_mm, octaves)
            field *= np.float32(depth)
            field += 1
            part *= np.maximum(field, 0.05, out=field)

    def soften(self, width_mm: float) -> None:
        """Rounds all edges."""
        cv2.GaussianBlur(self.thick, (0, 0), max(width_mm / self.pitch_mm, 0.3), dst=self.thick)

    def _pixels(self, curve: Points) -> NDArray[np.int32]:
        rows, cols = self.thick.shape
        points = np.asarray(curve, dtype=np.float64) / self.pitch_mm + ((cols - 1) / 2, (rows - 1) / 2)
        return np.round(points * (1 << _SHIFT)).astype(np.int32)

    def _window(
        self, x: float, y: float, half_x: float, half_y: float
    ) -> tuple[slice, slice, Floats, Floats] | None:
        rows, cols = self.thick.shape
        col, row = x / self.pitch_mm + (cols - 1) / 2, y / self.pitch_mm + (rows - 1) / 2
        left, right = _span(col, half_x / self.pitch_mm, cols)
        top, bottom = _span(row, half_y / self.pitch_mm, rows)
        if left >= right or top >= bottom:
            return None
        self._touch(slice(top, bottom), slice(left, right))
        u = (np.arange(left, right, dtype=np.float32)[None] - np.float32(col)) * np.float32(self.pitch_mm)
        v = (np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(row)) * np.float32(self.pitch_mm)
        return slice(top, bottom), slice(left, right), u, v


def _span(centre: float, half: float, count: int) -> tuple[int, int]:
    return max(int(centre - half) - 1, 0), min(int(centre + half) + 3, count)


def _profile(share: Floats, squareness: int) -> Floats:
    power = np.square(share)
    for _ in range(squareness):
        power = np.square(power)
    return np.sqrt(np.maximum(1 - power, 0))


def rounded(
    width: float, height: float, radius: float, x: float = 0.0, y: float = 0.0
) -> NDArray[np.float64]:
    """The outline of a rectangle with round corners, [points, 2] in mm."""
    reach = min(radius, width / 2, height / 2)
    corner = np.linspace(0, np.pi / 2, 7)
    arcs = [
        np.stack([np.cos(corner + turn), np.sin(corner + turn)], 1) * reach
        + (sx * (width / 2 - reach), sy * (height / 2 - reach))
        for turn, sx, sy in (
            (0, 1, 1),
            (np.pi / 2, -1, 1),
            (np.pi, -1, -1),
            (3 * np.pi / 2, 1, -1),
        )
    ]
    outline: NDArray[np.float64] = np.add(np.concatenate(arcs), (x, y))
    return outline


def ring(x: float, y: float, width: float, height: float, angle: float = 0.0) -> NDArray[np.float64]:
    """The outline of an ellipse, [points, 2] in mm."""
    around = np.linspace(0, 2 * np.pi, 25)
    point = np.stack([np.cos(around) * width / 2, np.sin(around) * height / 2], 1)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    outline: NDArray[np.float64] = point @ turn + (x, y)
    return outline


def wander(
    rng: np.random.Generator, length: float, width: float, points: int = 60, bends: int = 4
) -> NDArray[np.float64]:
    """A smooth random curve within a rectangle, [points, 2] in mm: a cord, a strap, a crease."""
    along = np.linspace(0, 1, points)[:, None]
    curve = np.zeros((points, 2))
    for bend in range(1, bends + 1):
        amplitude, phase = rng.normal(0, 1 / bend, 2), rng.uniform(0, 2 * np.pi, 2)
        curve += amplitude * np.sin(2 * np.pi * along * bend * rng.uniform(0.6, 1.2) + phase)
    curve -= curve.mean(0)
    curve /= np.abs(curve).max(0) + 1e-6
    scaled: NDArray[np.float64] = curve * (length / 2, width / 2)
    return scaled
