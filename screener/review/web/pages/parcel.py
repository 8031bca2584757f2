"""The page of a parcel: all that a decision needs, and the forms by which it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection

from screener.contracts.wire import Decision, Flagged, Money
from screener.errors import BadInput, ScreenerError
from screener.review import (
    actions,
    acts,
    claims,
    custody,
    handover,
    kinship,
    likeness,
    moves,
    parcels,
    personal,
    photographs,
    recent,
    seen,
)
from screener.review.audit import Deed, record
from screener.review.cases import cases
from screener.review.database import reading, writing
from screener.review.errors import Conflict, Denied
from screener.review.fiction import answering
from screener.review.lists import led_to
from screener.review.parcels import Item
from screener.review.personal import People
from screener.review.rights import Reviewer, Verb
from screener.review.rules import RULES, TO_DECIDE
from screener.review.station import scans
from screener.review.web import desk, entered, faults, labels, sentences, sheet, way
from screener.review.web.desk import Desk
from screener.review.web.pages import pictures, queue
from screener.review.web.request import Asked, Page, page, see_other, words_of
from screener.review.web.way import Way

MOST_SIGNALS: Final = 6
TOOLS: Final = 500
"""Characters of what the viewer says was used."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form with what was typed into it before, and what was wrong with that."""

    kind: str
    typed: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says besides how the parcel stands: people in full, a form that was refused."""

    people: People | None = None
    form: Form | None = None
    error: str | None = None
    status: int = 200


@get("/parcels/{item_id:int}", sync_to_thread=True)
def get_parcel(request: Asked, item_id: FromPath[int]) -> Page:
    """The parcel as it stands; that it was shown is recorded."""
    return shown(request, item_id, way.of(request.query_params.dict()))


@post("/parcels/{item_id:int}/act", sync_to_thread=True)
def post_act(request: Asked, item_id: FromPath[int]) -> Page | Redirect:
    """Make a move, and go on where the queue is being worked through."""
    at, data = desk.of(request), entered.of(request)
    on, kind = way.of(data), entered.text(data, "kind")
    try:
        move, version = moves.entered(kind, _fields(data)), entered.number(data, "version")
        with writing(at.engine) as connection:
            item = parcels.find(connection, at.who, at.home, item_id)
            actions.act(
                connection,
                at.who,
                at.settings,
                at.now,
                item_id,
                version=version,
                move=move,
                allowed=at.service.allowed,
            )
            _record_tools(connection, at, item, entered.text(data, "tools"))
            trained = answering.told(connection, at.who, [item_id])
    except (BadInput, Conflict, Denied) as error:
        return shown(request, item_id, on, _refused(request, kind, data, error))
    if trained is not None:
        return see_other(on.told(trained))
    if on.query is None or RULES[kind].ends is None or RULES[kind].claims:
        return see_other(on.to(item_id))
    return queue.onward(request, on)


@post("/parcels/{item_id:int}/reveal", sync_to_thread=True)
def post_reveal(request: Asked, item_id: FromPath[int]) -> Page:
    """The same page with the people in full, for this answer only."""
    at, data = desk.of(request), entered.of(request)
    reason, ring = entered.text(data, "reason"), at.service.ring
    try:
        with writing(at.engine) as connection:
            people = personal.reveal(connection, at.who, at.home, at.now, item_id, reason=reason, ring=ring)
    except (BadInput, Denied) as error:
        return shown(request, item_id, way.of(data), _refused(request, "reveal", data, error))
    return shown(request, item_id, way.of(data), Told(people=people))


@post("/parcels/{item_id:int}/claim", sync_to_thread=True)
def post_claim(request: Asked, item_id: FromPath[int]) -> Page | Redirect:
    """Claim this parcel."""
    at, data = desk.of(request), entered.of(request)
    lease_s = at.settings.lease_s
    try:
        with writing(at.engine) as connection:
            claims.claim(connection, at.who, at.home, at.now, item_id, lease_s=lease_s)
    except (Conflict, Denied) as error:
        return shown(request, item_id, way.of(data), _refused(request, "claim", data, error))
    return see_other(way.of(data).to(item_id))


@post("/parcels/{item_id:int}/give-back", sync_to_thread=True)
def post_give_back(request: Asked, item_id: FromPath[int]) -> Redirect:
    """End one's claim, and go back to the queue."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        claims.give_back(connection, at.who, at.now, item_id)
    return see_other(way.of(entered.of(request)).back)


