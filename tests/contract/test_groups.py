"""Consumer groups: every partition has one owner, whoever comes and goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from screener.stream.port import Log, Member, Partition, Publisher, Subscription, TopicSpec
from tests.contract.conftest import Fresh
from tests.contract.polling import after, numbered, rounds, settled, take, values


@pytest.fixture
def topics(log: Log, fresh: Fresh) -> tuple[str, str]:
    names = (fresh("manifests"), fresh("scans"))
    log.create([TopicSpec(name, partitions=4) for name in names])
    return names


@pytest.fixture
def join(log: Log, fresh: Fresh, topics: tuple[str, str]) -> Callable[[str], Member]:
    return lambda slot: log.join(fresh("group"), Subscription(topics=topics), slot)


def test_a_lone_member_owns_everything(join: Callable[[str], Member], topics: tuple[str, str]) -> None:
    with join("0") as member:
        (batch,) = settled([member], 8)
    assert batch.assignment.partitions == {Partition(name, n) for name in topics for n in range(4)}


def test_two_members_share_by_range_so_that_equal_numbers_go_together(
    join: Callable[[str], Member],
) -> None:
    with join("0") as one, join("1") as two:
        batches = settled([one, two], 8)
    for batch in batches:
        numbers = defaultdict(set)
        for partition in batch.assignment.partitions:
            numbers[partition.topic].add(partition.number)
        assert len(numbers) == 2
        assert len(set(map(frozenset, numbers.values()))) == 1


def test_who_leaves_hands_over_at_once_and_nothing_is_lost(
    join: Callable[[str], Member], publisher: Publisher, topics: tuple[str, str]
) -> None:
    publisher.publish(numbered(topics[0], 40))
    with join("0") as stays:
        with join("1") as leaves:
            before, _ = settled([stays, leaves], 8)
        assignment, records = take(stays, 40)
    assert sorted(values(records)) == list(range(40))
    assert assignment.generation != before.assignment.generation


def test_who_comes_starts_where_the_group_has_committed(
    join: Callable[[str], Member], publisher: Publisher, topics: tuple[str, str]
) -> None:
    publisher.publish(numbered(topics[0], 40))
    with join("0") as first:
        assignment, records = take(first, 25)
        first.commit(assignment, [], after(records))
        rest = set(range(40)) - set(values(records))
        seen: set[int] = set()
        with join("1") as second:
            for _ in rounds("what was not committed"):
                for member in (first, second):
                    seen.update(values(member.poll(0.1, 100).records))
                if seen >= rest:
                    break
    assert seen == rest


def test_a_topic_that_appears_later_and_matches_is_taken_up(
    log: Log, publisher: Publisher, fresh: Fresh
) -> None:
    log.create([TopicSpec(fresh("hub.a"), partitions=2), TopicSpec(fresh("other"), partitions=1)])
    pattern = fresh("hub.[a-z]+").replace(".", r"\.", 1)
    with log.join(fresh("group"), Subscription(pattern=pattern), "0") as member:
        settled([member], 2)
        log.create([TopicSpec(fresh("hub.b"), partitions=2), TopicSpec(fresh("hub.b") + ".x", partitions=1)])
        (batch,) = settled([member], 4)
        assert {partition.topic for partition in batch.assignment.partitions} == {
            fresh("hub.a"),
            fresh("hub.b"),
        }
        publisher.publish(numbered(fresh("hub.b"), 5))
        _, records = take(member, 5)
    assert sorted(values(records)) == list(range(5))


def test_groups_do_not_see_each_other(
    log: Log, publisher: Publisher, topics: tuple[str, str], fresh: Fresh
) -> None:
    publisher.publish(numbered(topics[0], 10))
    for group in ("g1", "g2"):
        with log.join(fresh(group), Subscription(topics=topics), "0") as member:
            assignment, records = take(member, 10)
            member.commit(assignment, [], after(records))
    assert log.committed(fresh("g1")) == log.committed(fresh("g2")) != {}
    assert log.committed(fresh("g3")) == {}
