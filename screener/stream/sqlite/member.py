"""A worker's membership in a consumer group of the embedded log."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from screener.errors import Fenced, Unavailable
from screener.stream.port import Assignment, Batch, Closing, Message, Partition
from screener.stream.sqlite import groups, waiting
from screener.stream.sqlite.append import Append
from screener.stream.sqlite.database import Database
from screener.stream.sqlite.heartbeat import Heartbeat
from screener.stream.sqlite.reader import Reader
from screener.stream.sqlite.tidy import tidy

BEATS_PER_TIMEOUT = 5


class SqliteMember(Closing):
    """The port's `Member`: one connection for polling, one for commits, one for the heartbeat."""

    def __init__(self, path: Path, seat: groups.Seat, clock_ms: Callable[[], int]) -> None:
        self._seat = seat
        self._clock_ms = clock_ms
        self._spread = itertools.count()
        self._paused: frozenset[Partition] = frozenset()
        self._broken: Unavailable | None = None
        self._closed = False
        with ExitStack() as opened:
            self._polls, self._commits, self._beats = (
                opened.enter_context(closing(Database(path))) for _ in range(3)
            )
            with self._polls.write() as connection:
                self._member = groups.join(connection, seat, clock_ms())
                self._enter(connection)
            self._databases = opened.pop_all()
        self._heartbeat = Heartbeat(
            self._beat,
            seat.session_timeout_ms / 1000 / BEATS_PER_TIMEOUT,
            name=f"heartbeat {seat.group} {seat.slot}",
        )

    def poll(self, timeout_s: float, max_records: int) -> Batch:
        found = waiting.first(lambda: self._look(max_records), timeout_s)
        return Batch(self._assignment, ()) if found is None else found

    def commit(
        self, assignment: Assignment, messages: Sequence[Message], offsets: Mapping[Partition, int]
    ) -> None:
        self._check()
        if strangers := offsets.keys() - assignment.partitions:
            raise ValueError(f"offsets of partitions outside the assignment: {sorted(strangers)}")
        try:
            with self._commits.write() as connection:
                groups.require_current(connection, self._seat, self._member, assignment)
                Append(connection, self._clock_ms(), self._spread).all(messages)
                groups.commit_offsets(connection, self._seat.group, offsets)
        except Unavailable as error:
            self._broken = error
            raise

    def positions(self) -> Mapping[Partition, int]:
        return dict(self._reader.positions)

    def lags(self) -> Mapping[Partition, int]:
        self._check()
        with self._polls.read() as connection:
            ends = self._reader.ends(connection)
        return {partition: ends[partition] - at for partition, at in self._reader.positions.items()}

    def pause(self, partitions: frozenset[Partition]) -> None:
        self._paused |= partitions & self._assignment.partitions

    def resume(self, partitions: frozenset[Partition]) -> None:
        self._paused -= partitions
        self._drained = False

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._heartbeat.stop()
        with self._databases, self._polls.write() as connection:
            groups.leave(connection, self._seat.group, self._member)

    def _look(self, max_records: int) -> Batch | None:
        """A batch of records or of a new assignment, or None where nothing is new."""
        self._check()
        if not self._polls.changed() and self._drained:
            return None
        with self._polls.read() as connection:
            if groups.holder(connection, self._seat.group, self._seat.slot) == self._member:
                return self._take(connection, max_records)
        self._join_again()
        return None

    def _take(self, connection: sqlite3.Connection, max_records: int) -> Batch | None:
        entered = self._enter_if_new(connection)
        records = self._reader.take(connection, max_records, self._paused)
        self._drained = not records
        return Batch(self._assignment, tuple(records)) if records or entered else None

    def _join_again(self) -> None:
        """Come back after we were put out for silence. Raises `Fenced` if another member holds our slot."""
        with self._polls.write() as connection:
            if groups.holder(connection, self._seat.group, self._seat.slot) is not None:
                raise Fenced(f"group {self._seat.group}: slot {self._seat.slot} is held by a newer worker")
            self._member = groups.join(connection, self._seat, self._clock_ms())
        self._drained = False

    def _enter_if_new(self, connection: sqlite3.Connection) -> bool:
        if groups.generation(connection, self._seat.group) == self._assignment.generation:
            return False
        self._enter(connection)
        return True

    def _enter(self, connection: sqlite3.Connection) -> None:
        """Take up the current assignment: from the committed offsets on, in the same snapshot."""
        self._assignment = groups.assignment(connection, self._seat.group, self._member)
        committed = groups.committed(connection, self._seat.group)
        starts = {partition: committed.get(partition, 0) for partition in self._assignment.partitions}
        self._reader = Reader(connection, starts)
        self._paused &= self._assignment.partitions
        self._drained = False

    def _beat(self) -> None:
        now_ms = self._clock_ms()
        with self._beats.write() as connection:
            groups.beat(connection, self._seat.group, self._member, now_ms)
        tidy(self._beats, now_ms)

    def _check(self) -> None:
        self._heartbeat.check()
        if self._broken is not None:
            raise self._broken
