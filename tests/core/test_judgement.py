"""Laws of the judgement."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.reading import encode
from screener.contracts.wire import Action, Estimate, ManifestEvidence, Outcome, ScanEvidence
from screener.core import judgement
from screener.core.parcel import MAX_VIEWS, Parcel, ViewNote, milliseconds
from screener.core.policy import Policy, Sampling, read
from screener.errors import BadConfig
from tests.core.deciding import decided, parcel_of
from tests.core.evidence import at, findings, manifest, pieces, scan


@pytest.fixture(scope="module")
def policy() -> Policy:
    shipped = read(Path("configs/policy.toml"))
    return replace(shipped, file=replace(shipped.file, sampling=Sampling(rate=0.0)))


def outcome_of(policy: Policy, *evidence: ManifestEvidence | ScanEvidence) -> Outcome:
    return decided(parcel_of(*evidence), policy).outcome


@given(evidence=pieces(), seed=st.integers(0, 1000))
def test_order_and_repetition_of_evidence_change_no_decision(
    policy: Policy, evidence: list[ManifestEvidence | ScanEvidence], seed: int
) -> None:
    shuffled = [*evidence, *evidence]
    random.Random(seed).shuffle(shuffled)
    one = decided(parcel_of(*evidence), policy)
    other = decided(parcel_of(*shuffled), policy)
    assert encode(one) == encode(other)


@given(evidence=pieces(), index=st.integers(0, 31), raised=st.floats(0, 1), sticks=st.floats(0, 10_000))
def test_raising_a_score_or_a_load_never_turns_hold_into_pass(
    policy: Policy, evidence: list[ManifestEvidence | ScanEvidence], index: int, raised: float, sticks: float
) -> None:
    parcel = parcel_of(*evidence)
    before = decided(parcel, policy)
    views = [_raised(note, raised, sticks) if i == index else note for i, note in enumerate(parcel.views)]
    after = decided(replace(parcel, views=tuple(views)), policy)
    assert before.action is Action.PASS or after.action is Action.HOLD


def _raised(note: ViewNote, alarm: float, sticks: float) -> ViewNote:
    low, mid, high = note.sticks
    more = (low, max(mid, sticks), max(high, sticks))
    return replace(note, alarm=max(note.alarm, alarm), sticks=more)


@given(evidence=pieces())
def test_only_a_whole_parcel_without_gaps_passes(
    policy: Policy, evidence: list[ManifestEvidence | ScanEvidence]
) -> None:
    parcel = parcel_of(*evidence)
    decision = decided(parcel, policy)
    if decision.action is Action.PASS:
        assert decision.outcome is Outcome.PASS
        assert parcel.complete
        assert all(note.failure is None for note in parcel.views)


@given(evidence=pieces(), before=st.sampled_from([o for o in Outcome if o is not Outcome.PASS]))
def test_a_later_revision_never_clears_a_held_parcel(
    policy: Policy, evidence: list[ManifestEvidence | ScanEvidence], before: Outcome
) -> None:
    parcel = parcel_of(*evidence)
    first = replace(decided(parcel, policy), outcome=before, action=Action.HOLD)
    second = decided(replace(parcel, decided=judgement.noted(first)), policy)
    assert second.action is Action.HOLD
    assert second.revision == first.revision + 1


@pytest.mark.parametrize(
    ("evidence", "outcome"),
    [
        ((manifest(), scan()), Outcome.PASS),
        ((manifest(), scan(found=findings(0.9, sticks=600))), Outcome.HOLD),
        ((manifest(), scan(found=findings(0.9, tobacco_g=6000))), Outcome.HOLD),
        ((manifest(), scan(found=findings(0.9, e=0.99))), Outcome.HOLD),
        ((manifest(), scan(found=findings(0.9, sticks=400))), Outcome.PASS),
        ((manifest(), scan(found=findings(0.2, sticks=600))), Outcome.PASS),
        ((manifest(),), Outcome.UNSCANNED),
        ((scan(),), Outcome.NO_MANIFEST),
        ((scan(found=findings(0.9, sticks=600)),), Outcome.HOLD),
        ((manifest(), scan(failure="image_corrupt")), Outcome.UNREADABLE),
        ((manifest(), scan(failure="unscored")), Outcome.UNSCORED),
        ((manifest(), scan(views=2)), Outcome.INCOMPLETE),
        ((manifest(), scan(views=2), scan(view=2, views=2)), Outcome.PASS),
        ((scan(identified=False),), Outcome.UNIDENTIFIED),
        ((manifest(), scan(scanned_s=-40 * 86_400)), Outcome.LATE),
    ],
)
def test_each_case_has_its_own_outcome(
    policy: Policy, evidence: tuple[ManifestEvidence | ScanEvidence, ...], outcome: Outcome
) -> None:
    assert outcome_of(policy, *evidence) is outcome


def test_more_views_than_are_kept_go_to_a_human(policy: Policy) -> None:
    many = [scan(scan_id=f"S-{i}") for i in range(MAX_VIEWS + 1)]
    assert outcome_of(policy, manifest(), *many) is Outcome.INCOMPLETE
    assert len(parcel_of(*many).views) == MAX_VIEWS


def test_a_hold_names_load_limit_and_jurisdiction(policy: Policy) -> None:
    parcel = parcel_of(manifest(), scan(found=findings(0.9, sticks=600)))
    decision = decided(parcel, policy)
    assert decision.reasons[0].figures == {
        "sticks_low": 300.0,
        "sticks_mid": 600.0,
        "sticks_high": 900.0,
        "limit_sticks": 400.0,
        "p_over_limit": pytest.approx(0.9 * 0.7337, abs=1e-3),
        "jurisdiction": "CN",
    }
    assert decision.load is not None
    assert decision.load.sticks == Estimate(low=300.0, mid=600.0, high=900.0)
    assert decision.snapshot.policy == policy.id


def test_decide_by_comes_before_patience(policy: Policy) -> None:
    soon = parcel_of(manifest(arrived_s=10, decide_by_s=100))
    late = parcel_of(manifest(arrived_s=10, decide_by_s=100_000))
    past = parcel_of(manifest(arrived_s=10, decide_by_s=-100))
    assert judgement.deadline_ms(soon, policy) == milliseconds(at(95))
    assert judgement.deadline_ms(late, policy) == milliseconds(at(10 + 1800))
    assert judgement.deadline_ms(past, policy) == milliseconds(at(10))


def test_a_drawn_parcel_is_held_with_its_probability(policy: Policy) -> None:
    always = replace(policy, file=replace(policy.file, sampling=Sampling(rate=1.0)))
    decision = decided(parcel_of(manifest(), scan()), always)
    assert (decision.outcome, decision.selection.why, decision.selection.probability) == (
        "hold",
        "random",
        1.0,
    )


@given(evidence=pieces())
def test_a_parcel_survives_its_encoding(evidence: list[ManifestEvidence | ScanEvidence]) -> None:
    parcel = parcel_of(*evidence)
    assert Parcel.decode(parcel.encode()) == parcel


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jurisdiktion = 'CN'", "jurisdiktion"),
        ("jurisdiction = 'XX'\npatience_s = 1\n[limits]", "no [limits.XX]"),
        ("jurisdiction = 'CN'\npatience_s = -1\n[limits]", "$.patience_s"),
        ("not toml", "policy"),
    ],
)
def test_a_bad_policy_is_refused_with_the_path(tmp_path: Path, text: str, expected: str) -> None:
    source = tmp_path / "policy.toml"
    source.write_text(text)
    with pytest.raises(BadConfig) as refused:
        read(source)
    assert expected in str(refused.value)
    assert str(source) in str(refused.value)
