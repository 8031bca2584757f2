"""Lists, capacity and networks through the real stages, on the embedded log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from screener.contracts import topics
from screener.contracts.wire import Grade, Group, Licence, Outcome, Sender, Target, Tip, Why
from screener.core.policy import Capacity, Hold, Sampling
from screener.sealing.targets import seal_target
from screener.stages.lists import entry_message, removal
from screener.stream.port import Message
from screener.stream.sqlite import Sqlite
from tests.stages.test_adding_up import ANTS, latest, receiver
from tests.stages.world import CLEAN, LEGAL, OVER, RING, World, manifest_of, scan_of

ADDED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Sqlite(tmp_path / "log.db") as log:
        yield World.build(log, tmp_path)


def target(phone: str | None = "139-1111-2222", waybill: str | None = None) -> Target:
    """The ants by their phone, written otherwise than on their parcels; or a waybill pattern."""
    if waybill is not None:
        return Target(kind="waybill", pattern=waybill)
    made = seal_target("phone", phone or "", RING, b"test")
    assert made is not None
    return made


def tip(tip_id: str = "T1", *, named: Target | None = None, days: float | None = None) -> Tip:
    expires_at = None if days is None else ADDED + timedelta(days=days)
    return Tip(
        tip_id=tip_id,
        target=named or target(),
        source="12313",
        reference="R-1",
        added_at=ADDED,
        expires_at=expires_at,
    )


def send(world: World, parcel_id: str, content: bytes) -> None:
    world.publish(
        [manifest_of(parcel_id, consignor=ANTS, consignee=receiver(1)), scan_of(parcel_id, content)]
    )
    world.settle()


def test_a_tip_holds_a_clean_parcel_and_names_its_reference(world: World) -> None:
    world.publish([entry_message(tip())])
    send(world, "P1", CLEAN)
    decision = latest(world)["P1"]
    assert (decision.selection.why, decision.reasons[0].code) == (Why.TIP, "tip")
    assert decision.reasons[0].figures["reference"] == "R-1"
    assert decision.snapshot.lists[topics.TIPS] == 1
    assert world.flagged()[0].priority >= 100


def test_a_tip_that_comes_later_looks_again_at_what_is_remembered(world: World) -> None:
    send(world, "P1", CLEAN)
    assert latest(world)["P1"].outcome is Outcome.PASS
    world.publish([entry_message(tip())])
    world.settle()
    assert (latest(world)["P1"].revision, latest(world)["P1"].selection.why) == (2, Why.TIP)
    world.settle()
    assert Counter(one.revision for one in world.decisions()) == {1: 1, 2: 1}


@pytest.mark.parametrize("gone", [entry_message(tip(days=1)), removal(topics.TIPS, "T1")])
def test_a_tip_that_has_expired_or_was_removed_holds_nobody(world: World, gone: Message) -> None:
    world.publish([entry_message(tip()), gone])
    send(world, "P1", CLEAN)
    assert latest(world)["P1"].outcome is Outcome.PASS


def test_a_waybill_pattern_names_its_parcels_alone(world: World) -> None:
    world.publish([entry_message(tip(named=target(waybill="WLX1*")))])
    for parcel_id in ("LX1", "LX12", "LX2"):
        send(world, parcel_id, CLEAN)
    held = {parcel_id for parcel_id, one in latest(world).items() if one.selection.why is Why.TIP}
    assert held == {"LX1", "LX12"}


def test_a_licence_explains_a_load_up_to_its_amount_and_is_still_sampled(world: World) -> None:
    licence = Licence(licence_id="L1", target=target(), sticks=2000, added_at=ADDED)
    world.publish([entry_message(licence)])
    send(world, "P1", OVER)
    decision = latest(world)["P1"]
    assert decision.outcome is Outcome.PASS
    assert {reason.code for reason in decision.reasons} == {"licensed", "load_within_limit"}
    world.publish([entry_message(msgspec.structs.replace(licence, sticks=500))])
    send(world, "P2", OVER)
    assert latest(world)["P2"].selection.why is Why.LOAD
    always = world.under(sampling=Sampling(rate=0.0, licensed=1.0))
    world.publish([entry_message(licence)])
    send(always, "P3", OVER)
    assert latest(world)["P3"].selection.why is Why.RANDOM


def test_the_grade_of_a_sender_sets_how_often_it_is_drawn(world: World) -> None:
    graded = world.under(sampling=Sampling(rate=0.0, grades={Grade.C: 1.0}))
    world.publish([entry_message(Sender(sender_id="S1", target=target(), grade=Grade.C, added_at=ADDED))])
    send(graded, "P1", CLEAN)
    other = manifest_of("P2", consignor=receiver(7), consignee=receiver(8))
    world.publish([other, scan_of("P2", CLEAN)])
    graded.settle()
    assert {key: one.selection.why for key, one in latest(world).items()} == {"P1": "random", "P2": "none"}
    assert latest(world)["P1"].selection.probability == 1.0


def test_capacity_drops_no_load_above_the_hard_limit(world: World) -> None:
    narrow = world.under(capacity=Capacity(per_hour=0.001), hold=Hold(hard_over_limit=0.8))
    for number in range(5):
        manifest = manifest_of(f"P{number}", consignor=receiver(number), consignee=receiver(10 + number))
        world.publish([manifest, scan_of(f"P{number}", OVER)])
    narrow.settle()
    assert {one.selection.why for one in latest(world).values()} <= {Why.LOAD, Why.SUM}


def test_who_belongs_together_is_told_as_one_group(world: World) -> None:
    for number in range(3):
        manifest = manifest_of(f"P{number}", consignor=ANTS, consignee=receiver(number))
        world.publish([manifest, scan_of(f"P{number}", LEGAL)])
    world.settle()
    world.finish(world.network())
    groups = {record.key: record.value for record in world.records(topics.NETWORKS)}
    [value] = groups.values()
    group = msgspec.json.decode(value or b"", type=Group)
    assert group.parcels == 3
    assert b"13911112222" not in (value or b"")
