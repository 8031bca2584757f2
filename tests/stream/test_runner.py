"""Laws of the runner that the way of a parcel does not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from screener.errors import Fenced, Unavailable
from screener.stream import runner
from screener.stream.port import (
    Assignment,
    Batch,
    Log,
    Member,
    Message,
    Partition,
    Record,
    Subscription,
    TopicSpec,
)
from screener.stream.runner import Pace, Reading, Runner, Session, Step, Stride
from screener.stream.sqlite import Sqlite
from screener.stream.state import Table

IN, OUT, STATE = "in", "out", "copy.state"
PACE = Pace(1, poll_timeout_s=0.02, reading_interval_s=3600, attempts=3, backoff_s=0.01)


class Copy:
    """Copies records and counts them in its state."""

    name = "copy"
    subscription = Subscription(topics=(IN,))
    changelog: str | None = STATE

    def __init__(self, stepped: Callable[[Sequence[Record]], object] = lambda _: None) -> None:
        self.stepped = stepped
        self.paused: frozenset[str] = frozenset()
        self.tables: Mapping[int, Table] = {}

    def assigned(self, tables: Mapping[int, Table]) -> None:
        self.tables = tables

    def step(self, records: Sequence[Record], reading: Reading | None) -> Step:
        self.stepped(records)
        for record in records:
            table = self.tables[record.partition.number]
            table.put(b"count", str(int(table.get(b"count") or b"0") + 1).encode())
        return Step([Message(OUT, record.key, record.value) for record in records], paused=self.paused)


class Slow(Copy):
    """Takes its state up only once the event is set."""

    def __init__(self, until: Event) -> None:
        super().__init__()
        self._until = until
        self.begun = False

    def assigned(self, tables: Mapping[int, Table]) -> None:
        self.begun = True
        assert self._until.wait(20), "the member was not polled while its state was taken up"
        super().assigned(tables)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Sqlite(tmp_path / "log.db") as opened:
        opened.create([TopicSpec(IN, 2), TopicSpec(OUT, 1), TopicSpec(STATE, 2, compacted=True)])
        yield opened


def publish(log: Log, count: int) -> None:
    with log.publisher() as publisher:
        publisher.publish([Message(IN, b"k", str(number).encode(), partition=0) for number in range(count)])


def copied(log: Log) -> list[bytes | None]:
    partition = Partition(OUT, 0)
    return [record.value for record in log.read(partition, 0, log.end(partition))]


def session_of(log: Log, stage: Copy, member: Any, committer: ThreadPoolExecutor) -> Session:
    return Session(log, stage, member, committer, pace=PACE, stride=Stride(1), clock_ms=lambda: 0)


class Altered:
    """A member with another commit, or another poll."""

    def __init__(
        self, member: Member, commit: Callable[..., None], poll: Callable[..., Batch] | None = None
    ) -> None:
        self._member = member
        self.commit = commit
        self.poll = poll or member.poll

    def __getattr__(self, name: str) -> Any:
        return getattr(self._member, name)


def test_the_next_batch_is_stepped_while_the_last_is_committed(log: Log) -> None:
    publish(log, 2)
    second_stepped = Event()

    def stepped(records: Sequence[Record]) -> None:
        if any(record.offset == 1 for record in records):
            second_stepped.set()

    with log.join("screener.copy", Copy.subscription, "0") as member, ThreadPoolExecutor(1) as committer:

        def commit(*arguments: Any) -> None:
            assert second_stepped.wait(20), "the second batch was not stepped while the first was committed"
            member.commit(*arguments)

        session = session_of(log, Copy(stepped), Altered(member, commit), committer)
        while not second_stepped.is_set():
            session.turn()
        session.settle()
    assert copied(log) == [b"0", b"1"]


def test_what_rests_on_a_fenced_commit_is_dropped_and_done_again(log: Log) -> None:
    """A second member joins while a commit is on its way; state and outputs count each record once."""
    publish(log, 6)
    joined = Event()
    fences: list[Fenced] = []
    with log.join("screener.copy", Copy.subscription, "0") as first, ThreadPoolExecutor(1) as committer:

        def late(*arguments: Any) -> None:
            assert joined.wait(20)
            try:
                first.commit(*arguments)
            except Fenced as error:
                fences.append(error)
                raise

        session = session_of(log, Copy(), Altered(first, late), committer)
        while session._pending is None:
            session.turn()
        with log.join("screener.copy", Copy.subscription, "1") as second:
            second.poll(0.1, 1)
            joined.set()
            for _ in range(4):
                session.turn()
        while len(copied(log)) < 6:
            session.turn()
        session.settle()
    assert fences
    assert copied(log) == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert Table.restore(log, Partition(STATE, 0)).get(b"count") == b"6"


def test_a_batch_of_a_refused_assignment_is_never_processed(log: Log) -> None:
    publish(log, 3)
    stage = Copy()
    with log.join("screener.copy", Copy.subscription, "0") as member, ThreadPoolExecutor(1) as committer:

        def fenced(
            assignment: Assignment, messages: Sequence[Message], offsets: Mapping[Partition, int]
        ) -> None:
            raise Fenced("said the test")

        session = session_of(log, stage, Altered(member, fenced), committer)
        for _ in range(6):
            session.turn()
    assert copied(log) == []
    assert log.committed("screener.copy") == {}


def test_a_batch_that_takes_too_long_for_its_group_is_tried_again_in_smaller_ones(log: Log) -> None:
    """The group puts out whoever makes a batch of more than three records."""
    publish(log, 20)
    sizes: list[int] = []
    stride = Stride(16)
    pace = Pace(16, poll_timeout_s=0.02, reading_interval_s=3600, reassignment_timeout_s=0.0)

    def serve(member: Member, committer: ThreadPoolExecutor) -> None:
        def commit(assignment: Assignment, messages: Sequence[Message], offsets: Any) -> None:
            sizes.append(sum(message.topic == OUT for message in messages))
            if sizes[-1] > 3:
                raise Fenced("put out")
            member.commit(assignment, messages, offsets)

        altered: Any = Altered(member, commit)
        session = Session(log, Copy(), altered, committer, pace=pace, stride=stride, clock_ms=lambda: 0)
        while len(copied(log)) < 20:
            session.turn()
            session.settle_or_drop()

    while len(copied(log)) < 20:
        with (
            suppress(Fenced),
            log.join("screener.copy", Copy.subscription, "0") as member,
            ThreadPoolExecutor(1) as committer,
        ):
            serve(member, committer)
    assert copied(log) == [str(number).encode() for number in range(20)]
    assert sizes[:4] == [16, 8, 4, 2]


def test_who_takes_up_a_large_state_stays_a_member_meanwhile(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It polls while it restores, as its group wants, and reads nothing by that."""
    monkeypatch.setattr(runner, "RESTORING_S", 0.01)
    publish(log, 3)
    polled = Event()
    stage = Slow(polled)
    with log.join("screener.copy", Copy.subscription, "0") as member, ThreadPoolExecutor(1) as committer:

        def poll(timeout_s: float, max_records: int) -> Batch:
            batch = member.poll(timeout_s, max_records)
            if stage.begun:
                polled.set()
            return batch

        session = session_of(log, stage, Altered(member, member.commit, poll), committer)
        while len(copied(log)) < 3:
            session.turn()
            session.settle()
    assert copied(log) == [b"0", b"1", b"2"]


