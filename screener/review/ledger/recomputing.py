"""The same figures from the log alone, in one pass and by other means than the ledger's: they must agree.

Every message is kept until all are read, and each parcel is looked at once, whole; what stands for other
parcels is counted by `core.estimates.register`, which `screener stats` is made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from screener.contracts import topics
from screener.contracts.wire import Action, Disposition, Inspection
from screener.core.estimates.register import Cell, Choice, Register, latest
from screener.review import flagging
from screener.review.ledger import entries
from screener.review.ledger.course import SPLIT, day_of
from screener.review.ledger.entries import Said
from screener.review.ledger.figures import Counted, cell_of, composed
from screener.review.ledger.points import Series
from screener.review.ledger.spans import DIVISORS, Span, number_of
from screener.review.ledger.tables import AMOUNTS, COUNTS
from screener.stream.port import Log, Partition, Record


def recomputed(log: Log, span: Span, zone: tzinfo) -> Series:
    """The figures of a span as the whole log has them, but for cases, which are on no log."""
    parcels = _read(log)
    now, before = (_counted(parcels, one, zone) for one in (span, span.year_before))
    return composed(span, (now, before), (now, before))


@dataclass
class _Parcel:
    """All that the log says of one parcel."""

    decisions: list[Said] = field(default_factory=list)
    inspections: dict[str, Inspection] = field(default_factory=dict)
    dispositions: list[Disposition] = field(default_factory=list)

    @property
    def first(self) -> Said:
        return min(self.decisions, key=lambda one: (one.revision, one.decided_at))

    @property
    def newest(self) -> Said:
        return max(self.decisions, key=lambda one: (one.decided_at, one.revision))

    @property
    def courier(self) -> str:
        naming = [one for one in self.decisions if one.courier]
        return max(naming, key=lambda one: (one.decided_at, one.courier)).courier if naming else ""

    @property
    def kind(self) -> str:
        return flagging.kind_of([one.code for one in self.newest.reasons], self.newest.judged)

    @property
    def agency(self) -> str:
        last = max(self.dispositions, key=lambda one: (one.decided_at, one.disposition_id), default=None)
        return last.agency or "" if last is not None and last.kind == "refer" else ""

    def meets(self, span: Span, zone: tzinfo) -> bool:
        """Whether the span asks for it."""
        day = day_of(self.first.arrived_at, zone)
        asked = (span.hub, span.courier, span.kind, span.agency)
        own = (self.first.hub, self.courier, self.kind, self.agency)
        within = number_of(span.since) <= day < number_of(span.until)
        return within and all(one is None or one == other for one, other in zip(asked, own, strict=True))


def _read(log: Log) -> list[_Parcel]:
    parcels: dict[tuple[str, str], _Parcel] = {}
    for record in _records(log, topics.DECISIONS):
        said = entries.said(record)
        parcels.setdefault((said.hub, said.parcel_id), _Parcel()).decisions.append(said)
    for record in _records(log, topics.OUTCOMES):
        told = entries.outcome(record)
        if told is None:
            continue
        one = parcels.setdefault((told.hub, told.parcel_id), _Parcel())
        if isinstance(told, Inspection):
            one.inspections[told.inspection_id] = told
        else:
            one.dispositions.append(told)
    return [one for one in parcels.values() if one.decisions]


def _records(log: Log, topic: str) -> Iterator[Record]:
    for number in range(log.topics().get(topic, 0)):
        partition = Partition(topic, number)
        for record in log.read(partition, log.start(partition), log.end(partition)):
            if record.value is not None:
                yield record


def _counted(parcels: list[_Parcel], span: Span, zone: tzinfo) -> Counted:
    buckets: dict[int, list[_Parcel]] = {}
    for one in parcels:
        if one.meets(span, zone):
            number = day_of(one.first.arrived_at, zone) // DIVISORS[span.by]
            buckets.setdefault(number, []).append(one)
    return {number: _sums(some) for number, some in buckets.items()}


def _sums(parcels: list[_Parcel]) -> dict[Cell, tuple[int, ...]]:
    """What stands for others by strata, as the register has it; the rest under one of them."""
    register = Register()
    for one in parcels:
        for said in sorted(one.decisions, key=lambda said: said.decided_at):
            register.enter_choice(_choice(said))
        for inspection in one.inspections.values():
            register.enter_inspection(inspection)
    sums: dict[Cell, tuple[int, ...]] = {}
    for cell, tally in register.tallies().items():
        alike = cell_of(cell.why, cell.rate, cell.lucky, cell.later or "")
        counts = (tally.parcels, 0, 0, 0, tally.opened, tally.over)
        sums[alike] = _added(sums.get(alike, _NOTHING), (*counts, *_NO_AMOUNTS))
    some = next(iter(sums))
    return sums | {some: _added(sums[some], _told(parcels))}


def _told(parcels: list[_Parcel]) -> tuple[int, ...]:
    held = sum(any(said.action is Action.HOLD for said in one.decisions) for one in parcels)
    found = [latest(one.inspections) for one in parcels if one.inspections]
    over = [one for one in found if one.over_limit]
    amounts = (sum(column) for column in zip(_NO_AMOUNTS, *map(_amounts, over), strict=True))
    return (0, held, len(found), len(over), 0, 0, *amounts)


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(sum, zip(one, other, strict=True)))


_NO_AMOUNTS: Final = (0,) * len(AMOUNTS)
_NOTHING: Final = (0,) * (len(COUNTS) + len(AMOUNTS))


def _choice(said: Said) -> Choice:
    return Choice(
        hub=said.hub,
        parcel_id=said.parcel_id,
        revision=said.revision,
        selection=said.selection,
        arrived_at=said.arrived_at,
    )


def _amounts(found: Inspection) -> tuple[int, ...]:
    """In the order of `AMOUNTS`."""
    leaf_mg, all_mg = round((found.leaf_g or 0) * 1000), round(found.tobacco_g * 1000)
    named = {f"{found.origin if found.origin in SPLIT else 'other'}_sticks": found.sticks}
    named |= {"leaf_mg": leaf_mg, "cut_mg": max(all_mg - leaf_mg, 0)}
    named |= {"e_cigarettes": found.e_cigarettes, "value_fen": round((found.value_cny or 0) * 100)}
    return tuple(named.get(name, 0) for name in AMOUNTS)
