"""Both logs, and names that no other test uses."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from screener import config
from screener.stream.port import Log, Publisher
from screener.stream.sqlite import Sqlite

Fresh = Callable[[str], str]


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.kafka)])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    if request.param == "sqlite":
        with Sqlite(tmp_path / "log.db") as sqlite:
            yield sqlite
    else:
        with _kafka(request.getfixturevalue("kafka_bootstrap")) as kafka:
            yield kafka


def _kafka(bootstrap: str) -> Log:
    from screener.stream.kafka import KafkaLog

    return KafkaLog(config.KafkaLog(bootstrap_servers=tuple(bootstrap.split(","))))


@pytest.fixture
def publisher(log: Log) -> Iterator[Publisher]:
    with log.publisher() as publisher:
        yield publisher


@pytest.fixture
def fresh() -> Fresh:
    """A topic or group that is this test's alone: tests share a broker."""
    mark = uuid.uuid4().hex[:8]
    return lambda name: f"{name}-{mark}"
