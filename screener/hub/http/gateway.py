"""The parts of a running gateway, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

import structlog

from screener.errors import Unavailable
from screener.hub.http.bell import Bell
from screener.hub.http.callers import Callers
from screener.hub.http.intake import Intake, Lane
from screener.hub.http.metrics import BacklogCollector, GatewayMetrics
from screener.hub.http.mirror import Mirror
from screener.hub.http.problems import refusal
from screener.hub.http.scans import Decoder
from screener.hub.http.settings import GatewaySettings, state_of
from screener.hub.http.shelf import Shelf
from screener.hub.http.tokens import Tokens
from screener.hub.http.webhooks import Caller, Target, prepare
from screener.hub.outbox import Waiting
from screener.stream.port import Log

MEND_S = 10.0

logger = structlog.get_logger(__name__)


class Gateway:
    """What the addresses are served from: who may come in, the outboxes, the shelf.

    `tokens` gives those in force; without `decoder` images are taken undecoded. Raises `BadConfig`.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        open_log: Callable[[], Log],
        *,
        tokens: Callable[[], Tokens] | None,
        decoder: Decoder | None,
        metrics: GatewayMetrics,
    ) -> None:
        subjects = settings.tls.subjects if settings.tls and settings.tls.client_ca else {}
        folder = state_of(settings)
        self.settings = settings
        self.callers = Callers(tokens, subjects)
        self.decoder = decoder
        self.metrics = metrics
        self.bell: Bell | None = None
        self._open_log = open_log
        self._targets: list[Target] = [prepare(webhook) for webhook in settings.webhooks]
        self._polls: dict[str, int] = {}
        self.shelf = Shelf(folder / "verdicts.db")
        self.intake = Intake(folder / "outbox", open_log, settings.waiting, name=settings.name)
        metrics.registry.register(BacklogCollector(self.backlogs))

    def open(self) -> None:
        """Open what earlier runs have left, so that it is sent on. Raises `BadConfig`."""
        self.intake.open(self.callers.hubs())

    def close(self) -> None:
        """Stop sending; nothing is lost that was accepted."""
        self.intake.close()
        self.shelf.close()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Copy verdicts and call webhooks while the event loop runs."""
        self.bell = bell = Bell()
        mirror = Mirror(
            self._open_log, self.shelf, self._readers, bell.ring, keep_h=self.settings.keep_verdicts_h
        )
        async with AsyncExitStack() as stack:
            mirror.__enter__()
            stack.push_async_callback(asyncio.to_thread, mirror.__exit__)
            callers = [Caller(target, self.shelf, bell, self._called).run() for target in self._targets]
            for work in (*callers, self._mending()):
                stack.push_async_callback(_ended, asyncio.create_task(work))
            yield

    def stop(self) -> None:
        """Answer whoever waits for verdicts now; from any thread."""
        if self.bell is not None:
            self.bell.stop()

    @contextmanager
    def polling(self, hub: str) -> Iterator[None]:
        """Count a long poll while it waits. Raises `Refusal` where a hub has too many."""
        if self._polls.get(hub, 0) >= self.settings.limits.polls:
            detail = f"expected at most {self.settings.limits.polls} long polls at a time"
            raise refusal("too_many_requests", detail, retry_after_s=1)
        self._polls[hub] = self._polls.get(hub, 0) + 1
        try:
            with self.metrics.polls.labels(hub).track_inprogress():
                yield
        finally:
            self._polls[hub] -= 1

    def ready(self) -> bool:
        """Whether messages of any hub that may come in would be accepted now."""
        hubs, lanes = self.callers.hubs(), self.intake.lanes()
        return not hubs or any(hub not in lanes or self._has_room(lanes[hub]) for hub in hubs)

    def _has_room(self, lane: Lane) -> bool:
        waiting = self.settings.waiting
        try:
            backlog = lane.backlog()
        except Unavailable:
            return False
        return backlog.bytes < waiting.max_bytes and backlog.oldest_s <= waiting.max_age_s

    def backlogs(self) -> Iterator[tuple[str, Waiting, bool]]:
        """Of each hub whose outbox answers: what waits there, and whether the log takes it."""
        for hub, lane in self.intake.lanes().items():
            with suppress(Unavailable):
                yield hub, lane.backlog(), lane.progress().connected

    def _readers(self) -> frozenset[str]:
        return self.callers.hubs() | frozenset(webhook.hub for webhook in self.settings.webhooks)

    def _called(self, hub: str, taken: bool) -> None:
        self.metrics.calls.labels(hub, "taken" if taken else "failed").inc()

    async def _mending(self) -> None:
        while True:
            await asyncio.sleep(MEND_S)
            try:
                await asyncio.to_thread(self.intake.mend)
            except Exception as error:
                logger.warning("not_mended", exc_info=error)  # tried again, as long as there is a gateway


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
