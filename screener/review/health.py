"""What the threads beside the pages met last, so that whoever watches over the workstation is told."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

OK: Final = "ok"
WAITS: Final = "waits"


class Health:
    """Whether each part reaches what it needs, by name. Threads share it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._said: dict[str, str] = {}

    def works(self, part: str) -> None:
        """It has reached what it needs."""
        self._say(part, OK)

    def waits(self, part: str) -> None:
        """It has not, and tries again; why is in its log line."""
        self._say(part, WAITS)

    def told(self) -> Mapping[str, str]:
        """Of each part `ok` or `waits`: everybody may read it."""
        with self._guard:
            return dict(sorted(self._said.items()))

    def _say(self, part: str, what: str) -> None:
        with self._guard:
            self._said[part] = what
