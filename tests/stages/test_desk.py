"""Laws of the desk: one partition of [decide] without a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from screener.contracts import topics
from screener.contracts.wire import (
    Amount,
    Decision,
    Links,
    ManifestEvidence,
    Outcome,
    Progress,
    ReadUntil,
    ScanEvidence,
    Sighting,
    Target,
    Tip,
    Total,
    Why,
)
from screener.core.lists import Change, Lists
from screener.core.parcel import milliseconds
from screener.core.policy import Policy, Sampling, read
from screener.stages.desk import Budget, Desk, Outlook, Ruling
from screener.stream.port import Partition
from screener.stream.state import Table
from tests.core.evidence import at, findings, manifest, scan

REMEMBER_MS = 30 * 86_400_000
SHIPPED = read(Path("configs/policy.toml"))
CALM = replace(SHIPPED, file=replace(SHIPPED.file, sampling=Sampling(rate=0.0)))
LEGAL = findings(0.95, sticks=150)


def links(digit: str) -> Links:
    return Links(name=digit * 32, phone=(digit + "1") * 16, address=(digit + "2") * 16)


def to(digit: str, version: int = 0, parcel_id: str = "P-1") -> ManifestEvidence:
    """A manifest of one sender to the receiver `digit`."""
    made = manifest(parcel_id, version=version)
    sender = replace(made.consignor, links=links("a"))
    return replace(made, consignor=sender, consignee=replace(made.consignee, links=links(digit)))


@dataclass
class Office:
    """A desk, and all that it said."""

    policy: Policy = CALM
    lists: Lists = field(default_factory=Lists)
    table: Table = field(default_factory=lambda: Table(Partition("state", 0)))
    said: list[Ruling] = field(default_factory=list)
    store: Callable[[], object] = lambda: None
    """What is done with each ruling before the next is asked for."""

    def __post_init__(self) -> None:
        outlook = Outlook(lambda: self.policy, lambda: self.lists, lambda _day, _parcel: 0.5, 1.0)
        self.desk = Desk(self.table, outlook, REMEMBER_MS)

    def take(self, *evidence: ManifestEvidence | ScanEvidence | Total) -> None:
        for offset, one in enumerate(evidence):
            self.said += self.desk.take(one, offset, milliseconds(at(10)))

    def pass_time(self, s: float, budget: Budget | None = None) -> None:
        inputs = {topics.manifests("h1"): 1, topics.scans("h1"): 1}
        read_until = tuple(
            ReadUntil(topic=topic, partition=0, time_ms=milliseconds(at(s))) for topic in inputs
        )
        told = Progress(read_until=read_until, inputs=inputs)
        for ruling in self.desk.advance(told, milliseconds(at(s)), budget or Budget()):
            self.store()
            self.said.append(ruling)

    @property
    def decisions(self) -> list[Decision]:
        return [ruling.decision for ruling in self.said if ruling.decision is not None]

    @property
    def sightings(self) -> list[Sighting]:
        return [sighting for ruling in self.said for sighting in ruling.sightings]


@dataclass
class Clock:
    """Three seconds pass whenever it is passed by."""

    now_s: float = 0.0

    def pass_by(self) -> None:
        self.now_s += 3.0


def answers(sightings: Iterable[Sighting], sticks: Callable[[Sighting], float]) -> list[Total]:
    """What [tally] would answer, with these sums."""
    return [
        Total(
            hub=one.hub,
            parcel_id=one.parcel_id,
            identity=one.identity,
            link=one.link,
            window_days=14,
            parcels=5,
            loaded=5,
            sticks=Amount(mean=sticks(one), sd=1.0),
            tobacco_g=Amount(mean=0.0, sd=0.0),
            members=(),
            like_contents=1,
            partners=1,
            hubs=1,
            first_at=at(0),
            counted_at=at(10),
            question=one.question,
        )
        for one in sightings
        if one.answer
    ]


def test_sums_of_people_who_are_no_longer_named_hold_nobody() -> None:
    office = Office()
    office.take(to("b"), scan(found=LEGAL))
    first = office.sightings
    office.take(to("c", version=1))
    office.take(*answers(first, lambda _: 1800.0))
    assert office.decisions == []
    second = [one for one in office.sightings if one.question not in {one.question for one in first}]
    cleared = {one.link for one in second if not one.answer}
    assert cleared == {one.link for one in first} - {one.link for one in second if one.answer}
    office.take(*answers(second, lambda _: 150.0))
    assert [one.outcome for one in office.decisions] == [Outcome.PASS]


def test_a_rescan_that_shows_more_waits_for_its_sums_and_is_held_by_them() -> None:
    office = Office()
    office.take(to("b"), scan())
    assert [one.outcome for one in office.decisions] == [Outcome.PASS]
    office.take(scan(scan_id="S-2", found=LEGAL))
    assert len(office.decisions) == 1
    asked = [one for one in office.sightings if one.answer]
    office.take(*answers(asked, lambda _: 900.0))
    assert [one.selection.why for one in office.decisions] == [Why.NONE, Why.SUM]


def test_a_rescan_over_the_limit_is_held_at_once() -> None:
    office = Office()
    office.take(to("b"), scan(), scan(scan_id="S-2", found=findings(0.95, sticks=2000)))
    assert [one.selection.why for one in office.decisions] == [Why.NONE, Why.LOAD]


def test_a_hold_that_is_kept_keeps_its_cause_and_probability() -> None:
    office = Office(policy=replace(CALM, file=replace(CALM.file, sampling=Sampling(rate=0.7))))
    office.take(to("b"), scan())
    office.policy = replace(CALM, id="policy-other")
    office.take(to("b", version=1))
    first, second = office.decisions
    assert (first.selection.why, first.selection.probability) == (Why.RANDOM, 0.7)
    assert (second.outcome, second.selection.why, second.selection.probability) == ("hold", Why.RANDOM, 0.7)
    assert second.reasons[0].code == "kept_on_hold"


def test_a_held_parcel_that_goes_to_somebody_else_is_told_again() -> None:
    office = Office()
    office.take(to("b"), scan(found=findings(0.95, sticks=2000)))
    office.take(*answers([one for one in office.sightings if one.answer], lambda _: 2000.0))
    told = len(office.decisions)
    office.take(to("c", version=1))
    assert len(office.decisions) == told + 1


@pytest.mark.parametrize("tips_a_step", [0, 1])
def test_every_remembered_parcel_is_looked_at_however_often_tips_come(tips_a_step: int) -> None:
    office = Office()
    for number in range(20):
        office.take(to("b" if number else "c", parcel_id=f"P-{number}"), scan(f"P-{number}"))
    office.lists = with_tip(office.lists, 0, links("c").phone)
    for step in range(12):
        office.pass_time(20 + step, Budget(reviews=5))
        for _ in range(tips_a_step):
            office.lists = with_tip(office.lists, step + 1, "f" * 32)
    held = [one.parcel_id for one in office.decisions if one.selection.why is Why.TIP]
    assert held == ["P-0"]


def test_overdue_parcels_take_no_step_longer_than_its_group_waits_however_slow_the_store() -> None:
    """Three seconds for each, as a store under load takes: a step of ten seconds rules on four, then four."""
    office = Office()
    office.take(*(to("b", parcel_id=f"P-{number}") for number in range(10)))
    clock = Clock()
    office.store = clock.pass_by
    told = []
    for step in range(4):
        office.pass_time(7200 + step, Budget.within(10.0, lambda: clock.now_s))
        told.append(len(office.decisions))
    assert told == [4, 8, 10, 10]
    assert len({one.parcel_id for one in office.decisions}) == 10


def test_a_step_whose_time_is_up_before_it_begins_rules_on_one() -> None:
    office = Office()
    office.take(*(to("b", parcel_id=f"P-{number}") for number in range(3)))
    office.pass_time(7200, Budget(time_is_up=lambda: True))
    assert len(office.decisions) == 1


def with_tip(lists: Lists, number: int, link: str | None) -> Lists:
    tip = Tip(
        tip_id=f"T-{number}",
        target=Target(kind="phone", link=link),
        source="12313",
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return lists.changed(topics.TIPS, [Change(tip.tip_id, tip, number)], number + 1)


def test_a_desk_that_is_built_again_goes_on_where_it_was() -> None:
    office = Office()
    office.take(to("b"), scan(found=LEGAL))
    again = Office(table=office.table)
    again.take(*answers(office.sightings, lambda _: 900.0))
    assert [one.selection.why for one in again.decisions] == [Why.SUM]
