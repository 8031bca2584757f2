"""What hubs send is kept here until the log has it: an outbox and a delivery for each hub.

One for each, so that a hub whose topics are missing, or that sends too much, stops nobody else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import structlog

from screener.errors import Unavailable
from screener.hub.delivery import Delivery, Progress
from screener.hub.http.problems import refusal
from screener.hub.http.settings import Waiting
from screener.hub.http.sizes import Sizes
from screener.hub.outbox import Outbox, State
from screener.hub.outbox import Waiting as Backlog
from screener.stream.port import Log, Message

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with the id that its hub knows it by; equal digests say that it is the same message."""

    event_id: str
    digest: str
    message: Message

    @property
    def id(self) -> str:
        return self.same_id + self.digest

    @property
    def same_id(self) -> str:
        """How the ids of all entries begin whose messages have this event id."""
        return f"{self.message.topic}/{quote(self.event_id, safe='')}/"


class Lane:
    """The way of one hub's messages into the log. Raises `BadConfig` as `Outbox` does."""

    def __init__(self, path: Path, open_log: Callable[[], Log], limits: Waiting, slot: str) -> None:
        self._outbox = Outbox(path, limits.max_bytes)
        self._open_log = open_log
        self._limits = limits
        self._slot = slot
        self._putting = threading.Lock()
        self._delivery = self._begun()

    def put(self, entries: list[Entry]) -> list[bool]:
        """Keep all of them, durably, or none; False for those that were kept before.

        Raises `Refusal` (full, id_reused).
        """
        try:
            with self._putting:
                self._check_age()
                for entry in entries:
                    self._check_id(entry)
                return self._outbox.put_all([(entry.id, [entry.message]) for entry in entries])
        except Unavailable as error:
            logger.warning("outbox_unavailable", slot=self._slot, detail=str(error))
            detail = "the queue to the log is full, or its disk is"
            raise refusal("full", detail, retry_after_s=self._limits.retry_after_s) from None

    def backlog(self) -> Backlog:
        """What waits to be sent. Raises `Unavailable`."""
        return self._outbox.waiting()

    def progress(self) -> Progress:
        """How delivery stands."""
        return self._delivery.progress()

    def mend(self) -> None:
        """Begin delivery anew where wrong settings or missing topics have ended it."""
        try:
            self._delivery.check()
        except Exception as error:  # noqa: BLE001  whatever ended it, what waits is to be sent
            logger.warning("delivery_begins_anew", slot=self._slot, after=str(error))
            self._delivery.__exit__(None, None, None)
            self._delivery = self._begun()

    def close(self) -> None:
        """End delivery; what waits is sent after the next start."""
        with ExitStack() as stack:
            stack.callback(self._outbox.close)
            stack.callback(self._delivery.__exit__, None, None, None)

    def _begun(self) -> Delivery:
        return Delivery(self._outbox, self._open_log, slot=self._slot).__enter__()

    def _check_age(self) -> None:
        oldest_s = self._outbox.waiting().oldest_s
        if oldest_s > self._limits.max_age_s:
            detail = f"the oldest message has waited for the log for {oldest_s:.0f} s"
            raise refusal("full", detail, retry_after_s=self._limits.retry_after_s)

    def _check_id(self, entry: Entry) -> None:
        for known in self._outbox.ids(entry.same_id):
            fate = None if known == entry.id else self._outbox.fate(known)
            if fate is not None and fate.state is not State.REFUSED:
                detail = "expected the same message under the same id, got another; give it an id of its own"
                raise refusal("id_reused", detail)


class Intake:
    """The lanes of all hubs; any thread may use it."""

    def __init__(
        self, folder: Path, open_log: Callable[[], Log], limits: Waiting, *, name: str = "gateway"
    ) -> None:
        self._folder = folder
        self._open_log = open_log
        self._limits = limits
        self._name = name
        self._lock = threading.Lock()
        self._lanes: dict[str, Lane] = {}
        self.sizes = Sizes(open_log)

    def open(self, hubs: Iterable[str]) -> None:
        """Open the lanes of these hubs and of all that have left something here. Raises `BadConfig`."""
        left = {path.stem for path in self._folder.glob("*.db")}
        for hub in sorted({*hubs, *left}):
            self.lane(hub)

    def lane(self, hub: str) -> Lane:
        """The lane of a hub, opened when it is first asked for."""
        with self._lock:
            if hub not in self._lanes:
                path = self._folder / f"{hub}.db"
                self._lanes[hub] = Lane(path, self._open_log, self._limits, f"{hub}.{self._name}")
            return self._lanes[hub]

    def lanes(self) -> dict[str, Lane]:
        """All lanes that are open, by hub."""
        with self._lock:
            return dict(self._lanes)

    def mend(self) -> None:
        """Begin anew what has ended, and ask again what topics take."""
        for lane in self.lanes().values():
            lane.mend()
        self.sizes.ask_anew()

    def close(self) -> None:
        with ExitStack() as stack:
            for lane in self.lanes().values():
                stack.callback(lane.close)
