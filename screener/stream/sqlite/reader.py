"""Records out of the log: fair between partitions, bounded in number and bytes."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from screener.stream.port import Headers, Partition, Record
from screener.stream.sqlite import catalog
from screener.stream.sqlite.schema import OFFSET_BITS

MAX_BATCH_BYTES = 32 * 1024 * 1024
OFFSET_MASK = (1 << OFFSET_BITS) - 1

_headers = msgspec.msgpack.Decoder(Headers)


class Reader:
    """Positions in a set of partitions; they move only with what `take` returns."""

    def __init__(self, connection: sqlite3.Connection, positions: Mapping[Partition, int]) -> None:
        self.positions = dict(positions)
        self._rows = {partition: catalog.partition_row(connection, partition) for partition in positions}
        self._turns = deque(sorted(positions))

    def take(
        self, connection: sqlite3.Connection, max_records: int, paused: Collection[Partition] = ()
    ) -> list[Record]:
        """Up to `max_records` and about 32 MiB, every partition with records getting its share in turn."""
        ends = self.ends(connection)
        ready = [p for p in self._turns if p not in paused and self.positions[p] < ends[p]]
        self._turns.rotate(-1)
        records: list[Record] = []
        moved: dict[Partition, int] = {}
        budget = MAX_BATCH_BYTES
        for place, partition in enumerate(ready):
            share = -(-(max_records - len(records)) // (len(ready) - place))
            if share <= 0 or budget <= 0:
                break
            taken = self._ahead(connection, partition, ends[partition], limit=share, budget=budget)
            # Fewer than asked for: whatever lies between the last of them and the end has been deleted.
            drained = len(taken) < share and _sizes(taken) < budget
            moved[partition] = ends[partition] if drained else taken[-1].offset + 1
            budget -= _sizes(taken)
            records += taken
        self.positions.update(moved)  # at once: an error above must not skip what it kept from the caller
        return records

    def ends(self, connection: sqlite3.Connection) -> dict[Partition, int]:
        """The end of every partition, asked anew."""
        ends = dict(connection.execute("SELECT id, next_offset FROM partitions"))
        return {partition: ends[row] for partition, row in self._rows.items()}

    def _ahead(
        self, connection: sqlite3.Connection, partition: Partition, end: int, *, limit: int, budget: int
    ) -> list[Record]:
        at = self.positions[partition]
        return within(between(connection, self._rows[partition], partition, at, end, limit=limit), budget)


def within(records: Iterable[Record], budget: int) -> list[Record]:
    """The first of `records`, up to the one that fills `budget` bytes."""
    taken = []
    for record in records:
        taken.append(record)
        budget -= _size(record)
        if budget <= 0:
            break
    return taken


def between(
    connection: sqlite3.Connection, row: int, partition: Partition, start: int, stop: int, *, limit: int
) -> Iterator[Record]:
    """The first `limit` records that are still there with start <= offset < stop."""
    first = row << OFFSET_BITS
    rows = connection.execute(
        "SELECT id, timestamp_ms, key, value, headers FROM records"
        " WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
        (first + max(start, 0), first + stop, limit),
    )
    return (_record(partition, found) for found in rows)


def _record(partition: Partition, found: tuple[Any, ...]) -> Record:
    row, timestamp_ms, key, value, packed = found
    headers = () if packed is None else _headers.decode(packed)
    return Record(partition, row & OFFSET_MASK, timestamp_ms, key, value, headers)


def _sizes(records: Iterable[Record]) -> int:
    return sum(map(_size, records))


def _size(record: Record) -> int:
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers
