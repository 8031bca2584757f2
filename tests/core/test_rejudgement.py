"""What a decision carries is enough to judge it again."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.reading import decode_internal, encode
from screener.contracts.wire import Decision, ManifestEvidence, Outcome, ScanEvidence, Why
from screener.core import judgement
from screener.core.policy import Capacity, Limits, read
from screener.core.rejudgement import Said, rejudged
from tests.core.deciding import decided, parcel_of
from tests.core.evidence import findings, manifest, pieces, scan

POLICY = read(Path("configs/policy.toml"))
STRICT = replace(
    POLICY, file=replace(POLICY.file, limits={"CN": Limits(sticks=50, tobacco_g=50)}), id="policy-strict"
)
CLEAN = (manifest(), scan())
SOME = (manifest(), scan(found=findings(0.9, sticks=200)))


@given(evidence=pieces(), more=st.one_of(st.none(), pieces()))
def test_under_the_same_policy_nothing_changes(
    evidence: list[ManifestEvidence | ScanEvidence], more: list[ManifestEvidence | ScanEvidence] | None
) -> None:
    parcel = parcel_of(*evidence)
    decision = decided(parcel, POLICY)
    if more is not None:
        again = replace(parcel_of(*evidence, *more), decided=judgement.noted(decision))
        decision = decided(again, POLICY)
    one = rejudged(decode_internal(encode(decision), Decision), POLICY)
    assert one is not None
    assert not one.changed
    assert one.reasons_after == decision.reasons


def test_another_limit_changes_what_it_must() -> None:
    one = rejudged(decided(parcel_of(*SOME), POLICY), STRICT)
    assert one is not None
    assert (one.before, one.after) == (Said(Outcome.PASS, Why.NONE), Said(Outcome.HOLD, Why.LOAD))
    assert one.reasons_after[0].code == "sticks_over_limit"
    clean = rejudged(decided(parcel_of(*CLEAN), POLICY), STRICT)
    assert clean is not None
    assert not clean.changed


def test_with_a_capacity_the_threshold_is_that_of_then() -> None:
    decision = decided(parcel_of(*SOME), POLICY)
    low = replace(decision, snapshot=replace(decision.snapshot, risk_threshold=-20.0))
    limited = replace(POLICY, file=replace(POLICY.file, capacity=Capacity(per_hour=10)))
    then, usual = rejudged(low, limited), rejudged(low, POLICY)
    assert then is not None
    assert usual is not None
    assert (then.after.why, usual.after.why) == (Why.RISK, Why.NONE)


def test_what_an_earlier_revision_keeps_on_hold_stays_there() -> None:
    parcel = parcel_of(*SOME)
    held = replace(parcel, decided=judgement.noted(decided(parcel, STRICT)))
    kept = decided(held, POLICY)
    assert kept.reasons[0].code == "kept_on_hold"
    one = rejudged(kept, POLICY)
    assert one is not None
    assert not one.changed


def test_a_decision_without_facts_cannot_be_judged_again() -> None:
    assert rejudged(replace(decided(parcel_of(*SOME), POLICY), facts=None), POLICY) is None