def test_a_state_that_goes_to_another_while_it_is_taken_up_is_given_up(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RESTORING_S", 0.01)
    publish(log, 6)
    shared = Event()
    stage = Slow(shared)
    with (
        ExitStack() as others,
        log.join("screener.copy", Copy.subscription, "0") as member,
        ThreadPoolExecutor(1) as committer,
    ):

        def poll(timeout_s: float, max_records: int) -> Batch:
            if stage.begun and not shared.is_set():
                others.enter_context(log.join("screener.copy", Copy.subscription, "1"))
                shared.set()
            return member.poll(timeout_s, max_records)

        session = session_of(log, stage, Altered(member, member.commit, poll), committer)
        while len(copied(log)) < 6:
            session.turn()
            session.settle_or_drop()
        assert sorted(stage.tables) == [0]
    assert copied(log) == [str(number).encode() for number in range(6)]


def test_a_batch_of_which_the_poll_says_that_it_was_too_long_is_tried_again_in_smaller_ones(log: Log) -> None:
    """A member whose transactions cannot go on says so as soon as it is asked for more."""
    publish(log, 20)
    asked: list[int] = []
    stop = Event()

    class Hasty:
        def join(self, group: str, subscription: Subscription, slot: str) -> Any:
            member = log.join(group, subscription, slot)

            def poll(timeout_s: float, max_records: int) -> Batch:
                asked.append(max_records)
                if max_records > 3:
                    raise Fenced("put out, and the transaction could not be aborted")
                return member.poll(timeout_s, max_records)

            return closing(Altered(member, member.commit, poll))

        def __getattr__(self, name: str) -> Any:
            return getattr(log, name)

    def watch(records: Sequence[Record], step: Step, reading: Reading | None) -> None:
        stop.set()

    hasty: Any = Hasty()
    pace = Pace(16, poll_timeout_s=0.02, reading_interval_s=3600, backoff_s=0.01)
    Runner(hasty, Copy(), slot="0", pace=pace, watch=watch).run(stop)
    assert asked[:4] == [16, 8, 4, 2]
    assert copied(log)[:2] == [b"0", b"1"]


def test_a_stride_that_has_failed_is_not_doubled_at_once_again() -> None:
    """Who can make 100 records in time, and is asked for 512, fails four times, and then seldom."""
    stride, failed = Stride(512), 0
    for _ in range(1000):
        if stride.records > 100:
            failed += 1
            stride.shorten()
        else:
            stride.lengthen()
    assert 3 <= failed <= 3 + 1000 // 36
    assert Stride(512).records == 512


def test_trouble_is_borne_for_a_while_and_then_ends_the_worker(log: Log) -> None:
    joined: list[int] = []

    class Away:
        def join(self, group: str, subscription: Subscription, slot: str) -> Member:
            joined.append(1)
            raise Unavailable("the log does not answer")

        def __getattr__(self, name: str) -> Any:
            return getattr(log, name)

    away: Any = Away()
    with pytest.raises(Unavailable):
        Runner(away, Copy(), slot="0", pace=PACE).run(Event())
    assert len(joined) == PACE.attempts


def test_a_stopped_runner_commits_what_it_has_done(log: Log) -> None:
    publish(log, 5)
    stop = Event()
    seen: list[Record] = []

    def watch(records: Sequence[Record], step: Step, reading: Reading | None) -> None:
        seen.extend(records)
        if len(seen) >= 3:
            stop.set()

    thread = Thread(target=Runner(log, Copy(), slot="0", pace=PACE, watch=watch).run, args=(stop,))
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    assert len(copied(log)) == len(seen) >= 3
    assert log.committed("screener.copy") == {Partition(IN, 0): len(seen), Partition(IN, 1): 0}


def test_a_paused_topic_is_not_read_until_it_is_resumed(log: Log) -> None:
    publish(log, 4)
    stage = Copy()
    with log.join("screener.copy", Copy.subscription, "0") as member, ThreadPoolExecutor(1) as committer:
        session = Session(
            log,
            stage,
            member,
            committer,
            pace=Pace(1, 0.02, reading_interval_s=0),
            stride=Stride(1),
            clock_ms=lambda: 0,
        )
        stage.paused = frozenset({IN})
        for _ in range(6):
            session.turn()
        session.settle()
        before = len(copied(log))
        assert before < 4
        stage.paused = frozenset()
        for _ in range(12):
            session.turn()
        session.settle()
    assert len(copied(log)) == 4
