"""What lies in open and aborted transactions: counted, waited for, never shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka import KafkaProducer

from screener import config
from screener.stream.kafka import KafkaLog, clients
from screener.stream.port import Message, Partition, Record, Subscription, TopicSpec
from tests.contract.polling import after, follow, numbered, settled, take, until, values
from tests.kafka.conftest import Fresh

pytestmark = pytest.mark.kafka


@pytest.fixture
def place(log: KafkaLog, fresh: Fresh) -> Partition:
    log.create([TopicSpec(fresh("topic"), 1)])
    return Partition(fresh("topic"), 0)


@pytest.fixture
def stranger(settings: config.KafkaLog, fresh: Fresh) -> Iterator[KafkaProducer]:
    """Somebody else's transactional producer."""
    producer = clients.producer(settings, fresh("stranger"))
    producer.init_transactions()
    yield producer
    producer.close()


def write(stranger: KafkaProducer, place: Partition, count: int) -> None:
    stranger.begin_transaction()
    for number in range(count):
        stranger.send(place.topic, key=b"k", value=b"%d" % number, partition=place.number)
    stranger.flush(5)


def everything_in(log: KafkaLog, place: Partition) -> list[Record]:
    return list(log.read(place, log.start(place), log.end(place)))


def test_aborted_records_are_seen_by_nobody(
    log: KafkaLog, stranger: KafkaProducer, place: Partition, fresh: Fresh
) -> None:
    write(stranger, place, 3)
    stranger.abort_transaction()
    with log.publisher() as publisher:
        publisher.publish([Message(place.topic, b"k", b"7")])
    assert values(everything_in(log, place)) == [7]
    with log.follow([place.topic], from_start=True) as follower:
        assert values(follow(follower, 1)) == [7]
    with log.join(fresh("group"), Subscription(topics=(place.topic,)), "0") as member:
        _, records = take(member, 1)
        assert values(records) == [7]
        until(lambda: not member.poll(0.1, 10).records and member.lags() == {place: 0}, "the end")


def test_a_partition_that_ends_in_aborted_records_is_read_to_its_end(
    log: KafkaLog, stranger: KafkaProducer, place: Partition
) -> None:
    write(stranger, place, 3)
    stranger.abort_transaction()
    until(lambda: log.end(place) == 4, "three records and the mark of their abortion")
    assert list(log.read(place, 0, 4)) == list(log.read(place, 0, 10**9)) == []


def test_the_lag_counts_open_transactions_and_goes_back_to_0(
    log: KafkaLog, stranger: KafkaProducer, place: Partition, fresh: Fresh
) -> None:
    with log.join(fresh("group"), Subscription(topics=(place.topic,)), "0") as member:
        settled([member], 1)
        write(stranger, place, 5)
        assert member.poll(0.3, 10).records == ()
        assert member.lags() == {place: 5}
        assert log.end(place) == 5
        stranger.commit_transaction()
        _, records = take(member, 5)
        until(lambda: not member.poll(0.1, 10).records and member.lags() == {place: 0}, "the end")
        assert values(records) == list(range(5))
        write(stranger, place, 2)
        stranger.abort_transaction()
        until(lambda: not member.poll(0.1, 10).records and member.lags() == {place: 0}, "the end")
        assert member.positions() == {place: log.end(place)} == {place: 9}


def test_reading_waits_for_open_transactions_below_its_stop(
    log: KafkaLog, stranger: KafkaProducer, place: Partition
) -> None:
    with log.publisher() as publisher:
        publisher.publish(numbered(place.topic, 2))
    write(stranger, place, 1)
    reading = log.read(place, 0, log.end(place))
    assert values([next(reading), next(reading)]) == [0, 1]
    stranger.commit_transaction()
    assert values(list(reading)) == [0]


def test_a_members_own_transactions_leave_no_lag(log: KafkaLog, place: Partition, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("seed"), 1)])
    with log.publisher() as publisher:
        publisher.publish(numbered(fresh("seed"), 3))
    both = Subscription(topics=(fresh("seed"), place.topic))
    with log.join(fresh("group"), both, "0") as member:
        assignment, records = take(member, 3)
        for record in records:
            message = Message(place.topic, record.key, record.value)
            member.commit(assignment, [message], after([record]))
        take(member, 3)
        until(lambda: not member.poll(0.1, 10).records and not any(member.lags().values()), "no lag")
