"""The hubs' side of a soak: publishes ahead of what is decided, and moves the clock on."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import msgspec

from bench import whole
from bench.soak import traffic
from screener.contracts import topics
from screener.stream.port import Follower, Log

BATCH = 250
AHEAD = 3_000
"""So many parcels may be on their way; some twenty of these wait for what never comes."""

QUIET_S = 300.0
"""Nothing decided for so long: what is still counted as under way was decided while nobody listened."""


class Clock:
    """The time of the soak, in a file that workers read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def set(self, time_ms: int) -> None:
        """Nobody reads half a number."""
        whole.write(self.path, str(time_ms).encode())


class Feeder(threading.Thread):
    """Publishes parcels up to `count`; how many are sent and decided is kept, so that a run can go on.

    What was published and not noted when a run was cut off is published again: hubs may.
    """

    def __init__(self, log: Log, folder: Path, count: int) -> None:
        super().__init__(daemon=True)
        self._log = log
        self._count = count
        self._fed_at, self._decided_at = folder / "fed", folder / "decided"
        self._ended = threading.Event()
        self.clock = Clock(folder / "clock")
        self.fed = int(self._fed_at.read_text()) if self._fed_at.exists() else 0
        self.decided = int(self._decided_at.read_text()) if self._decided_at.exists() else self.fed
        self._heard_s = time.monotonic()
        self.clock.set(_ms(self.fed))

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        verdicts = [topics.verdicts(hub) for hub in traffic.HUBS]
        with self._log.follow(verdicts, from_start=False) as heard, self._log.publisher() as publisher:
            while self.fed < self._count and not self._ended.is_set():
                self._hear(heard)
                if self.fed - self.decided > AHEAD and not self._quiet:
                    continue
                numbers = range(self.fed, min(self.fed + BATCH, self._count))
                publisher.publish([one for number in numbers for one in traffic.messages(number)])
                self._advance(numbers.stop)
            self._end(heard)

    def _end(self, heard: Follower) -> None:
        """Let patience end for the last ones, too, where all were published."""
        if self.fed == self._count:
            self.clock.set(_ms(self.fed + 1_000))
        while self.decided < self._count and self.fed == self._count and not self._ended.is_set():
            self._hear(heard)
            if self._quiet:
                return

    @property
    def _quiet(self) -> bool:
        return time.monotonic() - self._heard_s > QUIET_S

    def _hear(self, heard: Follower) -> None:
        wait_s = 0.2 if self.fed - self.decided > AHEAD // 2 else 0.0
        if records := heard.poll(wait_s):
            self.decided += sum(_REVISION.decode(one.value or b"").revision == 1 for one in records)
            whole.write(self._decided_at, str(self.decided).encode())
            self._heard_s = time.monotonic()

    def _advance(self, fed: int) -> None:
        self.fed = fed
        whole.write(self._fed_at, str(fed).encode())
        self._heard_s = time.monotonic()
        self.clock.set(_ms(fed))


def _ms(number: int) -> int:
    """All that comes of the parcels before this one is older: a scan comes minutes after its manifest."""
    return round((traffic.arrival(number) + traffic.SCANNED_AFTER).timestamp() * 1000)


class _Revision(msgspec.Struct):
    revision: int


_REVISION = msgspec.json.Decoder(_Revision)
