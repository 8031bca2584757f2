"""One wait for the disk for all that was written until it began.

SQLite waits for the disk while it holds its lock, so that writers wait for each other's disk. Here a write is
waited for after the lock is free, and together with those that came meanwhile. Whoever writes later has the
earlier ones before his own in the same file: what is on the disk is always a beginning of what was done.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path


class SharedSync:
    """Counts what was written and knows how much of it is on the disk."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._guard = threading.Lock()
        self._written = 0
        self._on_disk = 0

    def written(self) -> int:
        """Count a write that has just been made; one thread at a time."""
        self._written += 1
        return self._written

    def wait(self, number: int) -> None:
        """Return once the write of this number is on the disk."""
        with self._guard:
            if self._on_disk < number:
                reached = self._written
                self._sync()
                self._on_disk = reached


def wal_of(database: str) -> Callable[[], None]:
    """What brings SQLite's write-ahead log to the disk; one that is gone is in the database already."""
    wal = Path(f"{database}-wal")

    def sync() -> None:
        try:
            descriptor = os.open(wal, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    return sync
