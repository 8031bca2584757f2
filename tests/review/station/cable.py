"""A cable between a browser and a server, which can be cut and mended at any moment."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Final
from urllib.parse import urlsplit

CHUNK: Final = 65536
JOIN_S: Final = 5.0


class Cable:
    """Passes on what comes to its own address, as long as it is whole."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        assert parts.hostname is not None
        self._to = (parts.hostname, parts.port or 80)
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._listener = self._listening(0)
        self._port = self._listener.getsockname()[1]

    @property
    def address(self) -> str:
        """Where the browser finds the server."""
        return f"http://127.0.0.1:{self._port}"

    def cut(self) -> None:
        """Nothing passes any more, in the middle of whatever was said."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            held, self._open = self._open, set()
            threads, self._threads = self._threads, []
        for one in held:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(JOIN_S)

    def mend(self) -> None:
        """All passes again."""
        self._listener = self._listening(self._port)

    def _listening(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        far = socket.create_connection(self._to)
        pumps = [
            threading.Thread(target=_pump, args=pair, daemon=True) for pair in ((near, far), (far, near))
        ]
        with self._lock:
            self._open |= {near, far}
            self._threads += pumps
        for pump in pumps:
            pump.start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Until one of the two ends; then the other ends, too."""
    with source:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
