"""The queue: every visible parcel once, in order, whatever is asked for; counters count what pages show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert

from screener.errors import BadInput
from screener.review import audit, claims, database, queue
from screener.review.parcels import ON_BELT, Item
from screener.review.queue import COUNTED, DAY, OPEN, Due, Filters
from screener.review.rights import EVERY, Grant, Reviewer, Role
from screener.review.schema import action, handover, parcel, person

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
HOME, AWAY = "tobacco", "police"
HUBS = ("east", "west", "north")
STATES = ("waiting", "seconding", "inspecting", "seized", "referred", "closed")
ME, OTHER = 1, 2

ON_BOTH = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

minutes = st.sampled_from([-60, -10, -1, 0, 1, 30])
rows = st.fixed_dictionaries(
    {
        "hub": st.sampled_from(HUBS),
        "courier": st.sampled_from(["sf", "ems"]),
        "kind": st.sampled_from(["cigarettes", "e_cigarettes"]),
        "why": st.sampled_from(["load", "tip"]),
        "grade": st.sampled_from([None, "AA", "C"]),
        "tip": st.booleans(),
        "state": st.sampled_from((*STATES, "waiting", "waiting")),
        "priority": st.sampled_from([1.0, 1.0, 2.5, 0.1 + 0.2]),
        "due_at": st.one_of(st.none(), minutes.map(lambda by: NOW + timedelta(minutes=by))),
        "law_due_at": st.one_of(st.none(), st.integers(-2, 2).map(lambda by: NOW + by * DAY)),
        "flagged_at": st.integers(0, 3).map(lambda by: NOW - timedelta(hours=by)),
        "claimed_by": st.sampled_from([None, ME, OTHER]),
        "lease_until": minutes.map(lambda by: NOW + timedelta(minutes=by)),
        "handed": st.sampled_from([None, None, "offered", "accepted", "returned", "closed"]),
    }
)
grants = st.lists(
    st.builds(
        Grant,
        st.sampled_from([Role.READER, Role.INVESTIGATOR, Role.ADMINISTRATOR]),
        st.sampled_from([EVERY, *HUBS]),
        st.sampled_from([HOME, HOME, AWAY, EVERY]),
    ),
    max_size=2,
).map(tuple)
asked = st.builds(
    Filters,
    state=st.sampled_from([*STATES, "open", "all", "all", "all"]),
    hub=st.sampled_from([None, None, *HUBS]),
    courier=st.sampled_from([None, None, "ems"]),
    kind=st.sampled_from([None, None, "cigarettes"]),
    grade=st.sampled_from([None, None, "C"]),
    why=st.sampled_from([None, None, "tip"]),
    tip=st.sampled_from([None, None, True, False]),
    due=st.sampled_from([None, None, *Due]),
    mine=st.sampled_from([False, False, True]),
    handed=st.sampled_from([False, False, True]),
)

words = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), min_size=1, max_size=20).filter(
    str.strip
)


@dataclass(frozen=True)
class Scene:
    """A database that is forgotten after the example, and what lies in it."""

    connection: Connection
    who: Reviewer
    rows: Sequence[dict[str, Any]]

    def walk(self, filters: Filters, limit: int) -> list[Item]:
        """All pages from the first to the last."""
        found: list[Item] = []
        after: str | None = None
        while True:
            page = queue.page(self.connection, self.who, HOME, NOW, filters, after=after, limit=limit)
            assert len(page.items) <= limit
            found += page.items
            if page.next is None:
                assert page.total == len(found)
                return found
            after = page.next

    def expected(self, filters: Filters) -> list[int]:
        """What the walk must find, said in Python."""
        chosen = [row for row in self.rows if self._sees(row) and _is_asked_for(row, filters, self.who)]
        return [row["id"] for row in sorted(chosen, key=_place)]

    def _sees(self, row: dict[str, Any]) -> bool:
        given = [one for one in self.who.grants if one.role is not Role.ADMINISTRATOR]
        handed = row["handed"] not in {None, "returned"}
        return any(one.covers(row["hub"], HOME) or (handed and one.covers(row["hub"], AWAY)) for one in given)


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    on_belt = row["due_at"] is not None and row["due_at"] > NOW
    due = row["due_at"] if on_belt else NOW
    return (not on_belt, due, -row["priority"], row["flagged_at"], row["id"])


def _is_asked_for(row: dict[str, Any], filters: Filters, who: Reviewer) -> bool:
    states = {"open": OPEN, "all": STATES}.get(filters.state, (filters.state,))
    same = ("hub", "courier", "kind", "grade", "why", "tip")
    agencies = {HOME if one.agency == EVERY else one.agency for one in who.grants if one.role in _SEEING}
    return (
        row["state"] in states
        and all(getattr(filters, name) in {None, row[name]} for name in same)
        and (filters.due is None or _is_due(row, filters.due))
        and (not filters.mine or (row["claimed_by"] == ME and row["lease_until"] > NOW))
        and (not filters.handed or (AWAY in agencies and row["handed"] in {"offered", "accepted"}))
    )


_SEEING = {Role.READER, Role.INVESTIGATOR}


def _is_due(row: dict[str, Any], due: Due) -> bool:
    belt, law = row["due_at"], row["law_due_at"]
    return {
        Due.BELT: belt is not None and belt > NOW,
        Due.MISSED: belt is not None and NOW - ON_BELT <= belt <= NOW,
        Due.DAY: law is not None and NOW < law <= NOW + DAY,
        Due.OVERDUE: law is not None and law <= NOW,
    }[due]


@contextmanager
def scene(engine: Engine, drawn: Sequence[dict[str, Any]], given: tuple[Grant, ...]) -> Iterator[Scene]:
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            names = [{"id": n, "name": f"p{n}", "shown": f"P{n}", "made_at": NOW} for n in (ME, OTHER)]
            connection.execute(insert(person), names)
            own = [row | {"id": number} for number, row in enumerate(drawn, 1)]
            for row in own:
                _insert(connection, row)
            yield Scene(connection, Reviewer(ME, "p1", "zh", given), own)
        finally:
            transaction.rollback()


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    columns = {name: value for name, value in row.items() if name != "handed"}
    if columns["claimed_by"] is None:
        columns["lease_until"] = None
    named = {"parcel_id": f"P-{row['id']}", "revision": 1, "outcome": "hold", "flagged": b"{}"}
    connection.execute(insert(parcel).values(columns | named | {"arrived_at": NOW}))
    if row["handed"] is not None:
        done = {"parcel": row["id"], "revision": 1, "kind": "refer", "details": "{}", "by": ME}
        query = insert(action).values(done | {"at": NOW, "stands_at": NOW}).returning(action.c.id)
        number = connection.execute(query).scalar_one()
        offer = {"parcel": row["id"], "action": number, "agency": AWAY, "state": row["handed"]}
        connection.execute(insert(handover).values(offer | {"changed_at": NOW}))


@ON_BOTH
@given(drawn=st.lists(rows, max_size=12), given=grants, filters=asked, limit=st.integers(1, 5))
def test_a_walk_meets_every_visible_parcel_once_and_in_order(
    engine: Engine, drawn: list[dict[str, Any]], given: tuple[Grant, ...], filters: Filters, limit: int
) -> None:
    with scene(engine, drawn, given) as at:
        assert [one.id for one in at.walk(filters, limit)] == at.expected(filters)


@ON_BOTH
@given(drawn=st.lists(rows, max_size=12), given=grants)
def test_counters_count_what_their_pages_show(
    engine: Engine, drawn: list[dict[str, Any]], given: tuple[Grant, ...]
) -> None:
    with scene(engine, drawn, given) as at:
        counters = queue.counters(at.connection, at.who, HOME, NOW)
        for name, filters in COUNTED.items():
            assert getattr(counters, name) == len(at.walk(filters, 50)) == len(at.expected(filters))


@ON_BOTH
@given(drawn=st.lists(rows, max_size=12), given=grants, filters=asked)
def test_the_next_parcel_is_the_first_that_is_free_and_may_be_decided_on(
    engine: Engine, drawn: list[dict[str, Any]], given: tuple[Grant, ...], filters: Filters
) -> None:
    deciding = tuple(one for one in given if one.role is Role.INVESTIGATOR)
    with scene(engine, drawn, deciding) as at:
        if not deciding:
            return
        by_id = {row["id"]: row for row in at.rows}
        free = [one for one in at.expected(filters) if _is_free(by_id[one])]
        coming = claims.upcoming(at.connection, at.who, HOME, NOW, filters)
        taken = claims.take_next(at.connection, at.who, HOME, NOW, filters, lease_s=60)
        assert (coming and coming.id) == (taken and taken.id) == (free[0] if free else None)
        assert taken is None or taken.claimed(NOW) == ME


def _is_free(row: dict[str, Any]) -> bool:
    return row["claimed_by"] is None or row["lease_until"] <= NOW


@given(filters=asked, q=st.one_of(st.none(), words))
def test_filters_come_back_from_their_query_string(filters: Filters, q: str | None) -> None:
    whole = msgspec.structs.replace(filters, q=q)
    assert queue.parsed(queue.as_query(whole)) == whole


UNKNOWN = ("state=lost", "hub=a&hub=b", "unknown=1", "tip=perhaps", "due=later", "q=" + "x" * 200, "hub=%00")


@pytest.mark.parametrize("query", UNKNOWN)
def test_a_query_string_that_is_not_known_is_refused(query: str) -> None:
    with pytest.raises(BadInput):
        queue.parsed(query)


def test_what_a_form_left_empty_is_not_asked_for() -> None:
    assert queue.parsed("hub=&tip=&q=+&state=waiting") == Filters()


@ON_BOTH
@given(after=st.one_of(st.text(max_size=30), st.binary(max_size=40).map(lambda one: one.hex())))
def test_a_place_that_no_page_gave_is_refused(engine: Engine, after: str) -> None:
    with scene(engine, [], ()) as at, pytest.raises(BadInput, match="place"):
        queue.page(at.connection, at.who, HOME, NOW, Filters(), after=after)


def test_time_that_passes_during_a_walk_moves_nothing(engine: Engine) -> None:
    leaves = {"hub": "east", "kind": "cigarettes", "why": "load", "tip": False, "claimed_by": None}
    drawn = [
        leaves | {"priority": 1.0 + n, "due_at": NOW + timedelta(seconds=n + 1), "handed": None}
        for n in range(4)
    ]
    whole = [row | {"flagged_at": NOW} for row in drawn]
    with scene(engine, whole, (Grant(Role.READER),)) as at:
        first = queue.page(at.connection, at.who, HOME, NOW, Filters(), limit=2)
        later = NOW + timedelta(minutes=5)
        second = queue.page(at.connection, at.who, HOME, later, Filters(), after=first.next, limit=2)
        assert [one.id for one in (*first.items, *second.items)] == [1, 2, 3, 4]


def test_the_record_of_a_list_does_not_say_what_was_searched_for(engine: Engine) -> None:
    filters = Filters(hub="east", q="张伟 13812345678")
    who = Reviewer(ME, "p1", "zh", (Grant(Role.READER),))
    with database.writing(engine) as connection:
        found = queue.page(connection, who, HOME, NOW, filters)
        queue.recorded(connection, who, NOW, filters, found)
    with database.reading(engine) as connection:
        (row,) = audit.entries(connection)
    assert row.details == '{"hub":"east","q_characters":14,"shown":0,"total":0}'
