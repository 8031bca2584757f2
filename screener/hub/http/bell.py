"""The bell: wakes who waits for verdicts. It is a hint alone; what there is, the shelf says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable


class Bell:
    """Rung from any thread, heard in the event loop it was made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._turns: dict[str, asyncio.Event] = {}
        self.stopping = False

    def turn(self, hub: str) -> asyncio.Event:
        """Set by the next ring for `hub`; to be taken before one looks, so that no ring is missed."""
        return self._turns.setdefault(hub, asyncio.Event())

    def ring(self, hubs: Iterable[str]) -> None:
        """Wake all who wait for one of these hubs; from any thread."""
        self._loop.call_soon_threadsafe(self._ring, tuple(hubs))

    def stop(self) -> None:
        """Wake everybody, for good; from any thread."""
        self._loop.call_soon_threadsafe(self._stop)

    def _ring(self, hubs: tuple[str, ...]) -> None:
        for hub in hubs:
            if (event := self._turns.pop(hub, None)) is not None:
                event.set()

    def _stop(self) -> None:
        self.stopping = True
        self._ring(tuple(self._turns))
