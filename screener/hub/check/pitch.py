"""The pitch as the scans themselves have it: how much larger or smaller than told, and how sure that is.

Three witnesses, each with its own doubt, summed up on a grid of corrections along and across the belt:

- the outlines of parcels against the outer sizes that their manifests declare, whichever two sides lie flat;
- their mass, reckoned from their shades by a mean display curve, against the declared weight: its square
  root goes with the pitch;
- how long couriers' parcels are at all, which is known to a factor of two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

REACH: Final = math.log(20)
"""Corrections that are tried: 20 times larger or smaller."""

STEPS: Final = 61
SIDE_SPREAD: Final = 0.16
"""Of the log of a seen side over the declared one: beams fan out, bags are not boxes, sizes are guessed."""

SIZE_CENTRE: Final = 0.07
"""By how much (log) outlines are larger than what is declared: fans of beams widen what lies high."""

OUTLIERS: Final = 0.12
"""Parcels whose outline says nothing: thin bags, two in one picture, sizes that were guessed."""

MASS_SPREAD: Final = 0.40
MASS_BIAS: Final = 0.20
MASS_CENTRE: Final = 0.16
"""Of the log of the pitch by one parcel's mass; of a whole scanner's, whose curve is its own; its mean."""

TYPICAL_MM: Final = 420.0
TYPICAL_SPREAD: Final = 0.45
"""The median longest side of a hub's parcels, and the spread of its log among hubs."""

SIZE_BIAS: Final = 0.08
RIGHT: Final = 0.8
"""Of hubs, the share that tell their pitch right, and how closely (a log spread)."""

RIGHT_SPREAD: Final = 0.25
ASPECT_SPREAD: Final = 0.7
MOST_SCANS: Final = 60


@dataclass(frozen=True, slots=True)
class Outlined:
    """A scan's outline in mm as told (along, across), what it weighs by its shades, and what is declared."""

    hull_mm: tuple[tuple[float, float], ...]
    mass_g: float
    size_mm: tuple[float, float, float] | None
    weight_g: float | None


@dataclass(frozen=True, slots=True)
class PitchEstimate:
    """True pitch over told pitch (`scale`; `aspect` is that of along over across), each with a log spread.

    `seen` is the scale by the scans alone, without the belief that most hubs are right.
    """

    scale: float
    scale_sd: float
    aspect: float
    aspect_sd: float
    seen: float
    seen_sd: float
    scans: int
    by_sizes: int

    def off(self, factor: float) -> bool:
        """Whether the told pitch is surely off by so much."""
        return _surely(self.scale, 2.5 * self.scale_sd, factor)

    def doubtful(self, factor: float) -> bool:
        """Whether the scans alone speak against the told pitch."""
        return _surely(self.seen, 2.0 * self.seen_sd, factor)

    def skewed(self, factor: float) -> bool:
        """Whether the told pitches are surely at odds by so much."""
        return self.by_sizes >= 4 and _surely(self.aspect, 1.6 * self.aspect_sd, factor)


