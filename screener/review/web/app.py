"""The workstation as an application: its pages, and what stands before and behind each of them."""

from __future__ import annotations

import time
from typing import Final

import httpx
from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from screener.review.live import Feed
from screener.review.oidc import Provider
from screener.review.service import Service
from screener.review.web import files, headers, templating
from screener.review.web.answers import answered
from screener.review.web.pages import (
    cases,
    draws,
    fiction,
    figures,
    lists,
    live,
    me,
    models,
    networks,
    parcel,
    people,
    photographs,
    pictures,
    provider,
    queue,
    record,
    signing,
    state,
    static,
    station,
    work,
)
from screener.review.web.request import Site, admitted
from screener.review.web.threads import in_thread, make_room

FORM_BYTES: Final = 64 * 1024
"""What a form may hold beside a photograph."""

ROUTES: Final[tuple[ControllerRouterHandler, ...]] = (
    *queue.routes,
    *parcel.routes,
    *photographs.routes,
    *pictures.routes,
    *work.routes,
    *networks.routes,
    *cases.routes,
    *lists.routes,
    *station.routes,
    *figures.routes,
    *draws.routes,
    *fiction.routes,
    *models.routes,
    *live.routes,
    *me.routes,
    *people.routes,
    *record.routes,
    *signing.routes,
    *provider.routes,
    *state.routes,
    *static.routes,
)


def create(service: Service) -> Litestar:
    """The ASGI application of a workstation whose parts are open."""
    return Litestar(
        [in_thread(one) for one in ROUTES],
        state=State({"site": site(service)}),
        guards=[admitted],
        exception_handlers={Exception: answered, HTTPException: answered},
        before_send=[headers.add],
        on_startup=[make_room],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=service.settings.photograph_bytes + FORM_BYTES,
    )


def site(service: Service) -> Site:
    """What its pages have in common."""
    found = files.read()
    feed = Feed(service.engine, time.monotonic)
    return Site(service, found, templating.environments(service.settings, found), feed, _provider(service))


def _provider(service: Service) -> Provider | None:
    """The OpenID provider of the settings; it is asked for nothing before somebody comes."""
    settings = service.settings.oidc
    if settings is None:
        return None
    asked_seldom = httpx.Limits(max_keepalive_connections=0)
    return Provider(settings, httpx.Client(timeout=settings.timeout_s, limits=asked_seldom))
