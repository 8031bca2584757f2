"""Laws of the sums over a sliding window."""

from __future__ import annotations

import random
from datetime import timedelta
from math import fsum, sqrt

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pytest import approx

from screener.contracts.wire import Amount, Sighting
from screener.core.policy import Sums
from screener.core.sums import (
    DAY_MS,
    LARGEST,
    LOADED,
    MOST_ENTRIES,
    NEWEST,
    Window,
    entry_of,
    total_of,
)
from tests.core.evidence import at
from tests.core.sighted import LIMITS, sighting, sightings, window_of

DETAILED = NEWEST + LARGEST
COUNTED_AT = at(0)


def in_window(seen: list[Sighting], limits: Sums = LIMITS) -> list[Sighting]:
    since = max(one.at for one in seen) - timedelta(days=limits.window_days)
    return [one for one in seen if one.at >= since]


def parcels_of(seen: list[Sighting]) -> dict[str, Sighting]:
    """Each parcel once, with the largest of what its hubs saw."""
    found: dict[str, Sighting] = {}
    for one in seen:
        known = found.get(one.parcel_id, one)
        found[one.parcel_id] = replace(
            one,
            sticks=max(known.sticks, one.sticks, key=_size),
            tobacco_g=max(known.tobacco_g, one.tobacco_g, key=_size),
        )
    return found


def _size(amount: Amount) -> tuple[float, float]:
    return amount.mean, amount.sd


def _is_loaded(one: Sighting) -> bool:
    return bool(one.sticks.mean or one.tobacco_g.mean)


@given(sightings(DETAILED), st.randoms(use_true_random=False))
def test_the_order_of_parcels_changes_nothing(seen: list[Sighting], chance: random.Random) -> None:
    shuffled = chance.sample(seen, len(seen))
    assert window_of(shuffled).encode() == window_of(seen).encode()


@given(sightings(DETAILED), st.data())
def test_the_same_again_changes_nothing(seen: list[Sighting], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(seen), max_size=10))
    assert window_of([*seen, *again]) == window_of(seen)


@given(sightings(DETAILED), st.floats(0, 1000))
def test_a_later_sighting_of_a_parcel_replaces_the_earlier(seen: list[Sighting], sticks: float) -> None:
    revised = replace(seen[0], sticks=Amount(mean=sticks, sd=1.0))
    assert window_of([*seen, revised]) == window_of([revised, *seen[1:]])


@given(sightings(DETAILED))
def test_a_total_is_what_its_parcels_add_up_to(seen: list[Sighting]) -> None:
    counted = in_window(seen)
    loaded = parcels_of([one for one in counted if _is_loaded(one)]).values()
    asked = seen[-1]
    total = total_of(window_of(seen), asked, LIMITS, COUNTED_AT)
    assert (total.parcels, total.loaded) == (len(parcels_of(counted)), len(loaded))
    assert total.sticks.mean == fsum(one.sticks.mean for one in loaded)
    assert total.tobacco_g.mean == fsum(one.tobacco_g.mean for one in loaded)
    assert total.sticks.sd == approx(sqrt(fsum(one.sticks.sd**2 for one in loaded)))
    assert total.partners == len({one.partner for one in counted} - {None})
    assert total.hubs == len({one.hub for one in counted})
    like = {one.parcel_id for one in counted if one.contents == asked.contents is not None}
    assert total.like_contents == len(like)
    assert total.first_at == min(one.at for one in seen)


@given(sightings(DETAILED))
def test_members_are_the_largest_other_loads_where_half_of_what_is_allowed_is_reached(
    seen: list[Sighting],
) -> None:
    own, limits = seen[-1], replace(LIMITS, members=3)
    total = total_of(window_of(seen), own, limits, COUNTED_AT)
    loaded = parcels_of([one for one in in_window(seen) if _is_loaded(one)])
    others = [one for name, one in loaded.items() if name != own.parcel_id]
    largest = sorted(map(_multiples, others), reverse=True)[:3]
    enough = total.sticks.mean / 400 + total.tobacco_g.mean / 5000 >= 0.5
    named = [one.sticks / 400 + one.tobacco_g / 5000 for one in total.members]
    assert named == (approx(largest) if enough else [])
    assert own.parcel_id not in {one.parcel_id for one in total.members}


def _multiples(one: Sighting) -> float:
    return one.sticks.mean / 400 + one.tobacco_g.mean / 5000


@given(st.randoms(use_true_random=False), st.integers(1, 5 * DETAILED), st.integers(1, 30))
@settings(max_examples=60)
def test_what_is_not_kept_by_itself_goes_on_counting(chance: random.Random, parcels: int, days: int) -> None:
    """Days leave whole: at most one day before the window still counts."""
    seen = [
        sighting(number, at_h=chance.uniform(0, 24 * days), sticks=chance.choice([0.0, 10.0, 200.0]))
        for number in range(parcels)
    ]
    total = total_of(window_of(seen), seen[-1], LIMITS, COUNTED_AT)
    inside = in_window(seen)
    longer = in_window(seen, replace(LIMITS, window_days=LIMITS.window_days + 1))
    assert len(inside) <= total.parcels <= len(longer)
    least, most = (fsum(one.sticks.mean for one in part) for part in (inside, longer))
    assert least - 1e-6 <= total.sticks.mean <= most + 1e-6


