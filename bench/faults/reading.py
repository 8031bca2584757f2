"""What a committed reader sees while things break: every decision, in the order in which it came."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from screener.contracts import topics
from screener.errors import Unavailable
from screener.stream.port import Log, Partition


class Told(msgspec.Struct):
    """Of a decision what the reader keeps."""

    hub: str
    parcel_id: str
    revision: int


Place = tuple[int, int]
"""A partition and an offset."""


class Watcher(threading.Thread):
    """Follows the decisions from the start; `seen` is what it was given, by place, as it was then."""

    def __init__(self, log: Log) -> None:
        super().__init__(daemon=True)
        self._log = log
        self._ended = threading.Event()
        self._parcels: set[tuple[str, str]] = set()
        self._by_hub: Counter[str] = Counter()
        self.seen: dict[Place, tuple[str, str, int]] = {}
        self.doubled: list[str] = []

    @property
    def decided(self) -> int:
        """How many parcels have a decision."""
        return len(self._parcels)

    def decided_of(self, hubs: Sequence[str]) -> int:
        """How many parcels of these hubs have one."""
        return sum(self._by_hub[hub] for hub in hubs)

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        made: dict[tuple[str, str, int], Place] = {}
        next_of: dict[Partition, int] = {}
        while not self._ended.is_set():
            try:
                count = self._read(made, next_of)
            except Unavailable:
                count = 0
            if not count:
                self._ended.wait(0.1)

    def _read(self, made: dict[tuple[str, str, int], Place], next_of: dict[Partition, int]) -> int:
        count = 0
        for number in range(self._log.topics()[topics.DECISIONS]):
            partition = Partition(topics.DECISIONS, number)
            start = next_of.get(partition, 0)
            for record in self._log.read(partition, start, self._log.end(partition)):
                told = msgspec.json.decode(record.value or b"", type=Told)
                key, place = (told.hub, told.parcel_id, told.revision), (number, record.offset)
                if key in made:
                    self.doubled.append(f"{key} at {made[key]} and at {place}")
                made[key] = place
                self.seen[place] = key
                if key[:2] not in self._parcels:
                    self._parcels.add(key[:2])
                    self._by_hub[told.hub] += 1
                next_of[partition] = record.offset + 1
                count += 1
        return count


def wait_for(done: Callable[[], bool], limit_s: float) -> float | None:
    """Seconds until `done()` is true, None where that takes longer than `limit_s`."""
    began_s = time.monotonic()
    while not done():
        if time.monotonic() - began_s > limit_s:
            return None
        time.sleep(0.1)
    return time.monotonic() - began_s
