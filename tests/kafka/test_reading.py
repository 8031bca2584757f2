"""Reading several topics by turns: where each lives is asked once, and no more of one that is gone."""

from __future__ import annotations

from typing import Any

import pytest
from kafka import KafkaConsumer

from screener import config
from screener.stream.kafka import KafkaLog, clients, values
from screener.stream.kafka.administration import KafkaAdministration
from screener.stream.kafka.reading import Reader
from screener.stream.port import Message, Partition, TopicSpec
from tests.contract.polling import until
from tests.kafka.conftest import Fresh

pytestmark = pytest.mark.kafka


@pytest.fixture
def places(log: KafkaLog, fresh: Fresh) -> list[Partition]:
    """Partitions of two topics with a record in each."""
    names = [fresh("one"), fresh("other")]
    log.create([TopicSpec(name, 1) for name in names])
    with log.publisher() as publisher:
        publisher.publish([Message(name, b"k", b"0") for name in names])
    return [Partition(name, 0) for name in names]


def test_a_bare_consumer_asks_anew_for_each_topic_that_it_is_given_again(
    settings: config.KafkaLog, places: list[Partition]
) -> None:
    bare = KafkaConsumer(bootstrap_servers=list(settings.bootstrap_servers), group_id=None)
    assert asked(bare, places * 3) == 6
    bare.close()


def test_ours_asks_for_each_topic_once(settings: config.KafkaLog, places: list[Partition]) -> None:
    ours = clients.lone_consumer(settings)
    assert asked(ours, places * 3) == 2
    ours.close()


def asked(consumer: Any, given: list[Partition]) -> int:
    """How often the consumer wants to know where topics live while it is given these places by turns."""
    wanted: list[None] = []
    real = consumer._cluster.request_update

    def request_update() -> Any:
        wanted.append(None)
        return real()

    consumer._cluster.request_update = request_update
    for place in given:
        consumer.assign([values.theirs(place)])
    return len(wanted)


def test_a_consumer_that_knows_a_topic_which_is_gone_reads_no_more(
    settings: config.KafkaLog, places: list[Partition]
) -> None:
    one, other = places
    reader = Reader(settings)
    for place in (one, other):
        assert [record.value for record in reader.read(place, 0, 1)] == [b"0"]
    (worn,) = kept(reader)
    assert not worn.stale
    with KafkaAdministration(settings) as administration:
        administration.delete([one.topic])
    until(lambda: worn.stale, "the consumer hears that the topic is gone")
    for _ in range(2):
        assert [record.value for record in reader.read(other, 0, 1)] == [b"0"]
    (fresh_one,) = kept(reader)
    assert fresh_one is not worn
    assert not fresh_one.stale
    reader.close()


def kept(reader: Reader) -> list[clients.LoneConsumer]:
    return [consumer for several in reader._idle.values() for consumer in several]
