"""The server: one process that listens, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from types import FrameType
from typing import Any, Final, cast

import uvicorn

from screener.errors import BadConfig
from screener.hub.http.gateway import Gateway
from screener.hub.http.guard import Guard
from screener.hub.http.protocol import patient_protocol
from screener.hub.http.routes import application, body_bytes, route_of
from screener.hub.http.settings import GatewaySettings

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
KEEP_ALIVE_S: Final = 75
"""Longer than the idle time of most clients and proxies, so that they close first."""

STOP_S: Final = 20
HEAD_BYTES: Final = 64 * 1024


class Server(uvicorn.Server):
    """uvicorn's, which wakes the long polls when it stops and leaves the end of the process to its caller."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway, started: Callable[[str], None]) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._told_started = started

    def stop(self) -> None:
        """Take nothing new, answer what is under way, end; from any thread."""
        self.should_exit = True
        self._gateway.stop()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._told_started(self._address())

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

    def _address(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"{'https' if self.config.is_ssl else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def server(gateway: Gateway, started: Callable[[str], None] = lambda _: None) -> Server:
    """A server of this gateway; `started` is told its address. Raises `BadConfig` for bad certificates."""
    settings = gateway.settings
    guard = Guard(
        cast("Any", application(gateway)),
        callers=gateway.callers,
        limits=settings.limits,
        body_bytes=body_bytes(gateway),
        metrics=gateway.metrics,
        route_of=route_of,
    )
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # it tells of each connection that says rubbish
    config = uvicorn.Config(
        cast("Any", guard),
        host=settings.host,
        port=settings.port,
        http=patient_protocol(settings.limits.head_s),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=settings.limits.connections,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
        h11_max_incomplete_event_size=HEAD_BYTES,
        **_tls(settings),
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise BadConfig(f"gateway: [tls] certificates cannot be read ({error})") from error
    return Server(config, gateway, started)


def _tls(settings: GatewaySettings) -> dict[str, Any]:
    tls = settings.tls
    if tls is None:
        return {}
    found: dict[str, Any] = {"ssl_certfile": tls.certfile, "ssl_keyfile": tls.keyfile}
    if tls.client_ca is not None:
        by_token_too = settings.token_file is not None
        needed = ssl.CERT_OPTIONAL if by_token_too else ssl.CERT_REQUIRED
        found |= {"ssl_ca_certs": tls.client_ca, "ssl_cert_reqs": needed}
    return found
