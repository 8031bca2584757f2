"""What is said of parcels, and when nothing is."""

from __future__ import annotations

from screener.contracts.wire import Inspection, Why
from screener.core.estimates.estimates import Estimates, estimates
from screener.core.estimates.register import Choice
from tests.core.estimates.parcels import many, registered

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


def test_those_that_chance_selects_too_stand_for_a_cause_of_which_few_were_opened() -> None:
    picked = many(Why.UNJUDGED, 940, opened=50, over=50, lucky=False)
    lucky = many(Why.UNJUDGED, 60, opened=60, over=3, lucky=True)
    found = said(*picked, *lucky, *CHANCE)
    assert [one.name for one in found.strata if one.cause] == ["held for unjudged, those drawn at 10 %"]
    assert found.number.estimate == 20 + 1000 * 3 / 60


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
