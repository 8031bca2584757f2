"""The embedded log: topics, publishers, members and followers of one SQLite file."""

from __future__ import annotations

import itertools
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from screener.stream.port import Closing, Message, Partition, Record, Subscription, TopicSpec
from screener.stream.sqlite import catalog, groups, waiting
from screener.stream.sqlite.append import Append
from screener.stream.sqlite.database import Database
from screener.stream.sqlite.member import SqliteMember
from screener.stream.sqlite.reader import MAX_BATCH_BYTES, Reader, between, within
from screener.stream.sqlite.tidy import tidy

TIDY_EVERY_S = 5.0
READ_RECORDS = 100


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class SqlitePublisher(Closing):
    """The port's `Publisher`; any thread may use it."""

    def __init__(self, path: Path, clock_ms: Callable[[], int]) -> None:
        self._database = Database(path)
        self._clock_ms = clock_ms
        self._spread = itertools.count()
        self._tidied_s = time.monotonic()

    def publish(self, messages: Sequence[Message]) -> list[tuple[Partition, int]]:
        with self._database.write() as connection:
            places = Append(connection, self._clock_ms(), self._spread).all(messages)
        self._tidy_now_and_then()
        return places

    def close(self) -> None:
        self._database.close()

    def _tidy_now_and_then(self) -> None:
        if time.monotonic() - self._tidied_s >= TIDY_EVERY_S:
            tidy(self._database, self._clock_ms())
            self._tidied_s = time.monotonic()


class SqliteFollower(Closing):
    """The port's `Follower`."""

    def __init__(self, path: Path, topics: Sequence[str], *, from_start: bool) -> None:
        self._database = Database(path)
        self._drained = False
        try:
            self._reader = self._open(topics, from_start)
        except BaseException:
            self._database.close()
            raise

    def poll(self, timeout_s: float, max_records: int = 500) -> tuple[Record, ...]:
        return waiting.first(lambda: self._look(max_records), timeout_s) or ()

    def close(self) -> None:
        self._database.close()

    def _open(self, topics: Sequence[str], from_start: bool) -> Reader:
        with self._database.read() as connection:
            found = [catalog.require(connection, topic).spec for topic in topics]
            partitions = [Partition(spec.name, number) for spec in found for number in range(spec.partitions)]
            reader = Reader(connection, dict.fromkeys(partitions, 0))
            if not from_start:
                reader.positions.update(reader.ends(connection))
        return reader

    def _look(self, max_records: int) -> tuple[Record, ...] | None:
        if not self._database.changed() and self._drained:
            return None
        with self._database.read() as connection:
            records = self._reader.take(connection, max_records)
        self._drained = not records
        return tuple(records) or None


class Sqlite(Closing):
    """The port's `Log` in the file `path`, which is made where it is missing; on a local disk only.

    Raises `BadConfig` if `path` cannot be a log. A member that is silent for `session_timeout_s` (its
    process is stopped or dead) is put out. `clock_ms` is the epoch in milliseconds.
    """

    def __init__(
        self, path: Path, *, session_timeout_s: float = 10.0, clock_ms: Callable[[], int] = wall_clock_ms
    ) -> None:
        self._path = path
        self._session_timeout_ms = round(session_timeout_s * 1000)
        self._clock_ms = clock_ms
        self._database = Database(path)
        self._opened: weakref.WeakSet[SqlitePublisher | SqliteMember | SqliteFollower] = weakref.WeakSet()

    def topics(self) -> Mapping[str, int]:
        with self._database.read() as connection:
            return catalog.counts(connection)

    def create(self, specs: Sequence[TopicSpec]) -> None:
        with self._database.write() as connection:
            catalog.create(connection, specs)
            groups.rebalance_all(connection)

    def describe(self, topic: str) -> TopicSpec | None:
        with self._database.read() as connection:
            found = catalog.find(connection, topic)
        return None if found is None else found.spec

    def publisher(self, slot: str | None = None) -> SqlitePublisher:
        """A slot changes nothing: every call is one transaction anyway, and dies with its process."""
        publisher = SqlitePublisher(self._path, self._clock_ms)
        self._opened.add(publisher)
        return publisher

    def join(self, group: str, subscription: Subscription, slot: str) -> SqliteMember:
        seat = groups.Seat(group, slot, subscription, self._session_timeout_ms)
        member = SqliteMember(self._path, seat, self._clock_ms)
        self._opened.add(member)
        return member

    def follow(self, topics: Sequence[str], *, from_start: bool) -> SqliteFollower:
        follower = SqliteFollower(self._path, topics, from_start=from_start)
        self._opened.add(follower)
        return follower

    def start(self, partition: Partition) -> int:
        with self._database.read() as connection:
            row = catalog.partition_row(connection, partition)
            end = catalog.end(connection, row)
            first = next(between(connection, row, partition, 0, end, limit=1), None)
        return end if first is None else first.offset

    def end(self, partition: Partition) -> int:
        with self._database.read() as connection:
            return catalog.end(connection, catalog.partition_row(connection, partition))

    def read(self, partition: Partition, start: int, stop: int) -> Iterator[Record]:
        at = start
        while records := self._read_some(partition, at, stop):
            yield from records
            at = records[-1].offset + 1

    def committed(self, group: str) -> Mapping[Partition, int]:
        with self._database.read() as connection:
            return groups.committed(connection, group)

    def tidy(self) -> int:
        """Delete a few records whose time is over; how many. Members and publishers do it by the way."""
        return tidy(self._database, self._clock_ms())

    def close(self) -> None:
        """Close everything that was opened through this log, and leave the groups."""
        with ExitStack() as closing:
            closing.callback(self._database.close)
            for opened in tuple(self._opened):
                closing.callback(opened.close)

    def _read_some(self, partition: Partition, start: int, stop: int) -> list[Record]:
        """The next records of a `read`: few enough to hold, in a snapshot of their own that blocks nobody."""
        with self._database.read() as connection:
            row = catalog.partition_row(connection, partition)
            return within(
                between(connection, row, partition, start, stop, limit=READ_RECORDS), MAX_BATCH_BYTES
            )
