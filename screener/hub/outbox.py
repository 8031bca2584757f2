"""The outbox: messages on their way to the log, on this disk until the log is known to have them.

One SQLite file that one process holds. What `put` has taken survives a kill and a power cut. An entry is a
handful of messages that travel together; it is known by its id for `REMEMBERED_DAYS` after it was sent, so
that the same thing is never put twice. `Delivery` sends what waits here, in order.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from screener.errors import BadConfig, Unavailable
from screener.stream.port import Closing, Headers, Message, Partition
from screener.stream.sqlite.faults import translated
from screener.stream.sqlite.transaction import transaction

REMEMBERED_DAYS = 30.0
VERSION = 1

TABLES = (
    """
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        why TEXT,
        bytes INTEGER NOT NULL,
        at_ms INTEGER NOT NULL  -- when it was put, then when it was sent or refused
    )
    """,
    "CREATE INDEX waiting_entries ON entries (seq) WHERE state = 'waiting'",
    "CREATE INDEX settled_entries ON entries (at_ms) WHERE state <> 'waiting'",
    """
    CREATE TABLE messages (
        entry INTEGER NOT NULL,
        place INTEGER NOT NULL,
        packed BLOB NOT NULL,
        PRIMARY KEY (entry, place)
    )
    """,
    """
    CREATE TABLE marks (
        topic TEXT NOT NULL,
        number INTEGER NOT NULL,
        next_offset INTEGER NOT NULL,
        PRIMARY KEY (topic, number)
    ) WITHOUT ROWID
    """,
)


class State(StrEnum):
    """Where an entry is."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Fate:
    """What has become of an entry; `why` it was refused."""

    state: State
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Messages that are sent together or not at all."""

    seq: int
    id: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has not been sent yet; `oldest_s` is the age of its oldest entry, 0 where nothing waits."""

    count: int
    bytes: int
    oldest_s: float


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class Outbox(Closing):
    """The outbox in the file `path`, made where it is missing; any thread may use it.

    Raises `BadConfig` if the file is another's or another process holds it. Every method raises
    `Unavailable` if the disk does not do its part; nothing has changed then.
    """

    def __init__(self, path: Path, max_bytes: int, *, clock_ms: Callable[[], int] = wall_clock_ms) -> None:
        self.path = path
        self.arrived = threading.Event()
        """Set with every `put`; whoever waits for entries clears it before it looks."""
        self._max_bytes = max_bytes
        self._clock_ms = clock_ms
        self._lock = threading.RLock()
        self._connection = _opened(path)
        self._count, self._bytes = self._counted()

    def put(self, entry_id: str, messages: Sequence[Message]) -> bool:
        """Keep `messages` until they are sent: durable when it returns. False if this id was put before.

        An entry that was refused may be put again. Raises `Unavailable` when the outbox or its disk is full.
        """
        return self.put_all([(entry_id, messages)])[0]

    def put_all(self, entries: Sequence[tuple[str, Sequence[Message]]]) -> list[bool]:
        """`put` for each of several entries in turn, all of them or none."""
        with self._lock:
            with self._transaction() as connection:
                sizes = [self._put(connection, entry_id, messages) for entry_id, messages in entries]
                self._check_room(sum(size or 0 for size in sizes))
            self._add([size for size in sizes if size is not None])
        self.arrived.set()
        return [size is not None for size in sizes]

    def waiting(self) -> Waiting:
        """How much has not been sent yet, and for how long the oldest of it has waited."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT at_ms FROM entries WHERE state = 'waiting' ORDER BY seq LIMIT 1"
            ).fetchone()
            age_s = 0.0 if row is None else max(0.0, (self._clock_ms() - row[0]) / 1000)
            return Waiting(self._count, self._bytes, age_s)

    def fate(self, entry_id: str) -> Fate | None:
        """What has become of an entry; None where there is none of this id, or not any more."""
        with self._reading() as connection:
            row = connection.execute("SELECT state, why FROM entries WHERE id = ?", (entry_id,)).fetchone()
        return None if row is None else Fate(State(row[0]), row[1])

    def ids(self, prefix: str) -> list[str]:
        """The ids that begin with `prefix`, in the order they were put."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id FROM entries WHERE id >= ? AND id < ? ORDER BY seq",
                (prefix, prefix + "\U0010ffff"),
            ).fetchall()
        return [row[0] for row in rows]

    def head(self, max_messages: int, max_bytes: int, *, after: int = 0) -> list[Entry]:
        """The oldest entries with a sequence number over `after`: as many as fit, but at least one."""
        with self._reading() as connection:
            found: list[Entry] = []
            rows = connection.execute(
                "SELECT seq, id, bytes FROM entries WHERE state = 'waiting' AND seq > ? ORDER BY seq",
                (after,),
            )
            for seq, entry_id, size in rows:
                max_bytes -= size
                messages = _messages(connection, seq)
                max_messages -= len(messages)
                if found and (max_bytes < 0 or max_messages < 0):
                    break
                found.append(Entry(seq, entry_id, messages))
            return found

    def settle(self, entries: Sequence[Entry], marks: Mapping[Partition, int]) -> None:
        """Let entries go that the log has, and move the marks, both or neither."""
        with self._lock:
            with self._transaction() as connection:
                sizes = [self._close(connection, entry, State.SENT, None) for entry in entries]
                _mark(connection, marks)
                self._forget(connection)
            self._take_away(sizes)

    def refuse(self, entry: Entry, why: str) -> None:
        """Let an entry go that the log will never take."""
        with self._lock:
            with self._transaction() as connection:
                size = self._close(connection, entry, State.REFUSED, why)
            self._take_away([size])

    def marks(self) -> dict[Partition, int]:
        """The offsets below which nothing lies of what still waits here."""
        with self._reading() as connection:
            rows = connection.execute("SELECT topic, number, next_offset FROM marks").fetchall()
        return {Partition(topic, number): next_offset for topic, number, next_offset in rows}

    def mark(self, marks: Mapping[Partition, int]) -> None:
        """Move marks."""
        with self._transaction() as connection:
            _mark(connection, marks)

    def close(self) -> None:
        with self._lock, translated(self.path, what="outbox"):
            self._connection.close()

    def _put(self, connection: sqlite3.Connection, entry_id: str, messages: Sequence[Message]) -> int | None:
        """The size in bytes of what was put, or None where the id is known."""
        connection.execute("DELETE FROM entries WHERE id = ? AND state = 'refused'", (entry_id,))
        packed = [_packed(message) for message in messages]
        size = sum(map(len, packed))
        put = connection.execute(
            "INSERT OR IGNORE INTO entries (id, state, bytes, at_ms) VALUES (?, 'waiting', ?, ?)",
            (entry_id, size, self._clock_ms()),
        )
        if not put.rowcount:
            return None
        rows = [(put.lastrowid, place, blob) for place, blob in enumerate(packed)]
        connection.executemany("INSERT INTO messages VALUES (?, ?, ?)", rows)
        return size

    def _add(self, sizes: Sequence[int]) -> None:
        """Count what waits now, under the lock of its transaction: others put and send at the same time."""
        self._count, self._bytes = self._count + len(sizes), self._bytes + sum(sizes)

    def _take_away(self, sizes: Sequence[int]) -> None:
        self._count, self._bytes = self._count - len(sizes), self._bytes - sum(sizes)

    def _check_room(self, size: int) -> None:
        if self._bytes and size and self._bytes + size > self._max_bytes:
            raise Unavailable(
                f"outbox {self.path}: full, {self._bytes} of {self._max_bytes} bytes wait to be sent; "
                "it empties as the log takes them"
            )

    def _close(self, connection: sqlite3.Connection, entry: Entry, state: State, why: str | None) -> int:
        connection.execute(
            "UPDATE entries SET state = ?, why = ?, at_ms = ? WHERE seq = ?",
            (state.value, why, self._clock_ms(), entry.seq),
        )
        connection.execute("DELETE FROM messages WHERE entry = ?", (entry.seq,))
        row = connection.execute("SELECT bytes FROM entries WHERE seq = ?", (entry.seq,)).fetchone()
        return int(row[0])

    def _forget(self, connection: sqlite3.Connection) -> None:
        before_ms = self._clock_ms() - round(REMEMBERED_DAYS * 24 * 3600 * 1000)
        connection.execute("DELETE FROM entries WHERE state <> 'waiting' AND at_ms < ?", (before_ms,))

    def _counted(self) -> tuple[int, int]:
        with self._reading() as connection:
            count, total = connection.execute(
                "SELECT count(*), total(bytes) FROM entries WHERE state = 'waiting'"
            ).fetchone()
        return count, int(total)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated(self.path, what="outbox"):
            yield self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection, transaction(connection):
            yield connection


