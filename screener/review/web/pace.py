"""How often one may ask: a bucket of tokens for each session, and for each address without one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from screener.review.errors import TooMany

PER_S: Final = 20.0
BURST: Final = 200
"""A list of a hundred small pictures is one page; nobody who works goes on at that pace."""

MOST: Final = 10_000
"""So many are remembered; then those whose buckets are full again are forgotten."""


@dataclass(slots=True)
class Pace:
    """Buckets by name, of `BURST` requests each, filling with `PER_S`; threads may share them."""

    clock_s: Callable[[], float] = time.monotonic
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str) -> None:
        """Take one request out. Raises `TooMany`."""
        now_s = self.clock_s()
        with self._lock:
            level = self._level(name, now_s)
            if level < 1:
                raise TooMany(timedelta(seconds=(1 - level) / PER_S))
            if len(self._levels) >= MOST:
                self._forget_full(now_s)
            self._levels[name] = (level - 1, now_s)

    def _level(self, name: str, now_s: float) -> float:
        level, since_s = self._levels.get(name, (float(BURST), now_s))
        return min(BURST, level + (now_s - since_s) * PER_S)

    def _forget_full(self, now_s: float) -> None:
        self._levels = {
            name: kept for name, kept in self._levels.items() if self._level(name, now_s) < BURST - 1
        }
