"""Settings that cannot work, and a broker that is not there, are told in one line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from screener import config
from screener.errors import BadConfig, Unavailable
from screener.stream.kafka import KafkaLog
from screener.stream.port import Message, Partition, TopicSpec
from tests.kafka.conftest import HASTY, Fresh


def test_a_password_file_that_is_not_there_is_named() -> None:
    settings = msgspec.structs.replace(HASTY, sasl_password_file="no/such/file")
    with KafkaLog(settings) as log, pytest.raises(BadConfig, match="no/such/file"):
        log.topics()


def test_a_broker_that_is_not_there_is_unavailable() -> None:
    settings = msgspec.structs.replace(HASTY, bootstrap_servers=("127.0.0.1:1",), delivery_timeout_s=0.5)
    with KafkaLog(settings) as log:
        with pytest.raises(Unavailable):
            log.topics()
        with pytest.raises(Unavailable):
            log.publisher()


@pytest.mark.kafka
def test_what_is_published_to_no_topic_is_told_by_its_name(settings: config.KafkaLog, fresh: Fresh) -> None:
    hasty = msgspec.structs.replace(settings, delivery_timeout_s=1.0)
    message = Message(fresh("nowhere"), b"k", b"v")
    with (
        KafkaLog(hasty) as log,
        log.publisher() as publisher,
        pytest.raises(Unavailable, match=message.topic),
    ):
        publisher.publish([message])


@pytest.mark.kafka
def test_what_is_asked_of_no_topic_is_told_by_its_name(log: KafkaLog, fresh: Fresh) -> None:
    with pytest.raises(BadConfig, match=fresh("nowhere")):
        log.end(Partition(fresh("nowhere"), 0))
    with pytest.raises(BadConfig, match=fresh("nowhere")):
        log.follow([fresh("nowhere")], from_start=True)


@pytest.mark.kafka
def test_more_replicas_than_brokers_are_refused(settings: config.KafkaLog, fresh: Fresh) -> None:
    many = msgspec.structs.replace(settings, replication_factor=5)
    with KafkaLog(many) as log, pytest.raises(BadConfig, match="InvalidReplicationFactor"):
        log.create([TopicSpec(fresh("topic"), 1)])


@pytest.mark.kafka
def test_topics_that_several_create_at_once_are_created_once(settings: config.KafkaLog, fresh: Fresh) -> None:
    specs = [TopicSpec(fresh(f"topic{number}"), 1) for number in range(4)]

    def create() -> None:
        with KafkaLog(settings) as log:
            log.create(specs)

    with ThreadPoolExecutor(4) as several:
        for done in [several.submit(create) for _ in range(4)]:
            done.result()
    with KafkaLog(settings) as log:
        assert [log.describe(spec.name) for spec in specs] == specs
