"""[drift]: follows what each scanner's scans look like, and tells when a scanner has changed.

A changed palette silently blinds a model, and no single scan shows it. All scans of a scanner lie in one
partition, in one order, so what is told follows from the log alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import structlog

from screener.contracts import cloudevents, topics
from screener.contracts.cloudevents import Event
from screener.contracts.reading import encode
from screener.contracts.wire import Anchor, Drift, Look, ScannerAlarm
from screener.core.drift import course, standing
from screener.core.drift.alarms import changes
from screener.core.drift.reference import Reference
from screener.core.drift.standing import Standing
from screener.stages.looks import key_of
from screener.stream.port import Log, Message, Partition, Record, Subscription
from screener.stream.runner import Reading, Step
from screener.stream.state import Table

logger = structlog.get_logger(__name__)

SOURCE = "screener/drift"

References = Callable[[str, str], Reference | None]
"""The reference of a scanner's commissioning, by hub and scanner; None where it has none."""


MOST_SCANNERS = 100
"""Scanners of one hub that a partition follows: hubs choose the names, and each is state and metrics."""


@dataclass(frozen=True, slots=True)
class Levels:
    """How near to an alarm a scanner is, by kind of change; 1 and more is one."""

    hub: str
    scanner: str
    levels: Mapping[Drift, float]
    raised: frozenset[Drift]


@dataclass(frozen=True, slots=True)
class AllLevels:
    """Of all scanners that are this worker's now."""

    scanners: tuple[Levels, ...]


@dataclass(frozen=True, slots=True)
class NotFollowed:
    """Looks of a scanner that is one too many of its hub."""

    hub: str
    looks: int


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """The stage: a table of standings for each owned partition of the looks, and the levels they come to.

    `crowded` are the hubs that were told of since the last assignment: they have more scanners than are
    followed.
    """

    references: References
    tables: dict[int, Table]
    levels: dict[bytes, Levels]
    crowded: set[str]

    name = "drift"
    changelog = topics.DRIFT_STATE
    subscription = Subscription(topics=(topics.LOOKS,))

    @staticmethod
    def start(references: References) -> DriftWatch:
        return DriftWatch(references, tables={}, levels={}, crowded=set())

    def assigned(self, tables: Mapping[int, Table]) -> None:
        self.tables.clear()
        self.tables.update(tables)
        self.crowded.clear()
        self.levels.clear()
        for table in tables.values():
            self.levels.update((key, _levels(key, Standing.decode(value))) for key, value in table.items())

    def step(self, records: Sequence[Record], reading: Reading | None) -> Step:
        """Follow each scanner through its scans of this batch, and tell what has changed."""
        alarms: list[ScannerAlarm] = []
        others: list[NotFollowed] = []
        for (number, key), looks in _by_scanner(records).items():
            if self._has_room(self.tables[number], key, looks):
                self._follow(self.tables[number], key, looks, alarms)
            else:
                others.append(NotFollowed(looks[0].hub, len(looks)))
        for alarm in alarms:
            _log(alarm)
        self._warn(others)
        levels = [] if reading is None else [self._all_levels()]
        return Step([message_of(alarm) for alarm in alarms], told=[*alarms, *others, *levels])

    def _has_room(self, table: Table, key: bytes, looks: Sequence[Look | Anchor]) -> bool:
        """Whom the operator has named, by a file or an anchor, there is always room for."""
        if table.get(key) is not None or any(isinstance(look, Anchor) for look in looks):
            return True
        hub, scanner = looks[0].hub, looks[0].scanner
        if self.references(hub, scanner) is not None:
            return True
        siblings = key_of(hub, "")
        return sum(other.startswith(siblings) for other, _ in table.items()) < MOST_SCANNERS

    def _follow(
        self, table: Table, key: bytes, looks: Sequence[Look | Anchor], alarms: list[ScannerAlarm]
    ) -> None:
        known = table.get(key)
        after = self._followed(Standing() if known is None else Standing.decode(known), looks, alarms)
        table.put(key, after.encode())
        self.levels[key] = _levels(key, after)

    def _warn(self, others: Sequence[NotFollowed]) -> None:
        """Once for each hub."""
        for hub in sorted({one.hub for one in others} - self.crowded):
            logger.warning("too_many_scanners", hub=hub, followed=MOST_SCANNERS)
            self.crowded.add(hub)

    def _all_levels(self) -> AllLevels:
        return AllLevels(tuple(self.levels[key] for key in sorted(self.levels)))

    def _followed(
        self, before: Standing, looks: Sequence[Look | Anchor], alarms: list[ScannerAlarm]
    ) -> Standing:
        for look in looks:
            after = self._after(before, look)
            alarms += changes(before, after, look)
            before = after
        return before

    def _after(self, before: Standing, look: Look | Anchor) -> Standing:
        known = standing.commissioned(before, self.references(look.hub, look.scanner))
        return standing.anchored(known) if isinstance(look, Anchor) else standing.taken(known, look)


