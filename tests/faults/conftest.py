"""A broker can be had, or the test is skipped; under CI it fails."""

from __future__ import annotations

import pytest

from deploy.kafka import broker
from tests.conftest import missing


@pytest.fixture(scope="session")
def kafka() -> None:
    """What the rig needs to start a broker of its own."""
    try:
        broker._java()
        broker.bring_jars()
    except broker.BrokerError as error:
        missing(str(error))
