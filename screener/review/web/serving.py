"""The server: one process that listens until it is told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final, cast

import uvicorn
from litestar import Litestar
from litestar.types import ASGIApp

from screener.review.web.metrics import WebMetrics, timed
from screener.serving import KEEP_ALIVE_S, Server

STOP_S: Final = 5


def server(
    application: Litestar,
    host: str,
    port: int,
    started: Callable[[str], None] = lambda _: None,
    *,
    metrics: WebMetrics | None = None,
) -> Server:
    """A server of this application; `started` is told its address.

    A proxy on this machine may say whose requests it passes on.
    """
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # it tells of each connection that says rubbish
    served = cast("ASGIApp", application)
    config = uvicorn.Config(
        cast("Any", served if metrics is None else timed(served, metrics)),
        host=host,
        port=port,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
    )
    return Server(config, application.state.site.stopping.set, started)
