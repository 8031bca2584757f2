"""One connection to the log's file."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from screener.errors import BadConfig
from screener.stream.sqlite import schema
from screener.stream.sqlite.faults import translated
from screener.stream.sqlite.transaction import transaction

PAGE_BYTES = 8192
"""Takes effect in a new file: records of 1 KB were published a quarter faster than with SQLite's 4096."""

PRAGMAS = (
    "PRAGMA synchronous = FULL",  # a commit is on the disk before it returns
    "PRAGMA cache_size = -8192",
    "PRAGMA journal_size_limit = 67108864",
)


class Database:
    """A connection for one role (poll, commit, heartbeat, ...); transactions in it exclude each other."""

    def __init__(self, path: Path, *, busy_timeout_s: float = 30.0) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._version = -1
        self._connection = _connect(path, busy_timeout_s)
        try:
            self._prepare(busy_timeout_s)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone among all writers: committed and on disk at the end, or nothing of it."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One snapshot of everything that is committed."""
        with self._transaction("BEGIN") as connection:
            yield connection

    def changed(self) -> bool:
        """Whether another connection has committed anything since the last call."""
        with self._lock, translated(self.path):
            version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        self._version, before = version, self._version
        return bool(version != before)

    def close(self) -> None:
        with self._lock, translated(self.path):
            self._connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, translated(self.path), transaction(self._connection, begin) as connection:
            yield connection

    def _prepare(self, busy_timeout_s: float) -> None:
        with translated(self.path, opening=True):
            self._connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            _use_write_ahead_log(self._connection, busy_timeout_s)
            for pragma in PRAGMAS:
                self._connection.execute(pragma)
            present = schema.is_present(self._connection, self.path)
        if not present:
            self._create()

    def _create(self) -> None:
        with self.write() as connection:
            if not schema.is_present(connection, self.path):  # another process may have been faster
                schema.create(connection)


def _connect(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(f"embedded log {path}: its folder cannot be made ({error.strerror})") from error
    with translated(path, opening=True):
        return sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)


def _use_write_ahead_log(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    # Two processes that switch a new file over at once: SQLite refuses one of them without waiting.
    deadline = time.monotonic() + busy_timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