def estimate(scans: Sequence[Outlined]) -> PitchEstimate | None:
    """What at most 60 scans of one scanner say together; None where none shows a parcel."""
    shown = [scan for scan in scans if len(scan.hull_mm) > 3]
    if not shown:
        return None
    chosen = shown[:: max(1, -(-len(shown) // MOST_SCANS))]
    steps = np.linspace(-REACH, REACH, STEPS)
    likelihood = _by_typical(chosen, steps) + _by_mass(chosen, steps)
    sized = [scan for scan in chosen if scan.size_mm]
    if sized:
        likelihood = likelihood + _by_sizes(sized, steps)
    return _summed_up(likelihood, steps, len(chosen), len(sized))


def _surely(ratio: float, margin: float, factor: float) -> bool:
    return abs(math.log(ratio)) > max(math.log(factor), margin)


def sides_mm(hull_mm: Array) -> tuple[float, float]:
    """Longer and shorter side of the smallest rectangle around an outline."""
    _, (one, other), _ = cv2.minAreaRect(hull_mm.astype(np.float32))
    return max(one, other, 1e-3), max(min(one, other), 1e-3)


def _by_sizes(scans: Sequence[Outlined], steps: Array) -> Array:
    """Log likelihood [along, across]. Only the aspect changes the rectangle; the scale shifts its logs."""
    aspects = np.linspace(-2 * REACH, 2 * REACH, 2 * STEPS - 1)
    total = np.zeros((STEPS, STEPS))
    index = np.arange(STEPS)[:, None] - np.arange(STEPS)[None, :] + STEPS - 1
    mean = (steps[:, None] + steps[None, :]) / 2
    for scan in scans:
        assert scan.size_mm is not None
        logs = np.array([_log_sides(scan.hull_mm, aspect) for aspect in aspects])[index]
        seen = logs + mean[..., None] - SIZE_CENTRE
        long, middle, short = sorted((math.log(side) for side in scan.size_mm), reverse=True)
        pairs = np.array([(long, middle), (long, short), (middle, short)])
        error = ((seen[:, :, None, :] - pairs) / SIDE_SPREAD) ** 2
        fits = np.exp(-error.sum(-1) / 2).mean(-1)
        total += np.log((1 - OUTLIERS) * fits + OUTLIERS * 0.002)
    # what is common to all of a scanner's scans (fan, threshold) does not average out
    return total / (1 + len(scans) * (SIZE_BIAS / SIDE_SPREAD) ** 2)


def _log_sides(hull_mm: Sequence[tuple[float, float]], aspect: float) -> tuple[float, float]:
    stretched = np.array(hull_mm) * (math.exp(aspect / 2), math.exp(-aspect / 2))
    long, short = sides_mm(stretched)
    return math.log(long), math.log(short)


def _by_mass(scans: Sequence[Outlined], steps: Array) -> Array:
    """The square root of declared over reckoned mass, over the told pitch's own."""
    logs = [
        math.log(scan.weight_g / scan.mass_g) / 2 - MASS_CENTRE
        for scan in scans
        if scan.weight_g and scan.mass_g > 0
    ]
    if not logs:
        return np.zeros((STEPS, STEPS))
    sd = math.hypot(MASS_BIAS, MASS_SPREAD / math.sqrt(len(logs)))
    return _log_normal(steps, float(np.median(logs)), sd)


def _by_typical(scans: Sequence[Outlined], steps: Array) -> Array:
    longest = [sides_mm(np.array(scan.hull_mm))[0] for scan in scans]
    sd = math.hypot(TYPICAL_SPREAD, 0.6 / math.sqrt(len(longest)))
    return _log_normal(steps, math.log(TYPICAL_MM / float(np.median(longest))), sd)


def _believed(steps: Array) -> Array:
    """Before anything is seen: most hubs are right, the others off by anything."""
    scale, aspect = (steps[:, None] + steps[None, :]) / 2, steps[:, None] - steps[None, :]
    right = np.exp(-(scale**2 + aspect**2) / (2 * RIGHT_SPREAD**2)) / RIGHT_SPREAD**2
    broad = np.exp(-(scale**2 / REACH**2 + aspect**2 / ASPECT_SPREAD**2) / 2) / (REACH * ASPECT_SPREAD)
    return np.log(RIGHT * right + (1 - RIGHT) * broad)


def _log_normal(steps: Array, centre: float, sd: float) -> Array:
    """With heavy tails: a witness may be wrong altogether."""
    mean = (steps[:, None] + steps[None, :]) / 2
    return np.log(np.exp(-(((mean - centre) / sd) ** 2) / 2) + 1e-4)


def _summed_up(likelihood: Array, steps: Array, scans: int, sized: int) -> PitchEstimate:
    weight = _weights(likelihood + _believed(steps))
    scale = (steps[:, None] + steps[None, :]) / 2
    aspect = steps[:, None] - steps[None, :]
    spacing = float(steps[1] - steps[0])
    (s, s_sd), (a, a_sd) = _moments(weight, scale), _moments(weight, aspect)
    seen, seen_sd = _moments(_weights(likelihood), scale)
    return PitchEstimate(
        scale=math.exp(s),
        scale_sd=math.hypot(s_sd, spacing / 4),
        aspect=math.exp(a),
        aspect_sd=math.hypot(a_sd, spacing / 4),
        seen=math.exp(seen),
        seen_sd=math.hypot(seen_sd, spacing / 4),
        scans=scans,
        by_sizes=sized,
    )


def _weights(likelihood: Array) -> Array:
    weight: Array = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    return weight


def _moments(weight: Array, value: Array) -> tuple[float, float]:
    mean = float((weight * value).sum())
    return mean, math.sqrt(float((weight * (value - mean) ** 2).sum()))
