"""Loose tobacco: bodies of so many grams, cut or leaf.

Each is weighed after it is painted, so that its grams are exact whatever its lumps and folds are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.canvas import LOOSE, Window
from screener.lab.simulator.goods import Good, Paint, Rng
from screener.lab.simulator.matter import Floats, Material
from screener.lab.simulator.solids import Size

_PORTIONS = 20

Field = Callable[[Brush, Window, Rng], Floats]
"""Relative amounts of tobacco over a window, [H, W], which are then scaled to the grams."""


def good(grams: float, size: Size, paint: Paint, rng: Rng, make: Callable[[float, Rng], Good]) -> Good:
    parts = int(np.clip(round(grams / 50), 1, _PORTIONS))
    return Good(
        "tea",
        size,
        paint,
        int(rng.integers(1 << 31)),
        (0.0, grams, 0.0),
        lambda own: [make(grams / parts, own) for _ in range(parts)],
    )


@dataclass(frozen=True)
class Body:
    """A body of tobacco: its box in mm, its grams, and the relative amounts that they are spread by."""

    size: Size
    grams: float
    tobacco: Material
    field: Field

    def stamp(self, brush: Brush, rng: Rng) -> Stamp:
        """The body painted once, whole, and scaled to its grams."""
        stamp, inside = Stamp.blank(brush, self.size)
        at = inside.window(self.size)
        assert at is not None
        areal = self.field(inside, at, rng)
        areal *= np.float32(self.grams / max(float(areal.sum()) * inside.canvas.pixel_cm2, 1e-6))
        inside.canvas.add(at, areal, self.tobacco, LOOSE)
        return stamp


def seen_from(brush: Brush, at: Window, place: Size) -> tuple[Floats, Floats]:
    """The window's coordinates from a place in the body."""
    shift = brush.turn @ np.array(place)
    return at.u - np.float32(shift[0]), at.v - np.float32(shift[1])


def shape(grams: float, density: float, flatness: float, rng: Rng) -> Size:
    """A block of so many grams: `flatness` is its thickness against that of a cube."""
    volume = grams / density * 1000.0
    thick = float(np.clip(volume ** (1 / 3) * flatness, 8, 300))
    long = float(np.sqrt(volume / thick)) * rng.uniform(1.0, 1.35)
    return long, volume / thick / long, thick
