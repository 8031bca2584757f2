"""The shelf: a copy of the verdicts of the last days in one SQLite file, to be looked up and read on from.

It holds nothing of its own but how far each webhook has come: without the file, the verdicts are read anew
from their topics. Readers stand at offsets of the topic, so a new copy serves them as well as the old.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from screener.contracts import topics
from screener.contracts.reading import decode_internal
from screener.contracts.wire import Verdict
from screener.errors import BadConfig
from screener.stream.port import Closing, Partition, Record
from screener.stream.sqlite.faults import translated
from screener.stream.sqlite.transaction import transaction

VERSION: Final = 1

TABLES: Final = (
    "CREATE TABLE places (hub TEXT, number INTEGER, first INTEGER, next INTEGER, PRIMARY KEY (hub, number))"
    " WITHOUT ROWID",
    "CREATE TABLE verdicts (id INTEGER PRIMARY KEY AUTOINCREMENT, hub TEXT, number INTEGER, place INTEGER,"
    " at_ms INTEGER, parcel_id TEXT, scan_id TEXT, revision INTEGER, body BLOB)",
    "CREATE UNIQUE INDEX by_place ON verdicts (hub, number, place)",
    "CREATE INDEX by_parcel ON verdicts (hub, parcel_id)",
    "CREATE INDEX by_scan ON verdicts (hub, scan_id) WHERE scan_id IS NOT NULL",
    "CREATE INDEX by_age ON verdicts (at_ms)",
    "CREATE TABLE webhooks (name TEXT PRIMARY KEY, cursor TEXT)",
)


@dataclass(frozen=True, slots=True)
class Page:
    """Verdicts as in their topic, where they begin, where to read on, and whether some before are gone."""

    verdicts: tuple[bytes, ...]
    start: Mapping[int, int]
    after: Mapping[int, int]
    gap: bool = False


class Shelf(Closing):
    """The shelf in the file `path`, made where it is missing; any thread may use it.

    Every method raises `Unavailable` if the disk does not do its part.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._writer = _opened(path)
        self._reader = _opened(path)

    def add(self, records: Sequence[Record]) -> frozenset[str]:
        """Copy records of topics of verdicts; the hubs that have a new one."""
        rows = [row for record in records if (row := _row(record)) is not None]
        ends = [(*_place(record.partition), record.offset, record.offset + 1) for record in records]
        with self._write() as connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT OR IGNORE INTO verdicts"
                " (hub, number, place, at_ms, parcel_id, scan_id, revision, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            new = connection.total_changes > before
            connection.executemany(
                "INSERT INTO places VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET next = max(next, excluded.next)",
                ends,
            )
        return frozenset(str(row[0]) for row in rows) if new else frozenset()

    def next_of(self, partition: Partition) -> int | None:
        """The offset after the last that was copied of a partition; None where none was."""
        with self._read() as connection:
            row = connection.execute(
                "SELECT next FROM places WHERE hub = ? AND number = ?", _place(partition)
            ).fetchone()
        return None if row is None else int(row[0])

    def skip(self, partition: Partition, start: int) -> None:
        """What lies before `start` is gone from the topic and was not copied."""
        with self._write() as connection:
            connection.execute(
                "INSERT INTO places VALUES (?1, ?2, ?3, ?3)"
                " ON CONFLICT DO UPDATE SET first = max(first, ?3), next = max(next, ?3)",
                (*_place(partition), start),
            )

    def forget(self, partition: Partition) -> None:
        """Drop what was copied of a partition: its topic was made anew."""
        with self._write() as connection:
            for table in ("verdicts", "places"):
                connection.execute(f"DELETE FROM {table} WHERE hub = ? AND number = ?", _place(partition))  # noqa: S608

    def page(self, hub: str, after: Mapping[int, int] | None, limit: int) -> Page:
        """The first `limit` verdicts of a hub that a reader who stands at `after` has not read.

        In the order of their arrival here, which is that of the topic inside each partition. Without
        `after` from the oldest on. Of a partition that `after` does not know nothing was read: it came later.
        """
        with self._read() as connection:
            places = connection.execute("SELECT number, first, next FROM places WHERE hub = ?", (hub,))
            stands = {
                number: (first, after.get(number, 0) if after else first) for number, first, _ in places
            }
            found = sorted(
                row
                for number, (first, at) in stands.items()
                for row in _ahead(connection, hub, number, max(first, at), limit)
            )[:limit]
        start = {number: max(first, at) for number, (first, at) in stands.items()}
        reached = start | {number: place + 1 for _, number, place, _ in found}
        gap = any(at < first for first, at in stands.values())
        return Page(tuple(body for *_, body in found), start, reached, gap)

    def end(self, hub: str) -> dict[int, int]:
        """Where a reader stands who has read all that is here."""
        with self._read() as connection:
            return dict(connection.execute("SELECT number, next FROM places WHERE hub = ?", (hub,)))

    def of_parcel(self, hub: str, parcel_id: str) -> bytes | None:
        """The verdict of the highest revision of a parcel."""
        return self._latest(hub, "parcel_id", parcel_id)

    def of_scan(self, hub: str, scan_id: str) -> bytes | None:
        """The verdict of the highest revision of a scan without a barcode."""
        return self._latest(hub, "scan_id", scan_id)

    def prune(self, before_ms: int, limit: int = 5000) -> int:
        """Drop verdicts older than `before_ms`, at most `limit` at a time; how many."""
        with self._write() as connection:
            old = connection.execute(
                "SELECT id, hub, number, place FROM verdicts WHERE at_ms < ? ORDER BY at_ms LIMIT ?",
                (before_ms, limit),
            ).fetchall()
            connection.executemany("DELETE FROM verdicts WHERE id = ?", [row[:1] for row in old])
            connection.executemany(
                "UPDATE places SET first = max(first, ?4 + 1) WHERE hub = ?2 AND number = ?3", old
            )
        return len(old)

    def cursor(self, webhook: str) -> str | None:
        """How far a webhook has come."""
        with self._read() as connection:
            row = connection.execute("SELECT cursor FROM webhooks WHERE name = ?", (webhook,)).fetchone()
        return None if row is None else str(row[0])

    def keep_cursor(self, webhook: str, cursor: str) -> None:
        """Remember how far a webhook has come."""
        with self._write() as connection:
            connection.execute("INSERT OR REPLACE INTO webhooks VALUES (?, ?)", (webhook, cursor))

    def close(self) -> None:
        for connection in (self._reader, self._writer):
            connection.close()

    def _latest(self, hub: str, field: str, wanted: str) -> bytes | None:
        with self._read() as connection:
            row = connection.execute(
                f"SELECT body FROM verdicts WHERE hub = ? AND {field} = ?"  # noqa: S608  one of our two names
                " ORDER BY revision DESC, id DESC LIMIT 1",
                (hub, wanted),
            ).fetchone()
        return None if row is None else bytes(row[0])

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        """One snapshot."""
        with self._reading, translated(self._path, what="shelf"), transaction(self._reader, "BEGIN") as one:
            yield one

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        begin = "BEGIN IMMEDIATE"
        with self._writing, translated(self._path, what="shelf"), transaction(self._writer, begin) as one:
            yield one


