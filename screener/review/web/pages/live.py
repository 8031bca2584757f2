"""What tells open pages that something changed: one stream for each, from one look at the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from litestar import get
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from screener.errors import Unavailable
from screener.review.errors import Denied
from screener.review.live import EVERY_S
from screener.review.rights import Verb
from screener.review.web.request import Asked, Site, site_of, who_of

LONGEST_S: Final = 300.0
"""Then the browser asks anew, and is asked anew who it is."""

RETRY_MS: Final = 3000


@get("/live", opt={"quiet": True})
async def get_live(request: Asked) -> Stream:
    """A server-sent event `change` for each change; the page asks what it was. Raises `Denied`."""
    if not who_of(request).anywhere(Verb.SEE):
        raise Denied("what goes on is for those who see parcels")
    return Stream(
        _events(site_of(request)), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def _events(site: Site) -> AsyncIterator[bytes]:
    """The marks of the feed as they come, until the server stops or it has been long enough."""
    yield f"retry: {RETRY_MS}\n\n".encode()
    known = None
    for _ in range(round(LONGEST_S / EVERY_S)):
        if site.stopping.is_set():
            return
        try:
            mark = await asyncio.to_thread(site.feed.mark)
        except Unavailable:
            return  # the browser asks again
        if mark != known:
            yield f"event: change\ndata: {mark}\n\n".encode()
        known = mark
        await asyncio.sleep(EVERY_S)


routes: Final[list[ControllerRouterHandler]] = [get_live]