def raised_on(log: Log) -> list[ScannerAlarm]:
    """The alarms that stand, by hub, scanner and kind."""
    last: dict[bytes | None, ScannerAlarm] = {}
    for number in range(log.topics().get(topics.ALARMS, 0)):
        partition = Partition(topics.ALARMS, number)
        for record in log.read(partition, log.start(partition), log.end(partition)):
            if record.value is not None:
                last[record.key] = _ALARM.decode(record.value)
    return sorted(
        (one for one in last.values() if one.raised), key=lambda one: (one.hub, one.scanner, one.what)
    )


def looks_on(log: Log, hub: str, scanner: str) -> list[Look]:
    """All looks of a scanner that the log still holds, in order."""
    key, found = key_of(hub, scanner), []
    for number in range(log.topics().get(topics.LOOKS, 0)):
        partition = Partition(topics.LOOKS, number)
        for record in log.read(partition, log.start(partition), log.end(partition)):
            said = _SAID.decode(record.value or b"") if record.key == key else None
            if isinstance(said, Look):
                found.append(said)
    return found


def message_of(alarm: ScannerAlarm) -> Message:
    """An alarm as everybody reads it: the last of each scanner and kind of change counts."""
    key = key_of(alarm.hub, alarm.scanner) + b"/" + alarm.what.value.encode()
    event = Event(
        id=f"{key.decode()}/{alarm.at.isoformat()}/{'raised' if alarm.raised else 'cleared'}",
        source=SOURCE,
        type=cloudevents.SCANNER_ALARM,
        time=alarm.at,
        content_type=cloudevents.JSON,
    )
    return Message(topics.ALARMS, key, encode(alarm), cloudevents.to_headers(event))


def _by_scanner(records: Sequence[Record]) -> dict[tuple[int, bytes], list[Look | Anchor]]:
    """What was said of each scanner, in order. Our own messages: a bad one is a fault of ours."""
    found: dict[tuple[int, bytes], list[Look | Anchor]] = {}
    for record in records:
        said = _SAID.decode(record.value or b"")
        found.setdefault((record.partition.number, key_of(said.hub, said.scanner)), []).append(said)
    return found


_ALARM = msgspec.json.Decoder(ScannerAlarm)
_SAID: msgspec.json.Decoder[Look | Anchor] = msgspec.json.Decoder(Look | Anchor)


def _levels(key: bytes, known: Standing) -> Levels:
    hub, _, scanner = key.decode().partition("/")
    if known.course is None:
        return Levels(hub, scanner, dict.fromkeys(Drift, 0.0), frozenset())
    return Levels(hub, scanner, course.levels(known.course), frozenset(map(Drift, known.course.raised)))


def _log(alarm: ScannerAlarm) -> None:
    tell = logger.warning if alarm.raised else logger.info
    tell(
        "scanner_changed" if alarm.raised else "scanner_as_it_was",
        hub=alarm.hub,
        scanner=alarm.scanner,
        what=alarm.what.value,
        why=alarm.text,
        since=alarm.since.isoformat(),
        **alarm.figures,
    )
