"""Logs with short timeouts, on the shared broker or on one that a test may kill."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest
from kafka import KafkaProducer

from bench.gateway.link import LinkedBroker
from screener import config
from screener.stream.kafka import KafkaLog, clients, publisher
from tests.conftest import running

Fresh = Callable[[str], str]

HASTY = config.KafkaLog(
    session_timeout_s=6.0, transaction_timeout_s=5.0, delivery_timeout_s=2.0, commit_timeout_s=7.0
)


@pytest.fixture
def settings(kafka_bootstrap: str) -> config.KafkaLog:
    return at(kafka_bootstrap)


@pytest.fixture
def log(settings: config.KafkaLog) -> Iterator[KafkaLog]:
    with KafkaLog(settings) as log:
        yield log


@pytest.fixture
def fresh() -> Fresh:
    mark = uuid.uuid4().hex[:8]
    return lambda name: f"{name}-{mark}"


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkedBroker]:
    """A broker to be killed, and one to be cut off by its link; each test leaves it running."""
    with running(LinkedBroker(tmp_path_factory.mktemp("mortal"))) as broker:
        yield broker
        broker.link.close()


@contextmanager
def begun(settings: config.KafkaLog, fresh: Fresh, slot: str) -> Iterator[KafkaProducer]:
    """A bare producer in a transaction still open; its record, 0, is in partition 0 of the target."""
    producer = clients.producer(settings, fresh(slot))
    try:
        producer.init_transactions()
        producer.begin_transaction()
        producer.send(fresh("target"), key=b"k", value=b"0", partition=0).get(20)
        yield producer
    finally:
        publisher.close(producer)


def at(bootstrap: str) -> config.KafkaLog:
    return msgspec.structs.replace(HASTY, bootstrap_servers=tuple(bootstrap.split(",")))
