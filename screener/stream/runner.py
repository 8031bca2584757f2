"""The one runner of all stages: poll, step, publish outputs with offsets and state in one transaction.

While a batch is being committed in a second thread, the next is polled and stepped, so a transaction
costs no time of its own. One commit is in flight at most, and its outcome is known before the next
begins. When anything goes wrong, what was done since the last commit is dropped and done again from
the committed offsets and the committed state: that is the whole of recovery.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import Protocol

import structlog

from screener.errors import Fenced, Unavailable
from screener.stream.port import Assignment, Batch, Log, Member, Message, Partition, Record, Subscription
from screener.stream.state import Table

logger = structlog.get_logger(__name__)

RESTORING_S = 1.0
"""How often a member is heard of by its group while it takes up a state."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far each owned partition has been read: all records with a log time before this have been.

    `until_ms` lacks a partition of which nothing is known yet. `lags` counts offsets still to be read.
    """

    until_ms: Mapping[Partition, int]
    lags: Mapping[Partition, int]


@dataclass(frozen=True, slots=True)
class Step:
    """What a stage made of a batch: messages to publish, and all topics it wants paused now.

    `told` are the values that were published, before encoding: for metrics and for those who watch.
    """

    messages: Sequence[Message]
    paused: frozenset[str] = frozenset()
    told: Sequence[object] = ()


Done = tuple[Sequence[Record], Step, Reading | None]
"""A finished step: its records, what came of them, and how far everything had been read."""


class Stage(Protocol):
    """A pure step from records to messages; all it knows besides lies in its tables."""

    @property
    def name(self) -> str: ...
    @property
    def subscription(self) -> Subscription: ...
    @property
    def changelog(self) -> str | None:
        """The topic of its state, or None for a stateless stage."""
        ...

    def assigned(self, tables: Mapping[int, Table]) -> None:
        """Start anew with the state of the partitions owned from now on, by number."""
        ...

    def step(self, records: Sequence[Record], reading: Reading | None) -> Step:
        """Process records in order; `reading` is there about once in `reading_interval_s`."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How a runner polls and how long it bears trouble."""

    batch_records: int
    poll_timeout_s: float = 0.5
    reading_interval_s: float = 1.0
    reassignment_timeout_s: float = 60.0
    attempts: int = 5
    backoff_s: float = 1.0


