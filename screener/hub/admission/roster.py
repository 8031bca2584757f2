"""The hubs of a log: what they send, who they are, when they were last heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from screener.contracts import topics
from screener.hub.admission.plan import is_of
from screener.stages.rights import hub_topics
from screener.stages.topology import hubs_in
from screener.stream import counting
from screener.stream.administration import Administration
from screener.stream.kafka.access import KafkaAccess
from screener.stream.port import Log, Partition, Record

HOUR_MS = 3_600_000
LOOK_BACK = 8
"""The last offsets of a partition may be marks of transactions: so many are looked at for a message."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A hub; rates are messages of the last hour, None where the topic is missing."""

    hub: str
    manifests_an_hour: int | None
    scans_an_hour: int | None
    verdicts_an_hour: int | None
    last_at: datetime | None
    principals: tuple[str, ...] | None


def roster(
    log: Log, administration: Administration, access: KafkaAccess | None, now_ms: int
) -> Iterator[Listed]:
    """Each hub that has a topic of any kind; `principals` is None where the log knows no rights."""
    counts = log.topics()
    grants = None if access is None else access.grants()
    for hub in hubs_in(counts):
        rates = {
            name: _rate(log, administration, name, counts[name], now_ms - HOUR_MS) if name in counts else None
            for name in hub_topics(hub)
        }
        heard = [last_at(log, name, counts[name]) for name in hub_topics(hub)[:2] if name in counts]
        yield Listed(
            hub,
            rates[topics.manifests(hub)],
            rates[topics.scans(hub)],
            rates[topics.verdicts(hub)],
            last_at=max((at for at in heard if at is not None), default=None),
            principals=None
            if grants is None
            else tuple(sorted({grant.principal for grant in grants if is_of(hub, grant.right)})),
        )


def last_at(log: Log, topic: str, partitions: int) -> datetime | None:
    """The log time of the newest message of a topic, None where it holds none."""
    times = [
        record.timestamp_ms for number in range(partitions) for record in _last(log, Partition(topic, number))
    ]
    return datetime.fromtimestamp(max(times) / 1000, UTC) if times else None


def _last(log: Log, partition: Partition) -> Iterator[Record]:
    end = log.end(partition)
    start = max(log.start(partition), end - LOOK_BACK)
    if start < end:
        yield from log.read(partition, start, end)


def _rate(log: Log, administration: Administration, topic: str, partitions: int, since_ms: int) -> int:
    places = [Partition(topic, number) for number in range(partitions)]
    return sum(
        counting.messages(log, place, administration.since(place, since_ms), log.end(place))
        for place in places
    )
