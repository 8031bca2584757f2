"""Measures: thresholds for false alarm rates, shares and their intervals, areas, calibration.

Scans of one source (one bag, one simulated parcel) are not independent: intervals are taken over sources.
Where a function takes `sources`, these are the names of the sources, one a scan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screener.core.estimates.shares import wilson

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

CONFIDENCE = 0.95


def threshold(alarms: Numbers, false_alarm_rate: float) -> float:
    """An alarm that at most this share of clean scans reaches: halfway between the two that it parts.

    Where none of them may reach it, it lies just above the highest: so few scans cannot say how far.
    """
    falling = np.sort(alarms)[::-1]
    allowed = int(np.floor(false_alarm_rate * len(falling) + 1e-9))
    if allowed == len(falling):
        return 0.0
    first_refused = falling[allowed]
    above = falling[falling > first_refused]
    return float((first_refused + above[-1]) / 2 if len(above) else np.nextafter(first_refused, 2.0))


@dataclass(frozen=True, eq=False)
class Curve:
    """What every threshold gives: the false alarm rate and the recall, from the strictest on."""

    false_alarm_rates: Numbers
    recalls: Numbers


def curve(clean: Numbers, loaded: Numbers) -> Curve:
    """The receiver operating curve, from (0, 0) to (1, 1), a point for each alarm that occurs."""
    cuts = np.unique(np.concatenate([clean, loaded]))[::-1]
    return Curve(
        np.concatenate([[0.0], _reaching(clean, cuts)]), np.concatenate([[0.0], _reaching(loaded, cuts)])
    )


def _reaching(alarms: Numbers, cuts: Numbers) -> Numbers:
    """The share of alarms at or above each cut."""
    return 1.0 - np.searchsorted(np.sort(alarms), cuts, side="left") / len(alarms)


def recall(alarms: Numbers, cut: float) -> float:
    """The share of loaded scans that reach a threshold."""
    return float((alarms >= cut).mean())


def area(clean: Numbers, loaded: Numbers) -> float:
    """Area under the receiver operating curve; ties count half."""
    ordered = np.sort(clean)
    below = np.searchsorted(ordered, loaded, side="left") + np.searchsorted(ordered, loaded, side="right")
    return float(below.mean() / 2 / len(clean))


# --- shares and their intervals -------------------------------------------------------------------


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval."""

    point: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.point:.2f} [{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True)
class Share(Interval):
    """A share of `count` scans from `sources` sources, with its 95 % interval."""

    count: int
    sources: int


def share(hits: Flags, sources: Sequence[str] | None = None) -> Share:
    """A share with its Wilson interval on as many independent scans as they are worth.

    Without `sources` every scan is one of its own. Raises `ValueError` where there are no scans.
    """
    if not len(hits):
        raise ValueError("share: expected at least one scan, got none")
    groups = np.arange(len(hits)) if sources is None else grouped(sources)
    low, high = wilson(float(hits.mean()), effective_count(hits, groups))
    return Share(float(hits.mean()), low, high, len(hits), len(np.unique(groups)))


def grouped(names: Sequence[str]) -> Indices:
    """A number for each name, the same for the same one."""
    return np.unique(np.asarray(names, dtype=str), return_inverse=True)[1].reshape(-1)


def effective_count(hits: Flags, groups: Indices) -> float:
    """How many independent scans would give as sure a share as these, at most as many as there are.

    Kish's design effect, from the variance between sources; where all scans say the same there is none
    to see, and as many count as there would be sources of the same size.
    """
    count, point = len(hits), float(hits.mean())
    sizes = np.bincount(groups)
    alike = count**2 / float((sizes**2).sum())
    held = int((sizes > 0).sum())
    if point in (0.0, 1.0) or held < 2:
        return alike
    few = held / (held - 1) * (count - 1) / count
    variance = float((np.bincount(groups, hits - point) ** 2).sum()) / count**2 * few
    return float(np.clip(point * (1 - point) / max(variance, 1e-12), min(alike, 2.0), count))


def upper_bound(hits: int, count: int) -> float:
    """The highest rate that so many hits of `count` allow: Clopper and Pearson's one-sided 95 % bound."""
    if hits >= count:
        return 1.0
    low, high = hits / count, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, count, middle) > 1 - CONFIDENCE else (low, middle)
    return high


def _at_most(hits: int, count: int, rate: float) -> float:
    """The chance of so many hits or fewer at a rate."""
    chance = total = (1 - rate) ** count
    for number in range(hits):
        chance *= (count - number) / (number + 1) * rate / max(1 - rate, 1e-12)
        total += chance
    return total


def provable_rate(count: int) -> float:
    """The lowest false alarm rate that `count` clean scans can show: the bound where none alarms."""
    return upper_bound(0, count)


def bootstrap(
    figure: Callable[[Indices], float], groups: Indices, seed: int = 0, rounds: int = 400
) -> Interval:
    """`figure` of all scans, with its interval over sources drawn anew with replacement.

    `figure` takes the indices of the scans to count; the percentile interval is widened to hold the point.
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(groups, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(groups))[:-1])
    drawn = [
        figure(np.concatenate([members[each] for each in rng.integers(len(members), size=len(members))]))
        for _ in range(rounds)
    ]
    low, high = np.nanquantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    point = figure(np.arange(len(groups)))
    return Interval(point, min(point, float(low)), max(point, float(high)))


# --- calibration ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bin:
    """Scans with about the same stated probability: how many, the mean stated, the share that held."""

    count: int
    stated: float
    held: float


def reliability(stated: Numbers, held: Flags, bins: int = 10) -> list[Bin]:
    """Stated probabilities against what held, in `bins` bins of the same width; empty ones are left out."""
    place = np.clip((stated * bins).astype(int), 0, bins - 1)
    return [
        Bin(int(here.sum()), float(stated[here].mean()), float(held[here].mean()))
        for here in (place == index for index in range(bins))
        if here.any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: the mean gap between stated and held, weighted by scans."""
    count = sum(one.count for one in bins)
    return sum(one.count * abs(one.stated - one.held) for one in bins) / count


def chance_calibration_error(stated: Numbers, seed: int = 0, rounds: int = 200) -> float:
    """The calibration error that so many scans show by chance where every stated probability is true."""
    rng = np.random.default_rng(seed)
    drawn = [calibration_error(reliability(stated, rng.random(len(stated)) < stated)) for _ in range(rounds)]
    return float(np.mean(drawn))


# --- over and under a limit -----------------------------------------------------------------------


@dataclass(frozen=True)
class Confusion:
    """Scans by what they hold and what they are judged to hold, against a limit."""

    over_judged_over: int
    over_judged_under: int
    under_judged_over: int
    under_judged_under: int

    @property
    def count(self) -> int:
        """All of them."""
        return (
            self.over_judged_over + self.over_judged_under + self.under_judged_over + self.under_judged_under
        )


def confusion(true: Numbers, judged: Numbers, limit: float) -> Confusion:
    """How amounts are judged against `limit`, which itself is not over it."""
    over, said = true > limit, judged > limit
    return Confusion(
        int((over & said).sum()),
        int((over & ~said).sum()),
        int((~over & said).sum()),
        int((~over & ~said).sum()),
    )


def relative_errors(true: Numbers, estimated: Numbers) -> Numbers:
    """Absolute errors as shares of the true amounts, which are above zero."""
    return np.abs(estimated - true) / true
