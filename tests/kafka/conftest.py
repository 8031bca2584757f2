"""Logs with short timeouts, on the shared broker or on one that a test may kill."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from deploy.kafka.broker import Broker, BrokerError
from screener import config
from screener.stream.kafka import KafkaLog
from tests.conftest import missing

Fresh = Callable[[str], str]

HASTY = config.KafkaLog(
    session_timeout_s=6.0, transaction_timeout_s=5.0, delivery_timeout_s=3.0, commit_timeout_s=10.0
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


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "broker")
    try:
        broker.start()
    except BrokerError as error:
        missing(str(error))
    try:
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def collected() -> Iterator[None]:
    """What a test leaves to the garbage collector is collected under that test's own filters."""
    yield
    gc.collect()


def at(bootstrap: str) -> config.KafkaLog:
    return msgspec.structs.replace(HASTY, bootstrap_servers=tuple(bootstrap.split(",")))
