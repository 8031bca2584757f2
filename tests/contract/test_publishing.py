"""What is published comes back: as it was, where it belongs, in order."""

from __future__ import annotations

import time

import pytest

from screener.errors import BadInput
from screener.stream.murmur2 import partition_for
from screener.stream.port import MAX_MESSAGE_BYTES, Log, Message, Partition, Publisher, TopicSpec
from tests.contract.conftest import Fresh
from tests.contract.polling import everything, numbered, values

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def topic(log: Log, fresh: Fresh) -> str:
    log.create([TopicSpec(fresh("in"), partitions=4)])
    return fresh("in")


def test_key_value_and_headers_come_back_as_they_were(log: Log, publisher: Publisher, topic: str) -> None:
    sent = [
        Message(topic, b"P-1", b"\x00\xff body", (("a", b"1"), ("b", b""), ("a", b"2")), partition=0),
        Message(topic, b"P-2", None, partition=0),
        Message(topic, None, b"", partition=0),
        Message(topic, "Päckchen 包".encode(), b"x", (("ü", b"\xff"),), partition=0),
    ]
    publisher.publish(sent)
    found = [(one.key, one.value, one.headers) for one in everything(log, topic)]
    assert found == [(one.key, one.value, one.headers) for one in sent]


def test_of_two_headers_with_one_name_the_last_counts(log: Log, publisher: Publisher, topic: str) -> None:
    publisher.publish([Message(topic, b"k", b"v", (("a", b"1"), ("a", b"2")))])
    (record,) = everything(log, topic)
    assert record.header("a") == b"2"
    assert record.header("b") is None


def test_publish_tells_where_each_message_lies(log: Log, publisher: Publisher, topic: str) -> None:
    places = publisher.publish(numbered(topic, 40))
    found = {(record.partition, record.offset): int(record.value or b"") for record in everything(log, topic)}
    assert [found[place] for place in places] == list(range(40))


def test_order_is_kept_inside_a_partition_and_offsets_grow(
    log: Log, publisher: Publisher, topic: str
) -> None:
    for start in range(0, 60, 20):
        publisher.publish(numbered(topic, 60, partition=2)[start : start + 20])
    records = list(log.read(Partition(topic, 2), 0, log.end(Partition(topic, 2))))
    assert values(records) == list(range(60))
    offsets = [record.offset for record in records]
    assert offsets == sorted(set(offsets))


def test_the_key_chooses_the_partition_as_kafkas_default_partitioner_does(
    log: Log, publisher: Publisher, topic: str
) -> None:
    keys = [b"P-%d" % number for number in range(50)] + [b"", b"\x80\xff", b"abc", "包裹".encode()]
    places = publisher.publish([Message(topic, key, b"v") for key in keys])
    assert [partition.number for partition, _ in places] == [partition_for(key, 4) for key in keys]


def test_a_named_partition_goes_before_the_key(publisher: Publisher, topic: str) -> None:
    places = publisher.publish([Message(topic, b"P-1", b"v", partition=number) for number in range(4)])
    assert [partition.number for partition, _ in places] == [0, 1, 2, 3]


def test_log_append_time_is_the_logs_and_never_goes_back(log: Log, publisher: Publisher, topic: str) -> None:
    for _ in range(3):
        publisher.publish([Message(topic, b"k", b"v", timestamp_ms=1_000)] * 5)
    times = [record.timestamp_ms for record in everything(log, topic)]
    assert times == sorted(times)
    assert abs(times[0] - time.time() * 1000) < DAY_MS


def test_create_time_is_the_publishers(log: Log, publisher: Publisher, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("created"), partitions=1, log_append_time=False)])
    hours_ago = [round(time.time() * 1000) - hours * 3_600_000 for hours in (5, 1, 3)]
    publisher.publish([Message(fresh("created"), b"k", b"v", timestamp_ms=at) for at in hours_ago])
    assert [record.timestamp_ms for record in everything(log, fresh("created"))] == hours_ago


def test_without_a_time_the_message_gets_now(log: Log, publisher: Publisher, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("created"), partitions=1, log_append_time=False)])
    publisher.publish([Message(fresh("created"), b"k", b"v")])
    (record,) = everything(log, fresh("created"))
    assert abs(record.timestamp_ms - time.time() * 1000) < DAY_MS


def test_a_large_message_fits_and_one_over_the_cap_is_refused(
    log: Log, publisher: Publisher, topic: str
) -> None:
    large = b"x" * (MAX_MESSAGE_BYTES - 4096)
    publisher.publish([Message(topic, b"k", large)])
    with pytest.raises(BadInput, match="message_too_large"):
        publisher.publish([Message(topic, b"k", b"x" * (MAX_MESSAGE_BYTES + 1))])
    assert [record.value for record in everything(log, topic)] == [large]


def test_publishing_nothing_is_nothing(log: Log, publisher: Publisher, topic: str) -> None:
    assert publisher.publish([]) == []
    assert everything(log, topic) == []
