"""Moves: what a form may say, units converted once, and what contradicts itself."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.core.policy import Limits
from screener.errors import BadInput
from screener.review import moves, rules
from screener.review.moves import AnyMove, Checklist, Correct, Found, Note, Open, Release, Reopen
from tests.review.stations import FOUND, LIMITS, OFFICERS, OPEN, SEIZE

amounts = st.builds(
    Found,
    sticks=st.integers(0, 2_000_000),
    packs=st.integers(0, 100_000),
    cartons=st.integers(0, 10_000),
    kg=st.floats(0, 2_000),
    e_cigarettes=st.integers(0, 100_000),
    officers=st.just(OFFICERS),
    quality=st.just("unclear"),
)


def test_what_is_wrong_is_said_in_words() -> None:
    with pytest.raises(BadInput, match=r"without control characters - at `\$.text`$"):
        moves.entered("note", {"text": "a\x00b"})
    assert moves.entered("note", {"text": " 两行\n文字 "}) == Note(text="两行\n文字")


def test_every_kind_of_move_has_a_rule_and_every_rule_a_kind() -> None:
    kinds = {one.__struct_config__.tag for one in get_args(AnyMove)}
    assert kinds == set(rules.RULES)
    assert set(rules.OURS) == {one.__struct_config__.tag for one in get_args(moves.Ours)}


@given(amounts)
def test_what_was_written_is_read_again_as_it_was(found: Found) -> None:
    assert moves.checked(found) is found
    for move in (found, Correct(corrects=7, found=found), OPEN, SEIZE, Release(quality="wrong")):
        assert moves.read(moves.written(move).decode()) == move


@given(amounts)
def test_units_add_up_to_sticks_and_grams(found: Found) -> None:
    assert found.all_sticks == found.sticks + 20 * found.packs + 200 * found.cartons
    assert found.tobacco_g == pytest.approx(1000 * (found.kg + found.leaf_kg), abs=2e-3)
    over = found.all_sticks > 400 or max(found.cut_g, found.leaf_g) > 5000 or found.e_cigarettes > 6
    assert found.over(LIMITS) == over


def test_a_limit_is_what_one_parcel_may_hold() -> None:
    limits = Limits(sticks=400, tobacco_g=5000, e_cigarettes=6)
    just = replace(FOUND, cartons=2, packs=0, kg=5.0, leaf_kg=5.0, e_cigarettes=6)
    assert not just.over(limits)
    for more in ({"sticks": 1}, {"kg": 5.001}, {"leaf_kg": 5.001}, {"e_cigarettes": 7}):
        assert replace(just, **more).over(limits)


def test_a_form_gives_texts_and_leaves_out_what_is_empty() -> None:
    form = {
        "cartons": " 4 ",
        "packs": "",
        "kg": "2.5",
        "value_cny": "",
        "officers": ["李伟", " 王芳 ", ""],
        "origin": "counterfeit",
        "checklist.box": "unlike_genuine",
        "quality": "right",
        "note": "  ",
    }
    found = moves.entered("found", form)
    box = Checklist(box="unlike_genuine")
    expected = Found(
        cartons=4, kg=2.5, officers=OFFICERS, origin="counterfeit", checklist=box, quality="right"
    )
    assert found == expected
    correction = moves.entered(
        "correct", {"corrects": "7"} | {f"found.{name}": value for name, value in form.items()}
    )
    assert correction == Correct(corrects=7, found=expected)


BAD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("leave", {}),
    ("accept", {}),
    ("release", {}),
    ("release", {"quality": "good"}),
    ("release", {"quality": "wrong", "why": "x"}),
    ("open", {"officers": ["李伟"]}),
    ("open", {"officers": ["Li Wei", "li  wei"]}),
    ("open", {"officers": ["Li Wei", "Ｌｉ Ｗｅｉ"]}),
    ("open", {"officers": "李伟"}),
    ("found", {"officers": OFFICERS, "quality": "unclear", "sticks": "-1"}),
    ("found", {"officers": OFFICERS, "quality": "unclear", "sticks": "2000001"}),
    ("found", {"officers": OFFICERS, "quality": "unclear", "sticks": "1.5"}),
    ("found", {"officers": OFFICERS, "quality": "unclear", "kg": "nan"}),
    ("found", {"officers": OFFICERS, "quality": "unclear", "kg": "inf"}),
    ("found", {"officers": OFFICERS, "quality": "unclear", "kg": "2000.1"}),
    ("found", {"officers": OFFICERS, "quality": "unclear", "value_cny": "-1"}),
    ("found", {"officers": OFFICERS, "quality": "wrong", "sticks": "1"}),
    ("found", {"officers": OFFICERS, "quality": "right"}),
    ("found", {"officers": OFFICERS, "quality": "right", "sticks": "1", "origin": "counterfeit"}),
    ("found", {"officers": OFFICERS, "quality": "right", "sticks": "1", "checklist": "all"}),
    ("found", {"quality": "right", "sticks": "1"}),
    ("seize", {"seal": "S 1", "place": "3", "given_by": "li"}),
    ("seize", {"seal": "S-1", "place": " ", "given_by": "li"}),
    ("seize", {"seal": "S-1", "place": "3" * 257, "given_by": "li"}),
    ("note", {"text": " "}),
    ("note", {"text": "x" * 4001}),
    ("note", {"text": "x\x00"}),
    ("note", {"text": "\ud800"}),
    ("seize", {"seal": "S-1", "place": "a\nb", "given_by": "li"}),
    ("open", {"officers": ["李伟", "王\x00芳"]}),
    ("note", {"text.more": "x"}),
    ("note", {"text": "x", "text.more": "x"}),
    ("reopen", {}),
    ("correct", {"corrects": "0", "found.sticks": "1"}),
    ("correct", {"corrects": "1"}),
)


@pytest.mark.parametrize(("kind", "form"), BAD)
def test_what_breaks_a_rule_is_refused(kind: str, form: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        moves.entered(kind, form)


@pytest.mark.parametrize(
    "move",
    [
        Open(officers=("李伟",)),
        Note(text="\n"),
        Reopen(why=""),
        replace(FOUND, kg=float("nan")),
        replace(FOUND, officers=("a", "A")),
        Correct(corrects=1, found=replace(FOUND, quality="wrong")),
    ],
)
def test_a_move_made_in_python_is_checked_as_strictly(move: moves.Ours) -> None:
    with pytest.raises(BadInput):
        moves.checked(move)


@given(
    st.sampled_from(rules.OURS),
    st.dictionaries(
        st.sampled_from(["quality", "note", "officers", "kg", "corrects", "found", "found.kg", "a.b.c", ""]),
        st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=3),
        max_size=4,
    ),
)
def test_no_form_ends_in_anything_but_a_move_or_bad_input(kind: str, form: dict[str, Any]) -> None:
    try:
        assert moves.entered(kind, form).kind == kind
    except BadInput as error:
        assert error.reason.startswith("move_")
