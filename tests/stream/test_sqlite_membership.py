"""Who is alive stays a member, and a heartbeat that fails is not silent."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from screener.errors import Fenced
from screener.stream.port import Member, Message, Partition, Subscription, TopicSpec
from screener.stream.sqlite import Sqlite, groups
from screener.stream.sqlite.database import Database

DEADLINE_S = 30.0
INPUT = Subscription(topics=("in",))


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.ms = 1_000_000_000
        self.broken = False

    def __call__(self) -> int:
        if self.broken:
            raise OSError("the clock is broken")
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def opened(path: Path, clock: Clock) -> Sqlite:
    log = Sqlite(path, session_timeout_s=1.0, clock_ms=clock)
    log.create([TopicSpec("in", 2)])
    return log


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE_S:.0f} s: {what}"
        time.sleep(0.01)


def oldest_heartbeat_ms(path: Path) -> int:
    database = Database(path)
    try:
        with database.read() as connection:
            return int(connection.execute("SELECT min(heartbeat_ms) FROM members").fetchone()[0])
    finally:
        database.close()


def let_pass(path: Path, clock: Clock, seconds: float) -> None:
    """Time passes no faster than the members' heartbeats can follow."""
    for _ in range(round(seconds / 0.5)):
        clock.ms += 500
        wait_until(lambda: oldest_heartbeat_ms(path) == clock.ms, "all hearts beat")


def test_a_worker_that_is_busy_for_minutes_stays_a_member(path: Path, clock: Clock) -> None:
    with opened(path, clock) as log, log.publisher() as publisher:
        publisher.publish([Message("in", b"k", b"v")])
        with log.join("g", INPUT, "busy") as busy, log.join("g", INPUT, "other") as other:
            batch = busy.poll(0, 10)
            let_pass(path, clock, seconds=4)  # four session timeouts without a poll
            busy.commit(batch.assignment, [], {})
            assert other.poll(0, 10).assignment.generation == batch.assignment.generation


def test_a_clock_set_back_puts_out_nobody_who_is_alive(path: Path, clock: Clock) -> None:
    with opened(path, clock) as log, log.join("g", INPUT, "0") as member:
        batch = member.poll(0, 10)
        clock.ms -= 3_600_000
        wait_until(lambda: oldest_heartbeat_ms(path) == clock.ms, "the heart beats")
        member.commit(batch.assignment, [], {})


def test_a_member_that_was_put_out_comes_back_by_itself_but_its_old_work_is_fenced(
    path: Path, clock: Clock
) -> None:
    with opened(path, clock) as log, log.join("g", INPUT, "0") as member:
        before = member.poll(0, 10).assignment
        put_out(path)
        with pytest.raises(Fenced, match="slot 0"):
            member.commit(before, [Message("in", b"k", b"v")], {})
        wait_until(lambda: member.poll(0.1, 10).assignment != before, "a new assignment")
        member.commit(member.poll(0, 10).assignment, [], {})


def put_out(path: Path) -> None:
    """What another member does when a member has been silent for too long."""
    database = Database(path)
    with database.write() as connection:
        connection.execute("DELETE FROM members")
        groups.rebalance(connection, "g")
    database.close()


def test_the_older_of_two_members_of_a_slot_is_told_when_it_polls(path: Path, clock: Clock) -> None:
    with opened(path, clock) as log:
        older, newer = (log.join("g", INPUT, "0") for _ in range(2))
        with pytest.raises(Fenced, match="newer worker"):
            older.poll(0, 10)
        assert len(newer.poll(0, 10).assignment.partitions) == 2
        older.close()  # and takes nothing from the newer
        assert len(newer.poll(0, 10).assignment.partitions) == 2


@pytest.mark.parametrize("call", ["poll", "commit", "lags"])
def test_a_heartbeat_that_has_failed_is_told_by_the_next_call(path: Path, clock: Clock, call: str) -> None:
    with opened(path, clock) as log, log.join("g", INPUT, "0") as member:
        assignment = member.poll(0, 10).assignment
        calls: dict[str, Callable[[Member], object]] = {
            "poll": lambda member: member.poll(0.05, 10),
            "commit": lambda member: member.commit(assignment, [], {}),
            "lags": lambda member: member.lags(),
        }
        member.lags()
        clock.broken = True
        member._heartbeat._thread.join(DEADLINE_S)
        with pytest.raises(OSError, match="the clock is broken"):
            calls[call](member)
        clock.broken = False


def test_offsets_of_partitions_that_are_not_ours_are_a_fault(path: Path, clock: Clock) -> None:
    with opened(path, clock) as log, log.join("g", INPUT, "0") as member:
        batch = member.poll(0, 10)
        with pytest.raises(ValueError, match="outside the assignment"):
            member.commit(batch.assignment, [], {Partition("in", 7): 1})


def test_closing_twice_is_closing_once(path: Path, clock: Clock) -> None:
    log = opened(path, clock)
    member = log.join("g", INPUT, "0")
    member.close()
    member.close()
    log.close()
