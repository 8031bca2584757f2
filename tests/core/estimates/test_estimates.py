"""What is said of parcels, and when nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.contracts.wire import Inspection, Why
from screener.core.estimates.confidence import number_over
from screener.core.estimates.estimates import Estimates, estimates
from screener.core.estimates.register import Cell, Choice, Tally
from screener.core.estimates.strata import strata_of
from tests.core.estimates.parcels import START, choice, inspection, many, registered

CAUSE = many(Why.LOAD, 30, opened=30, over=20)
CHANCE = [*many(Why.NONE, 900, 0, 0), *many(Why.RANDOM, 100, opened=100, over=2)]


def said(*records: Choice | Inspection) -> Estimates:
    return estimates(registered(*records).tallies())


def test_parcels_held_for_cause_are_known_and_the_drawn_stand_for_the_rest() -> None:
    found = said(*CAUSE, *CHANCE)
    assert (found.parcels, found.number.estimate, found.let_through.estimate) == (1030, 40.0, 20.0)
    assert found.precision.estimate == found.precision.low == found.precision.high == 20 / 30
    assert found.recall.estimate == 0.5
    assert found.recall.low < 0.5 < found.recall.high
    assert found.number.low >= 22
    assert found.prevalence.estimate == 40 / 1030


def test_rates_weigh_each_their_own() -> None:
    rare = [*many(Why.NONE, 990, 0, 0, rate=0.01), *many(Why.RANDOM, 10, opened=10, over=1, rate=0.01)]
    assert said(*CAUSE, *CHANCE, *rare).let_through.estimate == 20 + 100


def test_where_nothing_was_opened_only_the_bounds_are_certain() -> None:
    found = said(*many(Why.LOAD, 30, 0, 0), *many(Why.NONE, 900, 0, 0), *many(Why.RANDOM, 100, 0, 0))
    assert found.number.unsaid == "nothing was opened yet"
    assert (found.number.low, found.number.high) == (0, 1030)
    assert found.recall.estimate is found.precision.estimate is found.prevalence.estimate is None


def test_where_too_few_were_opened_it_says_which() -> None:
    found = said(*CAUSE, *many(Why.NONE, 900, 0, 0), *many(Why.RANDOM, 100, opened=10, over=1))
    assert found.number.unsaid == "10 of 100 drawn at 10 % were opened; at least 50 % must be"
    assert (found.number.low, found.number.high) == (21, 1011)
    assert found.precision.estimate == 20 / 30


def test_finds_that_lead_to_tips_on_the_same_parcels_change_nothing() -> None:
    found = {one.parcel_id for one in CHANCE if isinstance(one, Inspection) and one.over_limit}
    tips = [choice(one, Why.TIP, revision=2) for one in found]
    assert said(*CAUSE, *CHANCE, *tips) == said(*CAUSE, *CHANCE)


def test_what_tips_find_of_those_let_through_is_counted_apart() -> None:
    let_through = [one.parcel_id for one in CHANCE if isinstance(one, Choice)][:30]
    tips = [choice(one, Why.TIP, revision=2) for one in let_through]
    finds = [inspection(one, over=True, revision=2) for one in let_through]
    before, found = said(*CAUSE, *CHANCE), said(*CAUSE, *CHANCE, *tips, *finds)
    assert {cause: tuple(tally) for cause, tally in found.found_later.items()} == {"tip": (30, 30, 30)}
    assert (found.for_cause, found.drawn, found.strata) == (before.for_cause, before.drawn, before.strata)
    assert found.number.low >= 20 + 2 + 30
    assert found.recall.estimate == pytest.approx(20 / 52)


@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60), st.sampled_from([0.0, 0.01])
)
def test_the_truth_lies_between_the_bounds_whatever_was_left_unopened(
    held: list[tuple[bool, bool]], rate: float
) -> None:
    records: list[Choice | Inspection] = []
    for number, (over, opened) in enumerate(held):
        records.append(choice(f"P-{number}", Why.RISK, rate=rate))
        if opened:
            records.append(inspection(f"P-{number}", over=over, name=f"I-{number}"))
    truth = sum(over for over, _ in held) / len(held)
    told = said(*records).precision
    assert told.low <= truth <= told.high
    assert (told.estimate is None) == (not all(opened for _, opened in held))


def suspicious_first(seed: int, *, lucky_opened: bool) -> tuple[int, dict[Cell, Tally]]:
    """How many of 1,000 held are over, and their cells: the most suspicious six in ten were opened."""
    rng = np.random.default_rng(seed)
    suspicion, lucky = rng.random(1000), rng.random(1000) < 0.1
    over = rng.random(1000) < 0.6 * suspicion
    opened = (suspicion > 0.4) | (lucky & lucky_opened)
    return int(over.sum()), {
        Cell(START.date(), "h1", Why.RISK, 0.1, kind): Tally(
            int(some.sum()), int((some & opened).sum()), int((some & opened & over).sum())
        )
        for kind, some in ((True, lucky), (False, ~lucky))
    }


def test_those_opened_first_do_not_stand_for_the_others() -> None:
    true, tallies = suspicious_first(1, lucky_opened=False)
    told = estimates(tallies).precision
    assert told.estimate is None
    assert told.low <= true / 1000 <= told.high
    assert "held for risk, those drawn at 10 % were not opened" in str(told.unsaid)


def test_where_all_drawn_of_a_cause_were_opened_the_interval_holds_as_often_as_it_says() -> None:
    months = [suspicious_first(seed, lucky_opened=True) for seed in range(1000)]
    truth = np.array([true for true, _ in months])
    strata = [strata_of(tallies).cause for _, tallies in months]
    counts = [[[getattr(one, name) for (one,) in strata]] for name in ("parcels", "opened", "over")]
    low, high = number_over(*counts).interval()
    assert 0.93 <= np.mean((low <= truth) & (truth <= high)) <= 0.97
    assert abs(np.mean(number_over(*counts).estimate - truth)) < 5


def test_too_few_drawn_of_a_cause_do_not_stand_for_it() -> None:
    lucky = many(Why.RISK, 4, opened=4, over=0, lucky=True)
    found = said(*many(Why.RISK, 96, opened=60, over=30, lucky=False), *lucky, *CHANCE)
    assert (found.precision.low, found.precision.high) == (0.30, 0.66)
    assert found.precision.unsaid == (
        "36 of 100 held for risk were not opened: all must be, for the least suspicious are opened last"
    )
    assert found.number.low == found.let_through.low + 30
    assert found.number.high == found.let_through.high + 66
    assert found.recall.estimate is None
    assert 30 / (30 + found.let_through.high) == pytest.approx(found.recall.low, rel=0.1)


def test_those_that_chance_selects_too_stand_for_a_cause_of_which_few_were_opened() -> None:
    picked = many(Why.UNJUDGED, 940, opened=50, over=50, lucky=False)
    lucky = many(Why.UNJUDGED, 60, opened=60, over=3, lucky=True)
    found = said(*picked, *lucky, *CHANCE)
    assert [one.name for one in found.strata if one.cause] == ["held for unjudged, those drawn at 10 %"]
    assert found.number.estimate == 20 + 53  # as many were found: more than 1000 * 3 / 60
    assert found.precision.estimate == 53 / 1000


def test_without_hits_there_is_no_recall_and_the_prevalence_is_bounded() -> None:
    found = said(*many(Why.LOAD, 30, opened=30, over=0), *many(Why.RANDOM, 100, opened=100, over=0))
    assert found.recall.unsaid == "no parcel over the limit was found"
    assert (found.number.low, found.number.high) == (0, 0)
    unseen = said(*many(Why.NONE, 9900, 0, 0), *many(Why.RANDOM, 100, opened=100, over=0))
    assert unseen.number.low == unseen.number.estimate == 0
    assert 250 < unseen.number.high < 300


def test_strata_too_small_are_counted_with_the_largest() -> None:
    few = many(Why.NONE, 40, 0, 0, rate=0.02)
    found = said(*CHANCE, *few)
    assert [(one.parcels, one.opened) for one in found.strata] == [(1040, 100)]


def test_what_no_draw_can_reach_is_left_out_and_counted() -> None:
    found = said(*CHANCE, *many(Why.NONE, 50, 0, 0, rate=0.0))
    assert (found.unreachable, found.parcels) == (50, 1050)
    assert found.prevalence.estimate == 20 / 1000


def test_of_no_parcels_nothing_is_said() -> None:
    found = said()
    assert found.prevalence.unsaid == "no parcel that can be drawn"
    assert found.precision.unsaid == "nothing was held for cause"
    assert (found.number.low, found.number.high) == (0, 0)
