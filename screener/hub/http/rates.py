"""How often a hub may ask: a bucket of tokens that fills with time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class Rates:
    """One bucket for each hub, of `burst` requests, filling at `per_s`."""

    def __init__(self, per_s: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, hub: str) -> int | None:
        """Take one request out; None where there was one, else in how many seconds there will be."""
        now = self._clock()
        level, since = self._levels.get(hub, (float(self._burst), now))
        level = min(self._burst, level + (now - since) * self._per_s)
        self._levels[hub] = (level - 1 if level >= 1 else level, now)
        return None if level >= 1 else math.ceil((1 - level) / self._per_s)
