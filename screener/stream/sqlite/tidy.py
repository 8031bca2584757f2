"""Retention and compaction, in steps so small that nobody has to wait for one."""

from __future__ import annotations

import sqlite3
from itertools import takewhile

from screener.stream.sqlite import catalog
from screener.stream.sqlite.database import Database
from screener.stream.sqlite.schema import OFFSET_BITS

STEP_RECORDS = 200


def tidy(database: Database, now_ms: int) -> int:
    """Delete a few records whose time is over, if there are any; how many."""
    with database.read() as connection:
        expired = _expired(connection, now_ms)
        superseded = _superseded(connection, now_ms)
    if not expired and not superseded:
        return 0
    with database.write() as connection:
        # Asked again: another process may have tidied, or published a newer record, since.
        return _delete(connection, _expired(connection, now_ms) + _superseded(connection, now_ms))


def _expired(connection: sqlite3.Connection, now_ms: int) -> list[int]:
    kept = connection.execute(
        "SELECT name, retention_ms FROM topics WHERE retention_ms IS NOT NULL"
    ).fetchall()
    return [row for name, retention_ms in kept for row in _older(connection, name, now_ms - retention_ms)]


def _older(connection: sqlite3.Connection, topic: str, oldest_ms: int) -> list[int]:
    """The first records of each partition up to the first that is still to be kept: no holes, as in Kafka."""
    found = catalog.require(connection, topic)
    expired = []
    for number in range(found.spec.partitions):
        span = catalog.span(found.row(number))
        rows = connection.execute(
            "SELECT id, timestamp_ms FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (span.first, span.stop, STEP_RECORDS),
        )
        expired += [row for row, _ in takewhile(lambda entry: entry[1] < oldest_ms, rows)]
    return expired


def _superseded(connection: sqlite3.Connection, now_ms: int) -> list[int]:
    rows = connection.execute(
        "SELECT record FROM doomed WHERE after_ms <= ? ORDER BY after_ms LIMIT ?", (now_ms, STEP_RECORDS)
    )
    return [row for (row,) in rows]


def _delete(connection: sqlite3.Connection, rows: list[int]) -> int:
    connection.executemany(
        "DELETE FROM latest WHERE record = :row AND partition = :row >> :bits"
        " AND key = (SELECT key FROM records WHERE id = :row)",
        ({"row": row, "bits": OFFSET_BITS} for row in rows),
    )
    connection.executemany("DELETE FROM doomed WHERE record = ?", ((row,) for row in rows))
    return connection.executemany("DELETE FROM records WHERE id = ?", ((row,) for row in rows)).rowcount
