"""Cases from the log: what was opened stands for what was selected alike, and for what could have been."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.wire import Decision, Inspection, LicenceMatch, Selection, Why
from screener.lab.risk.cases import Case
from screener.lab.risk.opened import Opened
from tests.core.deciding import decided, parcel_of
from tests.core.evidence import at, findings, manifest, scan
from tests.lab.outcomes import POLICY

SHOWN = decided(parcel_of(manifest(), scan(found=findings(0.2))), POLICY)


def decision(parcel_id: str, why: Why, rate: float = 0.1, revision: int = 1) -> Decision:
    by_chance = why in {Why.RANDOM, Why.NONE}
    selection = Selection(why=why, probability=rate if by_chance else 1.0, rate=rate, draw=0.5)
    return replace(SHOWN, parcel_id=parcel_id, selection=selection, revision=revision)


def inspection(parcel_id: str, *, over: bool = False, revision: int = 1, number: int = 1) -> Inspection:
    return Inspection(
        inspection_id=f"I-{parcel_id}-{number}",
        hub="h1",
        parcel_id=parcel_id,
        revision=revision,
        inspected_at=at(number),
        sticks=600 if over else 0,
        tobacco_g=0.0,
        e_cigarettes=0,
        over_limit=over,
    )


def cases_of(decisions: Sequence[Decision], inspections: Sequence[Inspection]) -> list[Case]:
    opened = Opened()
    opened.enter_inspections(inspections)
    for one in decisions:
        opened.enter_decision(one)
    return sorted(opened.cases(POLICY), key=lambda case: (case.over, case.stands_for))


def test_what_chance_chose_stands_for_all_that_it_could_have_chosen() -> None:
    """Of 20 parcels the draw at one in ten chose two; one of them was opened."""
    passed = [decision(f"P-{n}", Why.NONE) for n in range(18)]
    drawn = [decision(f"P-{n}", Why.RANDOM) for n in range(18, 20)]
    (case,) = cases_of([*passed, *drawn], [inspection("P-18")])
    assert case.stands_for == pytest.approx(20.0)


def test_what_was_held_for_cause_stands_for_what_was_held_alike() -> None:
    held = [decision(f"P-{n}", Why.LOAD) for n in range(4)] + [decision("P-9", Why.TIP)]
    found = cases_of(held, [inspection("P-0", over=True), inspection("P-1"), inspection("P-9")])
    assert [(one.over, one.stands_for) for one in found] == [(False, 1.0), (False, 2.0), (True, 2.0)]


def test_a_parcel_counts_with_the_decision_it_was_opened_on() -> None:
    revisions = [decision("P-0", why, revision=n) for n, why in ((1, Why.RISK), (2, Why.RISK), (3, Why.TIP))]
    later = replace(revisions[1], decided_at=at(99))
    (case,) = cases_of([revisions[0], later, revisions[2]], [inspection("P-0", revision=2)])
    assert case.at_ms == round(at(99).timestamp() * 1000)


def test_a_find_that_leads_to_a_tip_stands_for_as_many_as_before() -> None:
    drawn = [decision(f"P-{n}", Why.RANDOM) for n in range(4)]
    tip = decision("P-0", Why.TIP, revision=2)
    finds = [inspection(f"P-{n}", over=n == 0) for n in range(4)]
    told = cases_of([*drawn, tip], finds)
    assert told == cases_of(drawn, finds)
    assert [one.stands_for for one in told] == pytest.approx([10.0] * 4)


def test_a_correction_made_after_a_later_revision_leaves_what_it_was_opened_on() -> None:
    revisions = [decision("P-0", Why.RISK), replace(decision("P-0", Why.TIP, revision=2), decided_at=at(99))]
    corrected = inspection("P-0", over=True, revision=2, number=2)
    (case,) = cases_of(revisions, [inspection("P-0"), corrected])
    assert case.over
    assert case.at_ms != round(at(99).timestamp() * 1000)


def test_what_was_let_through_and_found_later_is_left_out() -> None:
    passed, tip = decision("P-0", Why.NONE), decision("P-0", Why.TIP, revision=2)
    assert cases_of([passed, tip], [inspection("P-0", over=True, revision=2)]) == []


def test_the_latest_inspection_counts() -> None:
    (case,) = cases_of(
        [decision("P-0", Why.LOAD)], [inspection("P-0", over=True, number=2), inspection("P-0", number=1)]
    )
    assert case.over


@pytest.mark.parametrize(("sticks", "left_out"), [(None, True), (500.0, True), (100.0, False)])
def test_what_a_licence_covers_is_left_out_and_what_exceeds_it_is_not(
    sticks: float | None, left_out: bool
) -> None:
    """A licence is met by both; only the one that covers the load ends the weighing of its risk."""
    licence = LicenceMatch(entry_id="L-1", sticks=sticks, tobacco_g=0.0, e_cigarettes=False)
    shown = decided(parcel_of(manifest(), scan(found=findings(0.9, sticks=300.0))), POLICY)
    assert shown.facts is not None
    met = replace(decision("P-0", Why.LOAD), facts=replace(shown.facts, licence=licence))
    assert (cases_of([met], [inspection("P-0", over=True)]) == []) is left_out


def test_what_says_nothing_of_others_is_left_out() -> None:
    """Opened though nobody had selected it, or decided before decisions carried facts."""
    unselected, old = decision("P-0", Why.NONE), replace(decision("P-1", Why.LOAD), facts=None)
    opened = Opened()
    opened.enter_inspections([inspection("P-0"), inspection("P-1")])
    for one in (unselected, old):
        opened.enter_decision(one)
    assert (list(opened.cases(POLICY)), opened.without_facts) == ([], 1)


@given(st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(chance: np.random.Generator) -> None:
    decisions = [decision(f"P-{n}", why) for n, why in enumerate([Why.LOAD, Why.RANDOM, Why.NONE] * 4)]
    inspections = [inspection(f"P-{n}", over=n == 3) for n in (0, 1, 3, 4)]
    straight = cases_of(decisions, inspections)
    chance.shuffle(decisions)
    chance.shuffle(inspections)
    assert cases_of(decisions, inspections) == straight
