"""A broker that dies: what was committed stays, what was not is told, nothing hangs."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, RequestTimedOutError

from bench.gateway.link import LinkedBroker
from deploy.kafka.broker import Broker
from screener import config
from screener.errors import Fenced, Unavailable
from screener.stream.kafka import KafkaLog, clients, publisher
from screener.stream.kafka import values as values_
from screener.stream.kafka.transactions import Transactions
from screener.stream.port import Member, Message, Partition, Subscription, TopicSpec
from screener.stream.watchdog import EX_TEMPFAIL, Watchdog
from tests.contract.polling import after, copied, everything, numbered, rounds, take, values
from tests.kafka.conftest import Fresh, at, begun

pytestmark = pytest.mark.kafka


def test_a_broker_killed_between_commits_loses_none_that_returned(own_broker: Broker, fresh: Fresh) -> None:
    with KafkaLog(at(own_broker.bootstrap)) as log:
        _feed(log, fresh, 30)
        committed: set[int] = set()
        unknown: set[int] = set()
        member = _join(log, fresh)
        for turn in range(3):
            assignment, records = take(member, 10)
            if turn == 1:
                own_broker.kill()
                own_broker.start()
            try:
                member.commit(assignment, copied(records, fresh("target")), after(records))
                committed |= set(values(records))
            except (Unavailable, Fenced):
                unknown |= set(values(records))
                member.close()
                member = _join(log, fresh)
        member.close()
        visible = values(everything(log, fresh("target")))
    assert len(visible) == len(set(visible))
    assert committed <= set(visible) <= committed | unknown


def test_what_was_open_when_the_broker_died_is_aborted_when_it_comes_back(
    own_broker: Broker, fresh: Fresh
) -> None:
    settings = msgspec.structs.replace(
        at(own_broker.bootstrap), transaction_timeout_s=1.0, delivery_timeout_s=20.0
    )
    with KafkaLog(settings) as log:
        _feed(log, fresh, 0)
    died = clients.producer(settings, fresh("slot"))
    died.init_transactions()
    died.begin_transaction()
    died.send(fresh("target"), key=b"k", value=b"1", partition=0).get(5)
    own_broker.kill()
    publisher.close(died)
    own_broker.start()
    heir = clients.producer(settings, fresh("slot"))
    heir.init_transactions()
    heir.begin_transaction()
    heir.send(fresh("target"), key=b"k", value=b"2", partition=0).get(5)
    heir.commit_transaction()
    heir.close()
    with KafkaLog(settings) as log:
        assert values(everything(log, fresh("target"))) == [2]


@pytest.mark.slow
def test_without_a_broker_a_commit_ends_as_unavailable_and_the_member_is_done(
    own_broker: Broker, fresh: Fresh
) -> None:
    ended: list[int] = []
    with KafkaLog(at(own_broker.bootstrap), end_process=ended.append) as log:
        _feed(log, fresh, 10)
        with _join(log, fresh) as member:
            assignment, records = take(member, 10)
            own_broker.kill()
            with pytest.raises(Unavailable):
                member.commit(assignment, copied(records, fresh("target")), after(records))
            with pytest.raises(Unavailable):
                member.poll(0.1, 1)
            with pytest.raises(Unavailable):
                log.topics()
        own_broker.start()
        with _join(log, fresh) as member:
            assignment, records = take(member, 10)
            member.commit(assignment, copied(records, fresh("target")), after(records))
        assert sorted(values(everything(log, fresh("target")))) == list(range(10))


@pytest.fixture
def cut_off(own_broker: LinkedBroker, fresh: Fresh) -> Iterator[config.KafkaLog]:
    """Settings that reach the broker by its link; what is sent by it is soon given up."""
    with KafkaLog(at(own_broker.bootstrap)) as log:
        _feed(log, fresh, 0)
    yield msgspec.structs.replace(
        at(own_broker.linked_bootstrap), delivery_timeout_s=4.0, transaction_timeout_s=60.0
    )
    own_broker.link.mend()


@pytest.fixture
def bare(cut_off: config.KafkaLog, fresh: Fresh) -> Iterator[KafkaProducer]:
    """kafka-python's transactional producer with a transaction begun, used as its documentation says."""
    with begun(cut_off, fresh, "bare") as producer:
        yield producer


def test_hazard_1_a_bare_commit_returns_though_its_record_was_given_up(
    own_broker: LinkedBroker, bare: KafkaProducer, fresh: Fresh
) -> None:
    """Hazard 1 of kafka-python: past its delivery timeout a record fails its own future and nothing else."""
    # first, since what is asked on the connection of a record that is swallowed is answered out of turn
    bare.send_offsets_to_transaction(values_.offsets({Partition(fresh("source"), 0): 1}), fresh("group"))
    own_broker.link.swallow_records()
    lost = bare.send(fresh("target"), key=b"k", value=b"1", partition=0)
    bare.commit_transaction()
    assert isinstance(lost.exception, KafkaTimeoutError | RequestTimedOutError)
    with KafkaLog(at(own_broker.bootstrap)) as log:
        assert values(everything(log, fresh("target"))) == [0]
        assert log.committed(fresh("group")) == {Partition(fresh("source"), 0): 1}


