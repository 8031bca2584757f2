"""The server: one process that listens until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from types import FrameType
from typing import Any, Final, cast

import uvicorn
from litestar import Litestar
from litestar.types import ASGIApp

from screener.review.web.metrics import WebMetrics, timed
from screener.review.web.request import Site

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
KEEP_ALIVE_S: Final = 75
"""Longer than the idle time of most proxies, so that they close first."""

STOP_S: Final = 5


class Server(uvicorn.Server):
    """uvicorn's, which tells live pages that it stops and leaves the end of the process to its caller."""

    def __init__(self, config: uvicorn.Config, site: Site, started: Callable[[str], None]) -> None:
        super().__init__(config)
        self._site = site
        self._told_started = started

    def stop(self) -> None:
        """Take nothing new, answer what is under way, end; from any thread."""
        self.should_exit = True
        self._site.stopping.set()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._told_started(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.stop()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {kind: signal.signal(kind, self.handle_exit) for kind in SIGNALS}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)


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
    return Server(config, application.state.site, started)
