"""A TCP proxy that can be cut, and a broker that is reached through it."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.kafka.broker import HOST, OPEN, Broker, free_port

CHUNK = 256 * 1024
PRODUCE = b"\0\0"
"""How a request begins, after its length, that brings records."""


class Requests:
    """Kafka's requests, made whole again from the bytes of one connection."""

    def __init__(self) -> None:
        self._rest = b""

    def add(self, content: bytes) -> Iterator[bytes]:
        """Those that are whole by now."""
        self._rest += content
        while len(self._rest) >= 4 and len(self._rest) >= 4 + int.from_bytes(self._rest[:4], "big"):
            length = 4 + int.from_bytes(self._rest[:4], "big")
            request, self._rest = self._rest[:length], self._rest[length:]
            yield request


class Link:
    """Passes Kafka's requests to `target`, and their answers back to `port`, while it holds.

    Cut, it resets what is connected and refuses what comes; `silent`, it keeps connections and swallows
    what they carry, as a firewall would; with `swallow_replies` only what comes back, and with
    `swallow_records` only requests that bring records.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._cut = False
        self._silent = False
        self._mute = False
        self._takes_records = True
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, silent: bool) -> None:
        self._cut, self._silent = not silent, silent
        if not silent:
            self._drop()

    def swallow_replies(self) -> None:
        """From now on requests arrive, and their answers do not."""
        self._mute = True

    def swallow_records(self) -> None:
        """From now on no record arrives, and all else does: heartbeats, offsets, ends of transactions."""
        self._takes_records = False

    def mend(self) -> None:
        """What was swallowed is lost, so connections that went silent are reset."""
        if self._silent or self._mute or not self._takes_records:
            self._drop()
        self._cut = self._silent = self._mute = False
        self._takes_records = True

    def close(self) -> None:
        self._listener.close()
        self._drop()

    def _drop(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            _end(pair)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._cut:
                    client.close()
                    continue
                threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        try:
            broker = socket.create_connection((HOST, self._target))
        except OSError:
            client.close()
            return
        pair = (client, broker)
        requests = Requests()
        with self._lock:
            self._pairs.add(pair)
        with selectors.DefaultSelector() as selector, suppress(OSError, ValueError):
            selector.register(client, selectors.EVENT_READ, broker)
            selector.register(broker, selectors.EVENT_READ, client)
            while self._carry(selector, broker, requests):
                pass
        _end(pair)

    def _carry(self, selector: selectors.BaseSelector, broker: socket.socket, requests: Requests) -> bool:
        for key, _ in selector.select(0.5):
            assert isinstance(key.fileobj, socket.socket)
            content = key.fileobj.recv(CHUNK)
            if not content:
                return False
            if key.fileobj is broker:
                passed = b"" if self._silent or self._mute else content
            else:
                passed = b"".join(one for one in requests.add(content) if self._passes(one))
            key.data.sendall(passed)
        return True

    def _passes(self, request: bytes) -> bool:
        return not self._silent and (self._takes_records or request[4:6] != PRODUCE)


class LinkedBroker(Broker):
    """A broker with a second listener that tells its clients to come by the link."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._far_port = free_port()
        self.link = Link(self._far_port)

    @property
    def linked_bootstrap(self) -> str:
        return f"{HOST}:{self.link.port}"

    def close(self) -> None:
        """End both, for good: a broker that is only killed is found at the same place again."""
        self.link.close()
        self.kill()

    def _write(self, properties: Path, template: str, controller_port: int) -> None:
        super()._write(
            properties, template.replace(OPEN, self._listeners(OPEN.splitlines())), controller_port
        )

    def _listeners(self, lines: Sequence[str]) -> str:
        more = {
            "listeners": f"LINK://{HOST}:{self._far_port}",
            "advertised.listeners": f"LINK://{HOST}:{self.link.port}",
            "listener.security.protocol.map": "LINK:PLAINTEXT",
        }
        named = [(line.partition("=")[0], line) for line in lines]
        return "".join(f"{line},{more[name]}\n" if name in more else f"{line}\n" for name, line in named)


def _end(pair: tuple[socket.socket, socket.socket]) -> None:
    for one in pair:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
