"""Of a parcel its first decision and its standing inspection count, in any order of the records."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from screener.contracts.wire import Inspection, Why
from screener.core.estimates.register import Choice, Tally
from screener.core.estimates.strata import strata_of
from tests.core.estimates.parcels import choice, inspection, registered

records = st.one_of(
    st.builds(
        lambda parcel, why, revision: choice(
            f"P-{parcel}", why, revision=revision + 10 * list(Why).index(why)
        ),
        st.integers(0, 5),
        st.sampled_from(Why),
        st.integers(1, 3),
    ),
    st.builds(
        lambda parcel, minute, corrects: inspection(
            f"P-{parcel}", over=minute % 2 == 1, name=f"I-{minute}", minute=minute, corrects=corrects
        ),
        st.integers(0, 5),
        st.integers(0, 9),
        st.sampled_from([None, "I-1", "I-2", "I-3"]),
    ),
)


@given(st.lists(records, max_size=30, unique_by=str), st.integers(0, 1000))
def test_order_and_repetition_of_records_are_irrelevant(some: list[Choice | Inspection], seed: int) -> None:
    once = {(type(one), getattr(one, "inspection_id", str(one)), one.parcel_id): one for one in some}
    shuffled = [*once.values(), *once.values()]
    random.Random(seed).shuffle(shuffled)
    assert registered(*shuffled).tallies() == registered(*once.values()).tallies()


@given(
    st.lists(st.tuples(st.sampled_from(Why), st.booleans(), st.booleans()), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 29), st.sampled_from(Why), st.integers(2, 4)), max_size=20),
)
def test_later_revisions_move_no_parcel_to_another_stratum(
    parcels: list[tuple[Why, bool, bool]], revisions: list[tuple[int, Why, int]]
) -> None:
    first: list[Choice | Inspection] = []
    for number, (why, opened, over) in enumerate(parcels):
        first.append(choice(f"P-{number}", why))
        if opened:
            first.append(inspection(f"P-{number}", over=over))
    later = [choice(f"P-{n}", why, revision=r) for n, why, r in revisions if n < len(parcels)]
    alone, revised = (strata_of(registered(*some).tallies()) for some in (first, [*later, *first]))
    assert revised == alone


def test_what_a_later_cause_found_is_counted_by_that_cause() -> None:
    register = registered(
        choice("P", Why.SUM, revision=3),
        choice("P", Why.TIP, revision=2),
        choice("P", Why.NONE),
        inspection("P", over=True, revision=3),
    )
    ((cell, tally),) = register.tallies().items()
    assert (cell.why, cell.later, tally) == (Why.NONE, Why.TIP, Tally(1, 1, 1))
    assert register.unselected() == 0


def test_a_tip_that_follows_the_find_found_nothing() -> None:
    register = registered(
        choice("P", Why.NONE), choice("P", Why.TIP, revision=2), inspection("P", over=True, revision=1)
    )
    assert list(register.tallies().values()) == [Tally(1, 0, 0)]
    assert register.unselected() == 1


def test_a_correction_replaces_what_it_corrects_even_if_made_for_an_earlier_time() -> None:
    register = registered(
        choice("P", Why.LOAD),
        inspection("P", over=True, name="I-1", minute=5),
        inspection("P", over=False, name="I-2", minute=4, corrects="I-1"),
    )
    assert list(register.tallies().values()) == [Tally(1, 1, 0)]


def test_a_later_inspection_replaces_an_earlier() -> None:
    first, second = inspection("P", over=True), inspection("P", over=False, name="I-2", minute=9)
    assert list(registered(choice("P", Why.LOAD), second, first).tallies().values()) == [Tally(1, 1, 0)]


def test_what_was_opened_unselected_stands_for_no_others() -> None:
    register = registered(choice("P", Why.NONE), inspection("P", over=True), inspection("Q", over=True))
    assert list(register.tallies().values()) == [Tally(1, 0, 0)]
    assert register.unselected() == 1


def test_the_same_parcel_id_at_two_hubs_is_two_parcels() -> None:
    register = registered(
        choice("P", Why.LOAD), choice("P", Why.LOAD, hub="h2"), inspection("P", over=True, hub="h2")
    )
    assert {cell.hub: tally.opened for cell, tally in register.tallies().items()} == {"h1": 0, "h2": 1}
