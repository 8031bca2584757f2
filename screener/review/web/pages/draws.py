"""The random draw made public: who inspects today and who is left out, and for everybody what it came to."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files as resources
from typing import Any, Final

from litestar import MediaType, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection, select

from screener.errors import BadInput
from screener.review.audit import Deed, record
from screener.review.database import reading, writing
from screener.review.draws import days, officers, outcome
from screener.review.draws.days import Day
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.rights import EVERY, MAY, Verb
from screener.review.schema import person
from screener.review.web import desk, entered, faults, labels, words
from screener.review.web.attachments import attachment
from screener.review.web.desk import Desk
from screener.review.web.request import (
    FORM_BYTES,
    Asked,
    Page,
    now_of,
    page,
    see_other,
    service_of,
    site_of,
    words_of,
)

FOR_ALL: Final = {"cache-control": "public, max-age=300"}
"""Everybody is sent the same: whatever lies between may keep it."""

PUBLIC: Final = {"public": True, "quiet": True}


@get("/draws", sync_to_thread=True)
def get_draws(request: Asked) -> Page:
    """Who inspects today, who is left out and why, how the draw stands. Raises `Denied`."""
    return _draws(request)


@post("/draws/exclusions", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_exclusion(request: Asked) -> Page | Redirect:
    """Leave somebody out of the draws of some days, with the reason."""
    at, data = desk.of(request), entered.of(request)
    given = {name: entered.text(data, name).strip() for name in ("hub", "since", "until", "why", "note")}
    try:
        number = entered.number(data, "person")
        with writing(at.engine) as connection:
            officers.exclude(connection, at.who, at.home, at.now, person_id=number, **given)
    except (BadInput, Conflict, Denied) as error:
        status = {Conflict: 409, Denied: 403}.get(type(error), 400)
        return _draws(request, error=faults.told(error, words_of(request)), typed=given, status=status)
    return see_other("/draws")


@post("/draws/exclusions/{exclusion_id:int}/end", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_inclusion(request: Asked, exclusion_id: FromPath[int]) -> Redirect:
    """Take somebody in again. Raises `Hidden`, `Denied`."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        officers.include(connection, at.who, at.home, at.now, exclusion_id)
    return see_other("/draws")


@get("/public/draws", sync_to_thread=True, opt=PUBLIC)
def get_public(request: Asked) -> Page:
    """The days of the draw, for everybody."""
    service = service_of(request)
    with reading(service.engine) as connection:
        known = days.latest(connection)
    return _for_all(
        request, "public_draws.html", days=known, today=days.today(now_of(request)), zone=_zone(request)
    )


@get("/public/draws/check.py", sync_to_thread=False, opt=PUBLIC)
def get_check() -> Response[bytes]:
    """The script that repeats a draw."""
    content = resources("screener.review.draws").joinpath("check.py").read_bytes()
    return Response(content, media_type="text/x-python; charset=utf-8", headers=FOR_ALL)


@get("/public/draws/{day:str}", sync_to_thread=True, opt=PUBLIC)
def get_public_day(request: Asked, day: FromPath[str]) -> Page:
    """What a day's draw came to, for everybody. Raises `Hidden`."""
    service = service_of(request)
    with reading(service.engine) as connection:
        found = _known(connection, day)
        rates, hubs = outcome.by_rate(connection, found), outcome.by_hub(connection, found)
        drawn = officers.of_day(connection, day)
    people = [one for order in drawn.values() for one in order]
    return _for_all(
        request,
        "public_day.html",
        day=found,
        over=now_of(request) >= found.ends,
        rates=outcome.public([(f"{rate:.2%}", counts) for rate, counts in rates]),
        rate=rates[0][0] if rates else 0.01,
        zone=_zone(request),
        total=outcome.total(rates),
        hubs=outcome.public(hubs),
        several=len(hubs) > 1,
        others=outcome.OTHERS,
        officers=len(people),
        excluded=sum(one.excluded is not None for one in people),
        on_duty=sum(len(officers.on_duty(one, service.settings.draw_officers)) for one in drawn.values()),
        published_at=found.ends + timedelta(days=service.settings.draw_published_after_days),
    )


