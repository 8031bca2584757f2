"""The graph of who sends to whom, on a map and as a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from sqlalchemy import ColumnElement, Connection, and_, select

from screener.core.policy import Networks
from screener.errors import BadInput
from screener.review import parcels
from screener.review.audit import Deed, record
from screener.review.cases import cases
from screener.review.database import reading, writing
from screener.review.errors import NONE, Hidden
from screener.review.networks import drawing, listing
from screener.review.networks.drawing import Drawing
from screener.review.networks.listing import Filters, Sum
from screener.review.networks.provinces import BY_CODE
from screener.review.networks.seen import visible
from screener.review.networks.tables import circle, tie
from screener.review.networks.task import settings_of
from screener.review.rights import Verb
from screener.review.schema import parcel
from screener.review.web import desk, entered, labels, outstanding, sparkline, tilemap
from screener.review.web.desk import Desk
from screener.review.web.request import Asked, Page, page, see_other, visit_of, words_of

MOST_IN_CASE: Final = 500
MOST_PATTERNS: Final = 12
"""Of so many groups it is said in the list who stands out."""


@dataclass(frozen=True, slots=True)
class Found:
    """A group as somebody sees it: the condition on its ties, and what they come to."""

    where: ColumnElement[bool]
    sum: Sum


@get("/networks", sync_to_thread=True)
def get_networks(request: Asked) -> Page:
    """The groups, largest first, and the routes of all their parcels."""
    at, filters = desk.of(request), _filters(request)
    settings = settings_of(at.service)
    with reading(at.engine) as connection:
        where = _seen(at, filters)
        groups = listing.listed(connection, where, filters)
        weeks = listing.weeks(connection, where, [one.id for one in groups])
        routes = listing.routes(connection, and_(where, tie.c.circle.is_not(None)))
        out = {one.id: _pointed(connection, at, one.id, where, settings) for one in groups[:MOST_PATTERNS]}
    with writing(at.engine) as connection:
        record(connection, Deed(at.now, at.who.name, "networks", "networks", {"found": len(groups)}))
    context = _context(request, filters, settings) | {
        "groups": groups,
        "bars": {row: sparkline.bars(found) for row, found in weeks.items()},
        "map": tilemap.drawn(routes, visit_of(request).language),
        "out": out,
    }
    return page(request, "networks.html", **context)


@get("/networks/{circle_id:int}", sync_to_thread=True)
def get_network(request: Asked, circle_id: FromPath[int]) -> Page:
    """One group: what it comes to, who stands out, its graph, and the same as tables."""
    return _network(request, circle_id)


@get("/networks/{circle_id:int}/graph", sync_to_thread=True)
def get_graph(request: Asked, circle_id: FromPath[int]) -> Response[bytes]:
    """The group as nodes and edges, of the days and from the weight that is asked for."""
    at, filters = desk.of(request), _filters(request)
    with reading(at.engine) as connection:
        found = _found(connection, at, circle_id, filters)
        drawn = drawing.drawn(connection, found.where, max(filters.parcels, 1))
    return _json(drawn)


@get("/networks/{circle_id:int}/around/{node_id:int}", sync_to_thread=True)
def get_around(request: Asked, circle_id: FromPath[int], node_id: FromPath[int]) -> Response[bytes]:
    """The neighbours of one of its nodes, of other groups too, and its largest parcels."""
    at, filters = desk.of(request), _filters(request)
    with reading(at.engine) as connection:
        _found(connection, at, circle_id, filters)
        return _json(drawing.around(connection, _seen(at, filters), node_id))


@get("/parcels/{item_id:int}/network", sync_to_thread=True)
def get_network_of(request: Asked, item_id: FromPath[int]) -> Redirect:
    """The group of a parcel; where it is in none, the list."""
    at = desk.of(request)
    with reading(at.engine) as connection:
        item = parcels.find(connection, at.who, at.home, item_id)
        its = (tie.c.hub == item.hub, tie.c.parcel_id == item.parcel_id, visible(at.who, at.home))
        row = connection.scalar(select(tie.c.circle).where(*its))
    return see_other("/networks?none=1" if row is None else f"/networks/{row}")


@post("/networks/{circle_id:int}/case", sync_to_thread=True)
def post_case(request: Asked, circle_id: FromPath[int]) -> Page | Redirect:
    """Begin a case over the parcels of the group that were chosen."""
    at, data = desk.of(request), entered.of(request)
    title, chosen = entered.text(data, "title"), entered.numbers(data, "parcel")
    if not chosen:
        raise BadInput("form", "parcel: expected one at least")
    with writing(at.engine) as connection:
        found = _found(connection, at, circle_id, Filters())
        mine = {row.id for row in _flagged(connection, at, found)}
        if not mine.issuperset(chosen):
            raise Hidden(NONE)
        zone = at.settings.time_zone
        why = f"network {found.sum.group_id}"
        row = cases.begin(connection, at.who, at.home, at.now, title, parcels=chosen, why=why, zone=zone)
    return see_other(f"/cases/{row}")


def _network(request: Asked, circle_id: int) -> Page:
    at, filters = desk.of(request), _filters(request)
    settings = settings_of(at.service)
    with reading(at.engine) as connection:
        found = _found(connection, at, circle_id, filters)
        drawn = drawing.drawn(connection, found.where, max(filters.parcels, 1))
        rows = {row.id: row for row in _flagged(connection, at, found)}
        context: dict[str, Any] = {
            "found": found.sum,
            "weeks": listing.weeks(connection, found.where, [circle_id]).get(circle_id, []),
            "out": _pointed(connection, at, circle_id, found.where, settings),
            "map": tilemap.drawn(listing.routes(connection, found.where), visit_of(request).language),
            "drawn": drawn,
            "flagged": list(rows.values()),
            "may_begin": cases.may_begin(at.who, at.home),
        }
    with writing(at.engine) as connection:
        record(connection, Deed(at.now, at.who.name, "network", found.sum.group_id))
    context |= _context(request, filters, settings) | {"names": {one.id: one for one in drawn.nodes}}
    return page(request, "network.html", **context)


def _found(connection: Connection, at: Desk, circle_id: int, filters: Filters) -> Found:
    """The group as it is seen. Raises `Hidden` where nothing of it is."""
    within = drawing.within(connection, circle_id)
    name = connection.scalar(select(circle.c.group_id).where(circle.c.id == circle_id))
    if within is None or name is None:
        raise Hidden(NONE)
    everything = and_(within, visible(at.who, at.home))
    whole = listing.summed(connection, everything, circle_id, name)
    if whole is None:
        raise Hidden(NONE)
    where = and_(within, _seen(at, filters))
    return Found(where, listing.summed(connection, where, circle_id, name) or _nothing(whole))


def _nothing(whole: Sum) -> Sum:
    """A group of whose parcels the filters ask for none."""
    return Sum(whole.id, whole.group_id, 0, 0, 0.0, 0.0, whole.first_at, whole.last_at)


def _seen(at: Desk, filters: Filters) -> ColumnElement[bool]:
    return and_(visible(at.who, at.home), *filters.conditions(ZoneInfo(at.settings.time_zone)))


def _flagged(connection: Connection, at: Desk, found: Found) -> list[Any]:
    """The parcels of a group that were flagged, the largest load first: a case is made of these."""
    its = and_(parcel.c.hub == tie.c.hub, parcel.c.parcel_id == tie.c.parcel_id)
    columns = [parcel.c[name] for name in ("id", "hub", "parcel_id", "state", "arrived_at", "sticks")]
    query = select(*columns).distinct().join(tie, its)
    seen = query.where(found.where, parcels.visible(at.who, Verb.SEE, at.home))
    return list(connection.execute(seen.order_by(parcel.c.sticks.desc(), parcel.c.id).limit(MOST_IN_CASE)))


def _pointed(
    connection: Connection, at: Desk, row: int, where: ColumnElement[bool], settings: Networks
) -> list[tuple[int, Any]]:
    within = drawing.within(connection, row)
    if within is None:
        return []
    small = at.service.allowed("").sticks
    return list(drawing.pointed_out(connection, and_(within, where), settings, small))


def _filters(request: Asked) -> Filters:
    asked = {name: value for name, value in request.query_params.dict().items() if name != "none"}
    return listing.of({name: value[0] if isinstance(value, list) else value for name, value in asked.items()})


def _context(request: Asked, filters: Filters, settings: Networks) -> dict[str, Any]:
    words = words_of(request)
    return {
        "filters": filters,
        "query": listing.as_query(filters),
        "with_filters": lambda **other: listing.as_query(msgspec.structs.replace(filters, **other)),
        "province": lambda code: words.gettext(BY_CODE[code].name) if code in BY_CODE else code,
        "limits": settings,
        "labels": labels,
        "kinds": outstanding.KINDS,
        "patterns": outstanding.NAMES,
        "why": lambda pattern: outstanding.why(pattern, words),
        "none": "none" in request.query_params,
    }


def _json(drawn: Drawing) -> Response[bytes]:
    return Response(msgspec.json.encode(drawn), media_type="application/json")


routes: Final[list[ControllerRouterHandler]] = [
    get_networks,
    get_network,
    get_graph,
    get_around,
    get_network_of,
    post_case,
]
