"""A broker can be had, or the test is skipped; under CI it fails."""

from __future__ import annotations

import pytest

from deploy.kafka import broker
from tests.conftest import missing


@pytest.fixture(scope="session")
def kafka() -> None:
    """What the rig needs to start a broker of its own."""
    if (why := why_no_broker()) is not None:
        missing(why)


def why_no_broker() -> str | None:
    """What is wanting, and None where nothing is."""
    try:
        broker._java()
        broker.bring_jars()
    except broker.BrokerError as error:
        return str(error)
    return None
