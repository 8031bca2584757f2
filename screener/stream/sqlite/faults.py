"""SQLite's errors in the words of the log: what failed, where, and what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from screener.errors import BadConfig, Unavailable

ADVICE = {
    sqlite3.SQLITE_BUSY: "another process holds the log for too long: look for one that is stuck",
    sqlite3.SQLITE_LOCKED: "another process holds the log for too long: look for one that is stuck",
    sqlite3.SQLITE_FULL: "free space on the disk; what was committed is safe",
    sqlite3.SQLITE_IOERR: "look at the disk and its free space; what was committed is safe",
    sqlite3.SQLITE_NOMEM: "free memory",
    sqlite3.SQLITE_PROTOCOL: "too many processes open the log at once: try again",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: stop all workers and restore it from a copy",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database: name another, or restore it from a copy",
    sqlite3.SQLITE_CANTOPEN: "give a folder on a local disk that this user may write to",
    sqlite3.SQLITE_READONLY: "let this user write to the file and its folder",
    sqlite3.SQLITE_PERM: "let this user write to the file and its folder",
}
OUR_SETTINGS = {
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
}


@contextmanager
def translated(path: Path, *, opening: bool = False, what: str = "embedded log") -> Iterator[None]:
    """Raise `Unavailable` for what the disk or the machine did; while opening, `BadConfig` for a wrong file.

    What is left, such as a wrong statement, is a fault of ours and stays what it is.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code not in ADVICE:
            raise
        kind = BadConfig if opening and code in OUR_SETTINGS else Unavailable
        raise kind(f"{what} {path}: {error}; {ADVICE[code]}") from error
