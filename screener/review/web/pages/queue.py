"""The queue: what waits, filtered and counted; taking the next one; finding one by its barcode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection

from screener.contracts.wire import Grade, Why
from screener.errors import BadInput
from screener.review import actions, claims, flagging, queue, recent, search, seen, views
from screener.review.audit import Deed, record
from screener.review.database import reading, writing
from screener.review.errors import Conflict, Denied
from screener.review.fiction import answering, giving
from screener.review.moves import Release
from screener.review.queue import Due, Filters
from screener.review.rights import Verb
from screener.review.web import desk, entered, faults, labels, way
from screener.review.web.desk import Desk
from screener.review.web.request import Asked, Page, page, see_other, words_of
from screener.review.web.way import Way

ROWS: Final = 50
SMALL: Final = ("after", "none")
"""What an address of the queue may say besides its filters."""


@get("/queue", sync_to_thread=True)
def get_queue(request: Asked) -> Page:
    """What waits for this person."""
    asked = dict(request.query_params)
    try:
        filters = _filters(asked)
    except BadInput as error:
        return _queue(request, Filters(), asked, error=faults.told(error, words_of(request)), status=400)
    return _queue(request, filters, asked)


@get("/queue/rows", sync_to_thread=True, opt={"quiet": True})
def get_rows(request: Asked) -> Page:
    """The table alone, for a page that brings itself up to date."""
    asked = dict(request.query_params)
    return _queue(request, _filters(asked), asked, template="_rows.html")


@post("/next", sync_to_thread=True)
def post_next(request: Asked) -> Redirect:
    """Take the next parcel; the one that was looked at and left undecided is given back and passed over."""
    data = entered.of(request)
    on = way.of(data)
    if left := entered.text(data, "from"):
        on = on.past(entered.number({"from": left}, "from"))
        at = desk.of(request)
        with writing(at.engine) as connection:
            claims.give_back(connection, at.who, at.now, on.passed[-1])
    return onward(request, on)


@post("/queue/release", sync_to_thread=True)
def post_release(request: Asked) -> Page | Redirect:
    """Release several parcels that this person has looked at, all of them or none."""
    at, data = desk.of(request), entered.of(request)
    on = way.of(data)
    try:
        chosen = tuple(_chosen(one) for one in _several(data, "chosen"))
        move = msgspec.convert({"kind": "release", "quality": entered.text(data, "quality")}, Release)
        with writing(at.engine) as connection:
            allowed = at.service.allowed
            actions.act_many(connection, at.who, at.settings, at.now, chosen, move=move, allowed=allowed)
            trained = answering.told(connection, at.who, [item_id for item_id, _ in chosen])
    except (BadInput, Conflict, Denied, msgspec.ValidationError) as error:
        fault = BadInput("form", str(error)) if isinstance(error, msgspec.ValidationError) else error
        return _queue(request, on.filters, {}, error=faults.told(fault, words_of(request)), status=400)
    return see_other(on.back if trained is None else on.told(trained))


@get("/open", sync_to_thread=True)
def get_open(request: Asked) -> Page | Redirect:
    """The parcel of a barcode, else what the same words find in all of the queue."""
    at = desk.of(request)
    code = request.query_params.get("code", "").strip()[:256]
    with writing(at.engine) as connection:
        found = search.by_barcode(connection, at.who, at.home, code)
        record(connection, Deed(at.now, at.who.name, "search", "queue", {"found": found is not None}))
    if found is not None:
        return see_other(f"/parcels/{found}")
    return see_other(f"/queue?{queue.as_query(Filters(state='all', q=code[: search.LONGEST] or None))}")


@post("/views", sync_to_thread=True)
def post_views(request: Asked) -> Page | Redirect:
    """Save the filters under a name."""
    at, data = desk.of(request), entered.of(request)
    on, name = way.of(data), entered.text(data, "name")
    try:
        with writing(at.engine) as connection:
            views.save(connection, at.who, at.now, name, on.filters, shared="shared" in data)
    except BadInput as error:
        said = faults.told(error, words_of(request))
        return _queue(request, on.filters, {}, error=said, status=400)
    return see_other(on.back)


@post("/views/{view_id:int}/forget", sync_to_thread=True)
def post_forget_view(request: Asked, view_id: FromPath[int]) -> Redirect:
    """Forget one's own view."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        views.remove(connection, at.who, at.now, view_id)
    return see_other(way.of(entered.of(request)).back)