def _opened(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(f"outbox {path}: its folder cannot be made ({error.strerror})") from error
    with translated(path, opening=True, what="outbox"):
        connection = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    try:
        with translated(path, opening=True, what="outbox"):
            _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Hold the file alone: two senders of one outbox would send everything twice."""
    try:
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        raise BadConfig(f"outbox {path}: another process holds it; each gateway has its own") from error
    _create(connection, path)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_size_limit = 67108864")


def _create(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, VERSION}:
        raise BadConfig(f"outbox {path}: expected version {VERSION}, got {version}: name another file")
    if version == 0:
        for statement in TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


class _Packed(msgspec.Struct, array_like=True, frozen=True):
    """A message as it lies in the outbox."""

    topic: str
    key: bytes | None
    headers: Headers
    value: bytes | None


def _packed(message: Message) -> bytes:
    return msgspec.msgpack.encode(_Packed(message.topic, message.key, message.headers, message.value))


def _messages(connection: sqlite3.Connection, seq: int) -> tuple[Message, ...]:
    rows = connection.execute("SELECT packed FROM messages WHERE entry = ? ORDER BY place", (seq,))
    found = (msgspec.msgpack.decode(row[0], type=_Packed) for row in rows)
    return tuple(Message(one.topic, one.key, one.value, one.headers) for one in found)


def _mark(connection: sqlite3.Connection, marks: Mapping[Partition, int]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO marks VALUES (?, ?, ?)",
        [(partition.topic, partition.number, at) for partition, at in marks.items()],
    )