def test_a_row_is_bounded_whatever_is_sent_to_an_address() -> None:
    longest = "x" * 64
    many = [
        replace(
            sighting(at_h=number, sticks=1.5, sd=0.5, contents="tea", partner=str(number)),
            hub=longest,
            parcel_id=f"{number:0>64}",
        )
        for number in range(90 * 24)
    ]
    limits = Sums(window_days=90, hub_from=10)
    window = window_of(many, limits)
    assert len(window.encode()) < 16 * 1024
    total = total_of(window, many[-1], limits, COUNTED_AT)
    assert total.parcels == total.loaded == len(many)
    assert total.sticks.mean == approx(1.5 * len(many))
    assert total.members == ()


def test_the_largest_loads_are_named_after_many_parcels_without() -> None:
    loaded = [sighting(number, at_h=number, sticks=100.0) for number in range(4)]
    empty = [sighting(number, at_h=number) for number in range(10, 200)]
    total = total_of(window_of([*loaded, *empty]), empty[-1], LIMITS, COUNTED_AT)
    assert {one.parcel_id for one in total.members} == {one.parcel_id for one in loaded}


@given(sightings(NEWEST), st.sampled_from(["h3", "h4"]))
def test_a_parcel_that_passes_another_hub_adds_nothing(seen: list[Sighting], hub: str) -> None:
    once = total_of(window_of(seen), seen[-1], LIMITS, COUNTED_AT)
    passed = [replace(one, hub=hub) for one in seen[: DETAILED - len(seen)]]
    twice = total_of(window_of([*seen, *passed]), seen[-1], LIMITS, COUNTED_AT)
    assert (twice.parcels, twice.loaded, twice.like_contents) == (
        once.parcels,
        once.loaded,
        once.like_contents,
    )
    assert (twice.sticks, twice.tobacco_g) == (once.sticks, once.tobacco_g)
    assert {one.parcel_id for one in twice.members} == {one.parcel_id for one in once.members}


@given(sightings(NEWEST), st.floats(1, 5000))
def test_what_one_more_hub_sees_makes_no_sum_smaller(seen: list[Sighting], sticks: float) -> None:
    more = replace(seen[0], hub="h3", sticks=Amount(mean=sticks, sd=0.0))
    before, after = (total_of(window_of(some), seen[0], LIMITS, COUNTED_AT) for some in (seen, [*seen, more]))
    assert after.sticks.mean >= before.sticks.mean
    assert after.tobacco_g.mean >= before.tobacco_g.mean


def test_what_one_hub_takes_back_leaves_what_the_other_saw() -> None:
    first, other = sighting(1, sticks=250, hub="h1"), sighting(1, sticks=200, hub="h2", at_h=5)
    back = replace(first, sticks=Amount(mean=0.0, sd=0.0))
    sums = [
        total_of(window_of(seen), other, LIMITS, COUNTED_AT).sticks.mean
        for seen in ([first, other], [first, other, back], [first, other, back, replace(back, hub="h2")])
    ]
    assert sums == [250, 200, 0]


@given(st.randoms(use_true_random=False), st.integers(1, LOADED - NEWEST), st.integers(0, 150))
@settings(max_examples=30)
def test_a_loaded_parcel_that_is_seen_again_counts_once_among_however_many_empty_ones(
    chance: random.Random, loaded: int, empty: int
) -> None:
    seen = [
        sighting(n, at_h=chance.uniform(0, 200), sticks=100.0 * (n < loaded)) for n in range(loaded + empty)
    ]
    again = [replace(one, sticks=Amount(mean=50.0, sd=0.0)) for one in chance.sample(seen[:loaded], loaded)]
    back = [replace(one, sticks=Amount(mean=0.0, sd=0.0)) for one in again]
    chance.shuffle(seen)
    assert window_of(seen).loads[0] == 100.0 * loaded
    assert window_of([*seen, *again]).loads[0] == 50.0 * loaded
    assert window_of([*seen, *again, *back]).loads[0] == 0.0


def test_parcels_of_many_hubs_are_bounded_too() -> None:
    many = [sighting(n, at_h=n / 10, sticks=1.0, hub=f"h{hub}") for n in range(200) for hub in range(9)]
    window = window_of(many)
    assert len(window.entries) <= MOST_ENTRIES
    assert len(window.encode()) < 8 * 1024
    assert window.parcels == window.loaded == window.loads[0] == 200


def test_an_answer_names_its_question() -> None:
    asked = replace(sighting(1), question="7")
    assert total_of(window_of([asked]), asked, LIMITS, COUNTED_AT).question == "7"


def test_a_clock_that_ran_ahead_puts_nobody_out_of_the_window() -> None:
    now_ms = 20 * DAY_MS
    assert entry_of(sighting(at_h=10**6), now_ms).at_ms == now_ms


@given(sightings(DETAILED))
def test_a_window_is_what_was_written(seen: list[Sighting]) -> None:
    window = window_of(seen)
    assert Window.decode(window.encode()) == window