@get("/public/draws/{day:str}/drawn.csv", sync_to_thread=True, opt=PUBLIC)
def get_marks(request: Asked, day: FromPath[str]) -> Response[bytes]:
    """A line for each drawn parcel: SHA-256 of the seed, a bar, hub/parcel. Raises `Hidden`."""
    with reading(service_of(request).engine) as connection:
        found = _known(connection, day)
        if found.seed is None:
            raise Hidden(NONE)
        lines = ["sha256", *outcome.marks(connection, found)]
    headers = attachment(f"drawn-{day}.csv") | FOR_ALL
    content = "".join(f"{line}\r\n" for line in lines).encode()
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _zone(request: Asked) -> str:
    """By which clock the times of a page are."""
    return service_of(request).settings.time_zone


def _known(connection: Connection, day: str) -> Day:
    """A day whose hash is public. Raises `Hidden`."""
    found = days.find(connection, day) if days.is_day(day) else None
    if found is None:
        raise Hidden(NONE)
    return found


def _draws(
    request: Asked, *, error: str | None = None, typed: dict[str, str] | None = None, status: int = 200
) -> Page:
    at = desk.of(request)
    if not at.who.anywhere(Verb.SEE):
        raise Denied("the draw is for those who see parcels")
    today = days.today(at.now)
    with reading(at.engine) as connection:
        found = _of_today(connection, at, today)
    with writing(at.engine) as connection:
        record(connection, Deed(at.now, at.who.name, "see_draws", f"draw:{today}"))
    tomorrow = (at.now + timedelta(days=1)).date().isoformat()
    found |= {"error": error, "typed": typed or {}, "today": today, "tomorrow": tomorrow}
    return page(request, "draws.html", status, labels=labels, **found)


def _of_today(connection: Connection, at: Desk, today: str) -> dict[str, Any]:
    """Officers, exclusions and counts of the hubs that this person may see."""
    known = days.find(connection, today)
    orders = officers.of_day(connection, today)
    counts = dict(outcome.by_hub(connection, known)) if known else {}
    mine = [hub for hub in sorted({*orders, *counts}) if at.who.may(Verb.SEE, hub, at.home)]
    people = select(person.c.id, person.c.shown).where(person.c.disabled_at.is_(None))
    ours = [one for one in at.who.grants if one.agency in {EVERY, at.home}]
    supervises = any(Verb.REASSIGN in MAY[one.role] for one in ours)
    everywhere = {EVERY} if any(Verb.SEE in MAY[one.role] for one in ours) else set()
    chosen = people if supervises else people.where(person.c.id == at.who.person)
    rows = officers.exclusions(connection, today)
    return {
        "day": known,
        "hubs": [
            (hub, officers.on_duty(orders.get(hub, ()), at.settings.draw_officers), orders.get(hub, ()))
            for hub in mine
        ],
        "counts": counts,
        "nothing": outcome.Counts(),
        "days": days.latest(connection, 16),
        "exclusions": [one for one in rows if one.hub in {*mine, *everywhere} or one.person == at.who.person],
        "may_end": [
            one.id
            for one in rows
            if officers.may_end(at.who, at.home, person_id=one.person, hub=one.hub, by=one.by_person)
        ],
        "people": connection.execute(chosen.order_by(person.c.shown)).all(),
        "may_exclude": at.who.anywhere(Verb.DECIDE),
        "known_hubs": mine,
    }


def _for_all(request: Asked, template: str, **context: object) -> Page:
    """A page without a cookie, a form or a person, so that it may be kept: its language is in its address."""
    site, asked = site_of(request), request.query_params.get("language", "")
    language = asked if asked in words.LANGUAGES else site.service.settings.language
    known: dict[str, object] = {"path": request.scope["path"], "now": site.service.clock()}
    content = site.environments[language].get_template(template).render(known | context)
    return Response(content, media_type=MediaType.HTML, headers=FOR_ALL)


routes: Final[list[ControllerRouterHandler]] = [
    get_draws,
    post_exclusion,
    post_inclusion,
    get_public,
    get_check,
    get_public_day,
    get_marks,
]
