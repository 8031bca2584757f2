"""The server: one process that listens, until it is told to stop."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Any, Final, cast

import uvicorn

from screener.errors import BadConfig
from screener.hub.http.gateway import Gateway
from screener.hub.http.guard import Guard
from screener.hub.http.protocol import patient_protocol
from screener.hub.http.routes import application, body_bytes, route_of
from screener.hub.http.settings import GatewaySettings
from screener.serving import KEEP_ALIVE_S, Server

STOP_S: Final = 20
HEAD_BYTES: Final = 64 * 1024


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
    return Server(config, gateway.stop, started)


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
