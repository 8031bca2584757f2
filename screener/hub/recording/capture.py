"""What a hub sent in a stretch of time, in order of log time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime

from screener.contracts import topics
from screener.hub.recording.tape import Taped
from screener.hub.sent import Half
from screener.stream.port import Log, Partition


def captured(log: Log, hub: str, since: datetime, until: datetime) -> Iterator[Taped]:
    """The hub's manifests and scans with a log time from `since` to before `until`; bad ones, too."""
    first_ms, end_ms = (round(time.timestamp() * 1000) for time in (since, until))
    known = log.topics()
    own = ((Half.MANIFEST, topics.manifests(hub)), (Half.SCAN, topics.scans(hub)))
    places = [
        (half, Partition(topic, number)) for half, topic in own for number in range(known.get(topic, 0))
    ]
    found = (_of_partition(log, half, place, first_ms, end_ms) for half, place in places)
    return heapq.merge(*found, key=lambda message: message.at_ms)


def _of_partition(log: Log, half: Half, place: Partition, first_ms: int, end_ms: int) -> Iterator[Taped]:
    for record in log.read(place, log.start(place), log.end(place)):
        if first_ms <= record.timestamp_ms < end_ms:
            yield Taped(half, record.timestamp_ms, record.key, record.value, record.headers)
