"""What the workstation counts: requests and their time, and what waits; never parcels or persons."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, Select, func, select

from screener.errors import Unavailable
from screener.review.database import reading
from screener.review.parcels import real
from screener.review.schema import outbox, parcel, refused
from screener.review.service import Clock

_REQUEST_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)


class WebMetrics:
    """Metrics of one workstation on a registry."""

    def __init__(self, registry: CollectorRegistry, engine: Engine, clock: Clock) -> None:
        self.requests = Counter(
            "screener_review_requests", "Requests answered.", ["route", "status"], registry=registry
        )
        self.request_s = Histogram(
            "screener_review_request_seconds",
            "Time until an answer begins.",
            ["route"],
            buckets=_REQUEST_S,
            registry=registry,
        )
        registry.register(Waiting(engine, clock))

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern of its address, never the address."""
        self.requests.labels(route, str(status)).inc()
        self.request_s.labels(route).observe(seconds)


class Waiting(Collector):
    """What waits, counted in the database when somebody asks."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not need the database."""
        return []

    def collect(self) -> Iterable[Metric]:
        """The gauges; none where the database does not answer, which is another metric's matter."""
        try:
            with reading(self._engine) as connection:
                return list(self._gauges(connection))
        except Unavailable:
            return []

    def _gauges(self, connection: Connection) -> Iterator[Metric]:
        parcels = GaugeMetricFamily("screener_review_parcels", "Flagged parcels by state.", labels=["state"])
        counted = select(parcel.c.state, func.count()).where(real()).group_by(parcel.c.state)
        for state, count in connection.execute(counted):
            parcels.add_metric([state], count)
        yield parcels
        waiting = select(func.count()).where(parcel.c.state == "waiting", real())
        overdue = waiting.where(parcel.c.due_at < self._clock())
        yield _gauge(connection, "overdue", "Waiting parcels whose belt wanted an answer before.", overdue)
        unsent = select(func.count()).where(outbox.c.sent_at.is_(None), outbox.c.withdrawn.is_(False))
        yield _gauge(connection, "unsent", "Outcomes that are not published yet.", unsent)
        unread = select(func.count()).select_from(refused)
        yield _gauge(connection, "refused", "Flagged messages that could not be read.", unread)


def timed(app: ASGIApp, metrics: WebMetrics) -> ASGIApp:
    """The application, its answers counted; it goes around all of it, since refusals are answers, too."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        began_s = time.monotonic()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = str(scope.get("path_template", "other"))
                metrics.answered(route, message["status"], time.monotonic() - began_s)
            await send(message)

        await app(scope, receive, sent)

    return counted


def _gauge(connection: Connection, name: str, text: str, query: Select[Any]) -> Metric:
    return GaugeMetricFamily(f"screener_review_{name}", text, value=connection.scalar(query) or 0)
