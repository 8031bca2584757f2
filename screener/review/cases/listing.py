"""The list of cases: filtered, searched, page by page and counted, all through the one condition."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from screener.config import ReviewSettings
from screener.errors import BadInput
from screener.review import audit, search
from screener.review.audit import Deed
from screener.review.cases import sharing
from screener.review.cases.cases import QUERY, Case, case_of, visible
from screener.review.cases.rules import NOT_CLOSED, State
from screener.review.cases.tables import case_, case_agency, case_parcel, case_step, case_task
from screener.review.queue import Word
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel

PAGE: Final = 50

Wanted = Literal["worked_on", "open", "filed", "closing", "closed", "all"]
STATES: Final[dict[str, Collection[State]]] = {
    "worked_on": NOT_CLOSED,
    **{one.value: (one,) for one in State},
    "all": tuple(State),
}


class Filters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What of the cases is asked for; `worked_on` are all that are not closed.

    `mine` are those that I answer for or have a task in, `overdue` those that the law wanted filed or that
    have an overdue task, `handed` those that the home agency asked mine to join; `second` wait for me as
    second person; `q` is searched for in number and title, and as a fragment of a parcel.
    """

    state: Wanted = "worked_on"
    mine: bool = False
    overdue: bool = False
    handed: bool = False
    second: bool = False
    q: Word | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A case in the list, with how many parcels and overdue tasks of it the reader sees."""

    case: Case
    parcels: int
    overdue_tasks: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, the newest first; `before` is where the next page begins, None nowhere."""

    lines: tuple[Line, ...]
    before: int | None
    total: int


@dataclass(frozen=True, slots=True)
class Counters:
    """How many cases there are of each; each equals the total of its `COUNTED` filters."""

    worked_on: int
    mine: int
    overdue: int
    second: int
    handed: int


COUNTED: Final[dict[str, Filters]] = {
    "worked_on": Filters(),
    "mine": Filters(mine=True),
    "overdue": Filters(overdue=True),
    "second": Filters(second=True),
    "handed": Filters(state="all", handed=True),
}


