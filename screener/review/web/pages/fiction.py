"""Parcels for training: what came of one, right after the decision; and how one has done so far."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection, select

from screener.errors import BadInput
from screener.review import pictures
from screener.review.audit import Deed, record
from screener.review.database import reading, writing
from screener.review.errors import NONE, Denied, Hidden
from screener.review.fiction import library, pacing, results
from screener.review.rights import Verb
from screener.review.schema import person
from screener.review.web import desk, entered, labels, way
from screener.review.web.desk import Desk
from screener.review.web.request import FORM_BYTES, Asked, Page, page, see_other

SIDE_PX: Final = 1000
LATEST: Final = 50
LONGEST_BURST_H: Final = 240


@get("/training", sync_to_thread=True)
def get_training(request: Asked) -> Page:
    """One's own trials and what they come to; for a supervisor all of the agency's. Raises `Denied`."""
    at = desk.of(request)
    if not at.who.anywhere(Verb.DECIDE):
        raise Denied("parcels for training are given to those who decide")
    with reading(at.engine) as connection:
        trials = results.own(connection, at.who)
        found: dict[str, Any] = {"figures": results.figures(trials)}
        found |= {"trials": trials[:LATEST], "count": len(trials), "enough": results.ENOUGH}
        found |= _of_supervisor(connection, at)
    if found["supervised"] is not None:
        with writing(at.engine) as connection:
            record(connection, Deed(at.now, at.who.name, "see_training", "training"))
    return page(request, "training.html", labels=labels, **found)


@get("/training/{given_id:int}", sync_to_thread=True)
def get_trial(request: Asked, given_id: FromPath[int]) -> Page:
    """What was in a parcel for training, and where. Raises `Hidden`."""
    at = desk.of(request)
    with reading(at.engine) as connection:
        one, flagged = results.trial(connection, at.who, at.home, given_id)
        own = one.person == at.who.person
        trials = results.own(connection, at.who) if own else ()
    boxes = [*one.truth.boxes, *([None] * len(flagged.scans))]
    views = [
        {"at": f"/training/{given_id}/views/{number}", "number": number, "box": boxes[number - 1]}
        for number in range(1, len(flagged.scans) + 1)
    ]
    return page(
        request,
        "trial.html",
        one=one,
        own=own,
        views=views,
        load=flagged.decision.load,
        figures=results.figures(trials),
        way=way.of(request.query_params.dict()),
        labels=labels,
    )


@get("/training/{given_id:int}/views/{number:int}", sync_to_thread=True)
def get_view(request: Asked, given_id: FromPath[int], number: FromPath[int]) -> Response[bytes]:
    """The picture of a view as a PNG. Raises `Hidden`."""
    at = desk.of(request)
    with reading(at.engine) as connection:
        _, flagged = results.trial(connection, at.who, at.home, given_id)
    if not 1 <= number <= len(flagged.scans):
        raise Hidden(NONE)
    one = flagged.scans[number - 1]
    shelf_key = f"training {one.stored.sha256} {one.scan.pitch_mm.along} {one.scan.pitch_mm.across}"
    content = at.service.shelf.taken(
        shelf_key, lambda: pictures.thumbnail(pictures.pixels(at.service, one), SIDE_PX)
    )
    headers = {"cache-control": "private, max-age=3600", "vary": "cookie"}
    return Response(content, media_type="image/png", headers=headers)


@post("/training/pace", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_pace(request: Asked) -> Redirect:
    """Another rate for somebody for some hours: a burst. Raises `Denied`, `BadInput`, `Hidden`."""
    at, data = desk.of(request), entered.of(request)
    if not at.who.may(Verb.REASSIGN, agency=at.home):
        raise Denied("who is given more parcels for training is for a supervisor of every hub to say")
    number, percent, hours = (entered.number(data, name) for name in ("person", "percent", "hours"))
    if not 1 <= hours <= LONGEST_BURST_H:
        raise BadInput("tip_hours", f"hours: expected 1 to {LONGEST_BURST_H}, got {hours}")
    with writing(at.engine) as connection:
        if connection.scalar(select(person.c.id).where(person.c.id == number)) is None:
            raise Hidden(NONE)
        until = at.now + timedelta(hours=hours)
        pacing.set_rate(connection, at.who, at.now, person_id=number, rate=percent / 100, until=until)
    return see_other("/training")


def _of_supervisor(connection: Connection, at: Desk) -> dict[str, Any]:
    """How everybody did, what lies ready, and who may be given more."""
    if not at.who.anywhere(Verb.REASSIGN):
        return {"supervised": None}
    everywhere = at.who.may(Verb.REASSIGN, agency=at.home)
    people = select(person.c.id, person.c.shown).where(person.c.disabled_at.is_(None))
    others = people.where(person.c.id != at.who.person).order_by(person.c.shown)
    return {
        "supervised": results.supervised(connection, at.who, at.home),
        "stock": library.stock(connection),
        "rate": at.settings.tip_rate,
        "people": connection.execute(others).all() if everywhere else [],
    }


routes: Final[list[ControllerRouterHandler]] = [get_training, get_trial, get_view, post_pace]
