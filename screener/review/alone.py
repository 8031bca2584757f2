"""What one process of a workstation does at a time, whoever else runs on the same database."""

from __future__ import annotations

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from screener.errors import Unavailable


@contextmanager
def alone(engine: Engine, what: str) -> Iterator[bool]:
    """Whether `what` is ours for as long as the context lasts; a process that is killed holds nothing.

    Raises `Unavailable`.
    """
    held = _by_postgresql if engine.dialect.name == "postgresql" else _by_file
    with held(engine, what) as ours:
        yield ours


@contextmanager
def _by_postgresql(engine: Engine, what: str) -> Iterator[bool]:
    """A lock of a connection, outside of any transaction."""
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except OperationalError as error:
        raise Unavailable(f"the lock of {what}: {error.orig}") from error
    with connection:
        try:
            yield _locked(connection, what)
        finally:
            connection.invalidate()  # its session ends, and the lock with it, whatever state it is in


def _locked(connection: Connection, what: str) -> bool:
    lock = {"lock": zlib.crc32(what.encode())}
    try:
        return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), lock))
    except OperationalError as error:
        raise Unavailable(f"the lock of {what}: {error.orig}") from error


@contextmanager
def _by_file(engine: Engine, what: str) -> Iterator[bool]:
    """A lock on a file beside the database."""
    with Path(f"{engine.url.database}.{what}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
