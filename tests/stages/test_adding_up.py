"""Sums, lists and capacity through the real stages, on the embedded log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.contracts import topics
from screener.contracts.wire import Decision, Outcome, Party, Why
from screener.stream.sqlite import Sqlite
from tests.stages.world import CLEAN, LEGAL, OVER, World, manifest_of, scan_of

ANTS = Party(name="张三", phone="+86 139 1111 2222", address="长沙市岳麓区示例路9号", region="CN-43")


def receiver(number: int) -> Party:
    return Party(
        name=f"收件人{number}", phone=f"+86 137 0000 {number:04}", address=f"深圳市南山区某路{number}号"
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Sqlite(tmp_path / "log.db") as log:
        yield World.build(log, tmp_path)


def latest(world: World) -> dict[str, Decision]:
    return {one.parcel_id: one for one in sorted(world.decisions(), key=lambda one: one.revision)}


def test_legal_parcels_of_one_sender_that_pass_the_limit_together_are_held(world: World) -> None:
    for number in range(4):
        parcel_id = f"A{number}"
        manifest = manifest_of(parcel_id, consignor=ANTS, consignee=receiver(number))
        world.publish([manifest, scan_of(parcel_id, LEGAL)])
        world.settle(at_s=10)
    decided = latest(world)
    assert decided["A0"].outcome is Outcome.PASS
    held = decided["A3"]
    assert (held.outcome, held.selection.why, held.reasons[0].code) == ("hold", Why.SUM, "sum_over_limit")
    assert {"h1/A0", "h1/A1", "h1/A2"} <= set(str(held.reasons[0].figures["members"]).split())


def test_legal_parcels_of_strangers_pass(world: World) -> None:
    for number in range(4):
        manifest = manifest_of(f"B{number}", consignor=receiver(100 + number), consignee=receiver(number))
        world.publish([manifest, scan_of(f"B{number}", LEGAL)])
        world.settle(at_s=10)
    assert {one.outcome for one in latest(world).values()} == {Outcome.PASS}


def test_clean_parcels_of_a_heavy_sender_pass(world: World) -> None:
    for number, content in enumerate([OVER, OVER, CLEAN]):
        manifest = manifest_of(f"C{number}", consignor=ANTS, consignee=receiver(number))
        world.publish([manifest, scan_of(f"C{number}", content)])
        world.settle(at_s=10)
    assert latest(world)["C2"].outcome is Outcome.PASS


def test_a_load_whose_sums_are_not_answered_in_time_goes_to_a_human(world: World) -> None:
    for number in range(4):
        manifest = manifest_of(f"D{number}", consignor=ANTS, consignee=receiver(number))
        world.publish([manifest, scan_of(f"D{number}", LEGAL)])
    world.finish(world.score(), at_s=10)
    world.finish(world.decide())
    assert world.decisions() == []
    world.finish(world.score(), at_s=100_000)
    world.finish(world.decide())
    assert {one.outcome for one in latest(world).values()} == {Outcome.INCOMPLETE}
    assert {one.reasons[0].code for one in latest(world).values()} == {"sums_missing"}
    world.settle()
    assert latest(world)["D3"].selection.why is Why.SUM
    assert (latest(world)["D0"].outcome, latest(world)["D0"].reasons[0].code) == ("hold", "kept_on_hold")


def test_no_personal_data_and_no_image_lies_in_the_sums(world: World) -> None:
    world.publish([manifest_of("E0", consignor=ANTS), scan_of("E0", LEGAL)])
    world.settle()
    told = b"".join(record.value or b"" for record in world.records(topics.SIGHTINGS))
    assert told
    for secret in ("张三", "13911112222", "示例路"):
        assert secret.encode() not in told
