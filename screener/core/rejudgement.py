"""Decisions of the past judged again under another policy, from the facts that they carry."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts.wire import Action, Decision, Outcome, Reason, Why
from screener.core import judgement
from screener.core.policy import Policy

KEPT = "kept_on_hold"


class Said(Struct, frozen=True):
    """What a judgement comes to."""

    outcome: Outcome
    why: Why

    @property
    def held(self) -> bool:
        return self.outcome is not Outcome.PASS


class Rejudged(Struct, frozen=True):
    """A parcel as it was decided and as it would be, with the reasons of both."""

    hub: str
    parcel_id: str
    before: Said
    after: Said
    reasons_before: tuple[Reason, ...]
    reasons_after: tuple[Reason, ...]

    @property
    def changed(self) -> bool:
        return self.before != self.after


def rejudged(decision: Decision, policy: Policy) -> Rejudged | None:
    """The decision judged again, None where it carries no facts.

    Where the policy has a capacity the risk threshold is that of then. A parcel that an earlier revision
    keeps on hold stays as it is unless more speaks against it now. Under the same policy nothing changes.
    """
    if decision.facts is None:
        return None
    before = Said(decision.outcome, decision.selection.why)
    judged = judgement.judge(decision.hub, decision.facts, policy, _threshold(decision, policy))
    after, reasons = Said(judged.outcome, judged.why), judged.reasons
    if _kept(decision) and judged.outcome is Outcome.PASS:
        after, reasons = before, decision.reasons
    return Rejudged(decision.hub, decision.parcel_id, before, after, decision.reasons, reasons)


def _threshold(decision: Decision, policy: Policy) -> float:
    of_then = decision.snapshot.risk_threshold
    if policy.capacity(decision.hub) is None or of_then is None:
        return judgement.usual_threshold(policy)
    return of_then


def _kept(decision: Decision) -> bool:
    return decision.action is Action.HOLD and any(reason.code == KEPT for reason in decision.reasons)