@post("/parcels/{item_id:int}/reassign", sync_to_thread=True)
def post_reassign(request: Asked, item_id: FromPath[int]) -> Redirect:
    """End another person's claim."""
    at = desk.of(request)
    lease_s = at.settings.lease_s
    with writing(at.engine) as connection:
        claims.reassign(connection, at.who, at.home, at.now, item_id, to=None, lease_s=lease_s)
    return see_other(way.of(entered.of(request)).to(item_id))


@post("/parcels/{item_id:int}/touch", sync_to_thread=True, status_code=200)
def post_touch(request: Asked, item_id: FromPath[int]) -> Response[dict[str, object]]:
    """The page is still worked on: its claim is prolonged, if it is still one's own."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        item = parcels.find(connection, at.who, at.home, item_id)
        mine = item.claimed(at.now) == at.who.person
        if mine:
            claims.touch(connection, at.who, at.now, item_id, at.settings.lease_s)
    return Response({"mine": mine, "version": item.version})


@get("/parcels/{item_id:int}/standing", sync_to_thread=True, opt={"quiet": True})
def get_standing(request: Asked, item_id: FromPath[int]) -> Response[dict[str, object]]:
    """Which version there is now: a page that shows another one says so."""
    at = desk.of(request)
    with reading(at.engine) as connection:
        item = parcels.find(connection, at.who, at.home, item_id)
    return Response({"mine": item.claimed(at.now) == at.who.person, "version": item.version})


def shown(request: Asked, item_id: int, on: Way, told: Told | None = None) -> Page:
    """The parcel with all that belongs to it; what was not recorded is not shown."""
    at, told = desk.of(request), told or Told()
    with reading(at.engine) as connection:
        item = parcels.find(connection, at.who, at.home, item_id)
        flagged = parcels.flagged_of(connection, item.id)
        found = _standing(connection, at, item, told) | _related(connection, at, item)
        found |= {
            "people": told.people or personal.masked(flagged, at.service.ring),
            "next_pictures": _next_pictures(connection, at, on.past(item.id)) if found["mine"] else (),
        }
    with writing(at.engine) as connection:
        seen.record(connection, at.who, at.now, item)
    found |= _of_decision(request, at, flagged)
    views = pictures.views_of(item.id, flagged)
    found |= {
        "item": item,
        "flagged": flagged,
        "views": views,
        "way": on,
        "labels": labels,
        "error": told.error,
    }
    return page(request, "parcel.html", told.status, **found)


def _standing(connection: Connection, at: Desk, item: Item, told: Told) -> dict[str, Any]:
    """How the parcel stands: who has it, what was done, what may be done now."""
    past = acts.timeline(connection, item.id)
    inspected, holder = acts.inspected(past), item.claimed(at.now)
    mine = holder == at.who.person
    may = at.who.may(Verb.DECIDE, item.hub, at.home)
    kinds = _offered(at, item, past, told)
    return {
        "timeline": past,
        "forms": {kind: _form(kind, told.form) for kind in kinds},
        "primary": next((kind for kind in ("found", "seize") if kind in kinds), None),
        "refused": told.form,
        "inspected": inspected,
        "corrects": inspected.last.id if inspected else "",
        "officers_known": _officers(past, at.who),
        "pending": next((one for one in past if one.pending), None),
        "mine": mine,
        "holder": None if mine else claims.holder(connection, item, at.now),
        "may_claim": holder is None and item.state in TO_DECIDE and may,
        "may_reassign": at.who.may(Verb.REASSIGN, item.hub, at.home),
        "may_second": at.who.may(Verb.SECOND, item.hub, at.home),
        "may_reveal": personal.may_reveal(connection, at.who, at.home, item.id),
        "undo_s": 0 if item.on_belt(at.now) else round(at.settings.undo_s),
        "undoable": recent.undoable(connection, at.who, at.home, at.now),
    }


def _offered(at: Desk, item: Item, past: tuple[acts.Act, ...], told: Told) -> tuple[str, ...]:
    """The moves whose forms are there: none while another person has it, but the one that was refused."""
    kinds = actions.possible(at.who, item, at.settings, past)
    if item.claimed(at.now) in {None, at.who.person}:
        return kinds
    return tuple(kind for kind in kinds if told.form is not None and kind == told.form.kind)


def _related(connection: Connection, at: Desk, item: Item) -> dict[str, Any]:
    """What else is known: linked parcels, similar scans, pictures, custody, earlier decisions."""
    return {
        "linked": kinship.linked(connection, at.who, at.home, item.id),
        "totals": kinship.totals(connection, at.who, at.home, at.now, item.id),
        "similar": likeness.similar(connection, at.who, at.home, item.id),
        "photographs": photographs.of_parcel(connection, item.id),
        "station_scans": scans.of_parcel(connection, item.id),
        "decided_anew": parcels.decided_anew(connection, item),
        "seizures": custody.seizures(connection, item.id),
        "handovers": handover.of_parcel(connection, item.id),
        "decisions": parcels.decisions_of(connection, item.id),
        "tips": led_to.of_parcel(connection, at.who, at.home, item.id),
        **_cases(connection, at, item),
    }


def _cases(connection: Connection, at: Desk, item: Item) -> dict[str, Any]:
    """In which cases it is, and into which it may be put."""
    may = cases.may_begin(at.who, at.home)
    return {
        "cases": cases.of_parcel(connection, at.who, at.home, item.id),
        "may_case": may,
        "open_cases": cases.to_add_to(connection, at.who, at.home) if may else (),
    }


def _next_pictures(connection: Connection, at: Desk, on: Way) -> tuple[str, ...]:
    """The addresses of the pictures that come next, so that they are there when the parcel is taken."""
    if on.query is None:
        return ()
    following = claims.upcoming(connection, at.who, at.home, at.now, on.filters, passed=on.passed)
    if following is None:
        return ()
    views = pictures.views_of(following.id, parcels.flagged_of(connection, following.id))
    return tuple(view[part] for view in views for part in ("pixels", "map") if view[part] is not None)


def _of_decision(request: Asked, at: Desk, flagged: Flagged) -> dict[str, Any]:
    """What the newest decision says, in the reader's language."""
    decision, say = flagged.decision, words_of(request).gettext
    limits = at.service.allowed(decision.hub)
    return {
        "decision": decision,
        "limits": limits,
        "bars": sheet.bars(decision.load, limits),
        "contrast": sheet.contrast(flagged),
        "reasons": [sentences.of_reason(one, say) for one in decision.reasons],
        "signals": _signals(decision, say),
        "value": _value(flagged),
    }


