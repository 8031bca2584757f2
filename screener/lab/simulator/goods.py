"""A good: anything that lies in a parcel, with its outer size and how it is painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from screener.lab.simulator.brush import Brush
from screener.lab.simulator.solids import Size

Rng = np.random.Generator
Paint = Callable[[Brush, Rng], None]


@dataclass(frozen=True)
class Good:
    """One good: its name as one would declare it, its bounding box in mm, and its painter.

    The painter gets a generator of the good's own, the same for every view of the parcel.
    """

    name: str
    size: Size
    paint: Paint
    seed: int
