"""The workstation as an application: its pages, and what stands before and behind each of them."""

from __future__ import annotations

from typing import Final

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from screener.review.service import Service
from screener.review.web import files, headers, templating
from screener.review.web.answers import answered
from screener.review.web.pages import people, pictures, record, signing, state, static
from screener.review.web.request import Site, admitted

FORM_BYTES: Final = 64 * 1024
"""What a form may hold beside a photograph."""

ROUTES: Final[tuple[ControllerRouterHandler, ...]] = (
    *pictures.routes,
    *people.routes,
    *record.routes,
    *signing.routes,
    *state.routes,
    *static.routes,
)


def create(service: Service) -> Litestar:
    """The ASGI application of a workstation whose parts are open."""
    found = files.read()
    site = Site(service, found, templating.environments(service.settings, found))
    return Litestar(
        list(ROUTES),
        state=State({"site": site}),
        guards=[admitted],
        exception_handlers={Exception: answered, HTTPException: answered},
        before_send=[headers.add],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=service.settings.photograph_bytes + FORM_BYTES,
    )
