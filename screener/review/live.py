"""What tells an open page that something changed: one number for all of them, looked up once a second.

A mark says that something changed and not what: the page asks again for what its reader may see.
A lease that ends changes no row; pages ask for that by themselves now and then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, func, select

from screener.review import database
from screener.review.schema import audit, flag

READS: Final = (
    *("see", "see_scan", "see_photograph", "see_custody", "list", "reveal", "tools"),
    "fiction_made",
)
"""Deeds on parcels that change nothing for others. One that were missing here would only be told in vain.

That a parcel for training was given or answered is told, as it would be of a real one.
"""

EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """How far the deeds of people and the messages of the log had come."""

    deed: int
    flag: int

    def __str__(self) -> str:
        return f"{self.deed}-{self.flag}"


def changes(connection: Connection, since: Mark) -> Mark:
    """The mark of what the database shows now; the same as `since` where nothing changed for a reader."""
    newer = select(func.max(audit.c.n)).where(audit.c.n > since.deed, audit.c.what.not_in(READS))
    deed = connection.scalar(newer.where(audit.c.target.contains("/"))) or since.deed
    told = select(func.max(flag.c.id)).where(flag.c.topic != "")  # one for training comes from no topic
    return Mark(deed, connection.scalar(told) or since.flag)


class Feed:
    """The newest mark for any number of readers: the database is asked once in `every_s`, whoever asks."""

    def __init__(self, engine: Engine, seconds: Callable[[], float], every_s: float = EVERY_S) -> None:
        self._engine, self._seconds, self._every_s = engine, seconds, every_s
        self._guard = threading.Lock()
        self._mark = Mark(0, 0)
        self._looked_at: float | None = None

    def mark(self) -> Mark:
        """The newest mark, `every_s` old at most. Raises `Unavailable`."""
        with self._guard:
            now = self._seconds()
            if self._looked_at is None or now - self._looked_at >= self._every_s:
                with database.reading(self._engine) as connection:
                    self._mark = changes(connection, self._mark)
                self._looked_at = now
            return self._mark
