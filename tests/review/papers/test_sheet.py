"""What goes into a table comes out of it again, and nothing in it is a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import openpyxl  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.review.papers.sheet import Value, csv_bytes, workbook

DANGEROUS = st.sampled_from(["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])


def read(content: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(row) for row in book.worksheets[0].iter_rows()]


@settings(max_examples=20, deadline=None)
@given(st.lists(DANGEROUS | st.text("abc=+-@ 烟", max_size=9) | st.integers(-9, 9), min_size=1, max_size=5))
def test_no_text_of_a_workbook_is_a_formula(row: list[str | int]) -> None:
    cells = read(workbook({"x": (["a"] * len(row), [row])}))[1]
    assert all(cell.data_type != "f" for cell in cells)
    assert [cell.value for cell in cells if isinstance(cell.value, int)] == [
        one for one in row if isinstance(one, int)
    ]


@given(st.lists(DANGEROUS | st.text('abc=+-@,"\n 烟', max_size=9), min_size=1, max_size=5))
def test_no_text_of_a_csv_begins_a_formula(row: list[str]) -> None:
    content = csv_bytes(["=a"], [row]).decode("utf-8-sig")
    cells = [one for line in csv.reader(io.StringIO(content, newline="")) for one in line]
    assert not any(one.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for one in cells)
    assert [one.removeprefix("'") for one in cells[1:]] == row


def test_numbers_stay_numbers() -> None:
    assert csv_bytes(["n"], [[-3, 2.5, None]]) == "\ufeffn\r\n-3,2.5,\r\n".encode()


def test_equal_tables_are_equal_files() -> None:
    rows: list[list[Value]] = [["2026-10"], [date(2026, 1, 1)], [datetime(2026, 1, 1, tzinfo=UTC)], [None]]
    table = {"图表": (["月份"], rows)}
    assert workbook(table) == workbook(table)


def test_names_and_texts_that_the_format_has_not_are_made_to_fit() -> None:
    content = workbook({"a/b[c]:" + "x" * 60: (["t"], [["a\x01b"], ["y" * 40_000]])})
    rows = read(content)
    assert rows[1][0].value == "a\N{REPLACEMENT CHARACTER}b"
    assert len(rows[2][0].value) == 32_767
