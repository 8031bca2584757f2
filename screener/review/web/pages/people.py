"""Accounts and grants, for administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection, select

from screener.errors import BadInput
from screener.review import accounts
from screener.review.accounts import Account
from screener.review.database import writing
from screener.review.errors import Hidden
from screener.review.rights import EVERY, Grant, Reviewer, Role
from screener.review.schema import parcel
from screener.review.service import Service
from screener.review.web.request import (
    FORM_BYTES,
    Asked,
    Page,
    entered,
    form_of,
    now_of,
    page,
    see_other,
    service_of,
    who_of,
)


@get("/people", sync_to_thread=True)
def get_people(request: Asked) -> Page:
    """All accounts, and a form for another."""
    found, _ = _all(request)
    return page(request, "people.html", people=found)


@get("/people/{person:int}", sync_to_thread=True)
def get_person(request: Asked, person: FromPath[int]) -> Page:
    """One account with its grants."""
    found, hubs = _all(request)
    account = next((one for one in found if one.id == person), None)
    if account is None:
        raise Hidden(f"person {person}: there is none")
    return page(
        request,
        "person.html",
        account=account,
        hubs=hubs,
        roles=list(Role),
        agencies=_agencies(service_of(request)),
        own=account.id == who_of(request).person,
    )


@post("/people", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_people(request: Asked) -> Redirect:
    """Another account, without any right yet."""
    password = str(form_of(request).get("password", "")) or None
    with writing(service_of(request).engine) as connection:
        person = accounts.add(
            connection,
            who_of(request),
            now_of(request),
            entered(request, "name", 128),
            shown=entered(request, "shown", 256),
            password=password,
            language=entered(request, "language", 16) or service_of(request).settings.language,
        )
    return see_other(f"/people/{person}")


@post("/people/{person:int}/grants", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_grant(request: Asked, person: FromPath[int]) -> Redirect:
    """A role at one hub or every one, for one agency or every one."""
    given = _grant(request)
    return _done(request, person, lambda db, who, now: accounts.grant(db, who, now, person, given))


@post("/people/{person:int}/grants/revoke", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_revoke(request: Asked, person: FromPath[int]) -> Redirect:
    """Take a role back."""
    given = _grant(request)
    return _done(request, person, lambda db, who, now: accounts.revoke(db, who, now, person, given))


@post("/people/{person:int}/password", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_password(request: Asked, person: FromPath[int]) -> Redirect:
    """A new password; ends the person's sessions."""
    password = str(form_of(request).get("password", ""))
    return _done(request, person, lambda db, who, now: accounts.set_password(db, who, now, person, password))


@post("/people/{person:int}/disable", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_disable(request: Asked, person: FromPath[int]) -> Redirect:
    """Nobody signs in with it any more."""
    return _done(request, person, lambda db, who, now: accounts.disable(db, who, now, person))


@post("/people/{person:int}/enable", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_enable(request: Asked, person: FromPath[int]) -> Redirect:
    """The person may sign in again."""
    return _done(request, person, lambda db, who, now: accounts.enable(db, who, now, person))


Change = Callable[[Connection, Reviewer, datetime], None]


def _done(request: Asked, person: int, change: Change) -> Redirect:
    with writing(service_of(request).engine) as connection:
        change(connection, who_of(request), now_of(request))
    return see_other(f"/people/{person}")


def _all(request: Asked) -> tuple[tuple[Account, ...], list[str]]:
    """All accounts, and the hubs whose parcels have come."""
    with writing(service_of(request).engine) as connection:
        hubs = list(connection.scalars(select(parcel.c.hub).distinct().order_by(parcel.c.hub)))
        return accounts.people(connection, who_of(request), now_of(request)), hubs


def _grant(request: Asked) -> Grant:
    """The grant of a form. Raises `BadInput`."""
    try:
        role = Role(entered(request, "role", 16))
    except ValueError:
        raise BadInput("malformed", f"role: expected one of {', '.join(Role)}") from None
    agency = entered(request, "agency", 64) or EVERY
    if agency not in {EVERY, *_agencies(service_of(request))}:
        raise BadInput("malformed", "agency: expected one of the settings")
    return Grant(role, entered(request, "hub", 128) or EVERY, agency)


def _agencies(service: Service) -> tuple[str, ...]:
    return (service.settings.agency, *service.settings.agencies)


routes: Final[list[ControllerRouterHandler]] = [
    *(get_people, get_person, post_people),
    *(post_grant, post_revoke, post_password, post_disable, post_enable),
]
