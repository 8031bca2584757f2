"""The hubs' side of the rig: each way into the log is fed no faster than it is decided, whatever breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench import whole
from bench.faults import traffic
from bench.faults.traffic import Parcel
from screener.errors import Unavailable
from screener.stream.port import Log

BATCH = 50
RETRY_S = 0.5
FLOOD = 3

Send = Callable[[Sequence[Parcel]], bool]
"""Sends parcels, or some of them; True once all of them were taken. Sent again they are the same."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """All parcels of a run; `hubs` send them in turn."""

    count: int
    seed: int
    hubs: tuple[str, ...]

    def of(self, hubs: Sequence[str], start: int = 0, stop: int | None = None) -> Iterator[Parcel]:
        """The parcels of some hubs, those from the `start`th to the `stop`th."""
        every = traffic.parcels(self.count, self.seed, hubs=self.hubs)
        return islice((one for one in every if one.hub in hubs), start, stop)


class Way(threading.Thread):
    """One way into the log: sends the parcels of `hubs`, at most `ahead` of what `decided` says of them.

    What was not taken is sent again: hubs deliver at least once. How far it is lies in a file, so that a run
    that was cut off goes on.
    """

    def __init__(
        self,
        hubs: Sequence[str],
        sent: Traffic,
        send: Send,
        progress: Path,
        *,
        ahead: int,
        decided: Callable[[Sequence[str]], int],
    ) -> None:
        super().__init__(daemon=True)
        self.hubs = hubs
        self._sent = sent
        self._send = send
        self._progress = progress
        self._ahead = ahead
        self._decided = decided
        self._ended = threading.Event()
        self.fed = fed(progress)
        self.repeats = 0
        self.flooding = threading.Event()
        """Set: so many times as much may be under way, so that a backlog grows."""

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def parcels(self) -> Iterator[Parcel]:
        """What was sent so far."""
        return self._sent.of(self.hubs, stop=self.fed)

    def run(self) -> None:
        parcels = self._sent.of(self.hubs, self.fed)
        while batch := list(islice(parcels, BATCH)):
            while self._full():
                if self._ended.wait(0.05):
                    return
            while not self._send(batch):
                self.repeats += 1
                if self._ended.wait(RETRY_S):
                    return
            if self._ended.is_set():
                return
            self.fed += len(batch)
            whole.write(self._progress, str(self.fed).encode())

    def _full(self) -> bool:
        most = self._ahead * (FLOOD if self.flooding.is_set() else 1)
        return self.fed - self._decided(self.hubs) > most


class Feeder:
    """All ways of a run."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self.ways = ways

    @property
    def fed(self) -> int:
        return sum(way.fed for way in self.ways)

    def is_alive(self) -> bool:
        return any(way.is_alive() for way in self.ways)

    def flood(self, on: bool) -> None:
        """Let more be under way than usual, or no more."""
        for way in self.ways:
            if on:
                way.flooding.set()
            else:
                way.flooding.clear()

    def parcels(self) -> Iterator[Parcel]:
        for way in self.ways:
            yield from way.parcels()

    def start(self) -> None:
        for way in self.ways:
            way.start()

    def stop(self) -> None:
        for way in self.ways:
            way.stop()


def by_log(log: Log) -> Send:
    """As a hub that speaks Kafka itself sends."""

    def send(batch: Sequence[Parcel]) -> bool:
        try:
            with log.publisher() as publisher:
                publisher.publish([message for one in batch for message in traffic.messages(one)])
        except Unavailable:
            return False
        return True

    return send


def fed(progress: Path) -> int:
    """How many parcels an earlier part of the run has sent."""
    return int(progress.read_text()) if progress.exists() else 0
