"""Reading with and without a group: lags, pauses, ranges, followers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from screener.stream.port import Log, Member, Message, Partition, Publisher, Subscription, TopicSpec
from tests.contract.conftest import Fresh
from tests.contract.polling import after, copied, everything, follow, numbered, rounds, settled, take, values

Join = Callable[[str], Member]


@pytest.fixture
def topic(log: Log, fresh: Fresh) -> str:
    log.create([TopicSpec(fresh("in"), partitions=2)])
    return fresh("in")


@pytest.fixture
def join(log: Log, fresh: Fresh, topic: str) -> Join:
    return lambda slot: log.join(fresh("group"), Subscription(topics=(topic,)), slot)


def test_the_lag_is_what_lies_ahead_and_0_at_the_end(publisher: Publisher, join: Join, topic: str) -> None:
    publisher.publish(numbered(topic, 10, partition=0))
    with join("0") as member:
        take(member, 4)
        assert member.lags() == {Partition(topic, 0): 6, Partition(topic, 1): 0}
        take(member, 6)
        assert member.lags() == {Partition(topic, 0): 0, Partition(topic, 1): 0}
        publisher.publish(numbered(topic, 1, partition=1))
        assert member.lags() == {Partition(topic, 0): 0, Partition(topic, 1): 1}


def test_a_lag_of_0_is_reached_over_the_marks_of_transactions(
    log: Log, publisher: Publisher, join: Join, topic: str, fresh: Fresh
) -> None:
    log.create([TopicSpec(fresh("out"), partitions=1)])
    publisher.publish(numbered(topic, 4))
    with join("0") as member:
        assignment, records = take(member, 4)
        member.commit(assignment, copied(records, fresh("out")), after(records))
    with log.join(fresh("readers"), Subscription(topics=(fresh("out"),)), "0") as reader:
        take(reader, 4)
        for _ in rounds("no lag"):
            assert not reader.poll(0.1, 10).records
            if set(reader.lags().values()) == {0}:
                break


def test_positions_are_what_is_polled_next(publisher: Publisher, join: Join, topic: str) -> None:
    publisher.publish(numbered(topic, 10, partition=0))
    with join("0") as member:
        _, records = take(member, 4)
        assert member.positions() == {Partition(topic, 0): records[-1].offset + 1, Partition(topic, 1): 0}


def test_from_a_paused_partition_nothing_comes_until_it_is_resumed(
    publisher: Publisher, join: Join, topic: str
) -> None:
    paused = frozenset({Partition(topic, 0)})
    with join("0") as member:
        settled([member], 2)
        member.pause(paused)
        publisher.publish([*numbered(topic, 5, partition=0), *numbered(topic, 5, partition=1)])
        _, records = take(member, 5)
        assert {record.partition.number for record in records} == {1}
        assert not member.poll(0.3, 10).records
        member.resume(paused)
        _, records = take(member, 5)
        assert {record.partition.number for record in records} == {0}


def test_a_batch_is_bounded_and_in_offset_order(publisher: Publisher, join: Join, topic: str) -> None:
    publisher.publish(numbered(topic, 100))
    seen: dict[Partition, int] = {}
    count = 0
    with join("0") as member:
        for _ in rounds("100 records"):
            batch = member.poll(0.2, 7)
            assert len(batch.records) <= 7
            for record in batch.records:
                assert record.offset > seen.get(record.partition, -1)
                seen[record.partition] = record.offset
            count += len(batch.records)
            if count == 100:
                break


def test_a_long_partition_does_not_starve_a_short_one(publisher: Publisher, join: Join, topic: str) -> None:
    long = [Message(topic, b"k", b"x" * 8192, partition=0)] * 2000
    for start in range(0, len(long), 500):
        publisher.publish(long[start : start + 500])
    publisher.publish(numbered(topic, 5, partition=1))
    counts: Counter[int] = Counter()
    with join("0") as member:
        for _ in rounds("the short partition"):
            counts.update(record.partition.number for record in member.poll(0.2, 50).records)
            if counts[1] == 5:
                break
    assert counts[0] < len(long)


def test_read_gives_what_lies_from_start_to_stop(log: Log, publisher: Publisher, topic: str) -> None:
    publisher.publish(numbered(topic, 10, partition=1))
    partition = Partition(topic, 1)
    assert values(list(log.read(partition, 0, 10))) == list(range(10))
    assert values(list(log.read(partition, 3, 7))) == [3, 4, 5, 6]
    assert list(log.read(partition, 4, 4)) == []
    assert list(log.read(Partition(topic, 0), 0, log.end(Partition(topic, 0)))) == []


def test_read_passes_over_gaps(log: Log, publisher: Publisher, join: Join, topic: str, fresh: Fresh) -> None:
    """Kafka's transactions leave marks that take offsets: also the last one before the end."""
    log.create([TopicSpec(fresh("out"), partitions=1)])
    out = Partition(fresh("out"), 0)
    publisher.publish(numbered(topic, 9, partition=0))
    with join("0") as member:
        for _ in range(3):
            assignment, records = take(member, 3)
            member.commit(assignment, copied(records, fresh("out")), after(records))
    records = list(log.read(out, 0, log.end(out)))
    assert values(records) == list(range(9))
    assert all(0 <= record.offset < log.end(out) for record in records)
    assert values(list(log.read(out, records[4].offset, records[7].offset))) == [4, 5, 6]


def test_nothing_deleted_means_that_the_partition_starts_at_0(
    log: Log, publisher: Publisher, topic: str
) -> None:
    publisher.publish(numbered(topic, 10, partition=0))
    assert log.start(Partition(topic, 0)) == 0
    assert log.end(Partition(topic, 0)) == 10


def test_a_follower_from_the_start_sees_all_then_what_comes(
    log: Log, publisher: Publisher, topic: str, fresh: Fresh
) -> None:
    log.create([TopicSpec(fresh("second"), partitions=1)])
    publisher.publish([*numbered(topic, 10), *numbered(fresh("second"), 3)])
    with log.follow([topic, fresh("second")], from_start=True) as follower:
        records = follow(follower, 13)
        assert sorted(values([one for one in records if one.partition.topic == topic])) == list(range(10))
        publisher.publish(numbered(topic, 2))
        assert sorted(values(follow(follower, 2))) == [0, 1]


def test_a_follower_from_the_end_sees_only_what_comes(log: Log, publisher: Publisher, topic: str) -> None:
    publisher.publish(numbered(topic, 10))
    with log.follow([topic], from_start=False) as follower:
        publisher.publish([Message(topic, b"new", b"99")])
        assert values(follow(follower, 1)) == [99]


def test_a_compacted_topic_keeps_the_last_of_each_key(log: Log, publisher: Publisher, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("state"), partitions=1, compacted=True)])
    publisher.publish(
        [Message(fresh("state"), b"%d" % (n % 3), b"%d" % n) for n in range(9)]
        + [Message(fresh("state"), b"0", None)]
    )
    last = {record.key: record.value for record in everything(log, fresh("state"))}
    assert last == {b"0": None, b"1": b"7", b"2": b"8"}
