"""The network follows `screener.ties` and what [network] tells of its groups, the newest of each.

The tables are what the records come to, in whatever order and however often they are read: a later revision
takes the place of an earlier one, one that names nobody withdraws it. What is older than the policy's window,
counted from the newest tie, leaves, and of more ties than it keeps the oldest days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from screener.contracts import topics
from screener.contracts.reading import decode_internal
from screener.contracts.wire import End, Linked, Tie
from screener.core.parcel import time_of
from screener.core.policy import Networks
from screener.review import database
from screener.review.following import Stretch, ahead, held_position, moved, refuse
from screener.review.networks.tables import ENDS, drawn, node, tie
from screener.review.service import Clock
from screener.stream.port import Log, Partition, Record

BATCH: Final = 2000
"""Ties of one transaction: others want to write meanwhile."""

ASKED: Final = 500
"""So many rows are asked for by name at a time."""

Item = TypeVar("Item")
Name = tuple[str, str]
"""Kind and link of a node, or hub and parcel id of a tie."""


def catch_up(engine: Engine, log: Log, settings: Networks, clock: Clock) -> int:
    """Take what the topics have now; how many records. Raises `BadConfig`, `Unavailable`.

    A topic that is not there has nothing to tell: a workstation may run before `screener topics create`.
    """
    found = 0
    for number in range(log.topics().get(topics.TIES, 0)):
        for stretch in ahead(engine, log, Partition(topics.TIES, number), BATCH):
            with database.writing(engine) as connection:
                found += take(connection, stretch, settings, clock)
    return found


def take(connection: Connection, stretch: Stretch, settings: Networks, clock: Clock) -> int:
    """Take what of a stretch was not taken before, and move the position; how many records."""
    at = held_position(connection, stretch.partition)
    fresh = [record for record in stretch.records if record.offset >= at]
    take_some(connection, fresh, settings, clock)
    if stretch.stop > at:
        moved(connection, stretch.partition, stretch.stop)
    return len(fresh)


def take_some(connection: Connection, records: Iterable[Record], settings: Networks, clock: Clock) -> None:
    """Take records wherever they lie; what cannot be read is kept as refused."""
    ties = _read(connection, records, clock)
    _changed(connection, _keep(connection, ties) + _let_go(connection, settings))


def _read(connection: Connection, records: Iterable[Record], clock: Clock) -> dict[Name, Tie]:
    """Of each tie the newest revision; a clock that ran ahead is set back to the log's, as [network] does."""
    found: dict[Name, Tie] = {}
    for record in records:
        try:
            one = decode_internal(record.value or b"", Tie)
        except msgspec.DecodeError as error:
            refuse(connection, record.partition, record.offset, str(error), clock())
            continue
        one = replace(one, at=min(one.at, time_of(record.timestamp_ms)))
        key = (one.hub, one.parcel_id)
        if key not in found or found[key].revision < one.revision:
            found[key] = one
    return found


def _keep(connection: Connection, ties: Mapping[Name, Tie]) -> int:
    """Keep those that are newer than what is there; how many."""
    known = _known(connection, list(ties))
    newer = {key: one for key, one in ties.items() if key not in known or known[key][1] < one.revision}
    gone = [known[key][0] for key in newer if key in known]
    standing = [one for one in newer.values() if _links(one.consignor) or _links(one.consignee)]
    nodes = _nodes(connection, standing)
    rows = [_row(one, nodes) for one in standing]
    met = _drop(connection, gone)
    if rows:
        connection.execute(insert(tie), rows)
    _forget(connection, met)
    return len(newer)


def _known(connection: Connection, keys: Sequence[Name]) -> dict[Name, tuple[int, int]]:
    """Of ties that are there, row and revision."""
    found: dict[Name, tuple[int, int]] = {}
    for part in _parts(keys):
        query = select(tie.c.hub, tie.c.parcel_id, tie.c.id, tie.c.revision)
        query = query.where(tie.c.parcel_id.in_({parcel_id for _, parcel_id in part}))
        found |= {(row.hub, row.parcel_id): (row.id, row.revision) for row in connection.execute(query)}
    return found


def _nodes(connection: Connection, ties: Iterable[Tie]) -> dict[Name, int]:
    """The rows of all who are met in these ties, each as old as its oldest tie; made where there are none."""
    since: dict[Name, datetime] = {}
    for one in ties:
        for name in (*_links(one.consignor).values(), *_links(one.consignee).values()):
            since[name] = min(since.get(name, one.at), one.at)
    names = list(since)
    before = _node_rows(connection, names)
    older = [{"row": row, "at": since[name]} for name, (row, at) in before.items() if since[name] < at]
    if older:
        aged = update(node).where(node.c.id == bindparam("row")).values(since=bindparam("at"))
        connection.execute(aged, older)
    fresh = [name for name in names if name not in before]
    if fresh:
        made = [{"kind": kind, "link": link, "since": since[kind, link]} for kind, link in fresh]
        connection.execute(insert(node), made)
    return {name: row for name, (row, _) in (before | _node_rows(connection, fresh)).items()}


