"""What every page begins with: who asks, in which language, and whether the request is their own.

A handler takes `request: Asked`, and of the path `item_id: FromPath[int]`. It asks `service_of`, `who_of`,
`now_of` and `words_of` of the request, and answers with a `page` or with `see_other`. The guard has been
there before: nobody comes to a handler who is not signed in, nor with a form that is not ours, unless the
handler's `opt` says so (`admitted`).
"""

from __future__ import annotations

import asyncio
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from jinja2 import Environment
from litestar import MediaType, Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.response import Redirect
from markupsafe import Markup

from screener.errors import BadInput
from screener.review import accounts, sessions
from screener.review.database import reading, writing
from screener.review.errors import Denied
from screener.review.live import Feed
from screener.review.oidc import Provider
from screener.review.rights import Reviewer
from screener.review.service import Service
from screener.review.web import words
from screener.review.web.files import Files
from screener.review.web.pace import Pace
from screener.review.web.words import Words

Asked = Request[Any, Any, Any]
"""What a handler is called with."""

Page = Response[str]

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
YEAR_S: Final = 365 * 86400
FORM_BYTES: Final = 16 * 1024
"""What a form of a few fields may hold."""

LARGEST_ROW: Final = 2**63 - 1
"""No database has a row of a larger number, nor takes one in a question."""
FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf"


class NotSignedIn(Exception):
    """The page is for people who are signed in."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: who asks (None before signing in), the proof that forms carry, and the language.

    `fresh`: the proof was made just now, and its cookie must be sent along.
    """

    who: Reviewer | None
    token: str | None
    csrf: str
    language: str
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages of a workstation share; `stopping` is set when answers that go on must end."""

    service: Service
    files: Files
    environments: Mapping[str, Environment]
    feed: Feed
    provider: Provider | None = None
    pace: Pace = field(default_factory=Pace)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by https alone."""
        return (self.service.settings.url or "").startswith("https:")

    def cookie(self, name: str) -> str:
        """A cookie's name; under https the browser holds it to this host."""
        return f"__Host-{name}" if self.secure else f"screener-{name}"


def site_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Site:
    site: Site = connection.app.state.site
    return site


def visit_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Visit:
    """The visit that the guard found; of a request that came to no page, one of nobody."""
    found: Visit | None = connection.scope["state"].get("visit")
    if found is not None:
        return found
    return Visit(None, None, "", _language(connection, None))


async def admitted(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard before every page: nobody's request passes as a reviewer's, or as one's own when it is not.

    A handler with `opt={"public": True}` is there for everybody, with `open` it asks nothing at all. One with
    `quiet` is called by pages themselves: it does not show that the person is still there.
    """
    if handler.opt.get("open"):
        return
    if any(isinstance(one, int) and abs(one) > LARGEST_ROW for one in connection.path_params.values()):
        raise NotFoundException
    visit = await asyncio.to_thread(_visit, connection, quiet=bool(handler.opt.get("quiet")))
    connection.scope["state"]["visit"] = visit
    asker = visit.token if visit.who else f"address {connection.client.host if connection.client else '-'}"
    site_of(connection).pace.take(str(asker))
    if visit.who is None and not handler.opt.get("public"):
        raise NotSignedIn
    if b"%00" in connection.scope["query_string"]:
        raise BadInput("malformed", "address: expected text without NUL")
    if isinstance(connection, Request) and connection.method not in SAFE:
        await read_form(connection)
        _check_own(connection, visit)


def service_of(request: Asked) -> Service:
    return site_of(request).service


def who_of(request: Asked) -> Reviewer:
    """The person; guarded pages have one."""
    who = visit_of(request).who
    if who is None:
        raise NotSignedIn
    return who


def now_of(request: Asked) -> datetime:
    return site_of(request).service.clock()


def form_of(request: Asked) -> FormMultiDict:
    """The fields and files of the form that was sent; nothing where none was."""
    found: FormMultiDict | None = request.scope["state"].get("form")
    return FormMultiDict() if found is None else found


def entered(request: Asked, name: str, most: int = 4096) -> str:
    """A field of the form without blanks around it; empty where there is none. Raises `BadInput`."""
    given = form_of(request).get(name, "")
    if not isinstance(given, str) or len(given) > most:
        raise BadInput("malformed", f"{name}: expected a text of at most {most} characters")
    return given.strip()


def words_of(request: Asked) -> Words:
    """The texts of the reader's language, for handlers."""
    return words.of(visit_of(request).language)


def page(request: Asked, template: str, status: int = 200, **context: object) -> Page:
    """A page from a template; every template knows `who`, `csrf_field`, `path`, `now` and the filters."""
    site, visit = site_of(request), visit_of(request)
    field = Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, visit.csrf)
    known = {
        "who": visit.who,
        "csrf": visit.csrf,
        "csrf_field": field,
        "path": shown_at(request),
        "now": site.service.clock(),
    }
    content = site.environments[visit.language].get_template(template).render(known | context)
    cookies = [cookie(site, "visit", visit.csrf)] if visit.fresh else []
    return Response(content, status_code=status, media_type=MediaType.HTML, cookies=cookies)


