"""What all tests share: a real Kafka broker, and what its client warns of for nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from deploy.kafka.broker import Broker, BrokerError
from tests.examples import examples

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
settings.register_profile("thorough", deadline=None, max_examples=examples(100))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    for warning in FROM_KAFKA_PYTHON:
        config.addinivalue_line("filterwarnings", warning)
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)  # no test needs what outlives the power


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: the last files of two processes end at about the same time."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    config.option.loadscopereorder = False
    return ByServer(config, log)


class ByServer(LoadFileScheduling):
    """File by file, in order; files that share a server that is slow to start go to one process."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (name for name, files in SHARING.items() if nodeid.startswith(files))
        return next(shared, super()._split_scope(nodeid))


SHARING: dict[str, tuple[str, ...]] = {
    "secured broker": ("tests/hub/admission/", "tests/hub/clients/"),
    "broker in a time of its own": (
        "tests/stages/test_both_logs.py",
        "tests/stages/test_crashes.py",
        "tests/stages/test_drift.py",
    ),
    "killed broker": ("tests/kafka/", "tests/system/test_killed_workers.py"),
}


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker: `KAFKA_BOOTSTRAP_SERVERS`, else one of this session's own."""
    if named := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield named
        return
    with running(Broker(tmp_path_factory.mktemp("kafka"))) as broker:
        yield broker.bootstrap


AnyBroker = TypeVar("AnyBroker", bound=Broker)


@contextmanager
def running(broker: AnyBroker) -> Iterator[AnyBroker]:
    """Start it, and kill it at the end; skip where a broker cannot be had."""
    try:
        broker.start()
    except BrokerError as error:
        missing(str(error))
    try:
        yield broker
    finally:
        broker.kill()


def missing(what: str) -> NoReturn:
    """Skip for want of `what`; fail where nothing may be wanting."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
