"""A gateway over real sockets on the embedded log, and what tests say to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import httpx
import msgspec
from prometheus_client import CollectorRegistry

from screener.config import ImageLimits, LogSettings
from screener.contracts import topics
from screener.contracts.examples import VERDICT
from screener.contracts.reading import encode
from screener.contracts.wire import Action, Verdict
from screener.hub.http import tokens
from screener.hub.http.gateway import Gateway
from screener.hub.http.metrics import GatewayMetrics
from screener.hub.http.scans import Decoder
from screener.hub.http.serving import server
from screener.hub.http.settings import GatewaySettings
from screener.imaging.sandbox import Sandbox
from screener.stages import topology
from screener.stream.port import Log, Message, Partition, Record
from screener.stream.sqlite import Sqlite

HUBS = ("h1", "h2")
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class World:
    """A running gateway, the log behind it, and a token for each hub."""

    url: str
    log: Log
    gateway: Gateway
    tokens: dict[str, str]

    def client(self, hub: str = "h1", **settings: Any) -> httpx.Client:
        """A client of a hub."""
        bearer = {"authorization": f"Bearer {self.tokens[hub]}"}
        return httpx.Client(base_url=self.url, headers=bearer, trust_env=False, timeout=30, **settings)

    def drained(self, hub: str = "h1") -> None:
        """Wait until the log has all that was accepted of a hub."""
        lane = self.gateway.intake.lane(hub)
        assert wait_until(lambda: lane.backlog().count == 0), lane.progress()


def wait_until(true: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    """Whether it came to be true in time; never waits longer than it takes."""
    pause = threading.Event()
    for _ in range(int(timeout_s / 0.01)):
        if true():
            return True
        pause.wait(0.01)
    return true()


@contextmanager
def world(
    folder: Path,
    *,
    open_log: Callable[[], Log] | None = None,
    decode: bool = False,
    before: Callable[[Log], object] = lambda _: None,
    **settings: Any,
) -> Iterator[World]:
    """A gateway in threads of this process. `before` is called with the log before it starts."""
    opened = open_log or (lambda: Sqlite(folder / "log.db"))
    given = {hub: tokens.add(folder / "tokens.toml", hub) for hub in HUBS}
    chosen = GatewaySettings(port=0, folder=str(folder / "gateway"), **settings)
    metrics = GatewayMetrics(CollectorRegistry())
    with ExitStack() as stack:
        log = stack.enter_context(opened())
        make_topics(log)
        before(log)
        decoder = Decoder(stack.enter_context(Sandbox(ImageLimits()))) if decode else None
        watched = tokens.watched(folder / "tokens.toml")
        gateway = Gateway(chosen, opened, tokens=watched, decoder=decoder, metrics=metrics)
        stack.callback(gateway.close)
        gateway.open()
        yield World(stack.enter_context(listening(gateway)), log, gateway, given)


@contextmanager
def listening(gateway: Gateway) -> Iterator[str]:
    """The server of a gateway in a thread; gives its address."""
    started = threading.Event()
    address: list[str] = []

    def told(at: str) -> None:
        address.append(at)
        started.set()

    running = server(gateway, told)
    thread = threading.Thread(target=running.run, name="server")
    thread.start()
    try:
        assert started.wait(20)
        yield address[0]
    finally:
        running.stop()
        thread.join()


def make_topics(log: Log) -> None:
    """The topics of the hubs."""
    settings = LogSettings(hub_partitions=3)
    log.create([spec for hub in HUBS for spec in topology.hub_specs(hub, settings)])


def verdict(parcel_id: str, *, scan_id: str | None = None, revision: int = 1, hub: str = "h1") -> Message:
    """A verdict as [decide] publishes it."""
    action = Action.HOLD if revision % 2 else Action.PASS
    said = msgspec.structs.replace(
        VERDICT, parcel_id=parcel_id, scan_id=scan_id, revision=revision, action=action
    )
    return Message(topics.verdicts(hub), parcel_id.encode(), encode(said))


def read_verdict(raw: object) -> Verdict:
    """A verdict out of an answer."""
    return msgspec.convert(raw, Verdict)


def records(log: Log, topic: str) -> list[Record]:
    """All that lies in a topic."""
    partitions = [Partition(topic, number) for number in range(log.topics()[topic])]
    return [one for partition in partitions for one in log.read(partition, 0, log.end(partition))]


def as_http(message: Message) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """A message for Kafka as the headers and the body of a request."""
    headers = [
        (b"ce-" + name.removeprefix("ce_").encode(), quote_from_bytes(value, safe="/:+,;=@").encode())
        if name.startswith("ce_")
        else (name.encode(), value)
        for name, value in message.headers
    ]
    return headers, message.value or b""


def path_of(message: Message) -> str:
    """Where it is posted to."""
    return "/v1/manifests" if message.topic.startswith(topics.MANIFESTS) else "/v1/scans"


def post(client: httpx.Client, message: Message) -> httpx.Response:
    """Send a message as a hub would."""
    headers, body = as_http(message)
    return client.post(path_of(message), headers=headers, content=body)
