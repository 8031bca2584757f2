"""Groups as a list and on a map: what each comes to of what a person may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Row,
    Select,
    and_,
    cast,
    func,
    literal,
    select,
    type_coerce,
)

from screener.core.networks.group import WEEK_MS
from screener.core.parcel import time_of
from screener.errors import BadInput
from screener.review.networks.provinces import of_province, province
from screener.review.networks.tables import circle, tie

LEAST_PARCELS: Final = 2
SHOWN: Final = 50


Region = Annotated[str, Meta(min_length=1, max_length=16)]


class Filters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which ties count: days (both included), provinces; which groups are shown: from so much on."""

    since: date | None = None
    until: date | None = None
    sticks: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    parcels: Annotated[int, Meta(ge=0, le=10**9)] = 0
    origin: Region | None = None
    destination: Region | None = None

    def conditions(self, zone: tzinfo) -> list[ColumnElement[bool]]:
        """On ties; days are those of a time zone."""
        asked = (
            None if self.since is None else tie.c.at >= _midnight(self.since, zone),
            None if self.until is None else tie.c.at < _midnight(self.until, zone) + timedelta(days=1),
            None if self.origin is None else of_province(tie.c.from_region, self.origin),
            None if self.destination is None else of_province(tie.c.to_region, self.destination),
        )
        return [one for one in asked if one is not None]


def of(asked: Mapping[str, str]) -> Filters:
    """The filters of an address's fields; empty ones are none. Raises `BadInput` on what it does not know."""
    given = {name: value for name, value in asked.items() if value.strip()}
    try:
        found = msgspec.convert(given, Filters, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput("filters", str(error)) from None
    if any(one is not None and not 1970 <= one.year < 9000 for one in (found.since, found.until)):
        raise BadInput("filters", "since, until: expected a day between 1970 and 9000")
    return found


def as_query(filters: Filters) -> str:
    """The query string of which `of` makes these filters again."""
    return urlencode(msgspec.to_builtins(filters))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Week:
    """What came in seven days."""

    since: datetime
    parcels: int
    sticks: float


@dataclass(frozen=True, slots=True)
class Sum:
    """What the parcels of a group come to, each once whatever hubs it passed, with its largest load."""

    id: int
    group_id: str
    parcels: int
    held: int
    sticks: float
    tobacco_g: float
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Route:
    """What went from one province to another."""

    origin: str
    destination: str
    parcels: int
    sticks: float


def listed(
    connection: Connection, where: ColumnElement[bool], least: Filters, limit: int = SHOWN
) -> list[Sum]:
    """The groups with most sticks among the ties of a condition, from the least that is asked for on.

    Those of one with too many partners are left out.
    """
    parcels = _parcels(and_(where, tie.c.circle.is_not(None))).subquery()
    count, sticks = func.count(), func.sum(parcels.c.sticks)
    sums = (
        select(parcels.c.circle, *_sums(parcels))
        .group_by(parcels.c.circle)
        .having(count >= max(least.parcels, LEAST_PARCELS), sticks >= least.sticks)
        .order_by(sticks.desc(), count.desc(), parcels.c.circle)
        .limit(limit)
        .subquery()
    )
    query = select(sums, circle.c.group_id).join(circle, circle.c.id == sums.c.circle)
    ordered = query.order_by(sums.c.sticks.desc(), sums.c.parcels.desc(), sums.c.circle)
    return [_sum(row) for row in connection.execute(ordered)]


def summed(connection: Connection, where: ColumnElement[bool], row: int, group_id: str) -> Sum | None:
    """What all ties of a group come to; None where there are none."""
    parcels = _parcels(where).subquery()
    query = select(*_sums(parcels)).add_columns(
        literal(row).label("circle"), literal(group_id).label("group_id")
    )
    found = connection.execute(query).one()
    return _sum(found) if found.parcels else None


def _parcels(where: ColumnElement[bool]) -> Select[Any]:
    """Each parcel of a group once: with its largest load, and when it was seen last."""
    return (
        select(
            tie.c.circle,
            func.max(tie.c.sticks).label("sticks"),
            func.max(tie.c.tobacco_g).label("tobacco_g"),
            func.max(cast(tie.c.held, Integer)).label("held"),
            func.max(tie.c.at).label("at"),
        )
        .where(where)
        .group_by(tie.c.circle, tie.c.parcel_id)
    )


def _sums(parcels: FromClause) -> tuple[ColumnElement[Any], ...]:
    return (
        func.count().label("parcels"),
        func.sum(parcels.c.held).label("held"),
        func.sum(parcels.c.sticks).label("sticks"),
        func.sum(parcels.c.tobacco_g).label("tobacco_g"),
        func.min(parcels.c.at).label("first_at"),
        func.max(parcels.c.at).label("last_at"),
    )


def _sum(row: Row[Any]) -> Sum:
    return Sum(
        row.circle, row.group_id, row.parcels, row.held, row.sticks, row.tobacco_g, row.first_at, row.last_at
    )


def weeks(
    connection: Connection, where: ColumnElement[bool], circles: Iterable[int]
) -> dict[int, list[Week]]:
    """By group what came each week, from the first to the last, the empty ones too."""
    number = type_coerce(tie.c.at, BigInteger) // WEEK_MS
    query = (
        select(tie.c.circle, number, func.count(tie.c.parcel_id.distinct()), func.sum(tie.c.sticks))
        .where(where, tie.c.circle.in_(list(circles)))
        .group_by(tie.c.circle, number)
    )
    found: dict[int, dict[int, tuple[int, float]]] = {}
    for group, week, parcels, sticks in connection.execute(query):
        found.setdefault(group, {})[int(week)] = (parcels, sticks)
    return {group: filled(known) for group, known in found.items()}


def filled(known: Mapping[int, tuple[int, float]]) -> list[Week]:
    """Weeks by their number since 1970, with the empty ones between."""
    span = range(min(known), max(known) + 1) if known else ()
    return [Week(time_of(number * WEEK_MS), *known.get(number, (0, 0.0))) for number in span]


def routes(connection: Connection, where: ColumnElement[bool]) -> list[Route]:
    """From which province to which, the busiest first."""
    counted = func.count(tie.c.parcel_id.distinct())
    query = select(tie.c.from_region, tie.c.to_region, counted, func.sum(tie.c.sticks)).where(where)
    sums: dict[tuple[str, str], list[float]] = {}
    for origin, destination, parcels, sticks in connection.execute(
        query.group_by(tie.c.from_region, tie.c.to_region)
    ):
        known = sums.setdefault((province(origin), province(destination)), [0, 0.0])
        known[0], known[1] = known[0] + parcels, known[1] + sticks
    found = [Route(*ends, int(parcels), sticks) for ends, (parcels, sticks) in sums.items()]
    return sorted(found, key=lambda one: (-one.parcels, -one.sticks, one.origin, one.destination))
