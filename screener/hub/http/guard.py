"""The guard before the application: who calls, how often, how much, and how slowly.

A request reaches the application with its hub known and its body read. Nothing of a body is read before
its sender is known.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

import msgspec
import structlog

from screener.hub.http.callers import Callers
from screener.hub.http.metrics import GatewayMetrics
from screener.hub.http.problems import CONTENT_TYPE, Refusal, refusal
from screener.hub.http.protocol import App, Receive, Scope, Send
from screener.hub.http.rates import Rates
from screener.hub.http.settings import Limits

OPEN: Final = frozenset({"/healthz", "/readyz", "/openapi.json"})
"""What everybody may ask."""

RETRY_S: Final = 2

logger = structlog.get_logger(__name__)


class Guard:
    """An ASGI application around another. `body_bytes` is the longest body by path; others take none."""

    def __init__(
        self,
        app: App,
        *,
        callers: Callers,
        limits: Limits,
        body_bytes: Mapping[str, int],
        metrics: GatewayMetrics,
        route_of: Callable[[str], str],
    ) -> None:
        self._app = app
        self._callers = callers
        self._limits = limits
        self._body_bytes = body_bytes
        self._metrics = metrics
        self._route_of = route_of
        self._rates = Rates(limits.requests_per_s, limits.burst)
        self._bodies_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = time.monotonic()
        answer = Answer(send, self._limits.send_s, closes=_has_body(scope["headers"]))
        route = self._route_of(scope["path"])
        try:
            await self._admit(scope, receive, answer)
        except Refusal as refused:
            self._metrics.refused.labels(scope.get("auth") or "", refused.problem.reason).inc()
            await answer.refuse(refused)
        except TimeoutError:  # whoever does not read its answer does not get it
            logger.info("answer_not_read", route=route)
        finally:
            self._metrics.requests.labels(route, str(answer.status or "none")).inc()
            self._metrics.request_s.labels(route).observe(time.monotonic() - began_s)

    async def _admit(self, scope: Scope, receive: Receive, answer: Answer) -> None:
        if scope["path"] not in OPEN:
            hub = scope["auth"] = self._callers.hub_of(scope)
            if (wait_s := self._rates.take(hub)) is not None:
                raise refusal("too_many_requests", "more requests than agreed", retry_after_s=wait_s)
        body = Body(receive, self._body_bytes.get(scope["path"], 0), self._limits.body_s)
        try:
            await body.read(scope["headers"], self._reserve)
            answer.closes = False
            await self._app(scope, body.replay, answer.send)
        finally:
            self._bodies_bytes -= body.reserved_bytes

    def _reserve(self, size: int) -> None:
        """Count `size` bytes more in memory. Raises `Refusal` where that is too much of all."""
        if self._bodies_bytes + size > self._limits.bodies_bytes:
            raise refusal("busy", "too many bodies at once", retry_after_s=RETRY_S)
        self._bodies_bytes += size


class Body:
    """The body of a request: at most `longest` bytes, in at most `body_s`."""

    def __init__(self, receive: Receive, longest: int, body_s: float) -> None:
        self._receive = receive
        self._longest = longest
        self._body_s = body_s
        self._content = bytearray()
        self._replayed = False
        self.reserved_bytes = 0

    async def read(self, headers: list[tuple[bytes, bytes]], reserve: Callable[[int], None]) -> None:
        """Read it to its end. Raises `Refusal` (body_too_large, content_encoding, too_slow, busy)."""
        self._check_announced(headers)
        try:
            async with asyncio.timeout(self._body_s):
                while await self._read_some(reserve):
                    pass
        except TimeoutError:
            raise refusal("too_slow", f"expected the body within {self._body_s:g} s") from None

    async def replay(self) -> MutableMapping[str, Any]:
        """The ASGI `receive` of a body that is there already."""
        if self._replayed:
            return await self._receive()
        self._replayed = True
        return {"type": "http.request", "body": bytes(self._content), "more_body": False}

    def _check_announced(self, headers: list[tuple[bytes, bytes]]) -> None:
        for name, value in headers:
            if name == b"content-encoding" and value.lower() != b"identity":
                raise refusal("content_encoding", "expected a body that is not compressed")
            if name == b"content-length" and int(value) > self._longest:  # h11 has seen to the digits
                raise self._too_large()

    async def _read_some(self, reserve: Callable[[int], None]) -> bool:
        """Whether there may be more."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise refusal("malformed", "expected the whole body, got a part of it")
        part = message.get("body", b"")
        if len(self._content) + len(part) > self._longest:
            raise self._too_large()
        reserve(len(part))
        self.reserved_bytes += len(part)
        self._content += part
        return bool(message.get("more_body", False))

    def _too_large(self) -> Refusal:
        return refusal("body_too_large", f"expected at most {self._longest} bytes")


class Answer:
    """The ASGI `send` of one request, with a time limit; knows the status that went out.

    `closes` while a part of the body may be unread: nobody is to wait for it, or take it for a request.
    """

    def __init__(self, send: Send, send_s: float, *, closes: bool) -> None:
        self._send = send
        self._send_s = send_s
        self.status: int | None = None
        self.closes = closes

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Raises `TimeoutError` where the client does not read."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        async with asyncio.timeout(self._send_s):
            await self._send(message)

    async def refuse(self, refused: Refusal) -> None:
        """Answer with a problem document, unless an answer has begun."""
        if self.status is not None:
            return
        document = msgspec.json.encode(refused.problem)
        headers = {**refused.headers, "content-type": CONTENT_TYPE, "content-length": str(len(document))}
        if self.closes:
            headers["connection"] = "close"
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": refused.problem.status, "headers": raw})
        await self.send({"type": "http.response.body", "body": document})


def _has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)
