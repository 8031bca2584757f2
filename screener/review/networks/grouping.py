"""Which ties are one group: the communities of [network], over all ties that are there.

Who sees a part of a group only sees what that part comes to, but it is a part of the same group.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, bindparam, insert, select, update

from screener.contracts.wire import Linked
from screener.core.networks.communities import communities, oldest, wide_nodes
from screener.core.networks.group import group_id
from screener.core.networks.note import TieNote, node_of
from screener.core.parcel import milliseconds
from screener.review import database
from screener.review.networks.tables import ENDS, circle, drawn, node, tie

CHUNK: Final = 2000
"""So many ties change their group in one transaction."""

LEAST_PARCELS: Final = 2
"""One parcel alone is no group."""

REST: Final = 10.0
"""Grouping rests so many times as long as it took: pages come first."""


@dataclass(frozen=True, slots=True)
class Found:
    """The groups of all ties: of each tie that is in one its group's id; of wide nodes the ids of theirs."""

    homes: Mapping[int, str]
    wide: Mapping[int, str]


def following(engine: Engine, hub_from: int, stop: Event) -> int:
    """Group what came, and rest ten times as long as that took; how many ties changed their group."""
    began = time.monotonic()
    moved = group(engine, hub_from)
    stop.wait(REST * (time.monotonic() - began))
    return moved


def group(engine: Engine, hub_from: int) -> int:
    """Bring the groups up to the ties, if any came or went; how many ties changed their group."""
    with database.reading(engine) as connection:
        changes = connection.execute(select(drawn.c.changes, drawn.c.grouped)).first()
        if changes is None or changes.changes == changes.grouped:
            return 0
        found = _found(connection, hub_from)
        before = {row.id: row.circle for row in connection.execute(select(tie.c.id, tie.c.circle))}
    with database.writing(engine) as connection:
        rows = _circles(connection, found)
    after = {row: rows[found.homes[row]] if row in found.homes else None for row in before}
    moved = [{"row": row, "to": to} for row, to in after.items() if to != before[row]]
    _move(engine, moved)
    with database.writing(engine) as connection:
        connection.execute(update(drawn).values(grouped=changes.changes))
    return len(moved)


def _found(connection: Connection, hub_from: int) -> Found:
    """The groups of what is there: communities of two parcels or more, and those of wide nodes."""
    names = {row.id: row for row in connection.execute(select(node))}
    nodes = {row.id: node_of(Linked(row.kind), row.link) for row in names.values()}
    first_ms = {nodes[row.id]: milliseconds(row.since) for row in names.values()}
    notes = dict(_notes(connection, nodes))
    rows = {note.key: row for row, note in notes.items()}
    wide = wide_nodes(notes.values(), hub_from)
    homes: dict[int, str] = {}
    for one in communities(notes.values(), wide):
        if len({note.parcel_id for note in one.ties}) >= LEAST_PARCELS:
            name = group_id(oldest(one.nodes, first_ms.__getitem__))
            homes |= {rows[note.key]: name for note in one.ties}
    return Found(homes, {row: group_id(name) for row, name in nodes.items() if name in wide})


def _notes(connection: Connection, nodes: Mapping[int, str]) -> Iterator[tuple[int, TieNote]]:
    for row in connection.execute(select(tie).execution_options(yield_per=CHUNK)):
        yield row.id, note_of(row, nodes)


def note_of(row: Row[Any], nodes: Mapping[int, str]) -> TieNote:
    """The tie as [network] remembers it; `nodes` are their names by row."""
    sender, receiver = (
        tuple(nodes[one] for name in names if (one := row._mapping[name]) is not None)
        for names in (ENDS[:3], ENDS[3:])
    )
    return TieNote(
        hub=row.hub,
        parcel_id=row.parcel_id,
        revision=row.revision,
        at_ms=milliseconds(row.at),
        sender=sender,
        receiver=receiver,
        regions=(row.from_region, row.to_region),
        sticks=(row.sticks, row.sticks_sd),
        tobacco_g=(row.tobacco_g, row.tobacco_sd),
        held=row.held,
    )


def _circles(connection: Connection, found: Found) -> dict[str, int]:
    """The rows of these groups; those that are new are made."""
    named = dict.fromkeys(found.homes.values()) | {name: row for row, name in found.wide.items()}
    known = {row.group_id: row for row in connection.execute(select(circle))}
    fresh = [{"group_id": name, "wide": row} for name, row in named.items() if name not in known]
    if fresh:
        connection.execute(insert(circle), fresh)
    for name, row in known.items():
        if row.wide != named.get(name):
            its = update(circle).where(circle.c.group_id == name)
            connection.execute(its.values(wide=named.get(name)))
    return {row.group_id: row.id for row in connection.execute(select(circle.c.id, circle.c.group_id))}


def _move(engine: Engine, moved: Sequence[Mapping[str, int | None]]) -> None:
    """Put ties into their groups, some at a time: others want to write meanwhile."""
    to = update(tie).where(tie.c.id == bindparam("row")).values(circle=bindparam("to"))
    for start in range(0, len(moved), CHUNK):
        with database.writing(engine) as connection:
            connection.execute(to, moved[start : start + CHUNK])
