"""What is alarmed and what is not, and that only the scans and their order in the log decide it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.reading import encode
from screener.contracts.wire import Drift, Energy, Look, PitchMm, ScannerAlarm
from screener.core.drift import standing
from screener.core.drift.alarms import changes
from screener.core.drift.course import SCORES_OF_A_MODEL, levels
from screener.core.drift.reference import COLOURS, Reference, ViewReference, read, reference_of
from screener.core.drift.standing import (
    KEPT,
    PATIENCE,
    SEEN,
    Standing,
    anchored,
    commissioned,
    standing_after,
)
from screener.errors import BadConfig
from screener.imaging.glance import HUES, SHADES
from tests.core.drift.scanners import START, Made, failed

REFERENCE = reference_of(Made(seed=7).looks(300))


def followed(reference: Reference = REFERENCE) -> Standing:
    return commissioned(Standing(), reference)


def raised(known: Standing) -> set[str]:
    assert known.course is not None
    return set(known.course.raised)


def first_alarm(looks: Sequence[Look], known: Standing) -> int | None:
    """After how many scans the first alarm stands."""
    for number, look in enumerate(looks, 1):
        known = standing.taken(known, look)
        if raised(known):
            return number
    return None


@given(st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_the_order_of_its_scans_changes_no_reference(seed: int) -> None:
    looks = Made(seed=seed).looks(80)
    mixed = random.Random(seed).sample(looks, len(looks))
    assert reference_of(mixed).encode() == reference_of(looks).encode()


@given(st.integers(0, 10**6), st.lists(st.integers(0, 399), max_size=5))
@settings(max_examples=6, deadline=None)
def test_a_restart_changes_nothing(seed: int, restarts: list[int]) -> None:
    made = Made(seed=seed)
    looks = [*made.looks(320), *made.changed(hue=9).looks(80)]
    through, restarted = Standing(), Standing()
    for number, look in enumerate(looks):
        through, restarted = standing.taken(through, look), standing.taken(restarted, look)
        if number in restarts:
            restarted = Standing.decode(restarted.encode())
    assert restarted.encode() == through.encode()


def test_a_scanner_that_does_not_change_is_not_alarmed() -> None:
    assert first_alarm(Made(seed=8).looks(1500), followed()) is None


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ({"hue": 8}, Drift.PALETTE),
        ({"air": 0.90}, Drift.BRIGHTNESS),
        ({"noise": -4.0}, Drift.DETAIL),
        ({"stretch": 0.25}, Drift.PITCH),
        ({"pitch_mm": PitchMm(across=0.9, along=0.9)}, Drift.PITCH),
        ({"energy": Energy.SINGLE}, Drift.ENERGY),
        ({"score": 0.4}, Drift.SCORE),
    ],
)
def test_a_change_is_alarmed_as_what_it_is_and_cleared_when_it_is_mended(
    how: dict[str, object], what: Drift
) -> None:
    made = Made(seed=9)
    known = standing_after(followed(), made.looks(200))
    changed = standing_after(known, made.changed(**how).looks(150))
    assert raised(changed) == {what}
    assert levels(changed.course or pytest.fail())[what] >= 1
    mended = standing_after(changed, made.changed().looks(300))
    assert raised(mended) == set()


def test_an_alarm_says_since_when_and_what_the_figure_was_and_is() -> None:
    made = Made(seed=9)
    before = standing_after(followed(), made.looks(200))
    told: list[ScannerAlarm] = []
    for look in made.changed(air=0.90).looks(100):
        after = standing.taken(before, look)
        told += changes(before, after, look)
        before = after
    (alarm,) = told
    assert (alarm.what, alarm.raised, alarm.reference) == (Drift.BRIGHTNESS, True, REFERENCE.id)
    assert abs(alarm.since - START - timedelta(seconds=201)) < timedelta(seconds=10)
    assert alarm.figures["air_was"] == pytest.approx(0.99, abs=0.01)
    assert alarm.figures["air_is"] == pytest.approx(0.90, abs=0.01)
    assert alarm.text == "the empty belt is darker"


def test_a_single_scan_can_be_as_strange_as_it_likes() -> None:
    made = Made(seed=10)
    strange = made.changed(hue=9, air=0.2, noise=0.0, energy=Energy.SINGLE, score=1.0)
    looks = [strange.look() if number % 20 == 0 else made.look() for number in range(600)]
    assert first_alarm(looks, followed()) is None


def test_a_pallet_of_equal_parcels_is_no_change() -> None:
    made = Made(seed=11)
    (odd,) = made.changed(hue=9).looks(1)
    pallet = [replace(odd, at=odd.at + timedelta(seconds=number)) for number in range(300)]
    assert first_alarm(pallet, followed()) is None


def test_unlike_parcels_in_those_colours_are_one() -> None:
    assert first_alarm(Made(seed=11).changed(hue=9).looks(60), followed()) is not None


def test_many_failures_are_alarmed_and_a_few_in_a_row_are_not() -> None:
    made = Made(seed=12)
    few = [failed(look) if number % 100 < 5 else look for number, look in enumerate(made.looks(1000))]
    assert first_alarm(few, followed()) is None
    many = [failed(look) if number % 2 else look for number, look in enumerate(made.looks(100))]
    known = standing_after(followed(), many)
    assert raised(known) == {Drift.FAILURES}


def test_a_new_model_has_scores_of_its_own() -> None:
    made = Made(seed=13)
    known = standing_after(followed(), made.looks(100))
    other = made.changed(model="screener-2", score=0.4)
    known = standing_after(known, other.looks(SCORES_OF_A_MODEL + 300))
    assert raised(known) == set()
    assert raised(standing_after(known, other.changed(score=0.005).looks(150))) == {Drift.SCORE}


def test_each_view_is_compared_with_itself() -> None:
    side = {"pitch_mm": PitchMm(across=1.4, along=0.8), "air": 0.9}
    above, aside = Made(seed=14), Made(seed=15, **side)  # type: ignore[arg-type]
    both = [look for _ in range(150) for look in (above.look(), aside.look(view=2))]
    known = followed(reference_of(both))
    more = [look for _ in range(500) for look in (above.look(), aside.look(view=2))]
    assert first_alarm(more, known) is None
    assert raised(standing_after(known, aside.looks(100, view=3))) == {Drift.VIEWS}
    assert raised(standing_after(known, aside.looks(100, view=1))) >= {Drift.PITCH, Drift.BRIGHTNESS}


def test_a_view_that_was_never_decoded_is_known_and_compared_with_nothing() -> None:
    made = Made(seed=5)
    known = standing_after(Standing(), [failed(made.look(view=2)), *made.looks(SEEN)])
    assert known.course is not None
    (view,) = [one for one in known.course.reference.views if one.view == 2]
    assert not view.figures
    assert raised(standing_after(known, [made.look(view=2) for _ in range(50)])) == set()


def test_a_scanner_commissions_itself_on_scans_that_differ() -> None:
    made = Made(seed=16)
    one = made.look()
    pallet = standing_after(Standing(), [one] * (2 * SEEN))
    assert pallet.course is None
    assert len(pallet.kept) < 20
    known = standing_after(pallet, made.looks(KEPT + 50))
    assert known.course is not None
    assert first_alarm(made.looks(1000), known) is None


def test_where_all_parcels_are_much_alike_it_takes_longer() -> None:
    few = Made(seed=18).looks(60)
    line = [few[number // 50 % 60] for number in range(PATIENCE)]
    known = standing_after(Standing(), line[:-1])
    assert known.course is None
    assert standing.taken(known, line[-1]).course is not None


def test_the_failures_of_a_self_made_reference_are_those_of_all_scans_seen() -> None:
    few = Made(seed=18).looks(60)
    line = [few[number // 50 % 60] for number in range(PATIENCE)]
    line = [failed(look) if number % 10 == 0 else look for number, look in enumerate(line)]
    known = standing_after(Standing(), line)
    assert known.course is not None
    assert known.course.reference.failures == pytest.approx(0.1)


def test_a_file_is_taken_once_and_an_anchor_goes_before_it() -> None:
    made = Made(seed=17)
    known = standing_after(followed(), made.changed(hue=9).looks(100))
    assert commissioned(known, REFERENCE) == known
    again = commissioned(anchored(known), REFERENCE)
    assert again.course is None
    (look,) = made.looks(1)
    assert [(one.what, one.raised, one.text) for one in changes(known, again, look)] == [
        (Drift.PALETTE, False, "it was anchored anew")
    ]
    newer = reference_of(made.looks(100))
    assert commissioned(again, newer).course is not None


def test_a_reference_is_read_as_it_was_written() -> None:
    assert read(REFERENCE.encode(), "x") == REFERENCE
    with pytest.raises(BadConfig, match="x: "):
        read(b"{}", "x")
    with pytest.raises(BadConfig, match="expected at least 50 scans"):
        reference_of(Made().looks(20))


VIEW = REFERENCE.views[0]
AIR = VIEW.figures["air"]


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (replace(VIEW, colours=VIEW.colours[:-1]), "colours: expected 50"),
        (replace(VIEW, figures=VIEW.figures | {"air": replace(AIR, spread=0.0)}), "figures.air.spread"),
        (replace(VIEW, figures=VIEW.figures | {"air": replace(AIR, spread=-1.0)}), "figures.air.spread"),
    ],
)
def test_a_reference_that_no_scan_can_be_compared_with_is_refused_by_name(
    broken: ViewReference, field: str
) -> None:
    with pytest.raises(BadConfig, match=rf"h1\.json: \$\.views\[0\]\.{field}"):
        read(replace(REFERENCE, views=(broken,)).encode(), "h1.json")
    with pytest.raises(BadConfig, match=r"h1\.json: \$\.score\.spread: expected more than 0, got 0"):
        read(replace(REFERENCE, score=replace(AIR, spread=0.0)).encode(), "h1.json")


def test_a_reference_has_a_share_for_each_colour_of_a_glance() -> None:
    assert COLOURS == SHADES * (HUES + 1)


def test_a_look_is_a_short_message() -> None:
    assert len(encode(Made().look())) < 500
