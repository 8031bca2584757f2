"""What was made lately and is asked for again: bytes by key, the ones longest not asked for go first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

ROOM_BYTES: Final = 192 * 1024 * 1024


class Shelf:
    """Up to `room_bytes` in memory. Thread-safe; two who ask at once for what is not there both make it."""

    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self._room_bytes = room_bytes
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def taken(self, key: str, make: Callable[[], bytes]) -> bytes:
        """What lies under the key, or what `make` gives, which lies there from now on."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        self._put(key, made)
        return made

    def _put(self, key: str, made: bytes) -> None:
        with self._lock:
            self._bytes += len(made) - len(self._held.pop(key, b""))
            self._held[key] = made
            while self._bytes > self._room_bytes:
                self._bytes -= len(self._held.popitem(last=False)[1])
