"""What all tests share: a real Kafka broker, and what its client warns of for nothing."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import settings

from deploy.kafka.broker import Broker, BrokerError

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import kafka  # noqa: F401  other conftests import it before `pytest_configure`


FROM_KAFKA_PYTHON = (
    # It reads its schemas with functions that Python 3.11 calls deprecated and 3.13 keeps.
    r"ignore:(read|open)_text is deprecated:DeprecationWarning",
    # It leaves the socket of a connection that is refused or given up to the garbage collector.
    r"ignore:unclosed <socket.socket fd=\d+, family=2, type=1, proto=6:ResourceWarning",
    r"ignore:unclosed <\S*(SSLSocket|LastWords) fd=\d+, family=2, type=1, proto=6:ResourceWarning",
)


settings.register_profile("steady", deadline=None)  # a machine that is busy breaks no law
settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    for warning in FROM_KAFKA_PYTHON:
        config.addinivalue_line("filterwarnings", warning)


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker: `KAFKA_BOOTSTRAP_SERVERS`, else one of this session's own."""
    if named := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield named
        return
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    try:
        broker.start()
    except BrokerError as error:
        missing(str(error))
    try:
        yield broker.bootstrap
    finally:
        broker.kill()


def missing(what: str) -> None:
    """Skip for want of `what`; fail where nothing may be wanting."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
