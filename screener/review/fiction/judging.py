"""A message judged again as [decide] would, with other findings and nothing known of its people."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from screener.contracts.wire import Action, Facts, Findings, Flagged, FlaggedScan, Outcome, Selection, Why
from screener.core import judgement
from screener.core.judgement import Judged
from screener.core.policy import Policy


def judged_again(flagged: Flagged, findings: Sequence[Findings], policy: Policy) -> Flagged | None:
    """The message with these findings of its views; None where the policy would let such a parcel pass.

    What nothing speaks against is held as one that was drawn, as far as the policy draws any.
    """
    decision = flagged.decision
    facts = _facts(flagged, findings)
    found = _judged(flagged, facts, policy)
    if found.outcome is Outcome.PASS:
        facts = replace(facts, draw=found.rate / 2)
        found = _judged(flagged, facts, policy)
    if found.outcome is Outcome.PASS:
        return None
    by_chance = found.why is Why.RANDOM
    probability = found.rate if by_chance else 1.0
    again = replace(
        decision,
        revision=1,
        outcome=found.outcome,
        action=Action.HOLD,
        reasons=found.reasons,
        load=found.load,
        selection=Selection(why=found.why, probability=probability, rate=found.rate, draw=facts.draw),
        risk=found.risk,
        facts=facts,
    )
    scans = tuple(_with(one, seen) for one, seen in zip(flagged.scans, findings, strict=True))
    return replace(flagged, decision=again, scans=scans, priority=judgement.priority(again, policy))


def _judged(flagged: Flagged, facts: Facts, policy: Policy) -> Judged:
    threshold = flagged.decision.snapshot.risk_threshold
    if threshold is None:
        threshold = judgement.usual_threshold(policy)
    return judgement.judge(flagged.decision.hub, facts, policy, threshold)


def _facts(flagged: Flagged, findings: Sequence[Findings]) -> Facts:
    """The facts with these findings; tips, grades, licences and sums are of people who are not in it."""
    facts = flagged.decision.facts
    assert facts is not None
    by_view = {
        (one.scan.scan_id, one.scan.view): seen for one, seen in zip(flagged.scans, findings, strict=True)
    }
    seen = tuple(
        replace(
            one,
            failure=None,
            model=new.model,
            alarm=new.alarm,
            threshold=new.threshold,
            p=new.p,
            sticks=new.sticks,
            tobacco_g=new.tobacco_g,
        )
        for one in facts.seen
        if (new := by_view.get((one.scan_id, one.view))) is not None
    )
    nobody = replace(facts, seen=seen, totals=(), missing_totals=0, tips=(), grade=None, business=None)
    return replace(nobody, licence=None, draw=max(facts.draw, 0.5))


def _with(one: FlaggedScan, findings: Findings) -> FlaggedScan:
    return replace(one, scan=replace(one.scan, findings=findings, failure=None))
