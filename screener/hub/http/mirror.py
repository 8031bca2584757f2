"""The mirror: copies verdicts from their topics to the shelf, in a thread of its own."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final, Self

import structlog

from screener.contracts import topics
from screener.errors import ScreenerError
from screener.hub.http.shelf import Shelf
from screener.stream.port import Log, Partition, Record

POLL_S: Final = 0.25
LOOK_S: Final = 5.0
RETRY_S: Final = 1.0
PRUNE_S: Final = 60.0
CHUNK: Final = 1000

logger = structlog.get_logger(__name__)


class Mirror:
    """Copies the verdicts of `hubs()` while its `with` lasts, and calls `heard` with hubs that have new ones.

    While the log does not answer, what is on the shelf stays there.
    """

    def __init__(
        self,
        open_log: Callable[[], Log],
        shelf: Shelf,
        hubs: Callable[[], frozenset[str]],
        heard: Callable[[Iterable[str]], None],
        *,
        keep_h: float,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._open_log = open_log
        self._shelf = shelf
        self._hubs = hubs
        self._heard = heard
        self._keep_ms = round(keep_h * 3_600_000)
        self._clock_ms = clock_ms
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self._connected = False
        self._pruned_s = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def connected(self) -> bool:
        """Whether the log answers, and all that it had is copied."""
        return self._connected

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._open_log() as log:
                    while not self._stop.is_set():
                        self._copy(log)
            except ScreenerError as error:
                logger.warning("verdicts_not_read", detail=str(error), retry_in_s=RETRY_S)
            except Exception:
                logger.exception("verdicts_not_read", retry_in_s=RETRY_S)
            self._connected = False
            self._stop.wait(RETRY_S)

    def _copy(self, log: Log) -> None:
        """Follow the topics that there are now, until there are others."""
        wanted = self._wanted(log)
        if not wanted:
            self._connected = True
            self._stop.wait(min(LOOK_S, RETRY_S))
            return
        with log.follow(sorted({one.topic for one in wanted}), from_start=False) as follower:
            # The follower stands at the ends of now: what lies before them is read first.
            for partition in wanted:
                self._catch_up(log, partition)
            self._connected = True
            looked_s = time.monotonic()
            while not self._stop.is_set():
                self._add(follower.poll(POLL_S, CHUNK))
                self._prune()
                if time.monotonic() - looked_s > LOOK_S:
                    looked_s = time.monotonic()
                    if self._wanted(log) != wanted:
                        return

    def _wanted(self, log: Log) -> list[Partition]:
        counts = log.topics()
        names = sorted(name for hub in self._hubs() if (name := topics.verdicts(hub)) in counts)
        return [Partition(name, number) for name in names for number in range(counts[name])]

    def _catch_up(self, log: Log, partition: Partition) -> None:
        start, end = log.start(partition), log.end(partition)
        at = self._shelf.next_of(partition)
        if at is not None and at > end:
            logger.warning("topic_made_anew", topic=partition.topic, expected=at, got=end)
            self._shelf.forget(partition)
            at = None
        if at is None or at < start:
            self._shelf.skip(partition, start)
            at = start
        records = log.read(partition, at, end)
        while chunk := tuple(itertools.islice(records, CHUNK)):
            self._add(chunk)
            if self._stop.is_set():
                return

    def _add(self, records: tuple[Record, ...]) -> None:
        if records and (hubs := self._shelf.add(records)):
            self._heard(hubs)

    def _prune(self) -> None:
        if time.monotonic() - self._pruned_s > PRUNE_S:
            self._pruned_s = time.monotonic()
            while self._shelf.prune(self._clock_ms() - self._keep_ms):
                pass
