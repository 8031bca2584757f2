"""A good: anything that lies in a parcel, with its outer size and how it is painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from screener.lab.simulator.brush import Brush
from screener.lab.simulator.matter import MATERIALS, Material
from screener.lab.simulator.solids import Size

Rng = np.random.Generator
Paint = Callable[[Brush, Rng], None]


@dataclass(frozen=True)
class Good:
    """One good: its name as one would declare it, its bounding box in mm, and its painter.

    The painter gets a generator of the good's own, the same for every view of the parcel. `load_g` is what
    it adds to each channel of the truth, in grams. `apart` gives the same load as many small goods, for
    those that can be taken apart.
    """

    name: str
    size: Size
    paint: Paint
    seed: int
    load_g: tuple[float, float, float] = (0.0, 0.0, 0.0)
    apart: Callable[[Rng], list[Good]] | None = None


def made(name: str, size: Size, paint: Paint, rng: Rng) -> Good:
    """A good with a seed of its own drawn from `rng`."""
    return Good(name, size, paint, int(rng.integers(1 << 31)))


def sized(rng: Rng, low: Size, high: Size) -> Size:
    """A size drawn between two, mm."""
    drawn = rng.uniform(low, high)
    return float(drawn[0]), float(drawn[1]), float(drawn[2])


def one_of(rng: Rng, *names: str) -> Material:
    """One of the named materials."""
    return MATERIALS[names[int(rng.integers(len(names)))]]


def packed(matter: Material, share: float) -> Material:
    """The material as a loose filling of which `share` is matter."""
    return Material(matter.name, matter.density * share, matter.basis)
