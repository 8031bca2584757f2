"""Turns: one thread at a time, in the order in which they came.

SQLite lets one transaction write, and has the others try again after pauses of up to a tenth of a second, in
no order. Within one process they line up here instead, and nobody is overtaken.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from screener.errors import Unavailable


class Turns:
    """Who is next; not to be asked for again by who has the turn."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    @contextmanager
    def turn(self, patience_s: float) -> Iterator[None]:
        """Mine from here to the end of the `with`. Raises `Unavailable` once patience ends."""
        mine = self._asked()
        if mine is not None and not mine.acquire(timeout=patience_s) and self._left(mine):
            raise Unavailable(f"the database: others have been writing for {patience_s:g} s")
        try:
            yield
        finally:
            self._passed_on()

    def _asked(self) -> threading.Lock | None:
        """What opens when it is my turn; None where it is at once."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return None
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
            return mine

    def _left(self, mine: threading.Lock) -> bool:
        """Whether I could leave the line: False where it became my turn in this very moment."""
        with self._guard:
            if mine not in self._waiting:
                return False
            self._waiting.remove(mine)
            return True

    def _passed_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
