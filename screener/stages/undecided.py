"""What of a hub's has come in and has no decision yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from screener.contracts import topics
from screener.contracts.wire import Evidence, Progress
from screener.core.parcel import Parcel
from screener.stream import counting
from screener.stream.port import Log, Partition, Record


@dataclass(frozen=True, slots=True)
class Undecided:
    """How much of a hub's stands where: `messages` before [score], `evidence` before [decide], and `parcels`
    that wait in [decide] for more, or for their patience to end."""

    messages: int
    evidence: int
    parcels: int

    @property
    def nothing(self) -> bool:
        return not (self.messages or self.evidence or self.parcels)

    def __str__(self) -> str:
        return (
            f"{self.messages} messages not yet scored, {self.evidence} pieces of evidence not yet weighed, "
            f"{self.parcels} parcels waiting"
        )


def undecided(log: Log, hub: str) -> Undecided:
    """What of this hub's is on its way; reads the state of [decide], which may take a while.

    In the order of the way, so that what moves on meanwhile is counted once at least.
    """
    counts = log.topics()
    inputs = _partitions([topics.manifests(hub), topics.scans(hub)], counts)
    evidence = _partitions([topics.EVIDENCE], counts)
    return Undecided(
        messages=sum(_left(log, inputs, "screener.score")),
        evidence=sum(_is_of(record, hub) for record in _unread(log, evidence, "screener.decide")),
        parcels=_waiting(log, _partitions([topics.DECIDE_STATE], counts), hub),
    )


def _partitions(names: list[str], counts: Mapping[str, int]) -> list[Partition]:
    return [Partition(name, number) for name in names for number in range(counts.get(name, 0))]


def _left(log: Log, partitions: list[Partition], group: str) -> Iterator[int]:
    """Of each partition, how many messages a group has not committed."""
    for start, stop, partition in _stretches(log, partitions, group):
        yield counting.messages(log, partition, start, stop)


def _unread(log: Log, partitions: list[Partition], group: str) -> Iterator[Record]:
    for start, stop, partition in _stretches(log, partitions, group):
        yield from log.read(partition, start, stop)


def _stretches(log: Log, partitions: list[Partition], group: str) -> Iterator[tuple[int, int, Partition]]:
    committed = log.committed(group) if partitions else {}
    for partition in partitions:
        start = max(committed.get(partition, 0), log.start(partition))
        yield start, log.end(partition), partition


def _is_of(record: Record, hub: str) -> bool:
    evidence = _EVIDENCE.decode(record.value or b"")
    return not isinstance(evidence, Progress) and evidence.hub == hub


def _waiting(log: Log, partitions: list[Partition], hub: str) -> int:
    """Parcels of a hub without a decision, by the last that the state says of each."""
    prefix, waiting = f"{hub}/".encode(), set()
    for partition in partitions:
        for record in log.read(partition, log.start(partition), log.end(partition)):
            if record.key is None or not record.key.startswith(prefix):
                continue
            if record.value is not None and Parcel.decode(record.value).decided is None:
                waiting.add(record.key)
            else:
                waiting.discard(record.key)
    return len(waiting)


_EVIDENCE: msgspec.json.Decoder[Evidence] = msgspec.json.Decoder(Evidence)
