"""The load of a parcel as a distribution: how likely it is over a limit, and what it adds to a sum.

An estimate gives three percentiles (10, 50, 90) of the amount if there is any; the class probability says
whether there is. Between the percentiles the distribution is a straight line over log(1 + amount), beyond
them it falls off by `TAIL`. So raising any figure of a view never lowers the probability of being over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log1p, sqrt

from screener.contracts.wire import Amount, Estimate, Load, Seen
from screener.core.policy import Limits, Sums

TAIL = 0.35
"""Fall of the tails over log(1 + amount): beyond the outer percentiles, a factor of e for each of 1.4."""

NOTHING = Estimate(low=0.0, mid=0.0, high=0.0)


def above(estimate: Estimate, limit: float) -> float:
    """The probability that an amount with these percentiles is above `limit`."""
    low, mid, high = sorted((log1p(estimate.low), log1p(estimate.mid), log1p(estimate.high)))
    at = log1p(limit)
    if at < low:
        return 1.0 - 0.1 * exp((at - low) / TAIL)
    if at >= high:
        return 0.1 * exp((high - at) / TAIL)
    if at < mid:
        return 0.9 - 0.4 * (at - low) / (mid - low)
    return 0.5 - 0.4 * (at - mid) / (high - mid)


def over_each(seen: Seen, limits: Limits) -> tuple[float, float, float]:
    """How likely a view shows more than `limits` allow: of sticks, of loose tobacco, of e-cigarettes."""
    return (
        seen.p.cigarettes * above(seen.sticks, limits.sticks),
        seen.p.loose_tobacco * above(seen.tobacco_g, limits.tobacco_g),
        seen.p.e_cigarettes * limits.e_cigarettes_over,
    )


def over_limit(seen: Seen, limits: Limits) -> float:
    """The probability that one view shows more of anything than `limits` allow."""
    sticks, tobacco, e_cigarettes = over_each(seen, limits)
    return 1.0 - (1.0 - sticks) * (1.0 - tobacco) * (1.0 - e_cigarettes)


def judged(views: Iterable[Seen]) -> tuple[Seen, ...]:
    """The views that the model could judge."""
    return tuple([view for view in views if view.failure is None])


def load_of(judged: Sequence[Seen], limits: Limits) -> Load | None:
    """The load over all judged views: of each figure the largest that any view shows; None without any.

    Every view sees the whole parcel, and what one view hides another may show, so nothing is summed.
    """
    if not judged:
        return None
    return Load(
        sticks=largest([view.sticks for view in judged]),
        tobacco_g=largest([view.tobacco_g for view in judged]),
        e_cigarettes=max([view.p.e_cigarettes for view in judged]),
        alarm=max([view.alarm for view in judged]),
        over_limit=max([over_limit(view, limits) for view in judged]),
    )


def largest(estimates: Sequence[Estimate]) -> Estimate:
    """Of each percentile the largest; of none, nothing."""
    if len(estimates) < 2:
        return estimates[0] if estimates else NOTHING
    return Estimate(
        low=max([one.low for one in estimates]),
        mid=max([one.mid for one in estimates]),
        high=max([one.high for one in estimates]),
    )


def any_of_it(views: Iterable[Seen]) -> float:
    """The probability that a parcel holds any of what the model looks for, by its most telling view."""
    return max((any_in(view) for view in judged(views)), default=0.0)


def any_in(view: Seen) -> float:
    """The probability that one view shows any of what the model looks for."""
    return max(view.p.cigarettes, view.p.loose_tobacco, view.p.e_cigarettes)


def excess(view: Seen, limits: Limits) -> float:
    """What a view is expected to show above the limits, in multiples of them.

    E-cigarettes are not counted by the model: more than allowed of them are one multiple.
    """
    sticks = view.p.cigarettes * _mean_above(view.sticks, limits.sticks)
    tobacco_g = view.p.loose_tobacco * _mean_above(view.tobacco_g, limits.tobacco_g)
    e_cigarettes = view.p.e_cigarettes * limits.e_cigarettes_over
    return multiples(sticks, tobacco_g, limits) + e_cigarettes


def multiples(sticks: float, tobacco_g: float, limits: Limits | Sums) -> float:
    """Amounts in multiples of what one parcel, or one identity, may hold, added up."""
    return sticks / max(limits.sticks, 1.0) + tobacco_g / max(limits.tobacco_g, 1.0)


def _mean_above(estimate: Estimate, limit: float) -> float:
    return _mean(*(max(amount - limit, 0.0) for amount in (estimate.low, estimate.mid, estimate.high)))


def _mean(low: float, mid: float, high: float) -> float:
    """The mean of what has these percentiles (10, 50, 90), by Swanson's rule."""
    return 0.3 * low + 0.4 * mid + 0.3 * high


def expected(p: float, estimate: Estimate) -> Amount:
    """Mean and standard deviation of an amount that is there with probability `p`."""
    mean = _mean(estimate.low, estimate.mid, estimate.high)
    sd = max(estimate.high - estimate.low, 0.0) / 2.563
    return Amount(mean=p * mean, sd=sqrt(max(p * (sd * sd + mean * mean) - (p * mean) ** 2, 0.0)))
