"""Adapted models: what they would have changed, and the switch."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from screener.core import policy
from screener.errors import BadConfig, BadInput
from screener.review.audit import Deed, Details, record
from screener.review.database import reading, writing
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.feedback import comparing, examples, figures, offers, switching
from screener.review.feedback.examples import ViewAt
from screener.review.feedback.offers import Offer
from screener.review.rights import Verb
from screener.review.web import desk, entered, faults, labels
from screener.review.web.desk import Desk
from screener.review.web.request import FORM_BYTES, Asked, Page, page, see_other, words_of
from screener.review.web.words import msg

FOR_AN_HOUR: Final = {"cache-control": "private, max-age=3600", "vary": "cookie"}

CHANGES: Final = {
    "lost": msg("Found, and no longer alarmed"),
    "gained": msg("Found, and alarmed only now"),
    "fewer": msg("Nothing in it, and no longer alarmed"),
    "more": msg("Nothing in it, and alarmed only now"),
}
"""What changed of a parcel, the worst first."""


@get("/models", sync_to_thread=True)
def get_models(request: Asked) -> Page:
    """Models that are offered, those that were switched on, and training sets. Raises `Denied`."""
    return _models(request)


@get("/models/{offer_id:int}", sync_to_thread=True)
def get_model(request: Asked, offer_id: FromPath[int]) -> Page:
    """What a model would have changed on the last month. Raises `Hidden`."""
    return _model(request, offer_id)


@post("/models/{offer_id:int}/switch", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_switch(request: Asked, offer_id: FromPath[int]) -> Page | Redirect:
    """Put it to work. Raises `Hidden`."""
    at, data = desk.of(request), entered.of(request)
    try:
        switching.switch(at.service, at.who, offer_id, entered.text(data, "sha256"))
    except (Conflict, Denied, BadConfig) as error:
        status = 403 if isinstance(error, Denied) else 409
        return _model(request, offer_id, error=faults.told(error, words_of(request)), status=status)
    return see_other(f"/models/{offer_id}")


@post("/models/switches/{switch_id:int}/back", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_back(request: Asked, switch_id: FromPath[int]) -> Page | Redirect:
    """Put back what was at work before. Raises `Hidden`."""
    at = desk.of(request)
    try:
        switching.back(at.service, at.who, switch_id)
    except (Conflict, BadConfig) as error:
        return _models(request, error=faults.told(error, words_of(request)), status=409)
    return see_other("/models")


@get("/models/{offer_id:int}/parcels/{item_id:int}/{number:int}/{side:str}", sync_to_thread=True)
def get_picture(
    request: Asked,
    offer_id: FromPath[int],
    item_id: FromPath[int],
    number: FromPath[int],
    side: FromPath[str],
) -> Response[bytes]:
    """A view with what the one or the other model saw where. Raises `Hidden`."""
    at = desk.of(request)
    if side not in examples.SIDES:
        raise Hidden(NONE)
    with writing(at.engine) as connection:
        one = offers.find(connection, at.who, at.home, offer_id)
        item, view, map_png = examples.view(connection, at.who, at.home, one, ViewAt(item_id, number, side))
        details: Details = {"scan": view.scan.scan_id, "view": view.scan.view, "part": f"model-{side}"}
        record(connection, Deed(at.now, at.who.name, "see_scan", item.key, details))
    key = f"model {one.sha256} {view.stored.sha256} {side}"
    content = at.service.shelf.taken(key, lambda: examples.drawn(at.service, view, map_png))
    return Response(content, media_type="image/png", headers=FOR_AN_HOUR)


def _models(request: Asked, *, error: str | None = None, status: int = 200) -> Page:
    at = desk.of(request)
    if not at.who.anywhere(Verb.SWITCH):
        raise Denied("models are put to work by supervisors")
    with reading(at.engine) as connection:
        known = offers.listed(connection, at.who, at.home)
        found: dict[str, Any] = {
            "offers": known,
            "history": switching.history(connection, at.who, at.home),
            "exports": examples.exports(connection, at.who, at.home),
        }
    found["standing"] = {one.id: _standing(at, one) == one.sha256 for one in known}
    with writing(at.engine) as connection:
        record(connection, Deed(at.now, at.who.name, "see_models", "models"))
    return page(request, "models.html", status, error=error, labels=labels, **found)


def _model(request: Asked, number: int, *, error: str | None = None, status: int = 200) -> Page:
    at = desk.of(request)
    with reading(at.engine) as connection:
        one = offers.find(connection, at.who, at.home, number)
        said = figures.figures(connection, number)
        shown = examples.chosen(connection, at.who, at.home, one)
        past = [each for each in switching.history(connection, at.who, at.home) if each.place == one.place]
    with writing(at.engine) as connection:
        record(connection, Deed(at.now, at.who.name, "see_model", one.place.key, {"offer": one.id}))
    ruled = _ruled(at, one)
    return page(
        request,
        "model.html",
        status,
        error=error,
        one=one,
        said=said,
        shown=shown,
        changes=CHANGES,
        history=past,
        at_work=_standing(at, one) == one.sha256,
        under_way=bool(past) and past[0].placed_at is None and not past[0].failed,
        own=one.person == at.who.person,
        threshold=comparing.threshold_of(at.service, one),
        ruled=ruled,
        days=offers.DAYS,
        labels=labels,
    )


def _standing(at: Desk, one: Offer) -> str | None:
    """A scanner's file that is bad puts nothing to work."""
    try:
        return switching.standing(at.service, one.place)
    except BadConfig:
        return None


def _ruled(at: Desk, one: Offer) -> bool:
    """Whether the policy names the alarm that counts at this scanner, whatever the model."""
    try:
        said = policy.read(comparing.policy_path(at.service))
    except (BadConfig, BadInput):
        return False
    return said.threshold(one.place.hub, one.place.scanner, -1.0) >= 0.0


routes: Final[list[ControllerRouterHandler]] = [
    get_models,
    get_model,
    post_switch,
    post_back,
    get_picture,
]
