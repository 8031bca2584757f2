"""The judgement on a parcel: from its facts and the policy to an outcome with reasons.

What cannot be judged goes to a human; only `pass` clears a parcel, and a later revision never turns a hold
into a pass. With the same policy and risk threshold the same facts give the same judgement, so a decision
that carries them can be checked, and replayed under another policy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts.wire import (
    Action,
    Decision,
    Facts,
    Figures,
    Load,
    Outcome,
    Reason,
    Risk,
    Selection,
    Snapshot,
    Why,
)
from screener.core import rules
from screener.core.gaps import missing, unanswered
from screener.core.licences import allowed
from screener.core.load import excess, judged
from screener.core.parcel import Decided, ManifestNote, Parcel, time_of
from screener.core.policy import Policy
from screener.core.risk import log_odds
from screener.core.scene import Scene
from screener.core.signals import risk_of


class Judged(Struct, frozen=True):
    """An outcome, why the parcel is selected, the reasons in order of weight, and what they rest on."""

    outcome: Outcome
    why: Why
    reasons: tuple[Reason, ...]
    load: Load | None
    risk: Risk
    rate: float


class Stance(Struct, frozen=True):
    """What a decision rests on besides the facts: policy, risk threshold (log-odds), offsets of the lists."""

    policy: Policy
    risk_threshold: float
    lists: Mapping[str, int]


def deadline_ms(parcel: Parcel, policy: Policy) -> int:
    """Log time after which the parcel is decided on what is there; after a decision, revised."""
    deadline = parcel.arrived_ms + policy.patience_ms(parcel.hub)
    if parcel.asked_ms is not None:
        answered_by = parcel.asked_ms + round(policy.file.sums.answer_within_s * 1000)
        deadline = min(deadline, answered_by) if parcel.decided is None else answered_by
    if parcel.manifest is None or parcel.manifest.decide_by_ms is None:
        return deadline
    lead_ms = round(policy.file.decide_by_lead_s * 1000)
    return max(parcel.arrived_ms, min(deadline, parcel.manifest.decide_by_ms - lead_ms))


def usual_threshold(policy: Policy) -> float:
    """The risk threshold where no capacity moves it, in log-odds."""
    return log_odds(policy.file.hold.risk)


def judge(hub: str, facts: Facts, policy: Policy, risk_threshold: float) -> Judged:
    """The judgement on facts. `risk_threshold` is in log-odds."""
    scene = Scene.of(hub, facts, policy)
    risk = risk_of(scene)
    # By any licence, not by what it covers: a rate that a larger load lowered would clear what it had drawn.
    rate = policy.random_rate(hub, facts.grade, licensed=facts.licence is not None)
    ruled = _held(scene)
    if ruled is None:
        risk = replace(risk, rank=_rank(scene, risk))
        ruled = _weighed(scene, risk, risk_threshold, rate)
    return Judged(*ruled, scene.load, risk, rate)


def decide(parcel: Parcel, facts: Facts, stance: Stance, log_time_ms: int) -> Decision:
    """The decision on what is known of a parcel now; the same input gives the same bytes."""
    found, before = judge(parcel.hub, facts, stance.policy, stance.risk_threshold), parcel.decided
    selection = _selection(found, facts.draw)
    if before is not None and before.action is Action.HOLD and found.outcome is Outcome.PASS:
        found, selection = _kept_on_hold(found, selection, before)
    scored = max((note.scored_ms for note in parcel.views), default=None)
    return Decision(
        hub=parcel.hub,
        parcel_id=parcel.parcel_id,
        revision=1 if before is None else before.revision + 1,
        outcome=found.outcome,
        action=Action.PASS if found.outcome is Outcome.PASS else Action.HOLD,
        reasons=found.reasons,
        load=found.load,
        selection=selection,
        snapshot=_snapshot(parcel.hub, facts, stance, log_time_ms),
        arrived_at=time_of(parcel.arrived_ms),
        scored_at=None if scored is None else time_of(scored),
        decided_at=time_of(log_time_ms),
        risk=found.risk,
        facts=facts,
    )


def _snapshot(hub: str, facts: Facts, stance: Stance, log_time_ms: int) -> Snapshot:
    policy = stance.policy
    thresholds = [policy.threshold(hub, view.scanner, view.threshold) for view in facts.seen]
    return Snapshot(
        policy=policy.id,
        models=tuple(sorted({view.model for view in facts.seen if view.model})),
        threshold=max(thresholds, default=0.0),
        log_time=time_of(log_time_ms),
        lists=dict(stance.lists),
        risk_threshold=stance.risk_threshold,
        risk_model=policy.risk.id,
    )


def digest(decision: Decision) -> bytes:
    """A digest of what a decision says to people: equal digest, nothing new said.

    A risk threshold that moved with the stream says nothing new of a parcel.
    """
    reasons = [(one.code, _lasting(one)) for one in decision.reasons]
    said = (decision.outcome, decision.action, reasons, decision.load, decision.snapshot.models)
    return hashlib.sha256(msgspec.msgpack.encode(said)).digest()[:8]


def _lasting(reason: Reason) -> Figures:
    return {name: figure for name, figure in reason.figures.items() if name != rules.MOVING}


def noted(decision: Decision, manifest: ManifestNote | None = None) -> Decided:
    """What is remembered of a decision, and of the manifest that it was made on."""
    selection = decision.selection
    return Decided(
        decision.revision,
        decision.outcome,
        decision.action,
        digest(decision),
        selection.why,
        selection.probability,
        None if manifest is None else manifest.digest,
    )


def priority(decision: Decision, policy: Policy) -> float:
    """The place in the queue, the highest first: tips, then what is expected over the limit, gaps, draws.

    What chance selects stands for others. So of a cause those come first that were drawn too, whatever they
    show, and what only the draw holds has one place.
    """
    places, selection = policy.file.priorities, decision.selection
    why, facts = selection.why, decision.facts
    if why is Why.RANDOM:
        return places.random
    of_reason = {Why.TIP: places.tip, Why.UNJUDGED: places.unjudged}
    place = of_reason.get(why, places.cause) + places.drawn * (selection.draw < selection.rate)
    if facts is None:
        return place
    limits = allowed(policy.limits(decision.hub), facts.licence)
    expected = max((excess(view, limits) for view in judged(facts.seen)), default=0.0)
    together = rules.sum_excess(facts.totals, policy.file.sums) if why is Why.SUM else 0.0
    return place + places.limits * (expected + together)


Ruled = tuple[Outcome, Why, tuple[Reason, ...]]


def _held(scene: Scene) -> Ruled | None:
    """By the first rule that holds the parcel for certain; what the others found follows as reasons."""
    lacking = missing(scene.facts)
    tips = tuple(rules.tip(match) for match in scene.facts.tips)
    over = rules.over_limit(scene) if scene.p_over >= scene.policy.held_from(scene.hub) else ()
    added_up = rules.sums(scene)
    reasons = (*tips, *over, *added_up, *(reason for _, reason in lacking))
    if tips or over or added_up:
        return Outcome.HOLD, Why.TIP if tips else Why.LOAD if over else Why.SUM, reasons
    if gaps := (*lacking, *unanswered(scene)):
        return gaps[0][0], Why.UNJUDGED, (*(reason for _, reason in gaps), *rules.within_limit(scene))
    return None


def _weighed(scene: Scene, risk: Risk, risk_threshold: float, rate: float) -> Ruled:
    """A parcel without gaps that no rule holds for certain: by its rank, by the draw, or not at all."""
    by_risk = not scene.licensed and risk.log_odds >= risk_threshold
    by_load = _competes(scene) and log_odds(scene.p_over) >= risk_threshold
    if by_risk or by_load:
        return _ranked(scene, risk, risk_threshold, by_risk=by_risk, by_load=by_load)
    within = rules.within_limit(scene)
    if scene.facts.draw < rate:
        return Outcome.HOLD, Why.RANDOM, (rules.drawn(rate), *within)
    return Outcome.PASS, Why.NONE, within


def _ranked(scene: Scene, risk: Risk, risk_threshold: float, *, by_risk: bool, by_load: bool) -> Ruled:
    """Held for its load where that is likely over the limit by itself, else for its risk."""
    over = scene.p_over >= scene.policy.file.hold.over_limit
    weighed = (rules.risk_reason(risk, risk_threshold),) if by_risk else ()
    shown = rules.over_limit(scene) if over or by_load else ()
    if over and shown:
        return Outcome.HOLD, Why.LOAD, (*shown, *weighed)
    return Outcome.HOLD, Why.RISK, (*weighed, *(shown or rules.within_limit(scene)))


def _competes(scene: Scene) -> bool:
    """Whether the load seen competes for a capacity; without one the policy says from where it holds."""
    return bool(scene.alarming) and scene.policy.capacity(scene.hub) is not None


def _rank(scene: Scene, risk: Risk) -> float:
    """By what a parcel competes for its hub's capacity (log-odds)."""
    of_load = log_odds(scene.p_over)
    return of_load if scene.licensed else max(of_load, risk.log_odds)


def _selection(judged: Judged, draw: float) -> Selection:
    """A rule selects for certain; a parcel that no rule holds is selected with the rate of the draw."""
    by_chance = judged.why in (Why.RANDOM, Why.NONE)
    return Selection(
        why=judged.why, probability=judged.rate if by_chance else 1.0, rate=judged.rate, draw=draw
    )


def _kept_on_hold(judged: Judged, selection: Selection, before: Decided) -> tuple[Judged, Selection]:
    """A later revision never turns a hold into a pass by itself: a human has it already, for that cause."""
    text = f"held since an earlier revision ({before.outcome}); only a human clears it"
    kept = Reason(code="kept_on_hold", figures={"was": str(before.outcome)}, text=text)
    why = Why.UNJUDGED if before.why is Why.NONE else before.why
    return (
        replace(judged, outcome=Outcome.HOLD, why=why, reasons=(kept, *judged.reasons)),
        replace(selection, why=why, probability=before.probability),
    )
