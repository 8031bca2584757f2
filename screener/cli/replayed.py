"""The decisions of a past period under another policy: what would have been held, missed, gained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from rich.progress import Progress

from screener.cli import letters, outcomes
from screener.contracts import topics
from screener.contracts.reading import decode_internal
from screener.contracts.wire import Decision, Inspection
from screener.core.estimates.register import latest
from screener.core.policy import Policy
from screener.core.rejudgement import Rejudged, Said, rejudged
from screener.stream.port import Log

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions: of these hubs (all where none is named), made in this period, so many at most."""

    hubs: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None

    def takes(self, decision: Decision) -> bool:
        return (
            (not self.hubs or decision.hub in self.hubs)
            and (self.since is None or decision.decided_at >= self.since)
            and (self.until is None or decision.decided_at < self.until)
        )


@dataclass(slots=True)
class Tally:
    """Of one hub: parcels, and how many of them are held before and after."""

    parcels: int = 0
    before: int = 0
    after: int = 0


@dataclass(slots=True)
class Replayed:
    """What came of it; `changed` are the parcels that would be decided otherwise.

    `finds` counts the parcels that were found over the limit, `missed` those of them that would no longer
    be held, `gained` those that would be held now and were not.
    """

    decisions: int = 0
    without_facts: int = 0
    first: datetime | None = None
    last: datetime | None = None
    policies: dict[str, int] = field(default_factory=dict)
    by_change: Counter[tuple[Said, Said]] = field(default_factory=Counter)
    hubs: dict[str, Tally] = field(default_factory=dict)
    changed: list[Rejudged] = field(default_factory=list)
    finds: int = 0
    missed: int = 0
    gained: int = 0

    @property
    def parcels(self) -> int:
        return self.by_change.total()

    @property
    def days(self) -> float:
        """Length of the period, a day at least: less says nothing of what comes in a day."""
        if self.first is None or self.last is None:
            return 1.0
        return max((self.last - self.first).total_seconds() / DAY_S, 1.0)

    def changes(self) -> list[tuple[tuple[Said, Said], int]]:
        """How many parcels went from what to what, the most first."""
        return sorted(self.by_change.items(), key=lambda pair: (-pair[1], str(pair[0])))

    def read(self, decision: Decision) -> None:
        """Count a decision, whether it is the last of its parcel or not."""
        self.decisions += 1
        self.without_facts += decision.facts is None
        self.first = min(self.first or decision.decided_at, decision.decided_at)
        self.last = max(self.last or decision.decided_at, decision.decided_at)
        self.policies[decision.snapshot.policy] = self.policies.get(decision.snapshot.policy, 0) + 1

    def parcel(self, hub: str, before: Said, after: Said, over_limit: bool | None) -> None:
        """Count a parcel; `over_limit` is what its inspection found, None without one."""
        self.by_change[before, after] += 1
        tally = self.hubs.setdefault(hub, Tally())
        tally.parcels += 1
        tally.before += before.held
        tally.after += after.held
        if over_limit:
            self.finds += 1
            self.missed += before.held and not after.held
            self.gained += after.held and not before.held


Parcel = tuple[str, str]


def replayed(log: Log, policy: Policy, wanted: Wanted, progress: Progress) -> Replayed:
    """The decisions that are wanted, the last revision of each parcel, judged again. Raises `BadConfig`."""
    result = Replayed()
    last: dict[Parcel, tuple[Said, Said]] = {}
    changed: dict[Parcel, Rejudged] = {}
    for decision in islice(filter(wanted.takes, _decisions(log, progress)), wanted.limit):
        result.read(decision)
        parcel = (decision.hub, decision.parcel_id)
        changed.pop(parcel, None)
        last.pop(parcel, None)
        if (one := rejudged(decision, policy)) is not None:
            last[parcel] = (one.before, one.after)
            if one.changed:
                changed[parcel] = one
    found = over_limit(_inspections(log))
    for parcel, (before, after) in last.items():
        result.parcel(parcel[0], before, after, found.get(parcel))
    result.changed = list(changed.values())
    return result


def over_limit(inspections: Iterable[Inspection]) -> dict[Parcel, bool]:
    """What the inspection of each parcel found that counts, whatever the order they come in."""
    found: dict[Parcel, dict[str, Inspection]] = {}
    for one in inspections:
        found.setdefault((one.hub, one.parcel_id), {})[one.inspection_id] = one
    return {parcel: latest(each).over_limit for parcel, each in found.items()}


def _decisions(log: Log, progress: Progress) -> Iterator[Decision]:
    held = letters.spans(log, topics.DECISIONS)
    total = sum(span.stop - span.start for span in held)
    records = progress.track(letters.records(log, held), total=total, description="decisions")
    return (decode_internal(record.value or b"", Decision) for record in records)


def _inspections(log: Log) -> Iterator[Inspection]:
    if topics.OUTCOMES not in log.topics():
        return
    yield from outcomes.inspections(letters.records(log, letters.spans(log, topics.OUTCOMES)))