def _node_rows(connection: Connection, names: Sequence[Name]) -> dict[Name, tuple[int, datetime]]:
    """Of nodes that are there, the row and since when."""
    found: dict[Name, tuple[int, datetime]] = {}
    for part in _parts(names):
        query = select(node).where(node.c.link.in_({link for _, link in part}))
        found |= {(row.kind, row.link): (row.id, row.since) for row in connection.execute(query)}
    return found


def _links(end: End) -> dict[str, Name]:
    """Who is at an end, by kind."""
    links = {Linked.PERSON: end.person, Linked.PHONE: end.phone, Linked.ADDRESS: end.address}
    return {str(kind): (str(kind), link) for kind, link in links.items() if link is not None}


def _row(one: Tie, nodes: Mapping[Name, int]) -> dict[str, Any]:
    ends = {"from": _links(one.consignor), "to": _links(one.consignee)}
    at_ends = {name: ends[side].get(kind) for name in ENDS for side, kind in [name.split("_")]}
    return {
        "hub": one.hub,
        "parcel_id": one.parcel_id,
        "revision": one.revision,
        "at": one.at,
        **{name: None if who is None else nodes[who] for name, who in at_ends.items()},
        "from_region": one.consignor.region,
        "to_region": one.consignee.region,
        "sticks": one.sticks.mean,
        "sticks_sd": one.sticks.sd,
        "tobacco_g": one.tobacco_g.mean,
        "tobacco_sd": one.tobacco_g.sd,
        "held": one.held,
    }


def _let_go(connection: Connection, settings: Networks) -> int:
    """Let ties go that are older than the window, and the oldest of too many, whole days; how many."""
    newest = connection.scalar(select(func.max(tie.c.at)))
    if newest is None:
        return 0
    since = _day(newest) - timedelta(days=settings.window_days - 1)
    gone = list(connection.scalars(select(tie.c.id).where(tie.c.at < since)))
    _forget(connection, _drop(connection, gone))
    too_many = list(_too_many(connection, newest, settings.parcels))
    _forget(connection, _drop(connection, too_many))
    return len(gone) + len(too_many)


def _too_many(connection: Connection, newest: datetime, most: int) -> Iterable[int]:
    """The oldest days of too many ties; of one day that is too many alone its oldest, some to spare."""
    excess = (connection.scalar(select(func.count()).select_from(tie)) or 0) - most
    if excess <= 0:
        return ()
    in_order = select(tie.c.id, tie.c.at).order_by(tie.c.at, tie.c.hub, tie.c.parcel_id)
    last = connection.execute(in_order.offset(excess - 1).limit(1)).one()
    if _day(last.at) < _day(newest):
        return connection.scalars(select(tie.c.id).where(tie.c.at < _day(last.at) + timedelta(days=1)))
    return connection.scalars(in_order.with_only_columns(tie.c.id).limit(excess + most // 10))


def _day(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _drop(connection: Connection, gone: Sequence[int]) -> set[int]:
    """Delete ties; the rows of who was met in them."""
    met: set[int] = set()
    for part in _parts(gone):
        ends = connection.execute(select(*(tie.c[name] for name in ENDS)).where(tie.c.id.in_(part)))
        met.update(one for row in ends for one in row if one is not None)
        connection.execute(delete(tie).where(tie.c.id.in_(part)))
    return met


def _forget(connection: Connection, met: Iterable[int]) -> None:
    """Delete those of these nodes who are met in no tie any more."""
    alone = [~exists().where(tie.c[name] == node.c.id) for name in ENDS]
    for part in _parts(sorted(met)):
        connection.execute(delete(node).where(node.c.id.in_(part), *alone))


def _changed(connection: Connection, ties: int) -> None:
    """Note that so many ties came or went: the groups are to be looked at again."""
    if not ties:
        return
    if not connection.execute(update(drawn).values(changes=drawn.c.changes + ties)).rowcount:
        connection.execute(insert(drawn).values(only=1, changes=ties, grouped=0))


def _parts(rows: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Some rows at a time: a question has room for so many."""
    return (rows[start : start + ASKED] for start in range(0, len(rows), ASKED))
