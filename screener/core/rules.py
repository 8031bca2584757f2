"""The rules: what each finds in the facts of a parcel, as reasons with their figures."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, isfinite, log, sqrt

from screener.contracts.wire import Amount, Figures, Match, Reason, Risk, Seen, Total
from screener.core import load as loads
from screener.core.policy import Limits, Sums
from screener.core.scene import Scene

MOST_SIGNALS = 6
"""So many signals are named in the reason of a hold for its risk; the decision lists all."""

OFF = 0.25
"""By how much a sum of loads is usually off, as a part of itself (one standard deviation)."""

MOVING = "threshold_log_odds"
"""The one figure of a reason that is not of its parcel: it follows the stream where a capacity is set."""

MOST_SUMS = 2
"""So many identities are named whose parcels add up; the others mostly are the same people."""


def tip(match: Match) -> Reason:
    """A tip that the parcel meets; it names the entry and by what, never what was told."""
    figures: Figures = {
        "tip": match.entry_id,
        "kind": match.kind,
        "role": match.role,
        "source": match.source,
        "reference": match.reference,
    }
    text = f"tip {match.entry_id} ({match.source}) names the {match.kind} of the {match.role}"
    return Reason(code="tip", figures=figures, text=text)


def over_limit(scene: Scene) -> tuple[Reason, ...]:
    """What may be over a limit in the alarming views, each with its own probability, the likeliest first."""
    if not scene.alarming:
        return ()
    parts = _likeliest(scene.alarming, scene.allowed)
    codes = ("sticks_over_limit", "tobacco_over_limit", "e_cigarettes")
    order = sorted(range(len(codes)), key=lambda place: -parts[place])
    likely = [place for place in order if parts[place] >= 0.5 * parts[order[0]]]
    return tuple(
        _load_reason(scene, codes[place], place, parts[place], views=scene.alarming, limits=scene.allowed)
        for place in likely
    )


def _likeliest(views: Sequence[Seen], limits: Limits) -> list[float]:
    """Of each product the largest probability of being over that any view shows, as `over_each` has them."""
    each = [loads.over_each(view, limits) for view in views]
    return [max(column) for column in zip(*each, strict=True)]


def sums(scene: Scene) -> tuple[Reason, ...]:
    """Small parcels of the same people that together pass the limit, this one's load among them."""
    limits = scene.policy.file.sums
    if not scene.counting:
        return ()
    passing = sorted(_passing(scene.facts.totals, limits), key=lambda pair: -pair[0])
    return tuple(_sum_reason(p, total, limits) for p, total in passing[:MOST_SUMS])


def _passing(totals: Sequence[Total], limits: Sums) -> list[tuple[float, Total]]:
    """The sums that hold a parcel, each with the probability that it is over."""
    found = [(_sum_p(total, limits), total) for total in totals]
    return [pair for pair in found if pair[0] >= limits.over_limit]


def _sum_p(total: Total, limits: Sums) -> float:
    if total.loaded < 2 or total.parcels > limits.hub_from:
        return 0.0
    return max(sum_above(total.sticks, limits.sticks), sum_above(total.tobacco_g, limits.tobacco_g))


def sum_above(amount: Amount, limit: float) -> float:
    """The probability that a sum of loads is above `limit`: log-normal about its mean, off by `OFF`.

    It grows with the mean alone, so that a larger or likelier load never makes a sum look smaller. What one
    model misjudges it misjudges in all parcels alike, so the error does not shrink as parcels add up.
    """
    if limit <= 0.0 or amount.mean <= 0.0:
        return float(amount.mean > limit)
    return 0.5 * erfc((log(limit) - log(amount.mean)) / (OFF * sqrt(2.0)))


def sum_excess(totals: Sequence[Total], limits: Sums) -> float:
    """What the largest sum that holds a parcel is above its limits, in multiples of them."""
    return max((_multiples_above(one, limits) for _, one in _passing(totals, limits)), default=0.0)


def _multiples_above(total: Total, limits: Sums) -> float:
    sticks = max(total.sticks.mean - limits.sticks, 0.0)
    return loads.multiples(sticks, max(total.tobacco_g.mean - limits.tobacco_g, 0.0), limits)