def _signals(decision: Decision, say: sentences.Tell) -> list[tuple[str, float]]:
    named = decision.risk.signals[:MOST_SIGNALS] if decision.risk else ()
    return [(sentences.of_signal(one, decision, say), one.added) for one in named]


def _value(flagged: Flagged) -> Money | None:
    """The declared value of all contents, where they are of one currency."""
    given = [line.value for line in flagged.manifest.contents if line.value] if flagged.manifest else []
    if len({one.currency for one in given}) != 1:
        return None
    return Money(amount=sum(one.amount for one in given), currency=given[0].currency)


def _fields(data: dict[str, Any]) -> dict[str, Any]:
    """What was typed, with the officers as the several that they are."""
    given = entered.typed(data)
    for name in ("officers", "found.officers"):
        if isinstance(given.get(name), str):
            given[name] = [given[name]]
    return given


def _form(kind: str, refused: Form | None) -> Form:
    return refused if refused is not None and refused.kind == kind else Form(kind)


def _refused(request: Asked, kind: str, data: dict[str, Any], error: ScreenerError) -> Told:
    """The page again with the form open, and all that was typed."""
    said = faults.told(error, words_of(request))
    status = {Conflict: 409, Denied: 403}.get(type(error), 400)
    return Told(form=Form(kind, entered.typed(data), said), error=said, status=status)


def _officers(past: tuple[acts.Act, ...], who: Reviewer) -> tuple[str, ...]:
    """Those who opened it, else the one who asks."""
    opened = [one.move.officers for one in past if one.stands and isinstance(one.move, moves.Open)]
    return opened[-1] if opened else (who.name,)


def _record_tools(connection: Connection, at: Desk, item: Item, tools: str) -> None:
    """Which tools of the viewer a decision was made with."""
    if used := " ".join(tools.split())[:TOOLS]:
        answering.keep_tools(connection, at.who, item.id, used)
        record(connection, Deed(at.now, at.who.name, "tools", item.key, {"used": used}))


routes: Final[list[ControllerRouterHandler]] = [
    get_parcel,
    post_act,
    post_reveal,
    post_claim,
    post_give_back,
    post_reassign,
    post_touch,
    get_standing,
]
