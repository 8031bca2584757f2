"""A broker that dies: what was committed stays, what was not is told, nothing hangs."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from deploy.kafka.broker import Broker
from screener.errors import Fenced, Unavailable
from screener.stream.kafka import KafkaLog, clients, publisher
from screener.stream.port import Member, Subscription, TopicSpec
from screener.stream.watchdog import EX_TEMPFAIL, Watchdog
from tests.contract.polling import after, copied, everything, numbered, rounds, take, values
from tests.kafka.conftest import HASTY, at

pytestmark = [
    pytest.mark.kafka,
    # kafka-python leaves the socket of a refused connection to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket.*family=2:ResourceWarning"),
    pytest.mark.usefixtures("collected"),
]


def test_a_broker_killed_between_commits_loses_none_that_returned(own_broker: Broker) -> None:
    with KafkaLog(at(own_broker.bootstrap)) as log:
        _feed(log, 30)
        committed: set[int] = set()
        unknown: set[int] = set()
        member = _join(log)
        for turn in range(3):
            assignment, records = take(member, 10)
            if turn == 1:
                own_broker.kill()
                own_broker.start()
            try:
                member.commit(assignment, copied(records, "target"), after(records))
                committed |= set(values(records))
            except (Unavailable, Fenced):
                unknown |= set(values(records))
                member.close()
                member = _join(log)
        member.close()
        visible = values(everything(log, "target"))
    assert len(visible) == len(set(visible))
    assert committed <= set(visible) <= committed | unknown


def test_what_was_open_when_the_broker_died_is_aborted_when_it_comes_back(own_broker: Broker) -> None:
    settings = msgspec.structs.replace(at(own_broker.bootstrap), transaction_timeout_s=1.0)
    with KafkaLog(settings) as log:
        _feed(log, 0)
    died = clients.producer(settings, "slot")
    died.init_transactions()
    died.begin_transaction()
    died.send("target", key=b"k", value=b"1", partition=0).get(5)
    own_broker.kill()
    publisher.close(died)
    own_broker.start()
    heir = clients.producer(settings, "slot")
    heir.init_transactions()
    heir.begin_transaction()
    heir.send("target", key=b"k", value=b"2", partition=0).get(5)
    heir.commit_transaction()
    heir.close()
    with KafkaLog(settings) as log:
        assert values(everything(log, "target")) == [2]


def test_without_a_broker_a_commit_ends_as_unavailable_and_the_member_is_done(own_broker: Broker) -> None:
    ended: list[int] = []
    with KafkaLog(at(own_broker.bootstrap), end_process=ended.append) as log:
        _feed(log, 10)
        with _join(log) as member:
            assignment, records = take(member, 10)
            own_broker.kill()
            with pytest.raises(Unavailable):
                member.commit(assignment, copied(records, "target"), after(records))
            with pytest.raises(Unavailable):
                member.poll(0.1, 1)
            with pytest.raises(Unavailable):
                log.topics()
        own_broker.start()
        with _join(log) as member:
            assignment, records = take(member, 10)
            member.commit(assignment, copied(records, "target"), after(records))
        assert sorted(values(everything(log, "target"))) == list(range(10))


def test_the_watchdog_ends_the_process_of_a_commit_that_hangs() -> None:
    ended = threading.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    with Watchdog(0.05, end).guard("a commit"):
        assert ended.wait(30)
    assert codes == [EX_TEMPFAIL]


def test_the_watchdog_leaves_alone_what_ends_in_time() -> None:
    codes: list[int] = []
    with Watchdog(0.2, codes.append).guard("a commit"):
        pass
    time.sleep(0.4)
    assert codes == []


def test_copiers_and_brokers_are_killed_and_every_record_is_copied_once(
    own_broker: Broker, tmp_path: Path
) -> None:
    count = 2000
    with KafkaLog(at(own_broker.bootstrap)) as log:
        _feed(log, count)
    told = tmp_path / "copied"
    told.touch()
    with Supervised(own_broker.bootstrap, told) as copier:
        _wait(lambda: _lines(told) > 10, "the first commits")
        copier.kill()
        _wait(lambda: _lines(told) > 30, "commits of the second copier")
        own_broker.kill()
        own_broker.start()
        _wait(lambda: _lines(told) > 60, "commits after the broker came back")
        own_broker.stop()
        own_broker.start()
        with KafkaLog(at(own_broker.bootstrap)) as log:
            _wait(lambda: len(everything(log, "target")) >= count, "all records")
            copied_values = values(everything(log, "target"))
    assert sorted(copied_values) == list(range(count))


class Supervised:
    """A copier that is started again whenever it ends, as a supervisor would."""

    def __init__(self, bootstrap: str, told: Path) -> None:
        self._command = [sys.executable, "-m", "tests.kafka.copier", bootstrap, str(told)]
        self._wanted = True
        self._process = subprocess.Popen(self._command)
        self._thread = threading.Thread(target=self._supervise)

    def kill(self) -> None:
        self._process.kill()

    def _supervise(self) -> None:
        while self._wanted:
            self._process.wait()
            if self._wanted:
                self._process = subprocess.Popen(self._command)

    def __enter__(self) -> Supervised:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wanted = False
        self._process.kill()
        self._thread.join()
        self._process.wait()


def _feed(log: KafkaLog, count: int) -> None:
    log.create([TopicSpec("source", 2), TopicSpec("target", 2)])
    with log.publisher() as hub:
        hub.publish(numbered("source", count))


def _join(log: KafkaLog) -> Member:
    for _ in rounds("a member"):
        try:
            return log.join("copiers", Subscription(topics=("source",)), "0")
        except Unavailable:
            time.sleep(0.2)
    raise AssertionError


def _wait(condition: Callable[[], bool], what: str) -> None:
    for _ in rounds(what):
        if condition():
            return
        time.sleep(0.1)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


assert HASTY.commit_timeout_s > HASTY.delivery_timeout_s