def _sum_reason(p: float, total: Total, limits: Sums) -> Reason:
    figures: Figures = {
        "identity": total.identity,
        "link": total.link,
        "window_days": total.window_days,
        "parcels": total.parcels,
        "loaded": total.loaded,
        "sticks_mean": total.sticks.mean,
        "tobacco_g_mean": total.tobacco_g.mean,
        "limit_sticks": limits.sticks,
        "limit_tobacco_g": limits.tobacco_g,
        "p_over_limit": p,
        "members": " ".join(f"{one.hub}/{one.parcel_id}" for one in total.members),
    }
    text = (
        f"{total.loaded} parcels of one {total.identity} in {total.window_days:g} days add up to about "
        f"{total.sticks.mean:,.0f} sticks and {total.tobacco_g.mean:,.0f} g of loose tobacco; over "
        f"{limits.sticks:,.0f} sticks or {limits.tobacco_g:,.0f} g with probability {p:.0%}"
    )
    return Reason(code="sum_over_limit", figures=figures, text=text)


def risk_reason(risk: Risk, threshold: float) -> Reason:
    """Why the risk is high: the probability and what the largest signals added to its log-odds."""
    figures: Figures = {"p": risk.p, "log_odds": risk.log_odds, MOVING: threshold}
    figures |= {one.name: one.added for one in risk.signals[:MOST_SIGNALS]}
    named = "; ".join(one.text for one in risk.signals[:3] if one.added > 0)
    return Reason(
        code="risk",
        figures=figures,
        text=f"over the limit with probability {risk.p:.1%}: {named or 'no signal'}",
    )


def drawn(rate: float) -> Reason:
    """Nothing speaks against the parcel: chance chose it."""
    text = f"drawn at random for inspection (rate {rate:.2%})"
    return Reason(code="random_inspection", figures={"rate": rate}, text=text)


def within_limit(scene: Scene) -> tuple[Reason, ...]:
    """The figures of a parcel that no rule holds for its load: no alarm, licensed, or within the limit."""
    load, licence = scene.load, scene.facts.licence
    if load is None:
        return ()
    if not scene.alarming:
        threshold = max(scene.threshold(view) for view in scene.judged)
        figures: Figures = {"alarm": load.alarm, "threshold": threshold}
        text = f"alarm {load.alarm:.3f} is below the threshold {threshold:.3f}"
        return (Reason(code="no_alarm", figures=figures, text=text),)
    parts = _likeliest(scene.judged, scene.limits)
    place = parts.index(max(parts))
    within = _load_reason(
        scene, "load_within_limit", place, parts[place], views=scene.judged, limits=scene.limits
    )
    if licence is None or not scene.licensed:
        return (within,)
    text = f"licence {licence.entry_id} covers the load"
    return (Reason(code="licensed", figures={"licence": licence.entry_id}, text=text), within)


def _load_reason(
    scene: Scene, code: str, place: int, p_over: float, *, views: Sequence[Seen], limits: Limits
) -> Reason:
    """What views show of the product at this place of `over_each`, against these limits."""
    licence = None if limits is scene.limits or scene.facts.licence is None else scene.facts.licence.entry_id
    where = scene.policy.jurisdiction(scene.hub) + (f" under licence {licence}" if licence else "")
    if place == _E_CIGARETTES:
        figures, seen = _e_cigarettes(views, limits)
    else:
        figures, seen = _amount(*_UNITS[place], views, limits)
    figures |= {"p_over_limit": p_over, "jurisdiction": scene.policy.jurisdiction(scene.hub)}
    if licence:
        figures["licence"] = licence
    return Reason(code=code, figures=figures, text=f"{seen} in {where} with probability {p_over:.0%}")


_UNITS = (("sticks", "sticks"), ("tobacco_g", "g of loose tobacco"))
_E_CIGARETTES = 2


def _amount(unit: str, words: str, views: Sequence[Seen], limits: Limits) -> tuple[Figures, str]:
    load = loads.largest([getattr(view, unit) for view in views])
    limit: float = getattr(limits, unit)
    figures: Figures = {
        f"{unit}_low": load.low,
        f"{unit}_mid": load.mid,
        f"{unit}_high": load.high,
        f"limit_{unit}": limit if isfinite(limit) else None,
    }
    return figures, (
        f"about {load.mid:,.0f} {words} ({load.low:,.0f} to {load.high:,.0f}); over the limit of {limit:,.0f}"
    )


def _e_cigarettes(views: Sequence[Seen], limits: Limits) -> tuple[Figures, str]:
    p, limit = max(view.p.e_cigarettes for view in views), limits.e_cigarettes
    figures: Figures = {"p": p, "limit": limit}
    return figures, f"e-cigarettes with probability {p:.2f}; over the limit of {limit:g}"