def onward(request: Asked, on: Way) -> Redirect:
    """The next parcel of the way, claimed; back to the queue where none is left."""
    at = desk.of(request)
    lease_s = at.settings.lease_s
    on = Way(on.query or "", on.passed)
    with writing(at.engine) as connection:
        asking = giving.Asking(connection, at.service.ring, at.settings, at.who, at.now)
        if (one := giving.take(asking, on.filters, passed=on.passed)) is not None:
            return see_other(on.to(one.id))
        for passed in dict.fromkeys((on.passed, ())):  # who has passed over all of them begins again
            item = claims.take_next(
                connection, at.who, at.home, at.now, on.filters, lease_s=lease_s, passed=passed
            )
            if item is not None:
                return see_other(Way(on.query, passed).to(item.id))
    return see_other(f"{on.back}{'&' if on.query else '?'}none=1")


def _queue(
    request: Asked,
    filters: Filters,
    asked: Mapping[str, str],
    *,
    error: str | None = None,
    status: int = 200,
    template: str = "queue.html",
) -> Page:
    at = desk.of(request)
    # nobody who writes waits for a list; what is not recorded is not shown
    with reading(at.engine) as connection:
        shown = _shown(connection, at, filters, asked.get("after") or None)
    with writing(at.engine) as connection:
        queue.recorded(connection, at.who, at.now, filters, shown["found"])
    more = {"error": error, "none": "none" in asked, "after": asked.get("after"), "labels": labels}
    return page(request, template, status, **shown, **more)


def _shown(connection: Connection, at: Desk, filters: Filters, after: str | None) -> dict[str, Any]:
    """All that the page of a queue shows."""
    who, home, now = at.who, at.home, at.now
    found = queue.page(connection, who, home, now, filters, after=after, limit=ROWS)
    counters = queue.counters(connection, who, home, now)
    return {
        "found": found,
        "filters": filters,
        "query": queue.as_query(filters),
        "counters": counters,
        "figures": {name: getattr(counters, name) for name in queue.COUNTED},
        "counted": {name: queue.as_query(one) for name, one in queue.COUNTED.items()},
        "seen": seen.among(connection, who, found.items),
        "views": views.views(connection, who),
        "undoable": recent.undoable(connection, who, home, now),
        "way": Way(queue.as_query(filters)),
        "choices": _choices(found),
        "may_decide": who.anywhere(Verb.DECIDE),
    }


def _choices(found: queue.Page) -> dict[str, list[str]]:
    """What can be chosen of each filter; of hubs and couriers those in sight, others are typed."""
    return {
        "hub": sorted({one.hub for one in found.items}),
        "courier": sorted({one.courier for one in found.items if one.courier}),
        "kind": list(flagging.KINDS),
        "why": [one.value for one in Why if one is not Why.NONE],
        "grade": [one.value for one in Grade],
        "due": [one.value for one in Due],
    }


def _filters(asked: Mapping[str, str]) -> Filters:
    return queue.parsed(urlencode({name: value for name, value in asked.items() if name not in SMALL}))


def _several(data: Mapping[str, Any], name: str) -> list[str]:
    value = data.get(name, [])
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _chosen(written: str) -> tuple[int, int]:
    """A parcel and the version that was shown, `17:3`. Raises `BadInput`."""
    item_id, _, version = written.partition(":")
    given = {"parcel": item_id, "version": version}
    return entered.number(given, "parcel"), entered.number(given, "version")


routes: Final[list[ControllerRouterHandler]] = [
    get_queue,
    get_rows,
    post_next,
    post_release,
    get_open,
    post_views,
    post_forget_view,
]
