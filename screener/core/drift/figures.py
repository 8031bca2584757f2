"""The figures that are watched: what each says, what difference matters, and how much of it is let pass."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from screener.contracts.wire import Drift, Glance, Look

MOST = 4.0
"""Spreads that one scan counts at most, so that no single scan says much."""

ALARM = 40.0
"""What has to add up, in spreads, before a scanner counts as changed."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of every scan, of which the mean is watched.

    A spread less than `floor` is taken for it: what is smaller matters to no model. `allowance` is the
    lasting shift, in spreads, that parcels alone may bring about; what goes beyond adds up. With `falls` a
    fall counts as well as a rise. `of_parcels` says that equal parcels have it in common, so that they
    count once.
    """

    name: str
    what: Drift
    floor: float
    allowance: float
    falls: bool = True
    of_parcels: bool = True


SURPRISE: Final = Figure("surprise", Drift.PALETTE, 0.1, 1.0, falls=False)
SCORE: Final = Figure("score", Drift.SCORE, 0.5, 1.5)
PITCH: Final = Figure("other_pitch", Drift.PITCH, 0.25, 1.0, falls=False, of_parcels=False)
ENERGY: Final = Figure("other_energy", Drift.ENERGY, 0.25, 1.0, falls=False, of_parcels=False)
VIEW: Final = Figure("other_view", Drift.VIEWS, 0.25, 1.0, falls=False, of_parcels=False)
FAILURE: Final = Figure("failures", Drift.FAILURES, 0.25, 0.25, falls=False, of_parcels=False)


def area_mm2(look: Look, size_px: tuple[int, int]) -> float:
    return size_px[0] * look.pitch_mm.across * size_px[1] * look.pitch_mm.along


def _stretch(look: Look, seen: Glance, size_px: tuple[int, int]) -> float:
    """How much longer along the belt things look than across it.

    Stretched along, the finest detail along gets weaker and pictures longer. How the parcel lies does as
    much to coarser detail as to the finest, and so is taken out by it; the shares were fitted once on
    simulated scanners.
    """
    along, across, coarse_along, coarse_across = seen.edges
    length_mm, width_mm = size_px[1] * look.pitch_mm.along, size_px[0] * look.pitch_mm.across
    fine, coarse = along - across, coarse_along - coarse_across
    return 0.35 * math.log(length_mm / width_mm) - fine + 0.7 * coarse


_Measured = Callable[[Look, Glance, tuple[int, int]], float]

MEASURED: Final[dict[Figure, _Measured]] = {
    Figure("chroma", Drift.PALETTE, 0.03, 1.5): lambda _, seen, __: seen.chroma,
    Figure("tint_red", Drift.PALETTE, 0.02, 1.0): lambda _, seen, __: seen.tint[0],
    Figure("tint_blue", Drift.PALETTE, 0.02, 1.0): lambda _, seen, __: seen.tint[1],
    Figure("air", Drift.BRIGHTNESS, 0.02, 1.0): lambda _, seen, __: seen.air,
    Figure("dark", Drift.BRIGHTNESS, 0.03, 1.5): lambda _, seen, __: seen.dark,
    Figure("median", Drift.BRIGHTNESS, 0.05, 1.5): lambda _, seen, __: seen.median,
    Figure("fine", Drift.DETAIL, 0.1, 1.5): lambda _, seen, __: (seen.edges[0] + seen.edges[1]) / 2,
    Figure("noise", Drift.DETAIL, 0.15, 1.0): lambda _, seen, __: seen.noise,
    Figure("stretch", Drift.PITCH, 0.05, 0.5): _stretch,
    Figure("area", Drift.SIZE, 0.1, 1.5): lambda look, _, px: math.log(area_mm2(look, px)),
}
"""The figures that are read off a picture alone."""

FIGURES: Final = {one.name: one for one in (*MEASURED, SURPRISE, SCORE, PITCH, ENERGY, VIEW, FAILURE)}


def measured(look: Look) -> dict[str, float]:
    """The figures of a scan's picture by name; none where it could not be decoded."""
    if look.glance is None or look.size_px is None:
        return {}
    glance, size_px = look.glance, look.size_px
    return {figure.name: of(look, glance, size_px) for figure, of in MEASURED.items()}


def surprise(colours: bytes, usual: tuple[float, ...]) -> float:
    """How unusual the colours of a scan are, in nats: the mean of -ln of how often each was seen before."""
    total = sum(colours) or 1
    rare = 1e-3
    return (
        -sum(count * math.log(share + rare) for count, share in zip(colours, usual, strict=True) if count)
        / total
    )


def bounded(apart: float) -> float:
    """A difference in spreads as it counts for one scan."""
    return max(-MOST, min(MOST, apart))


def logit(alarm: float) -> float:
    """A probability as log-odds, bounded."""
    kept = min(max(alarm, 1e-4), 1 - 1e-4)
    return math.log(kept / (1 - kept))
