"""What waits for somebody in particular: undoing, second opinions, hand-overs, custody, photographs, news."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from screener.errors import BadInput
from screener.review import actions, custody, handover
from screener.review.audit import Deed, record
from screener.review.database import writing
from screener.review.errors import Conflict, Denied
from screener.review.web import desk, entered, faults, labels, way
from screener.review.web.request import Asked, Page, page, see_other, words_of

_ANSWERS: Final[Mapping[str, Callable[[tuple[Any, ...], str], int]]] = {
    "accept": lambda given, note: handover.accept(*given, note=note),
    "return": lambda given, note: handover.return_(*given, why=note),
    "close": lambda given, note: handover.close(*given, note=note),
}


@post("/actions/{action_id:int}/undo", sync_to_thread=True)
def post_undo(request: Asked, action_id: FromPath[int]) -> Redirect:
    """Take back what one did, and look at the parcel again."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        actions.undo(connection, at.who, at.settings, at.now, action_id)
    return see_other(_back(request))


@post("/actions/{action_id:int}/second", sync_to_thread=True)
def post_second(request: Asked, action_id: FromPath[int]) -> Redirect:
    """Confirm or refuse what another person proposed."""
    at, data = desk.of(request), entered.of(request)
    answer, note = entered.text(data, "agrees"), entered.text(data, "note")
    if answer not in {"yes", "no"}:
        raise BadInput("form", "agrees: expected yes or no")
    with writing(at.engine) as connection:
        given = (connection, at.who, at.settings, at.now, action_id)
        actions.second(*given, agrees=answer == "yes", note=note)
    return see_other("/seconds")


@get("/seconds", sync_to_thread=True)
def get_seconds(request: Asked) -> Page:
    """What others proposed and this person may confirm."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        found = actions.pending(connection, at.who, at.settings)
        record(connection, Deed(at.now, at.who.name, "seconds", "queue", {"found": len(found)}))
    return page(request, "seconds.html", pending=found, labels=labels)


@get("/handovers", sync_to_thread=True)
def get_handovers(request: Asked) -> Page:
    """What was handed to the agencies of this person."""
    return _handovers(request)


@post("/handovers/{handover_id:int}/{what:str}", sync_to_thread=True)
def post_handover(request: Asked, handover_id: FromPath[int], what: FromPath[str]) -> Page | Redirect:
    """Accept, return or close it."""
    at, note = desk.of(request), entered.text(entered.of(request), "note")
    try:
        answer = _ANSWERS[what]
    except KeyError:
        raise BadInput("form", f"expected accept, return or close, got {what[:20]!r}") from None
    try:
        with writing(at.engine) as connection:
            answer((connection, at.who, at.settings, at.now, handover_id), note)
    except (BadInput, Conflict, Denied) as error:
        return _handovers(request, handover_id, note, faults.told(error, words_of(request)))
    return see_other("/handovers")


@get("/custody/{seizure_id:int}", sync_to_thread=True)
def get_custody(request: Asked, seizure_id: FromPath[int]) -> Page:
    """The chain of custody of a seizure, and the form for its next link."""
    return _custody(request, seizure_id)


@post("/custody/{seizure_id:int}", sync_to_thread=True)
def post_custody(request: Asked, seizure_id: FromPath[int]) -> Page | Redirect:
    """Enter who took the seizure from whom, and where it lies."""
    at, data = desk.of(request), entered.of(request)
    said = {name: entered.text(data, name) for name in ("given_by", "taken_by", "place", "note")}
    try:
        with writing(at.engine) as connection:
            custody.hand_on(connection, at.who, at.settings, at.now, seizure_id, **said)
    except (BadInput, Conflict, Denied) as error:
        return _custody(request, seizure_id, entered.typed(data), faults.told(error, words_of(request)))
    return see_other(f"/custody/{seizure_id}")


def _back(request: Asked) -> str:
    """Where a form says it came from: a page of ours, or the queue."""
    data = entered.of(request)
    item_id = entered.text(data, "parcel")
    return way.of(data).to(entered.number(data, "parcel")) if item_id else way.of(data).back


def _handovers(
    request: Asked, handover_id: int | None = None, note: str = "", error: str | None = None
) -> Page:
    at = desk.of(request)
    with writing(at.engine) as connection:
        found = handover.offered_to(connection, at.who, at.now)
    typed = {"id": handover_id, "note": note, "error": error}
    return page(request, "handovers.html", 400 if error else 200, found=found, typed=typed, labels=labels)


def _custody(
    request: Asked, seizure_id: int, typed: dict[str, str] | None = None, error: str | None = None
) -> Page:
    at = desk.of(request)
    with writing(at.engine) as connection:
        item = custody.parcel_of(connection, at.who, at.settings, seizure_id)
        chain = custody.chain(connection, seizure_id)
        seizure = next(one for one in custody.seizures(connection, item.id) if one.id == seizure_id)
        record(connection, Deed(at.now, at.who.name, "see_custody", item.key, {"seizure": seizure_id}))
    context = {"item": item, "chain": chain, "seizure": seizure, "typed": typed or {}, "error": error}
    return page(request, "custody.html", 400 if error else 200, **context, labels=labels)


routes: Final[list[ControllerRouterHandler]] = [
    post_undo,
    post_second,
    get_seconds,
    get_handovers,
    post_handover,
    get_custody,
    post_custody,
]
