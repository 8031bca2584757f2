"""A listening process: uvicorn's server that says where it is, and leaves its end to its caller."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from types import FrameType
from typing import Final

import uvicorn

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
KEEP_ALIVE_S: Final = 75
"""Longer than the idle time of most clients and proxies, so that they close first."""


class Server(uvicorn.Server):
    """uvicorn's, which calls `stopping` when it is told to stop, and `started` with its address."""

    def __init__(
        self, config: uvicorn.Config, stopping: Callable[[], None], started: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._tell_stopping = stopping
        self._tell_started = started

    def stop(self) -> None:
        """Take nothing new, answer what is under way, end; from any thread."""
        self.should_exit = True
        self._tell_stopping()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell_started(self._address())

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.stop()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {kind: signal.signal(kind, self.handle_exit) for kind in SIGNALS}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def _address(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"{'https' if self.config.is_ssl else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
