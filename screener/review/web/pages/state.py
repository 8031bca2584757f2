"""Whether the workstation answers, for those who watch over it; and the way in."""

from __future__ import annotations

from typing import Final

from litestar import Response, get
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from screener.errors import Unavailable
from screener.review import database
from screener.review.web.navigation import home
from screener.review.web.request import Asked, see_other, service_of, who_of


@get("/", sync_to_thread=False)
def get_home(request: Asked) -> Redirect:
    """The page where this person begins."""
    return see_other(home(who_of(request)))


@get("/healthz", sync_to_thread=False, opt={"open": True})
def get_healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/readyz", sync_to_thread=True, opt={"open": True})
def get_readyz(request: Asked) -> Response[dict[str, str]]:
    """Its database answers, and has the tables of this version."""
    try:
        ready = database.is_current(service_of(request).engine)
    except Unavailable:
        ready = False
    status = "ok" if ready else "no database"
    return Response({"status": status}, status_code=200 if ready else 503)


routes: Final[list[ControllerRouterHandler]] = [get_home, get_healthz, get_readyz]