class Stride:
    """How many records a batch may have: halved when work is lost, and doubled with each commit up to there.

    A batch that takes longer than the group waits for its member is lost, and the next one would be, too, for
    ever: the same records, the same time. Beyond what has failed once it grows by one record a commit, up to
    `most`: whoever fails puts all of its group through a rebalance.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._proven = most
        self.records = most

    def shorten(self) -> None:
        self.records = self._proven = max(1, self.records // 2)

    def lengthen(self) -> None:
        doubled = min(self.records * 2, self._proven)
        self.records = min(self._most, max(doubled, self.records + 1))


Watch = Callable[[Sequence[Record], Step, Reading | None], None]


class Runner:
    """Runs one stage as one member of its consumer group, until told to stop.

    `watch` is told of every step once it is committed, for metrics.
    """

    def __init__(
        self,
        log: Log,
        stage: Stage,
        *,
        slot: str,
        pace: Pace,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        watch: Watch = lambda *_: None,
    ) -> None:
        self._log = log
        self._stage = stage
        self._slot = slot
        self._pace = pace
        self._clock_ms = clock_ms
        self._watch = watch
        self._failures = 0
        self._stride = Stride(pace.batch_records)

    def run(self, stop: Event) -> None:
        """Serve until `stop`; on trouble join anew. Raises `Unavailable` after too many failures in a row."""
        while not stop.is_set():
            try:
                with self._log.join(group_of(self._stage), self._stage.subscription, self._slot) as member:
                    self._serve(member, stop)
            except Fenced as error:
                logger.warning("fenced", stage=self._stage.name, slot=self._slot, detail=str(error))
                self._stride.shorten()  # a commit that was fenced may be told of by the next poll first
                stop.wait(self._pace.backoff_s)  # another worker has this slot: do not fence it back at once
            except Unavailable as error:
                self._bear(error, stop)

    def _bear(self, error: Unavailable, stop: Event) -> None:
        self._failures += 1
        if self._failures >= self._pace.attempts:
            raise error
        wait_s = self._pace.backoff_s * 2 ** (self._failures - 1)
        logger.warning("unavailable", stage=self._stage.name, detail=str(error), retry_in_s=wait_s)
        stop.wait(wait_s)

    def _serve(self, member: Member, stop: Event) -> None:
        with ThreadPoolExecutor(1, thread_name_prefix="commit") as committer:
            session = Session(
                self._log,
                self._stage,
                member,
                committer,
                pace=self._pace,
                stride=self._stride,
                clock_ms=self._clock_ms,
            )
            while not stop.is_set():
                session.turn()
                self._report(session)
            session.settle()
            self._report(session)

    def _report(self, session: Session) -> None:
        for records, step, reading in session.take_done():
            self._failures = 0
            self._watch(records, step, reading)


class Session:
    """One membership: the assignment it works under, how far it has read, the commit in flight.

    Two assignments matter. `current` is the one that tables and stage were built for. `refused` is one
    under which a commit was fenced: batches that still come under it rest on lost work and are dropped.
    The member stays in its group meanwhile, since leaving for every rebalance would cause the next one;
    the log gives it a new assignment, which starts at the committed offsets.
    """

    def __init__(
        self,
        log: Log,
        stage: Stage,
        member: Member,
        committer: Executor,
        *,
        pace: Pace,
        stride: Stride,
        clock_ms: Callable[[], int],
    ) -> None:
        self._log = log
        self._stage = stage
        self._member = member
        self._committer = committer
        self._pace = pace
        self._stride = stride
        self._clock_ms = clock_ms
        self._current: Assignment | None = None
        self._refused: Assignment | None = None
        self._refused_at_s = 0.0
        self._pending: tuple[Future[None], Done] | None = None
        self._done: list[Done] = []
        self._tables: dict[int, Table] = {}
        self._until_ms: dict[Partition, int] = {}
        self._paused: frozenset[Partition] = frozenset()
        self._read_at_s = 0.0

    def turn(self) -> None:
        """Poll, step, and hand the outcome to the committer."""
        batch = self._member.poll(self._pace.poll_timeout_s, self._stride.records)
        if self._refused is not None and batch.assignment == self._refused:
            self._check_patience()
            return
        if batch.assignment != self._current:
            self.settle_or_drop()
            batch = self._begin(batch)
        reading = self._reading(batch)
        if batch.records or reading is not None:
            self._step(batch, reading)

    def settle(self) -> None:
        """Wait for the commit in flight; raises what it raised."""
        if self._pending is None:
            return
        (future, done), self._pending = self._pending, None
        future.result()
        self._stride.lengthen()
        self._done.append(done)

    def take_done(self) -> list[Done]:
        """The steps that were finished since the last call."""
        done, self._done = self._done, []
        return done

    def _step(self, batch: Batch, reading: Reading | None) -> None:
        step = self._stage.step(batch.records, reading)
        self._apply_pauses(batch.assignment, step.paused)
        messages = [
            *step.messages,
            *(change for table in self._tables.values() for change in table.changes()),
        ]
        done = (batch.records, step, reading)
        if not batch.records and not messages:
            self._done.append(done)
            return
        offsets = self._offsets(batch.assignment)
        if self.settle_or_drop():
            commit = self._committer.submit(self._member.commit, batch.assignment, messages, offsets)
            self._pending = (commit, done)

    def settle_or_drop(self) -> bool:
        """Whether the commit in flight went well; if it was fenced, all that rests on it is dropped."""
        try:
            self.settle()
        except Fenced as error:
            logger.info("work dropped", stage=self._stage.name, detail=str(error))
            self._refused, self._refused_at_s, self._current = self._current, time.monotonic(), None
            self._stride.shorten()
            return False
        return True

    def _check_patience(self) -> None:
        limit_s = self._pace.reassignment_timeout_s
        if time.monotonic() - self._refused_at_s > limit_s:
            raise Fenced(f"slot fenced, and no new assignment within {limit_s:.0f} s: joining anew")

    def _begin(self, batch: Batch) -> Batch:
        """Take up the state of what is owned; the batch to go on with, a newer one where it changed again."""
        while True:
            logger.info(
                "assigned", stage=self._stage.name, partitions=sorted(map(str, batch.assignment.partitions))
            )
            newer = self._restore(batch.assignment)
            if newer is None:
                break
            batch = newer
        self._member.resume(batch.assignment.partitions)  # a log keeps what stays owned paused
        self._until_ms, self._paused, self._read_at_s = {}, frozenset(), 0.0
        self._current, self._refused = batch.assignment, None
        return batch

    def _restore(self, assignment: Assignment) -> Batch | None:
        """Restore in the committer's thread, and stay a member meanwhile, whatever the state's size.

        A batch of another assignment ends it. It must not be lost: it is what the log gives us next.
        """
        self._member.pause(assignment.partitions)
        given_up = Event()
        restoring = self._committer.submit(self._restored, assignment, given_up)
        try:
            while not wait([restoring], RESTORING_S).done:
                batch = self._member.poll(self._pace.poll_timeout_s, self._stride.records)
                if batch.assignment != assignment:
                    return batch
            self._tables = restoring.result()
        finally:
            given_up.set()
        return None

    def _restored(self, assignment: Assignment, given_up: Event) -> dict[int, Table]:
        changelog = self._stage.changelog
        owned = sorted({partition.number for partition in assignment.partitions}) if changelog else []
        tables = {
            number: Table.restore(self._log, Partition(str(changelog), number), given_up) for number in owned
        }
        if not given_up.is_set():
            self._stage.assigned(tables)
        return tables

    def _reading(self, batch: Batch) -> Reading | None:
        now_ms = self._clock_ms()  # before the ends are asked for: what is appended later is later than this
        for record in batch.records:
            stamped_ms = min(record.timestamp_ms, now_ms)  # a clock that runs ahead moves no deadline
            self._until_ms[record.partition] = max(
                self._until_ms.get(record.partition, stamped_ms), stamped_ms
            )
        if time.monotonic() - self._read_at_s < self._pace.reading_interval_s:
            return None
        lags = self._member.lags()
        for partition, lag in lags.items():
            if lag == 0:
                self._until_ms[partition] = max(self._until_ms.get(partition, now_ms), now_ms)
        self._read_at_s = time.monotonic()
        return Reading(until_ms=dict(self._until_ms), lags=lags)

    def _offsets(self, assignment: Assignment) -> dict[Partition, int]:
        """Where every owned partition stands after this batch; sent each time, so that a zombie is fenced."""
        positions = self._member.positions()
        return {owned: positions[owned] for owned in assignment.partitions if owned in positions}

    def _apply_pauses(self, assignment: Assignment, paused: frozenset[str]) -> None:
        wanted = frozenset(owned for owned in assignment.partitions if owned.topic in paused)
        if wanted - self._paused:
            self._member.pause(wanted - self._paused)
        if self._paused - wanted:
            self._member.resume(self._paused - wanted)
        self._paused = wanted


def group_of(stage: Stage) -> str:
    """The consumer group of a stage."""
    return f"screener.{stage.name}"