def shown_at(request: Asked) -> str:
    """Where a browser finds this page again: of one that answers a form, the nearest page above it."""
    path = str(request.scope["path"])
    if request.method in SAFE:
        return path
    shown = {re.sub(r"\{[^}]*\}", "*", one.path_format) for one in request.app.routes if "GET" in one.methods}
    steps = path.strip("/").split("/")
    above = (steps[:count] for count in range(len(steps), 0, -1))
    return next(("/" + "/".join(one) for one in above if any(_fits(one, page) for page in shown)), "/")


def _fits(steps: Sequence[str], page: str) -> bool:
    wanted = page.strip("/").split("/")
    return len(wanted) == len(steps) and all(
        one in {"*", step} for one, step in zip(wanted, steps, strict=True)
    )


def see_other(path: str) -> Redirect:
    """Go and look there, after a form was taken."""
    return Redirect(path, status_code=303)


def cookie(site: Site, name: str, value: str, max_age_s: int | None = None) -> Cookie:
    """A cookie that scripts cannot read and other sites cannot send along; without an age it ends with the
    browser."""
    return Cookie(
        key=site.cookie(name),
        value=value,
        max_age=max_age_s,
        path="/",
        secure=site.secure,
        httponly=True,
        samesite="lax",
    )


def no_cookie(site: Site, name: str) -> Cookie:
    """What ends a cookie; a browser takes it for a `__Host-` name only if it looks like one itself."""
    return cookie(site, name, "", max_age_s=0)


def _visit(connection: ASGIConnection[Any, Any, Any, Any], *, quiet: bool) -> Visit:
    site = site_of(connection)
    token = connection.cookies.get(site.cookie("session"))
    if token and (found := _signed_in(site.service, token, quiet=quiet)):
        who, csrf = found
        return Visit(who, token, csrf, _language(connection, who))
    proof = connection.cookies.get(site.cookie("visit"))
    return Visit(None, None, proof or secrets.token_urlsafe(32), _language(connection, None), fresh=not proof)


def _signed_in(service: Service, token: str, *, quiet: bool) -> tuple[Reviewer, str] | None:
    """Who acts by this token, and the proof that his forms carry."""
    now = service.clock()
    with reading(service.engine) as connection:
        session = sessions.of(connection, now, token, service.settings)
        who = None if session is None else accounts.reviewer_of(connection, session.person)
    if session is None or who is None:
        return None
    if not quiet and sessions.needs_touch(now, session):
        with writing(service.engine) as connection:
            sessions.touch(connection, now, session)
    return who, session.csrf


def _language(connection: ASGIConnection[Any, Any, Any, Any], who: Reviewer | None) -> str:
    site = site_of(connection)
    chosen = who.language if who else connection.cookies.get(site.cookie("language"))
    return chosen if chosen in words.LANGUAGES else site.service.settings.language


async def read_form(request: Asked) -> None:
    """Keep the fields of a form for the handler, which cannot wait for them."""
    if request.content_type[0] in FORMS:
        try:
            form = await request.form()
            for text in (one for field in form.multi_items() for one in field if isinstance(one, str)):
                _check_text(text)
        except (ValueError, LookupError) as error:  # fields are decoded by the charset that a part names
            raise BadInput("malformed", "form: expected fields of UTF-8 text") from error
        request.scope["state"]["form"] = form


def _check_text(text: str) -> None:
    """What a database can keep: PostgreSQL takes no NUL. Raises `ValueError`."""
    text.encode()
    if "\0" in text:
        raise ValueError("NUL")


def _check_own(request: Asked, visit: Visit) -> None:
    """What changes something comes from a page of ours. Raises `Denied`."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Denied("the request came from another site")
    said = request.headers.get(CSRF_HEADER) or form_of(request).get(CSRF_FIELD)
    if visit.fresh or not secrets.compare_digest(str(said or "").encode(), visit.csrf.encode()):
        raise Denied("this page is of an earlier visit: open it again, then repeat what you did")
