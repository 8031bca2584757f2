"""What went wrong, as a page for people and as JSON for scripts; a fault of ours tells nothing of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from litestar import MediaType, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from screener.errors import BadInput, ScreenerError, Unavailable
from screener.review.errors import Conflict, Denied, Hidden, Refused, TooMany
from screener.review.web import faults
from screener.review.web.request import Asked, NotSignedIn, page, words_of
from screener.review.web.words import Words, msg

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person is told: the status, what it means, and the particulars."""

    status: int
    title: str
    detail: str


def answered(request: Asked, error: Exception) -> Response[Any]:
    """The answer to whatever a handler raised."""
    if isinstance(error, NotSignedIn):
        return _to_sign_in(request)
    answer = _answer_to(error, words_of(request))
    if answer.status >= 500:
        logger.error("fault", path=request.scope["path"], exc_info=error)
    if wants_json(request):
        body = {
            "status": answer.status,
            "title": words_of(request).gettext(answer.title),
            "detail": answer.detail,
        }
        return Response(body, status_code=answer.status, media_type=MediaType.JSON)
    return page(request, "error.html", answer.status, answer=answer)


def wants_json(request: Asked) -> bool:
    """Whether a script asks: it says so in Accept, and browsers that load a page never do."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _to_sign_in(request: Asked) -> Response[Any]:
    if wants_json(request):
        text = words_of(request).gettext("Sign in first.")
        return Response({"status": 401, "title": text, "detail": ""}, status_code=401)
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope["path"] + (f"?{query}" if query else "")
    wanted = path if request.scope["method"] == "GET" and path != "/" else ""
    where = "/sign-in" + (f"?{urlencode({'next': wanted})}" if wanted else "")
    return Redirect(where, status_code=303)


def _answer_to(error: Exception, words: Words) -> Answer:
    for kind, status, title in _OURS:
        if isinstance(error, kind):
            return Answer(status, title, _detail(error, words))
    if isinstance(error, HTTPException) and error.status_code < 500:
        return Answer(error.status_code, _TITLES.get(error.status_code, msg("Not accepted")), "")
    status = 503 if isinstance(error, Unavailable) else 500
    return Answer(status, _TITLES[status], "")


def _detail(error: ScreenerError, words: Words) -> str:
    """The particulars, in the reader's language where they have a text of their own."""
    if isinstance(error, BadInput):
        return words.gettext(faults.TEXTS[error.reason]) if error.reason in faults.TEXTS else error.detail
    return words.gettext(str(error))


_OURS: Final[tuple[tuple[type[ScreenerError], int, str], ...]] = (
    (Hidden, 404, msg("Not found")),
    (Denied, 403, msg("Not allowed")),
    (Conflict, 409, msg("Changed meanwhile")),
    (Refused, 401, msg("Not signed in")),
    (TooMany, 429, msg("Too many requests")),
    (BadInput, 400, msg("Not accepted")),
)

_TITLES = {
    404: msg("Not found"),
    405: msg("Not allowed"),
    413: msg("Too large"),
    429: msg("Too many requests"),
    500: msg("A fault of ours"),
    503: msg("Out of order for the moment"),
}
