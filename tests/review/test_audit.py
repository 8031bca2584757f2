"""The record of reads and writes: whoever tampers with a row is found."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from screener.review import audit, database
from screener.review.audit import FIRST, Deed, Entry

NOW = datetime(2026, 11, 23, 8, 0, 0, 123_456, UTC)
DEED = Deed(NOW, "li", "see", "east/P-1", {"query": "茶叶", "n": 3})


def chain(length: int) -> list[Entry]:
    rows: list[Entry] = []
    for n in range(1, length + 1):
        before = rows[-1].hash if rows else FIRST
        row = Entry(n, NOW + timedelta(seconds=n), "li", "see", f"east/P-{n}", "{}", before, "")
        rows.append(replace(row, hash=row.recomputed()))
    return rows


def test_what_was_recorded_is_an_unbroken_chain(engine: Engine) -> None:
    for number in range(5):
        with database.writing(engine) as connection:
            assert audit.record(connection, replace(DEED, target=f"east/P-{number}")) == number + 1
    with database.reading(engine) as connection:
        rows = list(audit.entries(connection))
        assert list(audit.breaks(rows)) == []
        assert [row.n for row in audit.entries(connection, 2, 4)] == [2, 3, 4]
    assert rows[0].details == '{"n":3,"query":"茶叶"}'


def test_many_at_once_make_one_chain(engine: Engine) -> None:
    def work() -> None:
        for _ in range(10):
            with database.writing(engine) as connection:
                audit.record(connection, DEED)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading(engine) as connection:
        rows = list(audit.entries(connection))
    assert len(rows) == 50
    assert list(audit.breaks(rows)) == []


def test_what_was_not_done_is_not_recorded(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), database.writing(engine) as connection:
        audit.record(connection, DEED)
        _ = 1 / 0
    with database.reading(engine) as connection:
        assert list(audit.entries(connection)) == []


FIELDS = ("who", "what", "target", "details", "before", "hash")


@given(
    length=st.integers(1, 8), at=st.integers(0, 7), field=st.sampled_from(FIELDS), extra=st.text(min_size=1)
)
def test_any_change_of_any_field_breaks_the_chain(length: int, at: int, field: str, extra: str) -> None:
    rows = chain(length)
    changed = rows[at % length]
    rows[at % length] = replace(changed, **{field: getattr(changed, field) + extra})
    assert list(audit.breaks(rows))


@given(length=st.integers(2, 8), at=st.integers(0, 6))
def test_a_row_that_is_missing_breaks_the_chain_but_at_its_end(length: int, at: int) -> None:
    rows = chain(length)
    del rows[at % (length - 1)]
    assert list(audit.breaks(rows))


@given(length=st.integers(2, 8), at=st.integers(0, 6))
def test_rows_that_changed_places_break_the_chain(length: int, at: int) -> None:
    rows = chain(length)
    here = at % (length - 1)
    rows[here], rows[here + 1] = rows[here + 1], rows[here]
    assert list(audit.breaks(rows))
