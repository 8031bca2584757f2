"""Administration of topics in the embedded log."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from screener.errors import BadConfig
from screener.stream.port import Closing, Partition, TopicSpec
from screener.stream.sqlite import catalog, groups
from screener.stream.sqlite.database import Database

STEP_RECORDS = 200
"""So many records are deleted in one transaction: nobody has to wait long for one."""


class SqliteAdministration(Closing):
    """See `screener.stream.administration.Administration`; `path` is the file of the log."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)

    def alter(self, spec: TopicSpec) -> None:
        with self._database.write() as connection:
            catalog.require(connection, spec.name)
            connection.execute(
                "UPDATE topics SET retention_ms = ?, max_message_bytes = ? WHERE name = ?",
                (spec.retention_ms, spec.max_message_bytes, spec.name),
            )

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            while self._delete_some(name):
                pass
            with self._database.write() as connection:
                _forget(connection, name)

    def place(self, group: str, offsets: Mapping[Partition, int]) -> None:
        living = "SELECT count(*) FROM members WHERE group_name = ? AND heartbeat_ms + session_timeout_ms > ?"
        rows = [(group, one.topic, one.number, offset) for one, offset in offsets.items()]
        with self._database.write() as connection:
            if connection.execute(living, (group, time.time_ns() // 1_000_000)).fetchone()[0]:
                raise BadConfig(f"group {group}: it has members; stop its workers first")
            connection.executemany("INSERT OR REPLACE INTO committed VALUES (?, ?, ?, ?)", rows)

    def since(self, partition: Partition, time_ms: int) -> int:
        with self._database.read() as connection:
            row = catalog.partition_row(connection, partition)
            span = catalog.span(row)
            found = connection.execute(
                "SELECT min(id) FROM records WHERE id >= ? AND id < ? AND timestamp_ms >= ?",
                (span.first, span.stop, time_ms),
            ).fetchone()[0]
            return catalog.end(connection, row) if found is None else int(found) - span.first

    def close(self) -> None:
        self._database.close()

    def _delete_some(self, name: str) -> int:
        """Delete a few records of a topic; how many. 0 where there is no such topic."""
        with self._database.write() as connection:
            topic = catalog.find(connection, name)
            if topic is None:
                return 0
            first, stop = _rows(topic)
            return connection.execute(
                "DELETE FROM records WHERE id IN (SELECT id FROM records WHERE id >= ? AND id < ? LIMIT ?)",
                (first, stop, STEP_RECORDS),
            ).rowcount


def _rows(topic: catalog.Topic) -> tuple[int, int]:
    """All rows that records of a topic can have."""
    last = topic.first_partition + topic.spec.partitions - 1
    return catalog.span(topic.first_partition).first, catalog.span(last).stop


def _forget(connection: sqlite3.Connection, name: str) -> None:
    """Drop a topic with what came in meanwhile, and share out anew.

    Its rows in `partitions` stay, so that no later topic takes them: a reader may still hold one.
    """
    topic = catalog.find(connection, name)
    if topic is None:
        return
    first, stop = _rows(topic)
    connection.execute("DELETE FROM records WHERE id >= ? AND id < ?", (first, stop))
    connection.execute("DELETE FROM doomed WHERE record >= ? AND record < ?", (first, stop))
    own = (topic.first_partition, topic.first_partition + topic.spec.partitions)
    connection.execute("DELETE FROM latest WHERE partition >= ? AND partition < ?", own)
    connection.execute("DELETE FROM committed WHERE topic = ?", (name,))
    connection.execute("DELETE FROM topics WHERE name = ?", (name,))
    groups.rebalance_all(connection)
