"""Log time of a hub: up to when all that it has sent has been read and passed on."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from screener.contracts import topics
from screener.contracts.wire import Progress


class HubClock(Struct, frozen=True):
    """What is known of a hub's inputs: how many partitions each topic has, how far each has been read.

    A word once given stays true, so clocks are merged by the latest, and never go back.
    """

    inputs: dict[str, int]
    until_ms: dict[str, int]

    @property
    def now_ms(self) -> int | None:
        """The time that every input has passed; None while one has not been heard of."""
        wanted = [f"{topic}/{number}" for topic, count in self.inputs.items() for number in range(count)]
        if not wanted or any(name not in self.until_ms for name in wanted):
            return None
        return min(self.until_ms[name] for name in wanted)

    def advanced(self, progress: Progress, hub: str, log_time_ms: int) -> HubClock:
        """This clock and what [score] says of the same hub, in a message that the log took at `log_time_ms`.

        Nobody has read what is yet to come: a worker whose clock is ahead says so all the same, and its word
        would end the patience of all parcels of the hub until the time it spoke of has come.
        """
        own = {topics.manifests(hub), topics.scans(hub)}
        inputs = self.inputs | {topic: n for topic, n in progress.inputs.items() if topic in own}
        until_ms = dict(self.until_ms)
        for word in progress.read_until:
            if word.topic in own:
                name = f"{word.topic}/{word.partition}"
                time_ms = min(word.time_ms, log_time_ms)
                until_ms[name] = max(until_ms.get(name, time_ms), time_ms)
        return HubClock(inputs, until_ms)

    def encode(self) -> bytes:
        return msgspec.msgpack.encode(self, order="deterministic")

    @staticmethod
    def decode(value: bytes) -> HubClock:
        return _DECODER.decode(value)


_DECODER = msgspec.msgpack.Decoder(HubClock)


def hubs_of(progress: Progress) -> set[str]:
    """The hubs that a progress message speaks of."""
    named = [word.topic for word in progress.read_until] + list(progress.inputs)
    return {hub for topic in named if (hub := topics.hub_of(topic)) is not None}
