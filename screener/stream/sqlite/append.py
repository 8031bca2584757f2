"""Messages into records, inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from screener.errors import BadInput
from screener.stream.murmur2 import partition_for
from screener.stream.port import Headers, Message, Partition, TopicSpec
from screener.stream.sqlite import catalog
from screener.stream.sqlite.schema import OFFSET_BITS

SUPERSEDED_KEPT_MS = 60_000
"""How long a record of a compacted topic stays after its key has a newer one: readers under way see it."""

TOMBSTONE_KEPT_MS = 24 * 3600 * 1000
"""How long a tombstone stays, so that everybody who reads within a day learns of the deletion."""


@dataclass(slots=True)
class Tail:
    """The growing end of one partition."""

    row: int
    next_offset: int
    appended_ms: int

    def take(self) -> int:
        self.next_offset += 1
        return self.next_offset - 1


class Append:
    """Appends in one transaction; nothing is in the log before `finish`."""

    def __init__(self, connection: sqlite3.Connection, now_ms: int, spread: Iterator[int]) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._spread = spread
        self._topics: dict[str, catalog.Topic] = {}
        self._tails: dict[int, Tail] = {}

    def all(self, messages: Sequence[Message]) -> list[tuple[Partition, int]]:
        """Append all, and return each one's place.

        Raises `BadConfig` for an unknown topic or partition, `BadInput` for a message that its topic
        cannot hold.
        """
        places, rows = [], []
        for message in messages:
            topic = self._topic(message.topic)
            _check(message, topic.spec)
            number = self._number(message, topic.spec)
            tail = self._tail(topic.row(number))
            offset = tail.take()
            row = tail.row << OFFSET_BITS | offset
            timestamp_ms = self._timestamp_ms(message, topic.spec, tail)
            rows.append((row, timestamp_ms, message.key, message.value, packed(message.headers)))
            places.append((Partition(message.topic, number), offset))
            if topic.spec.compacted:
                self._supersede(tail.row, row, message)
        self._connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
        self._keep_tails()
        return places

    def _topic(self, name: str) -> catalog.Topic:
        if name not in self._topics:
            self._topics[name] = catalog.require(self._connection, name)
        return self._topics[name]

    def _number(self, message: Message, spec: TopicSpec) -> int:
        if message.partition is not None:
            return message.partition
        if message.key is None:
            return next(self._spread) % spec.partitions
        return partition_for(message.key, spec.partitions)

    def _tail(self, row: int) -> Tail:
        if row not in self._tails:
            found = self._connection.execute(
                "SELECT next_offset, appended_ms FROM partitions WHERE id = ?", (row,)
            ).fetchone()
            self._tails[row] = Tail(row, *found)
        return self._tails[row]

    def _timestamp_ms(self, message: Message, spec: TopicSpec, tail: Tail) -> int:
        # A clock that was set back must not turn log time back.
        tail.appended_ms = max(tail.appended_ms, self._now_ms)
        if spec.log_append_time:
            return tail.appended_ms
        return self._now_ms if message.timestamp_ms is None else message.timestamp_ms

    def _supersede(self, partition_row: int, row: int, message: Message) -> None:
        doom = "INSERT OR REPLACE INTO doomed (record, after_ms)"
        self._connection.execute(
            f"{doom} SELECT record, ? FROM latest WHERE partition = ? AND key = ?",  # noqa: S608
            (self._now_ms + SUPERSEDED_KEPT_MS, partition_row, message.key),
        )
        self._connection.execute(
            "INSERT OR REPLACE INTO latest VALUES (?, ?, ?)", (partition_row, message.key, row)
        )
        if message.value is None:
            self._connection.execute(f"{doom} VALUES (?, ?)", (row, self._now_ms + TOMBSTONE_KEPT_MS))

    def _keep_tails(self) -> None:
        self._connection.executemany(
            "UPDATE partitions SET next_offset = ?, appended_ms = ? WHERE id = ?",
            ((tail.next_offset, tail.appended_ms, tail.row) for tail in self._tails.values()),
        )


def packed(headers: Headers) -> bytes | None:
    return msgspec.msgpack.encode(headers) if headers else None


def _check(message: Message, spec: TopicSpec) -> None:
    size = _bytes(message)
    if size > spec.max_message_bytes:
        raise BadInput(
            "message_too_large",
            f"topic {spec.name}: expected up to {spec.max_message_bytes} bytes, got {size}; send a reference",
        )
    if spec.compacted and message.key is None:
        raise BadInput("key_missing", f"topic {spec.name}: is compacted, so every message needs a key")


def _bytes(message: Message) -> int:
    headers = sum(len(name) + len(value) for name, value in message.headers)
    return len(message.key or b"") + len(message.value or b"") + headers
