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
    """Its database answers, and has the tables of this version; what waits for the log is told beside that.

    Pages are served without the log: what waits for it does not make the workstation unready.
    """
    service = service_of(request)
    try:
        ready = database.is_current(service.engine)
    except Unavailable:
        ready = False
    told = {"status": "ok" if ready else "no database"}
    parts = {**service.health.told(), "policy": "refused" if service.policies.trouble else "ok"}
    return Response(told | parts, status_code=200 if ready else 503)


routes: Final[list[ControllerRouterHandler]] = [get_home, get_healthz, get_readyz]
