"""A group as a graph of nodes and edges, the busiest first, each sum over what a person may see.

The database adds up: a group of a hundred thousand parcels is drawn as fast as one of ten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from screener.contracts.wire import Linked, Pattern
from screener.core.networks.note import node_of, parcels_of
from screener.core.networks.patterns import patterns
from screener.core.networks.standing import standings
from screener.core.policy import Networks
from screener.review.networks.grouping import note_of
from screener.review.networks.provinces import province
from screener.review.networks.tables import ENDS, circle, node, tie
from screener.review.parcels import real
from screener.review.schema import parcel

MOST_FLOWS: Final = 90
MOST_USES: Final = 90
MOST_AROUND: Final = 30
MOST_PARCELS: Final = 12
MOST_WEIGHED: Final = 5000
"""Of more ties nobody is pointed out: [network] told of it already."""

How = Literal["sent", "uses", "passed", "from", "to"]


@dataclass(frozen=True, slots=True)
class Node:
    """Somebody or something, by an id that is unique in the picture; `row` where it is a row of a table."""

    id: str
    kind: str
    name: str
    sent: int = 0
    received: int = 0
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """Who sends to whom, uses what, passes where."""

    source: str
    target: str
    how: How
    parcels: int
    sticks: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is shown of a group; `more` says whether there is more than that."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    more: bool


_FROM: Final = func.coalesce(*(tie.c[name] for name in ENDS[:3]))
_TO: Final = func.coalesce(*(tie.c[name] for name in ENDS[3:]))
_COUNT: Final = func.count(tie.c.parcel_id.distinct())
_STICKS: Final = func.sum(tie.c.sticks)


def within(connection: Connection, circle_id: int) -> ColumnElement[bool] | None:
    """The condition on `tie` for those of a group; None where there is none of this row."""
    row = connection.execute(select(circle).where(circle.c.id == circle_id)).first()
    if row is None:
        return None
    return tie.c.circle == circle_id if row.wide is None else touching(row.wide)


def touching(row: int) -> ColumnElement[bool]:
    """The condition on `tie` for those with this node at an end."""
    return or_(*(tie.c[name] == row for name in ENDS))


def drawn(connection: Connection, where: ColumnElement[bool], least: int = 1) -> Drawing:
    """The busiest of who sends to whom, with what they use, where it passes, from and to which province."""
    flows = [*_flows(connection, where, least)]
    mains = {int(end) for one in flows[:MOST_FLOWS] for end in one[:2]}
    return _drawing(connection, where, flows, mains, MOST_FLOWS)


def around(connection: Connection, where: ColumnElement[bool], row: int) -> Drawing:
    """The neighbours of a node: its partners, what it uses and who uses it, and its largest parcels."""
    near = and_(where, touching(row))
    flows = [*_flows(connection, near, 1)]
    mains = {int(end) for one in flows[:MOST_AROUND] for end in one[:2]}
    found = _drawing(connection, near, flows, mains, MOST_AROUND)
    return _with_parcels(connection, near, found, row)


def pointed_out(
    connection: Connection, where: ColumnElement[bool], settings: Networks, small_sticks: float
) -> tuple[tuple[int, Pattern], ...]:
    """Who stands out in a group, by the row of its node: transit bases and fans, with why."""
    rows = connection.execute(select(tie).where(where).limit(MOST_WEIGHED + 1)).all()
    if len(rows) > MOST_WEIGHED:
        return ()
    ends = {one for row in rows for name in ENDS if (one := row._mapping[name]) is not None}
    names = {one.id: node_of(Linked(one.kind), one.link) for one in _nodes(connection, ends)}
    found = standings(parcels_of(note_of(row, names) for row in rows))
    by_name = {name: row for row, name in names.items()}
    told = patterns(found.values(), settings, small_sticks)
    return tuple((by_name[node_of(one.kind, one.link)], one) for one in told)


def _flows(connection: Connection, where: ColumnElement[bool], least: int) -> Iterator[tuple[Any, ...]]:
    """Who sends to whom, the busiest first: the two nodes, parcels, sticks."""
    query = select(_FROM, _TO, _COUNT, _STICKS).where(where, _FROM.is_not(None), _TO.is_not(None))
    ordered = (
        query.group_by(_FROM, _TO).having(least <= _COUNT).order_by(_COUNT.desc(), _STICKS.desc(), _FROM, _TO)
    )
    yield from map(tuple, connection.execute(ordered.limit(MOST_FLOWS + 1)))


def _drawing(
    connection: Connection,
    where: ColumnElement[bool],
    flows: Sequence[tuple[Any, ...]],
    mains: Collection[int],
    most: int,
) -> Drawing:
    sent = [Edge(f"n{a}", f"n{b}", "sent", n, s) for a, b, n, s in flows[:most]]
    uses = _uses(connection, where, mains)
    places = [*_places(connection, where, mains)]
    shown = {*mains, *(int(one.target[1:]) for one in uses)}
    nodes = (*_people(connection, where, shown), *_named_places(places))
    return Drawing(nodes, (*sent, *uses, *places), len(flows) > most)


def _uses(connection: Connection, where: ColumnElement[bool], mains: Collection[int]) -> list[Edge]:
    """Which phones and addresses these people use."""
    sums: dict[tuple[int, int], tuple[int, float]] = {}
    for main, names in ((_FROM, ENDS[1:3]), (_TO, ENDS[4:])):
        for column in (tie.c[name] for name in names):
            query = select(main, column, _COUNT, _STICKS).where(where, main.in_(mains), column != main)
            for one, other, parcels, sticks in connection.execute(query.group_by(main, column)):
                known = sums.get((one, other), (0, 0.0))
                sums[one, other] = (known[0] + parcels, known[1] + sticks)
    found = [Edge(f"n{a}", f"n{b}", "uses", n, s) for (a, b), (n, s) in sums.items()]
    return sorted(found, key=lambda one: (-one.parcels, -one.sticks, one.source, one.target))[:MOST_USES]


def _places(connection: Connection, where: ColumnElement[bool], mains: Collection[int]) -> Iterator[Edge]:
    """From which province they send, which hubs that passes, in which province they receive."""
    asked: tuple[tuple[Any, Any, How], ...] = (
        (_FROM, tie.c.from_region, "from"),
        (_FROM, tie.c.hub, "passed"),
        (_TO, tie.c.to_region, "to"),
    )
    sums: dict[tuple[str, str, How], tuple[int, float]] = {}
    for main, column, how in asked:
        query = select(main, column, _COUNT, _STICKS).where(where, main.in_(mains)).group_by(main, column)
        for one, place, parcels, sticks in connection.execute(query):
            target = f"h{place}" if how == "passed" else f"r{province(place)}"
            known = sums.get((f"n{one}", target, how), (0, 0.0))
            sums[f"n{one}", target, how] = (known[0] + parcels, known[1] + sticks)
    for (source, target, how), (parcels, sticks) in sorted(sums.items()):
        yield Edge(source, target, how, parcels, sticks)


def _named_places(places: Sequence[Edge]) -> Iterator[Node]:
    for target in sorted({one.target for one in places}):
        yield Node(target, "hub" if target.startswith("h") else "region", target[1:])


def _people(connection: Connection, where: ColumnElement[bool], rows: Collection[int]) -> Iterator[Node]:
    """These nodes with the parcels that they sent and received."""
    sent, received = (_counted(connection, where, names, rows) for names in (ENDS[:3], ENDS[3:]))
    for one in _nodes(connection, rows):
        yield Node(f"n{one.id}", one.kind, str(one.id), sent.get(one.id, 0), received.get(one.id, 0), one.id)


def _counted(
    connection: Connection, where: ColumnElement[bool], names: Sequence[str], rows: Collection[int]
) -> dict[int, int]:
    found: dict[int, int] = {}
    for column in (tie.c[name] for name in names):
        query = select(column, _COUNT).where(where, column.in_(rows)).group_by(column)
        found |= {row: max(count, found.get(row, 0)) for row, count in connection.execute(query)}
    return found


def _nodes(connection: Connection, rows: Collection[int]) -> Iterator[Any]:
    """The nodes of these rows, in order."""
    wanted = sorted(rows)
    for start in range(0, len(wanted), 1000):
        query = select(node).where(node.c.id.in_(wanted[start : start + 1000])).order_by(node.c.id)
        yield from connection.execute(query)


def _with_parcels(connection: Connection, near: ColumnElement[bool], found: Drawing, row: int) -> Drawing:
    """The drawing with the largest parcels of a node; those that were flagged have a page."""
    its = and_(parcel.c.hub == tie.c.hub, parcel.c.parcel_id == tie.c.parcel_id, real())
    columns = (tie.c.id, tie.c.parcel_id, tie.c.sticks, parcel.c.id.label("item"))
    query = select(*columns).select_from(tie).outerjoin(parcel, its)
    ordered = query.where(near).order_by(tie.c.sticks.desc(), tie.c.id).limit(MOST_PARCELS)
    rows = connection.execute(ordered).all()
    nodes = (Node(f"p{one.id}", "parcel", one.parcel_id, row=one.item) for one in rows)
    edges = (Edge(f"n{row}", f"p{one.id}", "passed", 1, one.sticks) for one in rows)
    return Drawing((*found.nodes, *nodes), (*found.edges, *edges), found.more)
