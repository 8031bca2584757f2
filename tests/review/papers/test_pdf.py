"""A paper prints all that it is given, and equal papers are equal bytes."""

from __future__ import annotations

import io
import re
import zlib
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from screener.errors import BadInput
from screener.review.papers import plots
from screener.review.papers.grid import Column
from screener.review.papers.pdf import Paper
from screener.review.papers.plots import Curve
from screener.review.papers.typeface import MISSING, shown

AT = datetime(2026, 11, 1, tzinfo=UTC)


def paper(title: str = "月报 2026-10") -> Paper:
    return Paper(title, "某市烟草专卖局", "zh", AT)


def drawn(content: bytes) -> list[bytes]:
    """The pages' drawing instructions."""
    found = (zlib.decompress(one) for one in re.findall(rb"stream\n(\x78.*?)\nendstream", content, re.S))
    return [one for one in found if b" Tf" in one]


def whole() -> bytes:
    made = paper()
    made.heading("一、总表")
    made.text("查获卷烟 12.5 万支。" * 30)
    made.table(["项目", Column("本月", right=True)], [["开箱", "12"], ["查获", "3"]] * 40)
    labels = [f"{n} 月" for n in range(1, 13)]
    curve = Curve("命中率", [10.0, None, *[12.0] * 10], low=[None] * 12, high=[15.0] * 12)
    made.figure_line("命中率", "%", labels, [curve, Curve("上年", [9.0] * 12, pale=True)])
    made.figure_bars("来源", "万支", labels, [Curve("真", [1.0] * 12), Curve("假", [2.0] * 12)], stacked=True)
    made.picture(picture(), "扫描图")
    return made.to_bytes()


def picture() -> bytes:
    content = io.BytesIO()
    Image.linear_gradient("L").save(content, "PNG")
    return content.getvalue()


def test_equal_papers_are_equal_bytes() -> None:
    assert whole() == whole()


def test_it_carries_its_typeface_title_language_and_date() -> None:
    made = whole()
    assert b"/FontFile2" in made and b"/Lang (zh-CN)" in made
    assert b"D:20261101000000" in made
    assert b"/Title" in made and b"/Subject" in made


def test_a_long_table_goes_on_with_its_head_on_the_next_page() -> None:
    made = paper()
    made.table(["Figure"], [["row"]] * 90)
    pages = drawn(made.to_bytes())
    assert len(pages) == 3
    assert sum(one.count(b" rg") > 0 for one in pages) == 3


def test_a_cell_longer_than_a_page_loses_no_line() -> None:
    made = paper()
    made.table(["Text"], [["\n".join(["烟"] * 300)]])
    printed = Counter(
        one for page in drawn(made.to_bytes()) for one in re.findall(rb"\((.*?)\) Tj", page, re.S)
    )
    assert printed.most_common(1)[0][1] == 300


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(BadInput):
        paper().picture(b"no picture", "x")


@given(st.text(max_size=40))
def test_every_character_is_printed_or_stands_as_a_box(text: str) -> None:
    out = shown(text)
    assert len(out) == len(text)
    assert shown(out) == out
    changed = {new for old, new in zip(text, out, strict=True) if old != new}
    assert changed <= {MISSING, " "}


@pytest.mark.parametrize("name", ["烟草专卖", "喆堃淼𬍛", "万支（95 %）±–", "ÄÖÜ éñ", "①②→"])
def test_names_of_people_and_places_are_in_the_typeface(name: str) -> None:
    assert shown(name) == name


def test_a_character_of_no_typeface_is_a_box() -> None:
    assert shown("李\U0001f600\x07四") == "李□□四"


@settings(max_examples=50)
@given(st.floats(0, 1e9, allow_nan=False))
def test_axes_begin_at_nothing_and_reach_over_the_largest(largest: float) -> None:
    marks = plots.ticks(largest)
    assert marks[0] == 0 and marks[-1] >= largest * (1 - 1e-9)
    assert 2 <= len(marks) <= 6
