"""The queue: what waits, in the order in which it should be looked at, filtered and counted.

First what the belt still waits for, by when it is due; then the rest by priority, the oldest first. A parcel
whose belt time has passed is one of the rest: to answer late for it would make the next one late, too.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    Row,
    UnaryExpression,
    and_,
    false,
    func,
    or_,
    select,
    true,
)

from screener.errors import BadInput
from screener.review import audit, search
from screener.review.audit import Deed
from screener.review.parcels import COLUMNS, ON_BELT, Item, item_of, visible
from screener.review.rights import EVERY, MAY, Reviewer, Verb
from screener.review.schema import Instant, handover, parcel

OPEN: Final = ("waiting", "seconding", "inspecting")
DAY: Final = timedelta(days=1)
MOST: Final = 200
"""Parcels of one page."""

State = Literal["waiting", "seconding", "inspecting", "seized", "referred", "closed", "open", "all"]
Word = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\x00]*$")]
"""PostgreSQL knows no text with a zero in it."""


class Due(StrEnum):
    """How a parcel stands to its two times: minutes for the belt, days for the law."""

    BELT = "belt"  # the belt waits for it
    MISSED = "missed"  # the belt no longer waits, and it may still lie there
    DAY = "day"  # the law wants it filed within a day
    OVERDUE = "overdue"  # the law wanted it filed


class Filters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What of the queue is asked for; `open` is whatever still wants a decision.

    `mine` is what I have claimed, `handed` what other agencies handed to mine; `q` is searched for.
    """

    state: State = "waiting"
    hub: Word | None = None
    courier: Word | None = None
    kind: Word | None = None
    grade: Word | None = None
    why: Word | None = None
    tip: bool | None = None
    due: Due | None = None
    mine: bool = False
    handed: bool = False
    q: Word | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some parcels in order, where the next ones begin (None: nowhere), and how many match in all."""

    items: tuple[Item, ...]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Counters:
    """How many there are of each that a person may see; each equals the total of its `COUNTED` filters."""

    waiting: int
    mine: int
    belt: int
    belt_missed: int
    law_day: int
    law_overdue: int
    seconding: int
    handed: int


COUNTED: Final[dict[str, Filters]] = {
    "waiting": Filters(),
    "mine": Filters(state="open", mine=True),
    "belt": Filters(due=Due.BELT),
    "belt_missed": Filters(due=Due.MISSED),
    "law_day": Filters(state="open", due=Due.DAY),
    "law_overdue": Filters(state="open", due=Due.OVERDUE),
    "seconding": Filters(state="seconding"),
    "handed": Filters(state="all", handed=True),
}
"""What each counter counts, and so where it leads."""


def parsed(query: str) -> Filters:
    """The filters of a query string; empty values are none. Raises `BadInput` on what it does not know."""
    pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if value.strip()]
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput("filters", f"expected each once, got {', '.join(twice)} several times")
    try:
        return msgspec.convert(dict(pairs), Filters, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput("filters", str(error)) from None


def as_query(filters: Filters) -> str:
    """The query string of which `parsed` makes these filters again."""
    said = msgspec.to_builtins(filters)
    return urlencode({name: _said(value) for name, value in said.items()})


def page(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    filters: Filters,
    *,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """The parcels after the place `after` that `who` may see; whoever shows them calls `recorded`.

    A walk from page to page keeps the time at which it began, so that none changes its place under it by
    time alone. Raises `BadInput` on a place that is none.
    """
    start = Place(now) if after is None else _place(after)
    limit = max(1, min(limit, MOST))
    wanted = conditions(connection, who, home, start.as_of, filters)
    places = list(_places(connection, wanted, start, limit + 1))
    following = _after(start.as_of, *places[limit - 1]) if len(places) > limit else None
    total = connection.scalar(select(func.count()).select_from(parcel).where(*wanted)) or 0
    return Page(_items(connection, [row.id for _, row in places[:limit]]), following, total)


def _places(
    connection: Connection, wanted: Sequence[ColumnElement[bool]], start: Place, count: int
) -> Iterator[tuple[int, Row[Any]]]:
    """The next rows from `start` on, at most `count`: of each the number of its section and its keys."""
    for number in range(start.section, len(SECTIONS)):
        section = SECTIONS[number]
        query = select(*(column for column, _ in section.columns))
        query = query.where(*wanted, section.condition(start.as_of)).order_by(*section.order)
        if number == start.section and start.keys:
            query = query.where(section.beyond(start.keys))
        found = connection.execute(query.limit(count)).all()
        yield from ((number, row) for row in found)
        count -= len(found)
        if not count:
            return


def _items(connection: Connection, found: Sequence[int]) -> tuple[Item, ...]:
    """The parcels of these rows, in their order."""
    rows = connection.execute(select(*COLUMNS).where(parcel.c.id.in_(found)))
    items = {row.id: item_of(row) for row in rows}
    return tuple(items[item_id] for item_id in found)


def recorded(connection: Connection, who: Reviewer, now: datetime, filters: Filters, found: Page) -> None:
    """Record that `who` was shown this page. Of what was searched for its length alone: it may be a name."""
    said = msgspec.to_builtins(filters)
    asked = said.pop("q", None)
    details = said | ({} if asked is None else {"q_characters": len(asked)})
    shown = {"shown": len(found.items), "total": found.total}
    audit.record(connection, Deed(now, who.name, "list", "queue", details | shown))


def counters(connection: Connection, who: Reviewer, home: str, now: datetime) -> Counters:
    """What waits and what is overdue for this person, of one moment."""
    counts = {
        name: select(func.count())
        .select_from(parcel)
        .where(*conditions(connection, who, home, now, filters))
        .scalar_subquery()
        .label(name)
        for name, filters in COUNTED.items()
    }
    row = connection.execute(select(*counts.values())).one()
    return Counters(**row._mapping)


def conditions(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    filters: Filters,
    *,
    verb: Verb = Verb.SEE,
) -> tuple[ColumnElement[bool], ...]:
    """What a parcel must meet to be among those asked for; always that `who` may do this to it."""
    return (visible(who, verb, home), *_conditions(connection, who, home, now, filters))


def free(now: datetime) -> ColumnElement[bool]:
    """Nobody has claimed it, or the claim has ended."""
    return or_(parcel.c.claimed_by.is_(None), parcel.c.lease_until <= now)


def _conditions(
    connection: Connection, who: Reviewer, home: str, now: datetime, filters: Filters
) -> Iterator[ColumnElement[bool]]:
    yield _in_state(filters.state)
    for name in ("hub", "courier", "kind", "grade", "why"):
        if (value := getattr(filters, name)) is not None:
            yield parcel.c[name] == value
    if filters.tip is not None:
        yield parcel.c.tip.is_(filters.tip)
    if filters.due is not None:
        yield _due(filters.due, now)
    if filters.mine:
        yield and_(parcel.c.claimed_by == who.person, parcel.c.lease_until > now)
    if filters.handed:
        yield _handed(who, home)
    if filters.q is not None:
        yield search.matching(connection, filters.q)


def _in_state(state: State) -> ColumnElement[bool]:
    if state == "all":
        return true()
    return parcel.c.state.in_(OPEN) if state == "open" else parcel.c.state == state


def _due(due: Due, now: datetime) -> ColumnElement[bool]:
    match due:
        case Due.BELT:
            return parcel.c.due_at > now
        case Due.MISSED:
            return and_(parcel.c.due_at <= now, parcel.c.due_at >= now - ON_BELT)
        case Due.DAY:
            return and_(parcel.c.law_due_at > now, parcel.c.law_due_at <= now + DAY)
        case Due.OVERDUE:
            return parcel.c.law_due_at <= now


def _handed(who: Reviewer, home: str) -> ColumnElement[bool]:
    """It was offered to an agency of this person, which has not given it back or ended it."""
    agencies = {one.agency for one in who.grants if Verb.SEE in MAY[one.role]}
    mine = sorted(home if agency == EVERY else agency for agency in agencies)
    if not mine:
        return false()
    offers = select(handover.c.parcel).where(
        handover.c.agency.in_(mine), handover.c.state.in_(("offered", "accepted"))
    )
    return parcel.c.id.in_(offers)


# --- order and places in it -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the queue with an order of its own: of each column whether its largest come first."""

    on_belt: bool
    columns: tuple[tuple[Column[Any], bool], ...]

    def condition(self, now: datetime) -> ColumnElement[bool]:
        """Which parcels are in this part."""
        if self.on_belt:
            return parcel.c.due_at > now
        return or_(parcel.c.due_at.is_(None), parcel.c.due_at <= now)

    @property
    def order(self) -> tuple[UnaryExpression[Any], ...]:
        return tuple(column.desc() if falls else column.asc() for column, falls in self.columns)

    def beyond(self, keys: tuple[Any, ...]) -> ColumnElement[bool]:
        """After the parcel with these keys. The first column stands outside, so that its index is used."""
        (first, falls), key = self.columns[0], keys[0]
        further: ColumnElement[bool] = false()
        for (column, down), value in reversed(list(zip(self.columns, keys, strict=True))):
            ahead = column < value if down else column > value
            further = or_(ahead, and_(column == value, further))
        return and_(first <= key if falls else first >= key, further)


