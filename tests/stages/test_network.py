"""[network] on the embedded log: what it tells is what its ties make, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from screener.contracts import cloudevents, topics
from screener.contracts.reading import encode
from screener.contracts.wire import Amount, End, Group, Tie, Why
from screener.core.networks.group import group_id, group_of
from screener.core.networks.note import noted
from screener.core.parcel import milliseconds
from screener.stages.network import Circle, Network
from screener.stream.port import Message, Partition
from screener.stream.sqlite import Sqlite
from screener.stream.state import Table
from tests.stages.world import START, Worker, World

LOG_TIME = START + timedelta(days=1000)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Sqlite(tmp_path / "log.db", clock_ms=lambda: milliseconds(LOG_TIME)) as log:
        yield World.build(log, tmp_path)


def tie(number: int, sender: str, receiver: str, *, day: float = 0, revision: int = 1) -> Tie:
    return Tie(
        hub="h1",
        parcel_id=f"P-{number}",
        revision=revision,
        at=START + timedelta(days=day),
        consignor=End(person=sender, phone=f"{sender}-phone", region="430100"),
        consignee=End(person=receiver, phone=f"{receiver}-phone", region="110105"),
        sticks=Amount(mean=150.0, sd=20.0),
        tobacco_g=Amount(mean=0.0, sd=0.0),
        held=False,
        why=Why.NONE,
    )


def send(world: World, *ties: Tie) -> None:
    world.publish([Message(topics.TIES, one.parcel_id.encode(), encode(one)) for one in ties])


def work(world: World) -> None:
    with Worker.start(world.log, world.network()) as worker:
        worker.finish()


def told(world: World) -> dict[str, Group]:
    """The groups as a reader of the compacted topic knows them."""
    found: dict[str, Group] = {}
    for record in world.records(topics.NETWORKS):
        key = (record.key or b"").decode()
        found.pop(key, None)
        if record.value is not None:
            found[key] = msgspec.json.decode(record.value, type=Group)
    return found


def test_parcels_that_share_a_person_are_told_as_one_group(world: World) -> None:
    send(world, tie(1, "a", "b"), tie(2, "a", "c"), tie(3, "x", "y"))
    work(world)
    (group,) = told(world).values()
    assert (group.parcels, group.persons, group.phones, group.sticks.mean) == (2, 3, 3, 300.0)
    assert [(one.link, one.sent) for one in group.members[:1]] == [("a", 2)]
    record = world.records(topics.NETWORKS)[0]
    assert cloudevents.from_headers(record.headers).type == cloudevents.GROUP


def test_groups_that_become_one_leave_one_name_behind(world: World) -> None:
    send(world, tie(1, "a", "b"), tie(2, "a", "b"), tie(3, "x", "y", day=1), tie(4, "x", "y", day=1))
    work(world)
    assert len(told(world)) == 2
    send(world, tie(5, "b", "x", day=2))
    work(world)
    assert len(told(world)) == 2, "one parcel between them is chance"
    send(world, tie(6, "b", "x", day=2))
    work(world)
    (group,) = told(world).values()
    assert group.parcels == 6
    assert group.group_id == group_id("person:a")


def test_a_revision_that_ties_nobody_withdraws_the_tie(world: World) -> None:
    """The group loses the parcel, or goes; what was never told is not missed, and a crash forgets nothing."""
    send(world, tie(1, "a", "b"), tie(2, "a", "b"), tie(3, "a", "c"))
    work(world)
    send(world, nobody(tie(3, "a", "c", revision=2)), nobody(tie(4, "x", "y", revision=2)))
    work(world)
    (group,) = told(world).values()
    assert (group.parcels, group.persons) == (2, 2)
    send(world, nobody(tie(2, "a", "b", revision=2)), nobody(tie(1, "a", "b", revision=1)))
    work(world)
    assert told(world) == {}
    send(world, tie(5, "a", "b"))
    work(world)
    (group,) = told(world).values()
    assert (group.parcels, group.group_id) == (2, group_id("person:a"))


def nobody(one: Tie) -> Tie:
    return replace(one, consignor=End(), consignee=End())


def test_a_group_that_nobody_feeds_goes_when_its_days_are_over(world: World) -> None:
    send(world, tie(1, "a", "b"), tie(2, "a", "b"))
    work(world)
    send(world, tie(3, "x", "y", day=100), tie(4, "x", "z", day=100))
    work(world)
    assert [group.parcels for group in told(world).values()] == [2]
    assert {group.first_at for group in told(world).values()} == {START + timedelta(days=100)}


def test_a_clock_that_ran_ahead_ends_nobodys_window(world: World) -> None:
    send(world, tie(1, "a", "b", day=999), tie(2, "a", "b", day=999), tie(3, "a", "c", day=30_000))
    work(world)
    (group,) = told(world).values()
    assert (group.parcels, group.last_at) == (3, LOG_TIME)


def test_one_parcel_at_two_hubs_is_no_group(world: World) -> None:
    seen = tie(1, "a", "b")
    send(world, seen, replace(seen, hub="h2", at=START + timedelta(hours=9)))
    work(world)
    assert told(world) == {}
    send(world, tie(2, "a", "c"))
    work(world)
    (group,) = told(world).values()
    assert (group.parcels, group.sticks.mean, {part.name for part in group.hubs}) == (2, 300.0, {"h1", "h2"})


def test_nothing_is_told_twice(world: World) -> None:
    send(world, tie(1, "a", "b"), tie(2, "a", "b"))
    work(world)
    said = len(world.records(topics.NETWORKS))
    send(world, tie(2, "a", "b"), tie(1, "a", "b"))
    work(world)
    work(world)
    assert len(world.records(topics.NETWORKS)) == said


def test_after_any_crash_the_groups_are_those_of_all_ties(world: World) -> None:
    ties = [tie(n, f"s{n % 5}", f"r{n % 7}", day=n / 2) for n in range(60)]
    later = [replace(one, revision=2, consignee=ties[0].consignee) for one in ties[::9]]
    for start in range(0, 60, 12):
        send(world, *ties[start : start + 12])
        worker = Worker.start(world.log, world.network(), batch_records=5)
        for _ in range(3):  # some batches are committed, one is lost with the worker
            worker.turn()
        worker.crash()
    send(world, *later)
    work(world)
    assert told(world) == groups_of(world, [*ties, *later])


def groups_of(world: World, ties: list[Tie]) -> dict[str, Group]:
    """What one worker tells that takes all ties at once."""
    circle = Circle(Table(Partition(topics.NETWORK_STATE, 0)), world.policy_file)
    circle.take(iter(ties))
    return {group.group_id: group for _, group in circle.tell() if group is not None}


def test_another_policy_draws_all_groups_anew(world: World) -> None:
    table = Table(Partition(topics.NETWORK_STATE, 0))
    circle = Circle(table, world.policy_file)
    circle.take(iter([tie(n, "a", f"r{n}", day=20 * n) for n in range(4)]))
    assert [group.parcels for _, group in circle.tell() if group] == [4]
    file = world.policy_file.file
    short = replace(
        world.policy_file, file=replace(file, networks=replace(file.networks, window_days=30, hub_from=2))
    )
    circle.follow(short)
    assert [group.parcels for _, group in circle.tell() if group] == [2]
    assert sum(not key.startswith(b"~") for key, _ in table.items()) == 2


def test_a_large_group_is_told_at_once_and_then_rests(world: World) -> None:
    circle = Circle(Table(Partition(topics.NETWORK_STATE, 0)), world.policy_file)
    circle.take(tie(n, "s", f"r{n % 149}") for n in range(2000))
    assert [group.parcels for _, group in circle.tell() if group] == [2000]
    circle.take(iter([tie(2000, "s", "r1")]))
    said = [[group.parcels for _, group in circle.tell() if group] for _ in range(4)]
    assert said == [[], [2001], [], []]


def test_a_group_is_small_on_the_wire_however_many_are_in_it(world: World) -> None:
    notes = [noted(tie(n, f"s{n}" * 8, f"r{n % 50}" * 8, day=n / 100)) for n in range(3000)]
    networks = world.policy_file.file.networks
    group = group_of("person:x", notes[0].at_ms, notes, networks, wide=False, small=400.0)
    assert group.parcels == 3000
    assert group.persons == 3050
    assert len(encode(group)) < 40_000


def test_a_stage_without_ties_has_nothing_to_say(world: World) -> None:
    stage = Network.start(lambda: world.policy_file)
    stage.assigned({})
    assert stage.step([], None).messages == []
