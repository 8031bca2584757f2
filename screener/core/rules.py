"""The rules: what each finds in the facts of a parcel, as reasons with their figures."""

from __future__ import annotations

from math import erfc, log, sqrt

from screener.contracts.wire import Amount, Estimate, Match, Reason, Risk, Total
from screener.core import load as loads
from screener.core.policy import Sums
from screener.core.scene import Scene

Figures = dict[str, float | int | str | None]

MOST_SIGNALS = 6
"""So many signals are named in the reason of a hold for its risk; the decision lists all."""

WIDEST = 1e6
"""A deviation of more than this many means tells no more, and its square would pass what numbers hold."""

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
    """What is over a limit in the views whose alarm reaches their scanner's threshold."""
    limits, alarming = scene.limits, scene.alarming
    p = max([loads.over_limit(view, limits) for view in alarming], default=0.0)
    if not alarming or p < scene.policy.held_from(scene.hub):
        return ()
    jurisdiction = scene.policy.jurisdiction(scene.hub)
    sticks, grams = (
        loads.largest([getattr(view, name) for view in alarming]) for name in ("sticks", "tobacco_g")
    )
    e_cigarettes = max(view.p.e_cigarettes for view in alarming)
    parts = {
        "sticks_over_limit": max(
            view.p.cigarettes * loads.above(view.sticks, limits.sticks) for view in alarming
        ),
        "tobacco_over_limit": max(
            view.p.loose_tobacco * loads.above(view.tobacco_g, limits.tobacco_g) for view in alarming
        ),
        "e_cigarettes": e_cigarettes * limits.e_cigarettes_over,
    }
    reasons = {
        "sticks_over_limit": _load_reason("sticks_over_limit", sticks, limits.sticks, jurisdiction, p),
        "tobacco_over_limit": _load_reason("tobacco_over_limit", grams, limits.tobacco_g, jurisdiction, p),
        "e_cigarettes": _e_cigarettes(e_cigarettes, limits.e_cigarettes, p, jurisdiction),
    }
    order = sorted(parts, key=lambda code: -parts[code])
    return tuple(reasons[code] for code in order if parts[code] >= 0.5 * parts[order[0]])


def _e_cigarettes(p: float, limit: float, p_over: float, jurisdiction: str) -> Reason:
    figures: Figures = {"p": p, "p_over_limit": p_over, "limit": limit, "jurisdiction": jurisdiction}
    text = f"e-cigarettes with probability {p:.2f}; more than {limit:g} are over the limit in {jurisdiction}"
    return Reason(code="e_cigarettes", figures=figures, text=text)


def explained(over: tuple[Reason, ...], scene: Scene) -> tuple[Reason, ...]:
    """Nothing is left of a load over the limit that a licence covers."""
    licence, alarming = scene.facts.licence, scene.alarming
    if not over or licence is None:
        return over
    covered = (
        _covers(licence.sticks, [view.sticks for view in alarming])
        and _covers(licence.tobacco_g, [view.tobacco_g for view in alarming])
        and (licence.e_cigarettes or all(reason.code != "e_cigarettes" for reason in over))
    )
    return () if covered else over


def _covers(bound: float | None, estimates: list[Estimate]) -> bool:
    return bound is None or loads.largest(estimates).mid <= bound


_UNITS = {
    "sticks_over_limit": ("sticks", "sticks"),
    "load_within_limit": ("sticks", "sticks"),
    "tobacco_over_limit": ("tobacco_g", "g of loose tobacco"),
}


def _load_reason(code: str, load: Estimate, limit: float, jurisdiction: str, p_over: float) -> Reason:
    unit, words = _UNITS[code]
    return Reason(
        code=code,
        figures={
            f"{unit}_low": load.low,
            f"{unit}_mid": load.mid,
            f"{unit}_high": load.high,
            f"limit_{unit}": limit,
            "p_over_limit": p_over,
            "jurisdiction": jurisdiction,
        },
        text=f"about {load.mid:,.0f} {words} ({load.low:,.0f} to {load.high:,.0f}); over the limit of "
        f"{limit:,.0f} in {jurisdiction} with probability {p_over:.0%}",
    )


def sums(scene: Scene) -> tuple[Reason, ...]:
    """Small parcels of the same people that together pass the limit, this one's load among them."""
    facts, limits = scene.facts, scene.policy.file.sums
    if facts.licence is not None or loads.any_of_it(facts.seen) < limits.counted_from:
        return ()
    found = [(_sum_p(total, limits), total) for total in facts.totals]
    passing = sorted((pair for pair in found if pair[0] >= limits.over_limit), key=lambda pair: -pair[0])
    return tuple(_sum_reason(p, total, limits) for p, total in passing[:MOST_SUMS])


def _sum_p(total: Total, limits: Sums) -> float:
    if total.loaded < 2 or total.parcels > limits.hub_from:
        return 0.0
    return max(sum_above(total.sticks, limits.sticks), sum_above(total.tobacco_g, limits.tobacco_g))


def sum_above(amount: Amount, limit: float) -> float:
    """The probability that a sum of loads is above `limit`: log-normal with its mean and deviation."""
    if amount.mean <= 0.0:
        return 0.0
    variance = log(1.0 + min(amount.sd / amount.mean, WIDEST) ** 2)
    if limit <= 0.0 or variance == 0.0:
        return float(amount.mean > limit)
    middle = log(amount.mean) - variance / 2.0
    return 0.5 * erfc((log(limit) - middle) / sqrt(2.0 * variance))


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
    jurisdiction = scene.policy.jurisdiction(scene.hub)
    within = _load_reason(
        "load_within_limit", load.sticks, scene.limits.sticks, jurisdiction, load.over_limit
    )
    if licence is None:
        return (within,)
    text = f"licence {licence.entry_id} covers the load"
    return (Reason(code="licensed", figures={"licence": licence.entry_id}, text=text), within)