def test_hazard_1_our_commit_tells_and_keeps_the_offsets(
    own_broker: LinkedBroker, cut_off: config.KafkaLog, fresh: Fresh
) -> None:
    """Hazard 1: every future is asked before the offsets are sent."""
    transactions = Transactions(cut_off, fresh("ours"), lambda _: nullcontext())
    own_broker.link.swallow_records()
    with pytest.raises(Unavailable):
        transactions.commit(numbered(fresh("target"), 1), {Partition(fresh("source"), 0): 1}, fresh("group"))
    own_broker.link.mend()
    transactions.close()
    with KafkaLog(at(own_broker.bootstrap)) as log:
        assert everything(log, fresh("target")) == []
        assert log.committed(fresh("group")) == {}


def test_hazard_3_a_bare_commit_hangs_though_the_coordinator_is_back(
    own_broker: LinkedBroker, cut_off: config.KafkaLog, fresh: Fresh
) -> None:
    """Hazard 3 of kafka-python: refused by the coordinator while committing, a commit may never end."""
    tries = (_hangs(own_broker, cut_off, fresh, f"bare{number}") for number in range(12))
    assert any(tries)  # a moment decides whether it meets the refusal


def _hangs(broker: LinkedBroker, settings: config.KafkaLog, fresh: Fresh, slot: str) -> bool:
    ended = threading.Event()
    with begun(settings, fresh, slot) as producer:
        broker.link.cut(silent=False)
        threading.Thread(target=_commit_bare, args=(producer, ended), daemon=True).start()
        time.sleep(1.0)  # the commit is refused
        broker.link.mend()
        return not ended.wait(5.0)


def test_hazard_3_our_commit_ends_the_process(
    own_broker: LinkedBroker, cut_off: config.KafkaLog, fresh: Fresh
) -> None:
    """Hazard 3: the watchdog does not wait for what has no timeout."""
    codes: list[int] = []
    ended = threading.Event()

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    transactions = Transactions(cut_off, fresh("ours"), Watchdog(3.0, end).guard)
    real = transactions._producer.commit_transaction

    def commit() -> None:
        own_broker.link.cut(silent=False)
        real()

    transactions._producer.commit_transaction = commit
    messages = numbered(fresh("target"), 1)
    threading.Thread(target=_commit_ours, args=(transactions, messages), daemon=True).start()
    assert ended.wait(60.0)
    assert codes == [EX_TEMPFAIL]
    own_broker.link.mend()
    transactions.close()


def _commit_bare(producer: KafkaProducer, ended: threading.Event) -> None:
    with suppress(KafkaError):  # that it is closed in the end
        producer.commit_transaction()
    ended.set()


def _commit_ours(transactions: Transactions, messages: list[Message]) -> None:
    with suppress(Unavailable):
        transactions.commit(messages, {}, None)


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


@pytest.mark.slow
def test_copiers_and_brokers_are_killed_and_every_record_is_copied_once(
    own_broker: Broker, tmp_path: Path, fresh: Fresh
) -> None:
    count = 1500
    with KafkaLog(at(own_broker.bootstrap)) as log:
        _feed(log, fresh, count)
    told = tmp_path / "copied"
    told.touch()
    with Supervised(own_broker.bootstrap, fresh("source"), fresh("target"), str(told)) as copier:
        _wait(lambda: _lines(told) > 10, "the first commits")
        copier.kill()
        _wait(lambda: _lines(told) > 25, "commits of the second copier")
        own_broker.kill()
        own_broker.start()
        _wait(lambda: _lines(told) > 50, "commits after the broker came back")
        own_broker.stop()
        own_broker.start()
        with KafkaLog(at(own_broker.bootstrap)) as log:
            _wait(lambda: len(everything(log, fresh("target"))) >= count, "all records")
            copied_values = values(everything(log, fresh("target")))
    assert sorted(copied_values) == list(range(count))


class Supervised:
    """A copier that is started again whenever it ends, as a supervisor would."""

    def __init__(self, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "tests.kafka.copier", *arguments]
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


def _feed(log: KafkaLog, fresh: Fresh, count: int) -> None:
    log.create([TopicSpec(fresh("source"), 2), TopicSpec(fresh("target"), 2)])
    with log.publisher() as hub:
        hub.publish(numbered(fresh("source"), count))


def _join(log: KafkaLog, fresh: Fresh) -> Member:
    for _ in rounds("a member"):
        try:
            return log.join(fresh("group"), Subscription(topics=(fresh("source"),)), "0")
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
