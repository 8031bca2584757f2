"""Delivery: in order, once, whatever breaks between the outbox and the log."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from screener import config
from screener.errors import BadConfig, Unavailable
from screener.hub.delivery import Delivery, Passage, fingerprint
from screener.hub.outbox import Outbox, State
from screener.stream.port import Log, Message, Partition, TopicSpec
from screener.stream.sqlite import Sqlite
from tests.contract.conftest import Fresh, fresh
from tests.contract.polling import everything, until

__all__ = ["fresh"]

WAIT_S = 120.0


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db", 1 << 30) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.kafka)])
def open_log(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Log]:
    if request.param == "sqlite":
        return lambda: Sqlite(tmp_path / "log.db")
    from screener.stream.kafka import KafkaLog

    servers = tuple(request.getfixturevalue("kafka_bootstrap").split(","))
    return lambda: KafkaLog(config.KafkaLog(bootstrap_servers=servers))


@pytest.fixture
def topic(open_log: Callable[[], Log], fresh: Fresh) -> str:
    with open_log() as log:
        log.create([TopicSpec(fresh("in"), partitions=3, max_message_bytes=100_000)])
    return fresh("in")


def fill(outbox: Outbox, topic: str, numbers: Sequence[int]) -> None:
    outbox.put_all([(f"{number}", [_message(topic, number)]) for number in numbers])


def test_what_waits_and_what_comes_later_is_sent_in_order(
    outbox: Outbox, open_log: Callable[[], Log], topic: str
) -> None:
    fill(outbox, topic, range(300))
    with Delivery(outbox, open_log, slot=topic) as delivery:
        assert delivery.drained(WAIT_S)
        fill(outbox, topic, range(300, 400))
        assert delivery.drained(WAIT_S)
        assert delivery.progress().sent == 400
    with open_log() as log:
        found = everything(log, topic)
    by_partition: dict[Partition, list[int]] = {}
    for record in found:
        by_partition.setdefault(record.partition, []).append(int(record.key or b""))
    assert sorted(number for numbers in by_partition.values() for number in numbers) == list(range(400))
    assert all(numbers == sorted(numbers) for numbers in by_partition.values())


def test_what_was_sent_without_a_word_is_found_in_the_log(
    outbox: Outbox, open_log: Callable[[], Log], topic: str
) -> None:
    """Batches are published and the sender dies before it can say so; others publish beside it."""
    rng = random.Random(7)
    fill(outbox, topic, range(200))
    while outbox.waiting().count:
        with open_log() as log, log.publisher(topic) as publisher:
            passage = Passage(outbox, log, publisher)
            passage.recover()
            passage.send_some() if rng.random() < 0.2 else None
            entries = outbox.head(rng.randrange(1, 60), 1 << 20)
            if entries and rng.random() < 0.8:
                passage._mark_new([one for entry in entries for one in entry.messages])
                publisher.publish([one for entry in entries for one in entry.messages])
            with log.publisher() as other:
                other.publish([Message(topic, b"other", b"x")])
    with open_log() as log:
        found = [record for record in everything(log, topic) if record.key != b"other"]
    assert sorted(int(record.key or b"") for record in found) == list(range(200))


def test_one_message_that_no_log_can_hold_holds_up_no_other(
    outbox: Outbox, open_log: Callable[[], Log], topic: str
) -> None:
    fill(outbox, topic, range(5))
    outbox.put("huge", [Message(topic, b"huge", b"x" * 200_000)])
    fill(outbox, topic, range(5, 10))
    with capture_logs() as said, Delivery(outbox, open_log, slot=topic) as delivery:
        assert delivery.drained(WAIT_S)
        until(lambda: (delivery.progress().sent, delivery.progress().refused) == (10, 1), "all told of")
    (told,) = [one for one in said if one["event"] == "refused by the log"]
    assert told["topic"] == topic
    assert "message_too_large" in told["why"]
    fate = outbox.fate("huge")
    assert fate is not None
    assert fate.state is State.REFUSED
    assert "message_too_large" in (fate.why or "")
    with open_log() as log:
        assert sorted(int(record.key or b"") for record in everything(log, topic)) == list(range(10))


def test_a_log_that_does_not_answer_is_waited_for(outbox: Outbox, tmp_path: Path) -> None:
    away = [True] * 3

    def open_log() -> Log:
        if away:
            away.pop()
            raise Unavailable("the link is down")
        return Sqlite(tmp_path / "log.db")

    with Sqlite(tmp_path / "log.db") as log:
        log.create([TopicSpec("in", partitions=1)])
    fill(outbox, "in", range(3))
    with Delivery(outbox, open_log, slot="s", backoff_s=0.01) as delivery:
        assert delivery.drained(WAIT_S)
        assert delivery.progress().connected


def test_a_topic_that_is_missing_ends_delivery_and_nothing_is_lost(outbox: Outbox, tmp_path: Path) -> None:
    fill(outbox, "nowhere", range(3))
    with (
        Delivery(outbox, lambda: Sqlite(tmp_path / "log.db"), slot="s") as delivery,
        pytest.raises(BadConfig, match="nowhere"),
    ):
        delivery.drained(WAIT_S)
    assert outbox.waiting().count == 3


def test_fingerprints_differ_wherever_messages_do() -> None:
    every = [
        fingerprint(key, headers, value)
        for key in (None, b"", b"a", b"ab")
        for headers in ((), (("a", b""),), (("a", b"b"),), (("ab", b""),), (("a", b""), ("b", b"")))
        for value in (None, b"", b"b", b"ab")
    ]
    assert len(set(every)) == len(every)


def _message(topic: str, number: int) -> Message:
    return Message(topic, b"%d" % number, b"value %d" % number, (("ce_id", b"%d" % number),))
