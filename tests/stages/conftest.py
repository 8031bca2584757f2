"""A Kafka broker of these tests' own: their parcels come in a time of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.kafka.broker import Broker
from tests.conftest import running


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker whose state knows no other time than that of `tests.stages.world`.

    What ran there today makes [tally] forget what was sent on the days of that world, as it should.
    """
    with running(Broker(tmp_path_factory.mktemp("kafka"))) as broker:
        yield broker.bootstrap
