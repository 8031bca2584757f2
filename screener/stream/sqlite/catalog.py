"""The topics of the log."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from screener.errors import BadConfig
from screener.stream.port import Partition, TopicSpec
from screener.stream.sqlite.schema import OFFSET_BITS

LEGAL_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""Kafka's rule, so that a topic made here can be made there."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, and the row of its first partition."""

    spec: TopicSpec
    first_partition: int

    def row(self, number: int) -> int:
        """The row of partition `number`. Raises `BadConfig` where there is none."""
        if not 0 <= number < self.spec.partitions:
            raise BadConfig(
                f"topic {self.spec.name}: expected a partition from 0 to {self.spec.partitions - 1}, "
                f"got {number}"
            )
        return self.first_partition + number


@dataclass(frozen=True, slots=True)
class Span:
    """All rows that records of one partition can have: `first` <= id < `stop`."""

    first: int
    stop: int


def span(row: int) -> Span:
    return Span(row << OFFSET_BITS, (row + 1) << OFFSET_BITS)


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """The number of partitions of every topic."""
    return dict(connection.execute("SELECT name, partitions FROM topics ORDER BY name"))


def find(connection: sqlite3.Connection, name: str) -> Topic | None:
    row = connection.execute("SELECT * FROM topics WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    _, first_partition, partitions, retention_ms, compacted, log_append_time, max_message_bytes = row
    spec = TopicSpec(
        name=name,
        partitions=partitions,
        retention_ms=retention_ms,
        compacted=bool(compacted),
        log_append_time=bool(log_append_time),
        max_message_bytes=max_message_bytes,
    )
    return Topic(spec, first_partition)


def require(connection: sqlite3.Connection, name: str) -> Topic:
    """The topic `name`. Raises `BadConfig` where there is none."""
    topic = find(connection, name)
    if topic is None:
        raise BadConfig(f"topic {name}: not found; create it with `screener topics create`")
    return topic


def partition_row(connection: sqlite3.Connection, partition: Partition) -> int:
    return require(connection, partition.topic).row(partition.number)


def end(connection: sqlite3.Connection, row: int) -> int:
    """The offset after the last record of the partition in `row`."""
    found = connection.execute("SELECT next_offset FROM partitions WHERE id = ?", (row,)).fetchone()
    return int(found[0])


def create(connection: sqlite3.Connection, specs: Sequence[TopicSpec]) -> None:
    """Create what is missing. Raises `BadConfig` for an illegal topic, or one with other partitions."""
    for spec in specs:
        present = find(connection, spec.name)
        if present is None:
            _insert(connection, spec)
        elif present.spec.partitions != spec.partitions:
            raise BadConfig(
                f"topic {spec.name}: expected {spec.partitions} partitions, got {present.spec.partitions}; "
                "partition counts never change under state: drain into a new topic"
            )


def _insert(connection: sqlite3.Connection, spec: TopicSpec) -> None:
    if not LEGAL_NAME.fullmatch(spec.name):
        raise BadConfig(f"topic name: expected up to 249 of A-Z a-z 0-9 . _ -, got {spec.name!r}")
    if spec.partitions < 1:
        raise BadConfig(f"topic {spec.name}: expected at least 1 partition, got {spec.partitions}")
    first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM partitions").fetchone()[0]
    connection.execute(
        "INSERT INTO topics VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            spec.name,
            first,
            spec.partitions,
            spec.retention_ms,
            spec.compacted,
            spec.log_append_time,
            spec.max_message_bytes,
        ),
    )
    connection.executemany(
        "INSERT INTO partitions (id) VALUES (?)", ((first + i,) for i in range(spec.partitions))
    )
