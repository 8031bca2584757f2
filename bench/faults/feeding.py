"""The hubs' side of the rig: publishes the traffic no faster than it is decided, whatever breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from bench.faults import traffic
from screener.errors import Unavailable
from screener.stream.port import Log

BATCH = 50
RETRY_S = 0.5
FLOOD = 3


class Feeder(threading.Thread):
    """Publishes parcels `start` to `count`, at most `ahead` of what `decided` says.

    A batch whose end is unknown is sent again: hubs deliver at least once. How far it is lies in a file, so
    that a run that was cut off goes on.
    """

    def __init__(
        self, log: Log, progress: Path, count: int, seed: int, *, ahead: int, decided: Callable[[], int]
    ) -> None:
        super().__init__(daemon=True)
        self._log = log
        self._progress = progress
        self._count = count
        self._seed = seed
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

    def run(self) -> None:
        parcels = traffic.parcels(self._count, self._seed, self.fed)
        while batch := list(islice(parcels, BATCH)):
            while self.fed - self._decided() > self._ahead * (FLOOD if self.flooding.is_set() else 1):
                if self._ended.wait(0.05):
                    return
            while not self._published(batch):
                self.repeats += 1
                if self._ended.wait(RETRY_S):
                    return
            if self._ended.is_set():
                return
            self.fed += len(batch)
            self._progress.write_text(str(self.fed))

    def _published(self, batch: list[traffic.Parcel]) -> bool:
        try:
            with self._log.publisher() as publisher:
                publisher.publish([message for one in batch for message in traffic.messages(one)])
        except Unavailable:
            return False
        return True


def fed(progress: Path) -> int:
    """How many parcels an earlier part of the run has sent."""
    return int(progress.read_text()) if progress.exists() else 0
