"""Intake and outbox on a real broker: the promises of the embedded log, and senders that are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from deploy.kafka.broker import Broker
from screener import config
from screener.review import database
from screener.review.intake import catch_up
from screener.review.outbox import waiting
from screener.stream.kafka import KafkaLog
from screener.stream.port import Log
from tests.conftest import running
from tests.contract.polling import until
from tests.review import flags
from tests.review.flags import NOW, SETTINGS, clock, flagged, message, rows
from tests.review.test_outbox import Deeds, in_order, sent

pytestmark = pytest.mark.kafka

ONE_BY_ONE = """
import sys, threading
from datetime import datetime, timezone
from screener import config
from screener.review import database, outbox
from screener.stream.kafka import KafkaLog

outbox.BATCH = 3
url, bootstrap, now = sys.argv[1:]
settings = config.KafkaLog(bootstrap_servers=(bootstrap,), transaction_timeout_s=5.0)
with KafkaLog(settings) as log:
    at = datetime.fromisoformat(now)
    outbox.Outbox(database.opened(url), log, lambda: at).run(threading.Event())
"""


@pytest.fixture(scope="module")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of these tests' own: elsewhere the same topics have other partitions."""
    with running(Broker(tmp_path_factory.mktemp("kafka"))) as broker:
        yield broker.bootstrap


@pytest.fixture
def log(kafka_bootstrap: str) -> Iterator[Log]:
    with KafkaLog(config.KafkaLog(bootstrap_servers=tuple(kafka_bootstrap.split(",")))) as opened:
        flags.prepare(opened)
        yield opened


@pytest.fixture
def mark() -> str:
    """Names that no other test on this broker uses begin with it."""
    return uuid.uuid4().hex[:8]


def test_two_at_once_take_each_message_once(engine: Engine, log: Log, mark: str) -> None:
    sent_once = [message(flagged(f"{mark}-{n % 10}", 1 + n // 10, hub=mark)) for n in range(30)]
    flags.publish(log, sent_once)
    threads = [threading.Thread(target=catch_up, args=(engine, log, SETTINGS, clock)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert catch_up(engine, log, SETTINGS, clock) == 0
    found = rows(engine)
    assert sorted(row[1] for row in found["flag"] if row[0] == mark) == sorted(
        f"{mark}-{n}" for n in range(10) for _ in range(3)
    )
    before = rows(engine)
    flags.publish(log, sent_once[-1:])
    assert catch_up(engine, log, SETTINGS, clock) == 1
    assert rows(engine)["flag"] == before["flag"]


def test_a_sender_that_is_killed_again_and_again_loses_nothing(
    engine: Engine, log: Log, kafka_bootstrap: str, mark: str
) -> None:
    deeds = Deeds(engine)
    for number in range(60):
        deeds.tell(f"{mark}-{number}", key=f"{mark}{number % 3}")
    told = {f"{mark}-{number}" for number in range(60)}
    undone = deeds.tell(f"{mark}-60", key=f"{mark}0", at=NOW.replace(year=2027))
    url = engine.url.render_as_string(hide_password=False)
    for turn in range(3):
        child = subprocess.Popen([sys.executable, "-c", ONE_BY_ONE, url, kafka_bootstrap, NOW.isoformat()])
        left = (40, 20, 0)[turn]
        until(lambda: _waiting(engine) <= left + 1, "some are sent")  # noqa: B023  read while this turn lasts
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert deeds.undo(undone)
    found = [name for name in sent(log) if name.startswith(mark)]
    assert set(found) == told
    assert all(in_order(sent(log, key=f"{mark}{n}")) for n in range(3))


def _waiting(engine: Engine) -> int:
    with database.reading(engine) as connection:
        return waiting(connection, NOW).count
