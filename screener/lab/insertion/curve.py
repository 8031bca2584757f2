"""The display curve: how deep a luminance is. A maker does not say, so it is drawn within known bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from screener.lab.simulator.matter import Floats

THIN, THICK = 0.21, 1.44
"""Mean depth of both detectors behind 1 and 7 g/cm2 of water."""

THIN_DARKNESS, THICK_DARKNESS = (0.14, 0.24), (0.60, 0.97)
"""Darkness of the first g/cm2 and of 7 cm of water on displays that were seen."""

DEEPEST = 8.0
_STEPS = 2048


@dataclass(frozen=True, eq=False)
class Curve:
    """Luminance 1 to 0 at depths from 0 to `DEEPEST`, evenly spaced, falling."""

    luminance: Floats

    def darker(self, luminance: Floats, depth: Floats) -> tuple[Floats, Floats]:
        """The luminance behind `depth` more matter, and the depth of what was there before."""
        grid = np.linspace(0, 1, _STEPS, dtype=np.float32)
        depths = np.linspace(0, DEEPEST, len(self.luminance), dtype=np.float32)
        inverse = np.interp(grid, self.luminance[::-1], depths[::-1]).astype(np.float32)
        before = _looked_up(inverse, luminance, 1.0)
        change = _looked_up(self.luminance, before + depth, DEEPEST) - _looked_up(
            self.luminance, before, DEEPEST
        )
        return np.minimum(luminance + change, luminance), before


def drawn(rng: np.random.Generator, darkest_organic: float, floor: float) -> Curve:
    """A curve between the bounds that shows thick organic matter hardly darker than the scanner does.

    `floor` is the luminance that nothing falls below: the curve is that of the rest above it.
    """
    low, high = THICK_DARKNESS
    cap = float(np.clip(1 - darkest_organic + 0.05, low + 0.03, high))
    thin, thick = float(rng.uniform(*THIN_DARKNESS)), float(rng.uniform(low, cap))
    return through(thin / (1 - floor), min(thick / (1 - floor), high))


def through(thin: float, thick: float) -> Curve:
    """The curve with the given darkness (0 to 1) behind 1 and behind 7 g/cm2 of water."""
    depth = np.linspace(0, DEEPEST, _STEPS)
    first, last = -np.log(1 - thin) / THIN, -np.log(1 - thick) / THICK
    if last > first:
        bend = (last / first - 1) / (THICK - last / first * THIN)
        effective = depth * (1 + bend * np.minimum(depth, 2 * THICK)) * first / (1 + bend * THIN)
    else:
        bend = (first / last - 1) / (THICK - first / last * THIN)
        effective = depth / (1 + bend * depth) * first * (1 + bend * THIN)
    return Curve(np.exp(-effective).astype(np.float32))


def _looked_up(table: Floats, at: Floats, top: float) -> Floats:
    """Values of an evenly spaced table over 0 to `top`, linear in between."""
    place = np.clip(at * np.float32((len(table) - 1) / top), 0, len(table) - 1.001)
    index = place.astype(np.int32)
    step = place - index
    found: Floats = table[index] * (1 - step) + table[index + 1] * step
    return found
