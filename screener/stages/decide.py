"""[decide]: pairs a parcel's evidence, judges it, and says so to the hub, the archive, the investigators.

[tally] is told who was seen on the parcel, [network] who belongs together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts import cloudevents, topics
from screener.contracts.reading import encode
from screener.contracts.wire import (
    Action,
    Decision,
    Evidence,
    Flagged,
    FlaggedScan,
    ImageAddress,
    ManifestEvidence,
    Progress,
    ScanEvidence,
    StoredImage,
    Verdict,
)
from screener.core import judgement
from screener.core.lists import Lists
from screener.core.parcel import Parcel
from screener.core.policy import Policy
from screener.core.ties import tie_of, withdrawal
from screener.stages import events
from screener.stages.desk import Budget, Desk, Draw, Outlook, Ruling
from screener.stages.tally import sighting_message
from screener.stream.port import MAX_MESSAGE_BYTES, Log, Message, Partition, Record, Subscription
from screener.stream.runner import Reading, Step
from screener.stream.state import Table

logger = structlog.get_logger(__name__)

SOURCE = "screener/decide"


class Keeper(Protocol):
    """Brings the image of a flagged scan into the evidence store, or says why it is gone."""

    def keep(self, image: ImageAddress) -> StoredImage: ...


@dataclass(frozen=True, slots=True)
class Decide:
    """The stage: a desk for each owned partition of the evidence."""

    log: Log
    keeper: Keeper
    lists: Callable[[], Lists]
    policy: Callable[[], Policy]
    draw: Draw
    remember_ms: int
    desks: dict[int, Desk]
    known_topics: set[str]
    budget: Callable[[], Budget] = Budget
    kept: dict[ImageAddress, StoredImage] = field(default_factory=dict)
    """Images that this step has brought into the store."""

    name = "decide"
    changelog = topics.DECIDE_STATE
    subscription = Subscription(topics=(topics.EVIDENCE,))

    @staticmethod
    def start(
        log: Log,
        keeper: Keeper,
        *,
        lists: Callable[[], Lists],
        policy: Callable[[], Policy],
        draw: Draw,
        remember_days: float,
        budget: Callable[[], Budget] = Budget,
    ) -> Decide:
        remember_ms = round(remember_days * 86_400_000)
        return Decide(
            log, keeper, lists, policy, draw, remember_ms, desks={}, known_topics=set(), budget=budget
        )

    def assigned(self, tables: Mapping[int, Table]) -> None:
        share = 1.0 / max(self.log.topics().get(topics.EVIDENCE, 1), 1)
        outlook = Outlook(self.policy, self.lists, self.draw, share)
        self.desks.clear()
        for number, table in tables.items():
            self.desks[number] = Desk(table, outlook, self.remember_ms)

    def step(self, records: Sequence[Record], reading: Reading | None) -> Step:
        budget = self.budget()
        self.known_topics.clear()  # a hub may have been removed since the last step
        self.kept.clear()
        said = [
            pair
            for record in records
            for ruling in self._rulings(record, budget)
            for pair in self._publish(ruling, record, budget)
        ]
        return Step([message for message, _ in said], told=[value for _, value in said])

    def _rulings(self, record: Record, budget: Budget) -> Iterator[Ruling]:
        evidence = _read(record)
        desk = self.desks[record.partition.number]
        if isinstance(evidence, Progress):
            return desk.advance(evidence, record.timestamp_ms, budget)
        return desk.take(evidence, record.offset, record.timestamp_ms)

    def _publish(self, ruling: Ruling, cause: Record, budget: Budget) -> Iterator[tuple[Message, Struct]]:
        """The messages that a ruling makes, each with the value it encodes; their bytes are budgeted."""
        for sighting in ruling.sightings:
            yield sighting_message(sighting, cause), sighting
        if ruling.decision is not None:
            for message, value in self._announce(ruling, ruling.decision, cause, budget.told_bytes):
                budget.told_bytes -= len(message.value or b"")
                yield message, value

    def _announce(
        self, ruling: Ruling, decision: Decision, cause: Record, room_bytes: int
    ) -> Iterator[tuple[Message, Struct]]:
        parcel, facts = ruling.parcel, decision.facts
        yield _said(topics.DECISIONS, cloudevents.DECISION, decision, decision, cause)
        if self._can_hear(decision.hub):
            heard_on = topics.verdicts(decision.hub)
            yield _said(heard_on, cloudevents.VERDICT, decision, _verdict(parcel, decision), cause)
        tie = None if facts is None else tie_of(parcel, facts, decision, ruling.policy)
        if tie is None and decision.revision > 1:
            tie = withdrawal(parcel, decision)
        if tie is not None:
            yield _said(topics.TIES, cloudevents.TIE, decision, tie, cause)
        if decision.action is Action.HOLD:
            place = judgement.priority(decision, ruling.policy)
            flagged = fitting(self._flagged(parcel, decision, place, cause.partition), room_bytes)
            yield _said(topics.FLAGGED, cloudevents.FLAGGED, decision, flagged, cause)

    def _can_hear(self, hub: str) -> bool:
        """Whether the hub has a topic for its verdicts; one without, or removed, stops nobody else."""
        topic = topics.verdicts(hub)
        if topic not in self.known_topics:
            self.known_topics.update(self.log.topics())
        if topic not in self.known_topics:
            logger.warning("no topic for verdicts", hub=hub, mend="screener topics create --hub NAME")
        return topic in self.known_topics

    def _flagged(self, parcel: Parcel, decision: Decision, priority: float, partition: Partition) -> Flagged:
        """All that an investigator needs, after every image of the parcel is safe."""
        scans = [self._scan(partition, note.offset) for note in parcel.views]
        manifest = self._manifest(parcel, partition)
        return Flagged(
            decision=decision,
            manifest=manifest,
            scans=tuple(FlaggedScan(scan=scan, stored=self._stored(scan.image)) for scan in scans if scan),
            priority=priority,
            due_at=None if manifest is None else manifest.decide_by,
        )

    def _stored(self, image: ImageAddress) -> StoredImage:
        """Where an image is kept; of a parcel that one step revises again and again most are already."""
        if image not in self.kept:
            self.kept[image] = self.keeper.keep(image)
        return self.kept[image]

    def _manifest(self, parcel: Parcel, partition: Partition) -> ManifestEvidence | None:
        if parcel.manifest is None:
            return None
        evidence = self._evidence(partition, parcel.manifest.offset)
        return evidence if isinstance(evidence, ManifestEvidence) else None

    def _scan(self, partition: Partition, offset: int) -> ScanEvidence | None:
        evidence = self._evidence(partition, offset)
        return evidence if isinstance(evidence, ScanEvidence) else None

    def _evidence(self, partition: Partition, offset: int) -> Evidence | None:
        """The evidence at an offset, read again from the log; None where retention has taken it."""
        for record in self.log.read(partition, offset, offset + 1):
            return _read(record)
        logger.warning("evidence gone", partition=str(partition), offset=offset)
        return None


def fitting(flagged: Flagged, room_bytes: int = MAX_MESSAGE_BYTES) -> Flagged:
    """A flag that a topic takes, and for which its step has room: without maps where it is too large.

    Many views of noise have maps that add up.
    """
    if len(encode(flagged)) <= min(room_bytes, MAX_MESSAGE_BYTES):
        return flagged
    logger.warning("flagged without maps", hub=flagged.decision.hub, views=len(flagged.scans))
    return replace(flagged, scans=tuple(_without_map(one) for one in flagged.scans))


def _without_map(one: FlaggedScan) -> FlaggedScan:
    if one.scan.findings is None:
        return one
    return replace(one, scan=replace(one.scan, findings=replace(one.scan.findings, map_png=b"")))


_EVIDENCE: msgspec.json.Decoder[Evidence] = msgspec.json.Decoder(Evidence)


def _read(record: Record) -> Evidence:
    """Our own message: one that cannot be read is a fault of ours and stops the worker."""
    return _EVIDENCE.decode(record.value or b"")


def _verdict(parcel: Parcel, decision: Decision) -> Verdict:
    return Verdict(
        parcel_id=decision.parcel_id,
        scan_id=None if parcel.identified else parcel.views[0].scan_id,
        action=decision.action,
        revision=decision.revision,
        arrived_at=decision.arrived_at,
        decided_at=decision.decided_at,
    )


def _said(topic: str, kind: str, decision: Decision, value: Struct, cause: Record) -> tuple[Message, Struct]:
    headers = events.caused(
        cause,
        kind,
        source=SOURCE,
        event_id=f"{decision.hub}/{decision.parcel_id}/{decision.revision}",
        parcel_id=decision.parcel_id,
        time=decision.decided_at,
    )
    return Message(topic, decision.parcel_id.encode(), encode(value), headers), value
