"""How many parcels of some strata are over the limit, as a confidence distribution (mid-p).

In each stratum the opened parcels count as drawn at random without replacement. What the unopened hold is
then, for one stratum, a beta-binomial number: given x of m opened over the limit, P(X >= x | K) is the
probability that BetaBinomial(N - m; x, m - x + 1) is at most K - x, and P(X <= x | K) that
BetaBinomial(N - m; x + 1, m - x) is at least K - x. The mid-p interval takes the middle of the two.

Strata are added up as Fay and Feuer (1997) and Fay and Kim (2017) add up weighted Poisson counts, here with
the moments of the finite population: the sum is taken as negative binomial or binomial with the sum's mean
and variance, and one parcel that was found clear (or over the limit) is added for the lower (or the upper)
end. They add it where it weighs most, which is too wide for rates that differ by a factor of 25; here it
falls on each stratum with the stratum's share of the parcels opened, as it would were all alike, and with a
tenth where it weighs most. docs/statistics.md has what that was chosen from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, gammaincc

Array = NDArray[np.float64]

POISSON_WITHIN = 1e-9
"""Relative difference of mean and variance below which neither of the other two can be computed."""

TO_HEAVIEST = 0.1
"""How likely the one parcel more falls where it weighs most; it always does with Fay and Feuer."""


@dataclass(frozen=True)
class Spread:
    """A number of parcels with this mean and variance, `most` at most; arrays of one shape."""

    mean: Array
    variance: Array
    most: Array

    def cdf(self, k: Array) -> Array:
        """The probability of `k` parcels or fewer."""
        mean, variance = self.mean, self.variance
        with np.errstate(all="ignore"):
            gap = variance - mean
            wide = betainc(mean**2 / gap, k + 1, mean / variance)
            trials = -(mean**2) / gap
            narrow = np.where(k < trials, betainc(np.maximum(trials - k, 1e-12), k + 1, variance / mean), 1.0)
            between = gammaincc(k + 1, mean)
        near = np.abs(gap) <= POISSON_WITHIN * mean
        found = np.where(near, between, np.where(gap > 0, wide, narrow))
        certain = (mean == 0) | (k >= self.most)
        return np.where(k < 0, 0.0, np.where(certain, 1.0, found))


@dataclass(frozen=True)
class Confidence:
    """What is known of the number over the limit: `known` were found, the rest lies between two spreads.

    It is certain to be `least` or more and `most` or less.
    """

    known: Array
    estimate: Array
    low: Spread
    high: Spread
    least: float = 0.0
    most: float = np.inf

    def between(self, least: float, most: float) -> Confidence:
        """The same, where more is known for certain than those drawn say."""
        return replace(self, estimate=np.clip(self.estimate, least, most), least=least, most=most)

    def at(self, quantile: ArrayLike) -> Array:
        """The number of parcels up to which this share of the confidence lies."""
        wanted = np.asarray(quantile, dtype=np.float64)
        most = np.broadcast_arrays(self.low.most, wanted)[0]
        return self._numbers(wanted, most, self._first(wanted, np.full_like(most, -1.0), most + 1))

    def along(self, quantiles: Array) -> Array:
        """`at` many quantiles of one number, the least first: all lie between those of the first and last."""
        most = np.broadcast_arrays(self.low.most, quantiles)[0]
        ends, reach = quantiles[[0, -1]], most[[0, -1]]
        low, high = self._first(ends, np.full_like(reach, -1.0), reach + 1)
        first = self._first(quantiles, np.full_like(most, low - 1), np.full_like(most, high))
        return self._numbers(quantiles, most, first)

    def interval(self, level: float = 0.95) -> tuple[Array, Array]:
        """Both ends of the mid-p interval, whole parcels; the estimate lies between them."""
        beyond = (1 - level) / 2
        ends = np.reshape([beyond, 1 - beyond], (2, *(1 for _ in self.known.shape)))
        low, high = self.at(ends)
        return np.minimum(low, np.floor(self.estimate)), np.maximum(high, np.ceil(self.estimate))

    def _first(self, wanted: Array, below: Array, above: Array) -> Array:
        return _first(lambda k: self._cdf(k) >= wanted, below, above)

    def _numbers(self, wanted: Array, most: Array, first: Array) -> Array:
        unseen = np.where(wanted <= 0.5, first, np.maximum(first - 1, 0))
        found: Array = np.clip(self.known + np.minimum(unseen, most), self.least, self.most)
        return found

    def _cdf(self, k: Array) -> Array:
        middle: Array = 0.5 * (self.low.cdf(k) + self.high.cdf(k - 1))
        return middle


def number_over(
    parcels: ArrayLike, opened: ArrayLike, over: ArrayLike, rare: ArrayLike | None = None
) -> Confidence:
    """The number over the limit among all parcels of some strata.

    The first axis is the strata, what follows (months, say) is computed side by side. Of a stratum with
    parcels at least one must be opened. `rare` marks the strata on which the one parcel more may fall;
    without it all.
    """
    held, drawn, hits = (np.asarray(one, dtype=np.float64) for one in (parcels, opened, over))
    unopened, clear = held - drawn, drawn - hits
    place = _places(drawn, unopened, np.ones(len(held)) if rare is None else np.asarray(rare, np.float64))
    estimate = hits.sum(axis=0) + _moments(unopened, hits, clear)[0].sum(axis=0)
    low = _with_one_more(unopened, hits, clear, place, (0, 1))
    high = _with_one_more(unopened, hits, clear, place, (1, 0))
    return Confidence(hits.sum(axis=0), estimate, low, high)


def _places(drawn: Array, unopened: Array, rare: Array) -> Array:
    """How likely the one parcel more falls on each stratum: none where all is opened."""
    unknown = drawn * (unopened > 0)
    among = unknown * rare.reshape((-1,) + (1,) * (drawn.ndim - 1))
    among = np.where(among.sum(axis=0) > 0, among, unknown)
    weight = np.where(among > 0, unopened / np.maximum(drawn, 1), -1.0)
    heaviest = (weight == weight.max(axis=0)) & (among > 0)
    by_opened = among / np.maximum(among.sum(axis=0), 1)
    by_weight = heaviest / np.maximum(heaviest.sum(axis=0), 1)
    places: Array = (1 - TO_HEAVIEST) * by_opened + TO_HEAVIEST * by_weight
    return places


def share_of_first(first: Confidence, second: Confidence, level: float = 0.95) -> tuple[float, float]:
    """The interval of first / (first + second): of two independent numbers, all pairs of their quantiles."""
    one, other = np.meshgrid(_quantiles(first), _quantiles(second))
    both = one + other
    shares = np.where(both > 0, one / np.maximum(both, 1), 0.5)
    beyond = (1 - level) / 2
    low, high = np.quantile(shares, [beyond, 1 - beyond])
    return float(low), float(high)


GRID = 400
"""Quantiles of each of the two: 160,000 pairs."""


def _quantiles(confidence: Confidence) -> Array:
    return np.maximum.accumulate(confidence.along((np.arange(GRID) + 0.5) / GRID))


def _moments(unopened: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Mean and variance of BetaBinomial(unopened; a, b), 0 where nothing is left unopened."""
    n = a + b
    with np.errstate(all="ignore"):
        mean = unopened * a / n
        variance = mean * b * (n + unopened) / (n * (n + 1))
    nothing = unopened == 0
    return np.where(nothing, 0.0, mean), np.where(nothing, 0.0, variance)


def _with_one_more(unopened: Array, hits: Array, clear: Array, place: Array, more: tuple[int, int]) -> Spread:
    """The sum over strata with one more parcel found over (or clear), in each with probability `place`."""
    mean, variance = _moments(unopened, hits, clear)
    mean_then, variance_then = _moments(unopened, hits + more[0], clear + more[1])
    moved = mean_then - mean
    by = (place * moved).sum(axis=0)
    spread = (place * (variance_then - variance + moved**2)).sum(axis=0) - by**2
    total = mean.sum(axis=0) + by
    none = (hits.sum(axis=0) == 0) & (more[0] == 0)
    return Spread(
        mean=np.where(none, 0.0, np.maximum(total, 0.0)),
        variance=np.where(none, 0.0, np.maximum(variance.sum(axis=0) + spread, 0.0)),
        most=unopened.sum(axis=0),
    )


def _first(reached: Callable[[Array], NDArray[np.bool_]], below: Array, above: Array) -> Array:
    """The least number after `below`, up to `above`, for which something holds that goes on holding."""
    while np.any(above - below > 1):
        middle = np.floor((below + above) / 2)
        holds = reached(middle)
        below, above = np.where(holds, below, middle), np.where(holds, middle, above)
    return above
