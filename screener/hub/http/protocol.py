"""uvicorn's HTTP/1.1 protocol, with what it lacks: a time limit for heads, and who the client is by TLS."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

import h11
from cryptography import x509
from uvicorn.protocols.http.h11_impl import H11Protocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def patient_protocol(head_s: float) -> type[H11Protocol]:
    """The protocol that closes a connection whose head is not there after `head_s`."""

    class PatientProtocol(H11Protocol):
        _head_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if (subject := client_subject(transport)) is not None:
                self.app = cast("Any", _with_subject(self.app, subject))
            self._head_timer = self.loop.call_later(head_s, transport.abort)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch_head()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if self.conn.trailing_data[0]:  # the beginning of another head came with the former request
                self._watch_head()

        def _watch_head(self) -> None:
            if self.conn.their_state is not h11.IDLE:
                self._stop_timer()
            elif self._head_timer is None:
                self._head_timer = self.loop.call_later(head_s, self.transport.abort)

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(exc)

        def _stop_timer(self) -> None:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None

    return PatientProtocol


def client_subject(transport: asyncio.BaseTransport) -> str | None:
    """The subject of the client's certificate as RFC 4514 writes it; None where it showed none."""
    tls = transport.get_extra_info("ssl_object")
    certificate = None if tls is None else tls.getpeercert(binary_form=True)
    if not certificate:
        return None
    return x509.load_der_x509_certificate(certificate).subject.rfc4514_string()


def _with_subject(app: Any, subject: str) -> App:
    """The application, told of the client as ASGI's TLS extension does."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {**scope.get("extensions", {}), "tls": {"client_cert_name": subject}}
        await app({**scope, "extensions": extensions}, receive, send)

    return told
