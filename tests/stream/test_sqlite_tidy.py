"""Retention and compaction delete what they may, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.errors import BadInput
from screener.stream.port import Message, Partition, Subscription, TopicSpec
from screener.stream.sqlite import Sqlite
from screener.stream.sqlite.append import SUPERSEDED_KEPT_MS, TOMBSTONE_KEPT_MS

HOUR_MS = 3_600_000


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.ms = 1_000_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> Iterator[Sqlite]:
    with Sqlite(tmp_path / "log.db", clock_ms=clock) as log:
        yield log


def publish(log: Sqlite, topic: str, *entries: tuple[bytes, bytes | None]) -> None:
    with log.publisher() as publisher:
        publisher.publish([Message(topic, key, value) for key, value in entries])


def lies(log: Sqlite, topic: str) -> list[tuple[bytes | None, bytes | None]]:
    partition = Partition(topic, 0)
    return [(one.key, one.value) for one in log.read(partition, 0, log.end(partition))]


def tidy_up(log: Sqlite) -> None:
    while log.tidy():
        pass


def test_what_is_older_than_its_retention_goes_and_offsets_go_on(log: Sqlite, clock: Clock) -> None:
    log.create([TopicSpec("a", 1, retention_ms=HOUR_MS), TopicSpec("kept", 1)])
    many = [(b"k", b"%d" % number) for number in range(500)]
    publish(log, "a", *many)
    publish(log, "kept", *many)
    clock.ms += HOUR_MS // 2
    publish(log, "a", (b"k", b"young"))
    clock.ms += HOUR_MS // 2 + 1
    tidy_up(log)
    partition = Partition("a", 0)
    assert lies(log, "a") == [(b"k", b"young")]
    assert (log.start(partition), log.end(partition)) == (500, 501)
    assert len(lies(log, "kept")) == 500
    clock.ms += HOUR_MS
    tidy_up(log)
    assert (log.start(partition), log.end(partition)) == (501, 501)
    publish(log, "a", (b"k", b"next"))
    assert [record.offset for record in log.read(partition, 0, 1000)] == [501]


def test_retention_leaves_no_holes(log: Sqlite, clock: Clock) -> None:
    """On create time an old record behind a young one waits for it, as in Kafka."""
    log.create([TopicSpec("a", 1, retention_ms=HOUR_MS, log_append_time=False)])
    with log.publisher() as publisher:
        times = [clock.ms - 2 * HOUR_MS, clock.ms, clock.ms - 2 * HOUR_MS]
        publisher.publish([Message("a", b"k", b"v", timestamp_ms=at) for at in times])
    tidy_up(log)
    assert log.start(Partition("a", 0)) == 1
    assert len(lies(log, "a")) == 2


def test_whoever_reads_a_deleted_range_comes_to_its_end(log: Sqlite, clock: Clock) -> None:
    log.create([TopicSpec("a", 1, retention_ms=HOUR_MS)])
    publish(log, "a", *[(b"k", b"v")] * 10)
    with log.join("g", Subscription(topics=("a",)), "0") as member:
        assert len(member.poll(0, 3).records) == 3
        clock.ms += 2 * HOUR_MS
        tidy_up(log)
        assert member.poll(0, 10).records == ()
        assert member.lags() == {Partition("a", 0): 0}
        assert member.positions() == {Partition("a", 0): 10}


def test_compaction_keeps_the_last_record_of_each_key(log: Sqlite, clock: Clock) -> None:
    log.create([TopicSpec("state", 1, compacted=True)])
    publish(log, "state", (b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"a", b"3"), (b"c", b"1"))
    tidy_up(log)
    assert len(lies(log, "state")) == 5  # who is reading now still sees every step
    clock.ms += SUPERSEDED_KEPT_MS
    tidy_up(log)
    assert lies(log, "state") == [(b"b", b"1"), (b"a", b"3"), (b"c", b"1")]
    assert log.end(Partition("state", 0)) == 5


def test_a_tombstone_stays_for_a_day_and_then_nothing_is_left_of_its_key(log: Sqlite, clock: Clock) -> None:
    log.create([TopicSpec("state", 1, compacted=True)])
    publish(log, "state", (b"a", b"1"), (b"b", b"1"), (b"a", None))
    clock.ms += SUPERSEDED_KEPT_MS
    tidy_up(log)
    assert lies(log, "state") == [(b"b", b"1"), (b"a", None)]
    clock.ms += TOMBSTONE_KEPT_MS
    tidy_up(log)
    assert lies(log, "state") == [(b"b", b"1")]


def test_a_key_that_comes_back_after_its_tombstone_stays(log: Sqlite, clock: Clock) -> None:
    log.create([TopicSpec("state", 1, compacted=True)])
    publish(log, "state", (b"a", b"1"), (b"a", None), (b"a", b"2"))
    clock.ms += 2 * TOMBSTONE_KEPT_MS
    tidy_up(log)
    assert lies(log, "state") == [(b"a", b"2")]
    publish(log, "state", (b"a", b"3"))
    clock.ms += SUPERSEDED_KEPT_MS
    tidy_up(log)
    assert lies(log, "state") == [(b"a", b"3")]


def test_a_compacted_topic_refuses_a_message_without_a_key(log: Sqlite) -> None:
    log.create([TopicSpec("state", 1, compacted=True)])
    with log.publisher() as publisher, pytest.raises(BadInput, match="key_missing"):
        publisher.publish([Message("state", None, b"v")])


def test_members_tidy_by_the_way(tmp_path: Path, clock: Clock) -> None:
    with Sqlite(tmp_path / "log.db", session_timeout_s=0.1, clock_ms=clock) as log:
        log.create([TopicSpec("a", 1, retention_ms=HOUR_MS)])
        publish(log, "a", *[(b"k", b"v")] * 10)
        clock.ms += 2 * HOUR_MS
        with log.join("g", Subscription(topics=("a",)), "0") as member:
            while log.start(Partition("a", 0)) < 10:
                member.poll(0.02, 1)


def test_log_time_does_not_go_back_with_the_clock(log: Sqlite, clock: Clock) -> None:
    log.create([TopicSpec("a", 1)])
    publish(log, "a", (b"k", b"1"))
    clock.ms -= HOUR_MS
    publish(log, "a", (b"k", b"2"))
    clock.ms += 2 * HOUR_MS
    publish(log, "a", (b"k", b"3"))
    times = [record.timestamp_ms for record in log.read(Partition("a", 0), 0, 3)]
    assert times == [1_000_000_000, 1_000_000_000, 1_000_000_000 + HOUR_MS]
