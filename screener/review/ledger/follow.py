"""The ledger follows decisions and outcomes: a row for each parcel, and the sums of each day.

The tables are what the records come to, in whatever order and however often they are read: each batch moves
its partition's position in its own transaction, and what a row adds to its day's sums is taken away before
the row changes. One follower writes at a time, since the topics of a parcel are read apart.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Table,
    and_,
    delete,
    insert,
    select,
    text,
    update,
)

from screener.contracts import topics
from screener.contracts.reading import decode_internal
from screener.contracts.wire import Disposition, Inspection
from screener.review import database
from screener.review.following import (
    Stretch,
    ahead,
    go_on,
    held_position,
    moved,
    partitions_of,
    refuse,
    refuse_gap,
)
from screener.review.ledger import entries
from screener.review.ledger.course import Course, First, Found, Newest, course_of, day_of, found_in
from screener.review.ledger.entries import Said
from screener.review.ledger.tables import AMOUNTS, CELL, COUNTS, daily, decided, told
from screener.review.ledger.tables import zone as zone_
from screener.review.service import Clock, Service
from screener.stream.port import Log, Record

BATCH: Final = 250
"""Decisions of one transaction: others want to write meanwhile."""

Key = tuple[str, str]
"""Hub and parcel id."""

Cell = tuple[Any, ...]
"""The values of `CELL`."""


def follow(service: Service, log: Log, stop: threading.Event) -> None:
    """Follow until `stop` is set, waiting where the log or the database is away. Raises `BadConfig`."""
    zone, clock = service.settings.time_zone, service.clock
    go_on("ledger", stop, lambda: catch_up(service.engine, log, zone, clock), service.health)


def catch_up(engine: Engine, log: Log, time_zone: str, clock: Clock) -> int:
    """Enter what the log has now; how many records. Raises `BadConfig`, `Unavailable`."""
    found = 0
    for topic in (topics.DECISIONS, topics.OUTCOMES):
        for partition in partitions_of(log, topic):
            for stretch in ahead(engine, log, partition, BATCH):
                with database.writing(engine) as connection:
                    found += enter(connection, stretch, time_zone, clock)
    return found


def enter(connection: Connection, stretch: Stretch, time_zone: str, clock: Clock) -> int:
    """Enter what of a stretch was not entered before, and move the position; how many records."""
    zone = held(connection, time_zone)
    at = held_position(connection, stretch.partition)
    refuse_gap(connection, stretch, at, clock())
    fresh = [one for one in stretch.records if one.offset >= at]
    take(connection, fresh, zone, clock)
    if stretch.stop > at:
        moved(connection, stretch.partition, stretch.stop)
    return len(fresh)


def take(connection: Connection, records: Sequence[Record], zone: tzinfo, clock: Clock) -> None:
    """Enter decisions, inspections and dispositions; what is known already changes nothing.

    What cannot be read is kept as refused. Whoever calls holds the ledger (`held`).
    """
    courses: dict[Key, Course] = {}
    outcomes: list[entries.Told] = []
    for record in records:
        try:
            read = _read(record)
        except msgspec.DecodeError as error:
            refuse(connection, record.partition, record.offset, str(error), clock())
            continue
        if isinstance(read, Said):
            _join(courses, (read.hub, read.parcel_id), course_of(read, zone))
        elif read is not None:
            outcomes.append(read)
    _keep(connection, outcomes)
    _settle(connection, courses, {*courses, *((one.hub, one.parcel_id) for one in outcomes)})


def held(connection: Connection, time_zone: str) -> ZoneInfo:
    """Hold the ledger until this transaction ends; its days begin in `time_zone` from now on."""
    begin = text("INSERT INTO ledger_zone (id, time_zone) VALUES (1, :zone) ON CONFLICT DO NOTHING")
    connection.execute(begin, {"zone": time_zone})
    found = connection.scalar(select(zone_.c.time_zone).with_for_update())
    zone = ZoneInfo(time_zone)
    if found != time_zone:
        _begin_days_anew(connection, zone)
        connection.execute(update(zone_).values(time_zone=time_zone))
    return zone


def _read(record: Record) -> Said | entries.Told | None:
    if record.value is None:
        return None
    if record.partition.topic == topics.DECISIONS:
        return entries.said(record)
    return entries.outcome(record)


def _join(courses: dict[Key, Course], key: Key, course: Course) -> None:
    before = courses.get(key)
    courses[key] = course if before is None else before.joined(course)


# --- what people told -----------------------------------------------------------------------------

_INSPECTION: Final = "inspection"
_DISPOSITION: Final = "disposition"

_TELL: Final = text(
    "INSERT INTO told (hub, parcel_id, kind, name, value) VALUES (:hub, :parcel_id, :kind, :name, :value)"
    " ON CONFLICT DO NOTHING"
)


def _keep(connection: Connection, outcomes: Iterable[entries.Told]) -> None:
    rows = [
        {
            "hub": one.hub,
            "parcel_id": one.parcel_id,
            "kind": _INSPECTION if isinstance(one, Inspection) else _DISPOSITION,
            "name": one.inspection_id if isinstance(one, Inspection) else one.disposition_id,
            "value": msgspec.json.encode(one),
        }
        for one in outcomes
    ]
    if rows:
        connection.execute(_TELL, rows)


def _told_of(
    connection: Connection, keys: Sequence[Key]
) -> tuple[dict[Key, dict[str, Inspection]], dict[Key, list[Disposition]]]:
    inspections: dict[Key, dict[str, Inspection]] = {}
    dispositions: dict[Key, list[Disposition]] = {}
    for row in connection.execute(select(told).where(_any_of(told, keys))):
        key = (row.hub, row.parcel_id)
        if row.kind == _INSPECTION:
            inspections.setdefault(key, {})[row.name] = decode_internal(row.value, Inspection)
        else:
            dispositions.setdefault(key, []).append(decode_internal(row.value, Disposition))
    return inspections, dispositions


# --- rows and sums --------------------------------------------------------------------------------


def _settle(connection: Connection, courses: Mapping[Key, Course], touched: set[Key]) -> None:
    """Bring the rows of these parcels and the sums of their days to what is known now."""
    if not touched:
        return
    keys = sorted(touched)
    rows = {(row.hub, row.parcel_id): row for row in _rows(connection, keys)}
    inspections, dispositions = _told_of(connection, keys)
    sums: dict[Cell, Counter[str]] = {}
    new, changed = [], []
    for key in keys:
        row = rows.get(key)
        course = _whole(row, courses.get(key))
        if course is None:
            continue  # nobody decided on it yet: what was told waits in `told`
        found = found_in(course, inspections.get(key, {}), dispositions.get(key, ()))
        values = _columns(course, found)
        if row is None:
            new.append({"hub": key[0], "parcel_id": key[1]} | values)
        elif any(getattr(row, name) != value for name, value in values.items()):
            _add(sums, key[0], *_parts(row), -1)
            changed.append({"row": row.id} | values)
        else:
            continue
        _add(sums, key[0], course, found, 1)
    if new:
        connection.execute(insert(decided), new)
    for values in changed:
        number = values.pop("row")
        connection.execute(update(decided).where(decided.c.id == number).values(values))
    _enter_sums(connection, sums)


def _rows(connection: Connection, keys: Sequence[Key]) -> Sequence[Row[Any]]:
    return connection.execute(select(decided).where(_any_of(decided, keys))).all()


def _any_of(table: Table, keys: Sequence[Key]) -> ColumnElement[bool]:
    """The condition for these parcels, and possibly some of the same ids at others of their hubs.

    PostgreSQL reads a whole table for a long list of pairs, and an index for two lists.
    """
    hubs, ids = (sorted(set(column)) for column in zip(*keys, strict=True))
    return and_(table.c.hub.in_(hubs), table.c.parcel_id.in_(ids))


def _whole(row: Row[Any] | None, course: Course | None) -> Course | None:
    before = None if row is None else _parts(row)[0]
    if before is None or course is None:
        return before or course
    return before.joined(course)


def _parts(row: Row[Any]) -> tuple[Course, Found]:
    """What a row was made of (`_columns`)."""
    course = Course(
        first=First(*(getattr(row, name) for name in First._fields)),
        newest=Newest(*(getattr(row, name) for name in Newest._fields)),
        courier=None if row.courier_at is None else (row.courier_at, row.courier),
        selected=None if row.selected is None else (row.selected, row.selected_why),
        held=row.held,
    )
    amounts = tuple(getattr(row, name) for name in AMOUNTS)
    return course, Found(row.agency, row.opened, row.found, row.standing, amounts)


def _columns(course: Course, found: Found) -> dict[str, Any]:
    courier_at, courier = course.courier or (None, "")
    selected, selected_why = course.selected or (None, "")
    return {
        **course.first._asdict(),
        **course.newest._asdict(),
        "courier": courier,
        "courier_at": courier_at,
        "selected": selected,
        "selected_why": selected_why,
        "held": course.held,
        "agency": found.agency,
        "opened": found.opened,
        "found": found.found,
        "standing": found.standing,
        **dict(zip(AMOUNTS, found.amounts, strict=True)),
    }


def _add(sums: dict[Cell, Counter[str]], hub: str, course: Course, found: Found, sign: int) -> None:
    """What a parcel counts (`sign` 1), or counted before (-1)."""
    first = course.first
    courier = course.courier[1] if course.courier else ""
    stratum = (first.why, first.rate, first.lucky, course.later)
    cell = (first.day, hub, courier, course.newest.kind, found.agency, *stratum)
    counts = (1, course.held, found.opened, found.found, found.standing, found.standing and found.found)
    sum_ = sums.setdefault(cell, Counter())
    for name, value in zip((*COUNTS, *AMOUNTS), (*counts, *found.amounts), strict=True):
        sum_[name] += sign * value


_UPSERT: Final = text(
    f"INSERT INTO daily ({', '.join((*CELL, *COUNTS, *AMOUNTS))})"  # noqa: S608 - names of ours alone
    f" VALUES ({', '.join(':' + name for name in (*CELL, *COUNTS, *AMOUNTS))})"
    f" ON CONFLICT ({', '.join(CELL)}) DO UPDATE SET "
    + ", ".join(f"{name} = daily.{name} + excluded.{name}" for name in (*COUNTS, *AMOUNTS))
)


def _enter_sums(connection: Connection, sums: Mapping[Cell, Counter[str]]) -> None:
    """Add to the days' sums; what no parcel is left of goes."""
    zero = dict.fromkeys((*COUNTS, *AMOUNTS), 0)
    rows = [dict(zip(CELL, cell, strict=True)) | zero | one for cell, one in sorted(sums.items())]
    if not rows:
        return
    connection.execute(_UPSERT, rows)
    fewer = {row["day"] for row in rows if row["parcels"] < 0}
    if fewer:
        connection.execute(delete(daily).where(daily.c.day.in_(sorted(fewer)), daily.c.parcels == 0))


def _begin_days_anew(connection: Connection, zone: tzinfo) -> None:
    """Count every parcel by its day in another time zone."""
    connection.execute(delete(daily))
    sums: dict[Cell, Counter[str]] = {}
    moves: list[dict[str, int]] = []
    for row in connection.execution_options(yield_per=BATCH).execute(select(decided)):
        course, found = _parts(row)
        day = day_of(course.first.arrived_at, zone)
        moves.append({"row": row.id, "day_": day})
        _add(sums, row.hub, course._replace(first=course.first._replace(day=day)), found, 1)
    if moves:
        connection.execute(text("UPDATE decided SET day = :day_ WHERE id = :row"), moves)
    _enter_sums(connection, sums)
