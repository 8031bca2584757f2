"""Publishes departures at the pace of a hub, in batches that are durable before they are told of."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from screener.hub.traffic import Departure
from screener.stream.port import Message, Publisher

MOST_MESSAGES = 200
MOST_BYTES = 4 * 1024 * 1024
LONGEST_WAIT_S = 0.25


@dataclass(slots=True)
class Batch:
    """Departures that wait to be published together."""

    since_s: float
    departures: list[Departure] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    bytes: int = 0

    def add(self, departure: Departure) -> None:
        self.departures.append(departure)
        self.messages += departure.messages
        self.bytes += sum(len(message.value or b"") for message in departure.messages)

    def full(self, now_s: float) -> bool:
        too_much = len(self.messages) >= MOST_MESSAGES or self.bytes >= MOST_BYTES
        return too_much or now_s - self.since_s >= LONGEST_WAIT_S


def dispatch(
    publisher: Publisher,
    departures: Iterable[Departure],
    *,
    due_s: Callable[[int], float],
    told: Callable[[Departure], None],
    clock_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Publish all, no step before it is due (seconds from now); `told` of each once it is durable."""
    began_s = clock_s()
    batch = Batch(began_s)
    for departure in departures:
        wait_s = began_s + due_s(departure.step) - clock_s()
        if wait_s > 0:
            _publish(publisher, batch, told)
            sleep(wait_s)
            batch = Batch(clock_s())
        batch.add(departure)
        if batch.full(clock_s()):
            _publish(publisher, batch, told)
            batch = Batch(clock_s())
    _publish(publisher, batch, told)


def steadily(rate: float) -> Callable[[int], float]:
    """When steps are due of which so many leave a second; 0 is all at once."""
    return lambda step: step / rate if rate else 0.0


def _publish(publisher: Publisher, batch: Batch, told: Callable[[Departure], None]) -> None:
    if batch.messages:
        publisher.publish(batch.messages)
    for departure in batch.departures:
        told(departure)
