"""One's own account: rights, and the password that nobody else has to know."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from screener.review import accounts
from screener.review.database import reading, writing
from screener.review.schema import person
from screener.review.web.request import (
    FORM_BYTES,
    Asked,
    Page,
    form_of,
    now_of,
    page,
    see_other,
    service_of,
    who_of,
)


@get("/me", sync_to_thread=True)
def get_me(request: Asked) -> Page:
    """Who is signed in, with which rights; and a form for another password, where there is one."""
    mine = select(person.c.password.is_not(None)).where(person.c.id == who_of(request).person)
    with reading(service_of(request).engine) as connection:
        return page(request, "me.html", has_password=bool(connection.scalar(mine)))


@post("/me/password", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_my_password(request: Asked) -> Redirect:
    """Another password; ends all of one's sessions, this one too."""
    given = form_of(request)
    old, new = str(given.get("old", "")), str(given.get("password", ""))
    with writing(service_of(request).engine) as connection:
        accounts.change_password(connection, who_of(request), now_of(request), old, new)
    return see_other("/sign-in")


routes: Final[list[ControllerRouterHandler]] = [get_me, post_my_password]