SECTIONS: Final = (
    Section(
        True,
        (
            (parcel.c.due_at, False),
            (parcel.c.priority, True),
            (parcel.c.flagged_at, False),
            (parcel.c.id, False),
        ),
    ),
    Section(False, ((parcel.c.priority, True), (parcel.c.flagged_at, False), (parcel.c.id, False))),
)
"""The belt, then the rest."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk through the queue is: the time it began, the section, the keys of the last parcel."""

    as_of: datetime
    section: int = 0
    keys: tuple[Any, ...] = ()


_Ms = Annotated[int, Meta(ge=0, le=4_000_000_000_000)]
_Key = Annotated[float, Meta(ge=-1e15, le=1e15)]
_Written = tuple[_Ms, Annotated[int, Meta(ge=0, lt=2)], tuple[_Key, ...]]
"""A place as it travels: when the walk began, the section, the keys; times in ms."""


def _after(as_of: datetime, number: int, row: Row[Any]) -> str:
    keys = [_plain(row._mapping[column]) for column, _ in SECTIONS[number].columns]
    said = msgspec.json.encode([_plain(as_of), number, keys])
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def _place(written: str) -> Place:
    try:
        said = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
        as_of_ms, number, keys = msgspec.json.decode(said, type=_Written)
        columns = SECTIONS[number].columns
        values = tuple(_read(column, key) for (column, _), key in zip(columns, keys, strict=True))
        return Place(_time(as_of_ms), number, values)
    except (ValueError, OverflowError, OSError):
        raise BadInput("place", "expected a place in the queue that a page gave") from None


def _plain(value: Any) -> int | float:
    return round(value.timestamp() * 1000) if isinstance(value, datetime) else value


def _read(column: Column[Any], key: float) -> datetime | float:
    if isinstance(column.type, Instant):
        return _time(key)
    return key if isinstance(column.type, Float) else int(key)


def _time(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
