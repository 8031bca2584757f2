"""The judgement on a parcel: from its notes and the policy to an outcome with reasons.

What cannot be judged goes to a human; only `pass` clears a parcel, and a later revision never turns a
hold into a pass. The rules proper (signals, sums, tips) will join `_findings`; each gives reasons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts.wire import (
    Action,
    Decision,
    Estimate,
    Load,
    Outcome,
    Reason,
    Selection,
    Snapshot,
)
from screener.core.parcel import MAX_VIEWS, Decided, Parcel, ViewNote, time_of
from screener.core.policy import Policy

Draw = Callable[[bytes], float]
"""A keyed hash to [0, 1): reproducible for whoever holds the key, unpredictable for whoever does not."""

Figures = dict[str, float | int | str | None]
Why = Literal["load", "unjudged", "random", "none"]


class Judged(Struct, frozen=True):
    """An outcome, why the parcel is selected, and the reasons in order of weight."""

    outcome: Outcome
    why: Why
    reasons: tuple[Reason, ...]


def deadline_ms(parcel: Parcel, policy: Policy) -> int:
    """Log time after which the parcel is decided on what is there."""
    deadline = parcel.arrived_ms + policy.patience_ms(parcel.hub)
    if parcel.manifest is None or parcel.manifest.decide_by_ms is None:
        return deadline
    lead_ms = round(policy.file.decide_by_lead_s * 1000)
    return max(parcel.arrived_ms, min(deadline, parcel.manifest.decide_by_ms - lead_ms))


def decide(parcel: Parcel, policy: Policy, draw: Draw, log_time_ms: int) -> Decision:
    """The decision on what is known of a parcel now; the same input gives the same bytes."""
    judged = _kept_on_hold(_judge(parcel, policy, draw), parcel.decided)
    scored = max((note.scored_ms for note in parcel.views), default=None)
    return Decision(
        hub=parcel.hub,
        parcel_id=parcel.parcel_id,
        revision=1 if parcel.decided is None else parcel.decided.revision + 1,
        outcome=judged.outcome,
        action=Action.PASS if judged.outcome is Outcome.PASS else Action.HOLD,
        reasons=judged.reasons,
        load=load_of(parcel),
        selection=_selection(judged, policy.random_rate(parcel.hub)),
        snapshot=Snapshot(
            policy=policy.id,
            models=tuple(sorted({note.model for note in parcel.views if note.model})),
            threshold=max((_threshold(note, parcel.hub, policy) for note in parcel.views), default=0.0),
            log_time=time_of(log_time_ms),
        ),
        arrived_at=time_of(parcel.arrived_ms),
        scored_at=None if scored is None else time_of(scored),
        decided_at=time_of(log_time_ms),
    )


def digest(decision: Decision) -> bytes:
    """A digest of all that a decision says, its revision and times apart: equal digest, nothing new said."""
    said = (decision.outcome, decision.action, decision.reasons, decision.load, decision.snapshot.models)
    return hashlib.sha256(msgspec.msgpack.encode(said)).digest()[:8]


def noted(decision: Decision) -> Decided:
    """What is remembered of a decision."""
    return Decided(decision.revision, decision.outcome, decision.action, digest(decision))


def priority(decision: Decision, policy: Policy) -> float:
    """The place in the queue, the highest first: loads in multiples of their limit, then gaps, then draws."""
    if decision.selection.why != "load" or decision.load is None:
        return 0.5 if decision.selection.why == "unjudged" else 0.1
    limits = policy.limits(decision.hub)
    sticks = decision.load.sticks.mid / max(limits.sticks, 1.0)
    grams = decision.load.tobacco_g.mid / max(limits.tobacco_g, 1.0)
    return 1.0 + sticks + grams


def load_of(parcel: Parcel) -> Load | None:
    """The load over all judged views: of each figure the largest that any view shows.

    Every view sees the whole parcel, and what one view hides another may show, so nothing is summed.
    """
    judged = [note for note in parcel.views if note.failure is None]
    if not judged:
        return None
    return Load(
        sticks=_largest([note.sticks for note in judged]),
        tobacco_g=_largest([note.tobacco_g for note in judged]),
        e_cigarettes=max(note.e_cigarettes for note in judged),
        alarm=max(note.alarm for note in judged),
    )


def _largest(estimates: list[tuple[float, float, float]]) -> Estimate:
    low, mid, high = (max(figures) for figures in zip(*estimates, strict=True))
    return Estimate(low=low, mid=mid, high=high)


def _judge(parcel: Parcel, policy: Policy, draw: Draw) -> Judged:
    over = _over_limit(parcel, policy)
    missing = _missing(parcel)
    within = _within_limit(parcel, policy)
    if over:
        return Judged(Outcome.HOLD, "load", over + tuple(reason for _, reason in missing))
    if missing:
        return Judged(missing[0][0], "unjudged", tuple(reason for _, reason in missing) + within)
    rate = policy.random_rate(parcel.hub)
    if draw(f"{parcel.hub}/{parcel.parcel_id}".encode()) < rate:
        text = f"drawn at random for inspection (rate {rate:.2%})"
        random = Reason(code="random_inspection", figures={"rate": rate}, text=text)
        return Judged(Outcome.HOLD, "random", (random, *within))
    return Judged(Outcome.PASS, "none", within)


def _selection(judged: Judged, rate: float) -> Selection:
    """A load or a gap selects for certain; a clean parcel is selected with the probability of the draw."""
    return Selection(why=judged.why, probability=1.0 if judged.why in ("load", "unjudged") else rate)


def _over_limit(parcel: Parcel, policy: Policy) -> tuple[Reason, ...]:
    limits, jurisdiction = policy.limits(parcel.hub), policy.jurisdiction(parcel.hub)
    alarming = [
        note
        for note in parcel.views
        if note.failure is None and note.alarm >= _threshold(note, parcel.hub, policy)
    ]
    if not alarming:
        return ()
    reasons = []
    sticks = _largest([note.sticks for note in alarming])
    if sticks.mid > limits.sticks:
        reasons.append(_load_reason("sticks_over_limit", sticks, limits.sticks, jurisdiction))
    grams = _largest([note.tobacco_g for note in alarming])
    if grams.mid > limits.tobacco_g:
        reasons.append(_load_reason("tobacco_over_limit", grams, limits.tobacco_g, jurisdiction))
    e_cigarettes = max(note.e_cigarettes for note in alarming)
    if e_cigarettes >= limits.e_cigarettes_p:
        figures: Figures = {"p": e_cigarettes, "limit_p": limits.e_cigarettes_p}
        text = f"e-cigarettes with probability {e_cigarettes:.2f} (held from {limits.e_cigarettes_p:.2f})"
        reasons.append(Reason(code="e_cigarettes", figures=figures, text=text))
    return tuple(reasons)


_UNITS = {
    "sticks_over_limit": ("sticks", "sticks"),
    "load_within_limit": ("sticks", "sticks"),
    "tobacco_over_limit": ("tobacco_g", "g of loose tobacco"),
}


def _load_reason(code: str, load: Estimate, limit: float, jurisdiction: str) -> Reason:
    unit, words = _UNITS[code]
    relation = "over" if load.mid > limit else "within"
    return Reason(
        code=code,
        figures={
            f"{unit}_low": load.low,
            f"{unit}_mid": load.mid,
            f"{unit}_high": load.high,
            f"limit_{unit}": limit,
            "jurisdiction": jurisdiction,
        },
        text=f"about {load.mid:,.0f} {words} ({load.low:,.0f} to {load.high:,.0f}), "
        f"{relation} the limit of {limit:,.0f} in {jurisdiction}",
    )


def _within_limit(parcel: Parcel, policy: Policy) -> tuple[Reason, ...]:
    """The figures of a parcel that is not held for its load: below the threshold, or within the limit."""
    load = load_of(parcel)
    if load is None:
        return ()
    threshold = max(_threshold(note, parcel.hub, policy) for note in parcel.views if note.failure is None)
    if load.alarm < threshold:
        figures: Figures = {"alarm": load.alarm, "threshold": threshold}
        text = f"alarm {load.alarm:.3f} is below the threshold {threshold:.3f}"
        return (Reason(code="no_alarm", figures=figures, text=text),)
    limits, jurisdiction = policy.limits(parcel.hub), policy.jurisdiction(parcel.hub)
    return (_load_reason("load_within_limit", load.sticks, limits.sticks, jurisdiction),)


def _missing(parcel: Parcel) -> tuple[tuple[Outcome, Reason], ...]:
    """Why the parcel cannot be judged whole, the gravest first; empty if it can."""
    failed = [note for note in parcel.views if note.failure is not None]
    unscored = [note for note in failed if note.failure == "unscored"]
    unreadable = [note for note in failed if note.failure != "unscored"]
    gaps: list[tuple[Outcome, Reason]] = []
    if not parcel.views:
        gaps.append((Outcome.UNSCANNED, _plain("no_scan", "no scan came in time")))
    if unreadable:
        gaps.append((Outcome.UNREADABLE, _failures("image_unreadable", unreadable)))
    if unscored:
        gaps.append((Outcome.UNSCORED, _failures("not_scored", unscored)))
    if parcel.views and (parcel.more_views or not parcel.has_all_views):
        gaps.append((Outcome.INCOMPLETE, _incomplete(parcel)))
    if not parcel.identified:
        gaps.append(
            (Outcome.UNIDENTIFIED, _plain("no_barcode", "the scan names no parcel: no barcode was read"))
        )
    elif parcel.manifest is None:
        gaps.append((Outcome.NO_MANIFEST, _plain("no_manifest", "no manifest came in time")))
    if parcel.late:
        gaps.append(
            (Outcome.LATE, _plain("late", "it happened so long ago that an earlier decision is forgotten"))
        )
    return tuple(gaps)


def _plain(code: str, text: str) -> Reason:
    return Reason(code=code, figures={}, text=text)


def _failures(code: str, failed: list[ViewNote]) -> Reason:
    causes = ", ".join(sorted({str(note.failure) for note in failed}))
    text = f"{len(failed)} scan(s) could not be judged: {causes}"
    return Reason(code=code, figures={"scans": len(failed), "causes": causes}, text=text)


def _incomplete(parcel: Parcel) -> Reason:
    if parcel.more_views:
        text = f"more than {MAX_VIEWS} views came; those beyond were not judged"
        return Reason(code="too_many_views", figures={"views": MAX_VIEWS}, text=text)
    announced = max(note.views for note in parcel.views)
    figures: Figures = {"views": len(parcel.views), "announced": announced}
    return Reason(
        code="views_missing", figures=figures, text=f"{len(parcel.views)} of {announced} views came in time"
    )


def _kept_on_hold(judged: Judged, before: Decided | None) -> Judged:
    """A later revision never turns a hold into a pass by itself: a human has it already."""
    if before is None or before.action is Action.PASS or judged.outcome is not Outcome.PASS:
        return judged
    text = f"held since an earlier revision ({before.outcome}); only a human clears it"
    kept = Reason(code="kept_on_hold", figures={"was": str(before.outcome)}, text=text)
    return replace(judged, outcome=Outcome.HOLD, why="unjudged", reasons=(kept, *judged.reasons))


def _threshold(note: ViewNote, hub: str, policy: Policy) -> float:
    return policy.threshold(hub, note.scanner, note.threshold)
