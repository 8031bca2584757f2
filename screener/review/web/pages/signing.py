"""The way in and out, and the language of pages."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from screener.review import accounts, sessions, signing_in
from screener.review.database import writing
from screener.review.errors import Refused, TooMany
from screener.review.sessions import Opened
from screener.review.web import words
from screener.review.web.request import (
    FORM_BYTES,
    YEAR_S,
    Asked,
    Page,
    cookie,
    entered,
    form_of,
    no_cookie,
    now_of,
    page,
    see_other,
    service_of,
    site_of,
    visit_of,
    words_of,
)
from screener.review.web.templating import formats


@get("/sign-in", sync_to_thread=True, opt={"public": True})
def get_sign_in(request: Asked) -> Response[Any]:
    """The form; who is signed in already goes on."""
    wanted = onward(request.query_params.get("next", ""))
    if visit_of(request).who is not None:
        return see_other(wanted)
    return form(request, wanted)


@post(
    "/sign-in", status_code=200, sync_to_thread=True, opt={"public": True}, request_max_body_size=FORM_BYTES
)
def post_sign_in(request: Asked) -> Response[Any]:
    """A session for a local account, or the form again with what was wrong."""
    service, wanted = service_of(request), onward(entered(request, "next"))
    name = entered(request, "name", 128)
    password = str(form_of(request).get("password", ""))
    try:
        opened = signing_in.by_password(
            service.engine,
            now_of(request),
            service.settings,
            name=name,
            password=password,
            address=address_of(request),
        )
    except Refused:
        said = words_of(request).gettext("Name or password is not right, or the account is disabled.")
        return form(request, wanted, 401, name=name, wrong=said)
    except TooMany as error:
        wait = formats(visit_of(request).language, service.settings).duration(error.wait)
        said = words_of(request).gettext("Too many attempts. Try again in %(wait)s.", wait=wait)
        return form(request, wanted, 429, name=name, wrong=said)
    return signed_in(request, opened, wanted)


@post("/sign-out", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_sign_out(request: Asked) -> Redirect:
    """End this session, here and in the database."""
    token = visit_of(request).token
    with writing(service_of(request).engine) as connection:
        sessions.end(connection, now_of(request), token or "")
    answer = see_other("/sign-in")
    answer.set_cookie(no_cookie(site_of(request), "session"))
    return answer


@post("/language", sync_to_thread=True, opt={"public": True}, request_max_body_size=FORM_BYTES)
def post_language(request: Asked) -> Redirect:
    """Another language from now on, for the person and for this browser."""
    site, who, language = site_of(request), visit_of(request).who, entered(request, "language", 16)
    answer = see_other(onward(entered(request, "next")))
    if language in words.LANGUAGES:
        answer.set_cookie(cookie(site, "language", language, YEAR_S))
        if who is not None:
            with writing(site.service.engine) as connection:
                accounts.set_language(connection, who, language)
    return answer


def onward(wanted: str) -> str:
    """The page to go on to, if it is one of ours; else the first."""
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if ours and not parts.scheme and not parts.netloc and wanted.isprintable() else "/"


def address_of(request: Asked) -> str:
    """Where the browser is, as far as the server knows."""
    return request.client.host if request.client else "-"


def signed_in(request: Asked, opened: Opened, wanted: str) -> Redirect:
    """Go on with a session of one's own; its token is in no page."""
    site = site_of(request)
    answer = see_other(wanted)
    answer.set_cookie(cookie(site, "session", opened.token))
    answer.set_cookie(no_cookie(site, "visit"))
    return answer


def form(request: Asked, wanted: str, status: int = 200, *, name: str = "", wrong: str = "") -> Page:
    """The way in, with what was wrong with the last try."""
    return page(request, "sign_in.html", status, wanted=wanted, name=name, wrong=wrong)


routes: Final[list[ControllerRouterHandler]] = [get_sign_in, post_sign_in, post_sign_out, post_language]