def _opened(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(f"shelf {path}: its folder cannot be made ({error.strerror})") from error
    with translated(path, opening=True, what="shelf"):
        connection = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "journal_size_limit = 67108864"):
            connection.execute(
                f"PRAGMA {pragma}"
            )  # a power cut may cost the last verdicts: they are read anew
        _prepare(connection, path)
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection, "BEGIN IMMEDIATE"):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise BadConfig(
                f"shelf {path}: expected version {VERSION}, got {version}: remove it, it is a copy"
            )
        if version == 0:
            for statement in TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _place(partition: Partition) -> tuple[str, int]:
    return partition.topic.removeprefix(topics.VERDICTS), partition.number


def _row(record: Record) -> tuple[object, ...] | None:
    """A record as it lies on the shelf; None for one that is no verdict, such as a tombstone."""
    try:
        verdict = decode_internal(record.value or b"", Verdict)
    except msgspec.DecodeError:
        return None
    hub, number = _place(record.partition)
    known = (verdict.parcel_id, verdict.scan_id, verdict.revision, record.value)
    return (hub, number, record.offset, record.timestamp_ms, *known)


def _ahead(
    connection: sqlite3.Connection, hub: str, number: int, at: int, limit: int
) -> Iterable[tuple[int, int, int, bytes]]:
    return connection.execute(
        "SELECT id, number, place, body FROM verdicts WHERE hub = ? AND number = ? AND place >= ?"
        " ORDER BY place LIMIT ?",
        (hub, number, at, limit),
    ).fetchall()
