"""Lines hold what they can, lose nothing, and end where Chinese and English allow it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from screener.review.papers.lines import NEVER_FIRST, lines

LETTERS = st.text("烟草专卖局查获卷烟，。、（）abc def-12 ", max_size=80)


def wide(text: str) -> float:
    """A measure like a real one: Chinese characters are twice as wide."""
    return sum(2.0 if ord(one) > 0x2E80 else 1.0 for one in text)


@given(text=LETTERS, room=st.integers(2, 30))
def test_no_line_is_too_long_and_nothing_but_blanks_is_lost(text: str, room: int) -> None:
    made = lines(text, room, wide)
    assert all(wide(line) <= room for line in made)
    assert "".join(made).replace(" ", "") == text.replace(" ", "")


@given(text=st.text("烟草专卖查获，。；", max_size=60), room=st.integers(12, 30))
def test_no_line_begins_with_a_closing_sign_unless_nothing_else_fits(text: str, room: int) -> None:
    for before, line in zip(lines(text, room, wide), lines(text, room, wide)[1:], strict=False):
        if line[0] in NEVER_FIRST:
            assert before[-1] in NEVER_FIRST  # a run of signs as long as the line


def test_words_stay_whole_where_they_fit() -> None:
    assert lines("found in the parcel 查获卷烟", 12, wide) == ["found in the", "parcel 查获", "卷烟"]


def test_each_paragraph_begins_a_line() -> None:
    assert lines("one\n\ntwo", 10, wide) == ["one", "", "two"]