def parsed(query: str) -> tuple[Filters, int | None]:
    """The filters of a query string and where its page begins; empty values are none. Raises `BadInput`."""
    given = {name: value for name, value in parse_qsl(query, keep_blank_values=True) if value.strip()}
    before = given.pop("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise BadInput("filters", "before: expected the number of a row")
    try:
        return msgspec.convert(given, Filters, strict=False), int(before) if before else None
    except msgspec.ValidationError as error:
        raise BadInput("filters", str(error)) from None


def as_query(filters: Filters) -> str:
    """The query string of which `parsed` makes these filters again."""
    said = msgspec.to_builtins(filters)
    return urlencode({name: "true" if value is True else value for name, value in said.items()})


def page(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    filters: Filters,
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> Page:
    """The cases that `who` may see, the newest first; whoever shows them calls `recorded` first."""
    home = settings.agency
    matching = and_(*_conditions(connection, who, settings, now, filters))
    total = connection.scalar(select(func.count()).select_from(case_).where(matching)) or 0
    query = QUERY.where(matching).order_by(case_.c.id.desc()).limit(limit + 1)
    rows = connection.execute(query if before is None else query.where(case_.c.id < before)).all()
    found = [case_of(row) for row in rows[:limit]]
    ids = [one.id for one in found]
    parcels, tasks = _parcels(connection, who, home, ids), _overdue(connection, who, home, now, ids)
    return Page(
        lines=tuple(Line(one, parcels.get(one.id, 0), tasks.get(one.id, 0)) for one in found),
        before=ids[-1] if len(rows) > limit else None,
        total=total,
    )


def recorded(connection: Connection, who: Reviewer, now: datetime, found: Page) -> None:
    """Record that `who` was shown this page, as one row."""
    audit.record(connection, Deed(now, who.name, "cases", f"person:{who.name}", {"found": found.total}))


def counters(connection: Connection, who: Reviewer, settings: ReviewSettings, now: datetime) -> Counters:
    """How the cases stand that `who` may see."""
    counts = {
        name: connection.scalar(
            select(func.count()).select_from(case_).where(*_conditions(connection, who, settings, now, one))
        )
        or 0
        for name, one in COUNTED.items()
    }
    return Counters(**counts)


def _conditions(
    connection: Connection, who: Reviewer, settings: ReviewSettings, now: datetime, filters: Filters
) -> Iterator[ColumnElement[bool]]:
    home = settings.agency
    yield visible(who, Verb.SEE, home)
    yield case_.c.state.in_(STATES[filters.state])
    if filters.mine:
        own = sharing.items("task", case_task, who, Verb.SEE, home)
        mine = (case_task.c.assignee == who.person, case_task.c.done_at.is_(None), own)
        yield or_(case_.c.lead == who.person, case_.c.id.in_(select(case_task.c.case).where(*mine)))
    if filters.overdue:
        late = and_(case_.c.state == State.OPEN, case_.c.clue_at <= now - _within(settings))
        yield or_(late, case_.c.id.in_(_overdue_tasks(who, home, now).with_only_columns(case_task.c.case)))
    if filters.handed:
        yield case_.c.id.in_(
            select(case_agency.c.case).where(
                sharing.joined(who, Verb.SEE, home), case_agency.c.state.in_(("offered", "accepted"))
            )
        )
    if filters.second:
        yield case_.c.id.in_(_to_second(who))
        yield sharing.at_home(who, Verb.SECOND, home)
    if filters.q is not None:
        yield _searched(connection, who, home, filters.q)


def _within(settings: ReviewSettings) -> timedelta:
    return timedelta(days=settings.file_within_days)


def _to_second(who: Reviewer) -> Any:
    """Cases with a closing that waits for another person than who proposed it."""
    return (
        select(case_step.c.case)
        .join(case_, case_.c.id == case_step.c.case)
        .where(
            case_.c.state == State.CLOSING,
            case_step.c.kind == "close",
            case_step.c.refused.is_(None),
            case_step.c.by != who.person,
        )
    )


def _searched(connection: Connection, who: Reviewer, home: str, asked: str) -> ColumnElement[bool]:
    """Each word in number or title, or all as a fragment of a parcel that `who` sees in the case."""
    words = search.normal(asked).split()
    named = and_(*(case_.c.words.contains(word, autoescape=True) for word in words))
    having = (
        select(case_parcel.c.case)
        .join(parcel, parcel.c.id == case_parcel.c.parcel)
        .where(
            case_parcel.c.case == case_.c.id,
            case_parcel.c.ended_at.is_(None),
            sharing.parcels_in(who, Verb.SEE, home),
            search.matching(connection, asked),
        )
        .correlate(case_)
    )
    return or_(named, having.exists()) if words else case_.c.id.is_not(None)


def _parcels(connection: Connection, who: Reviewer, home: str, ids: list[int]) -> dict[int, int]:
    query = (
        select(case_parcel.c.case, func.count())
        .join(parcel, parcel.c.id == case_parcel.c.parcel)
        .join(case_, case_.c.id == case_parcel.c.case)
        .where(
            case_parcel.c.case.in_(ids),
            case_parcel.c.ended_at.is_(None),
            sharing.parcels_in(who, Verb.SEE, home),
        )
        .group_by(case_parcel.c.case)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _overdue_tasks(who: Reviewer, home: str, now: datetime) -> Any:
    return select(case_task).where(
        case_task.c.done_at.is_(None),
        case_task.c.due_at <= now,
        sharing.items("task", case_task, who, Verb.SEE, home),
    )


def _overdue(
    connection: Connection, who: Reviewer, home: str, now: datetime, ids: list[int]
) -> dict[int, int]:
    query = _overdue_tasks(who, home, now).where(case_task.c.case.in_(ids))
    counted = query.with_only_columns(case_task.c.case, func.count()).group_by(case_task.c.case)
    return {row[0]: row[1] for row in connection.execute(counted)}
