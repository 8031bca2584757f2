"""Membership in a consumer group, with the right to commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kafka import TopicPartition
from kafka.coordinator.base import MemberState
from kafka.errors import KafkaTimeoutError

from screener import config
from screener.errors import Fenced, ScreenerError, Unavailable
from screener.stream.kafka import clients, values
from screener.stream.kafka.assigned import NOTHING, Assigned
from screener.stream.kafka.errors import translated
from screener.stream.kafka.transactions import Transactions
from screener.stream.port import Assignment, Batch, Closing, Message, Partition, Subscription
from screener.stream.watchdog import Watchdog

Ends = Callable[[frozenset[Partition]], Mapping[Partition, int]]
"""The offsets after the last record of partitions, open transactions counted."""

POSITION_TIMEOUT_S = 5.0
SEEK_TIMEOUT_MS = 100.0
"""What asking for offsets may take even where a poll has no time left, so that polls get on."""


class KafkaMember(Closing):
    """One worker's membership.

    kafka-python keeps the position of a partition that stays with a member through a rebalance, so work
    dropped with the old assignment would be lost. Every new assignment is therefore read from its
    committed offsets: its partitions stay paused until all of them have been sought.
    """

    def __init__(
        self,
        settings: config.KafkaLog,
        group: str,
        subscription: Subscription,
        slot: str,
        *,
        ends: Ends,
        expel: Callable[[str], None],
        watchdog: Watchdog,
    ) -> None:
        self._ends = ends
        self._expel = expel
        self._close_timeout_s = settings.session_timeout_s / 3
        self._assignment = NOTHING
        self._unsought: set[TopicPartition] = set()
        self._paused: frozenset[Partition] = frozenset()
        self._committed: dict[Partition, int] = {}
        self._transactions = Transactions(settings, f"{group}.{slot}", watchdog.guard)
        try:
            self._consumer = clients.group_consumer(settings, group)
        except ScreenerError:
            self._transactions.close()
            raise
        self._assigned = Assigned(self._consumer, patience_s=settings.session_timeout_s / 3)
        pattern = None if subscription.pattern is None else rf"(?:{subscription.pattern})\Z"
        self._consumer.subscribe(topics=subscription.topics, pattern=pattern, listener=self._assigned)

    def poll(self, timeout_s: float, max_records: int) -> Batch:
        if self._transactions.unusable is not None:
            raise self._transactions.unusable
        deadline_s = time.monotonic() + timeout_s
        with translated("polling"):
            while True:
                polled, entered = self._polled(deadline_s, max_records)
                if polled or entered or time.monotonic() >= deadline_s:
                    return Batch(self._assignment, values.records(polled))

    def commit(
        self, assignment: Assignment, messages: Sequence[Message], offsets: Mapping[Partition, int]
    ) -> None:
        if foreign := offsets.keys() - assignment.partitions:
            raise ValueError(f"offsets of {sorted(map(str, foreign))}: not in the assignment")
        self._assigned.idle.clear()
        try:
            current = self._assigned.current
            if assignment != current or assignment == NOTHING:
                raise Fenced(f"work of generation {assignment.generation}, now {current.generation}")
            offsets = offsets or self._some_offset()
            self._transactions.commit(messages, offsets, assignment.token)
            self._committed.update(offsets)
        finally:
            self._assigned.idle.set()

    def positions(self) -> Mapping[Partition, int]:
        if self._unsought:
            return {}
        with translated("asking for positions"):
            found = {
                partition: self._consumer.position(values.theirs(partition), timeout_ms=0)
                for partition in self._assignment.partitions
            }
        return {partition: position for partition, position in found.items() if position is not None}

    def lags(self) -> Mapping[Partition, int]:
        if not self._assignment.partitions:
            return {}
        if self._unsought:
            with translated("asking for committed offsets"):
                self._seek(time.monotonic() + POSITION_TIMEOUT_S)
        positions = self.positions()
        if unknown := self._assignment.partitions - positions.keys():
            raise Unavailable(f"no position within {POSITION_TIMEOUT_S} s: {sorted(map(str, unknown))}")
        ends = self._ends(self._assignment.partitions)
        return {partition: max(0, ends[partition] - position) for partition, position in positions.items()}

    def pause(self, partitions: frozenset[Partition]) -> None:
        owned = partitions & self._assignment.partitions
        self._paused |= owned
        self._consumer.pause(*map(values.theirs, owned))

    def resume(self, partitions: frozenset[Partition]) -> None:
        self._paused -= partitions
        if not self._unsought:
            self._consumer.resume(*map(values.theirs, partitions & self._assignment.partitions))

    def close(self) -> None:
        try:
            with translated("leaving the group"):
                self._leave_a_join()
                self._consumer.close(autocommit=False, timeout_ms=self._close_timeout_s * 1000)
        finally:
            self._transactions.close()

    def _leave_a_join(self) -> None:
        """Be put out where a join is under way: until it ends, the broker reads nothing from us."""
        membership = self._consumer.group_metadata()
        if membership.state is MemberState.REBALANCING and membership.member_id:
            self._expel(membership.member_id)

    def _polled(
        self, deadline_s: float, max_records: int
    ) -> tuple[Mapping[TopicPartition, Sequence[Any]], bool]:
        """What one poll brought, and whether a new assignment is now ready to be read."""
        seeking = bool(self._unsought)
        wait_ms = _left_ms(deadline_s)
        polled = self._consumer.poll(min(wait_ms, SEEK_TIMEOUT_MS) if seeking else wait_ms, max_records)
        # Assignments change inside of consumer.poll alone, and before it fetches.
        if self._assigned.current is not self._assignment:
            self._begin(self._assigned.current)
            polled, seeking = {}, bool(self._unsought)
        if seeking:
            self._seek(deadline_s)
        if not self._assignment.partitions:
            polled = {}
        return polled, seeking and not self._unsought

    def _begin(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._paused = frozenset()
        self._committed = {}
        self._unsought = set(map(values.theirs, assignment.partitions))
        self._consumer.pause(*self._unsought)

    def _seek(self, deadline_s: float) -> None:
        """Seek what has not been sought, as far as time allows; then let the fetching begin.

        A committed offset is given only after the transactions that are about to change it have ended.
        """
        try:
            committed = clients.committed(self._consumer, self._unsought, _seek_ms(deadline_s))
        except KafkaTimeoutError:
            return
        for partition in sorted(self._unsought):
            position = self._sought(partition, committed.get(partition), deadline_s)
            if position is None:
                return
            self._committed[values.ours(partition)] = position
            self._unsought.discard(partition)
        self._consumer.resume(*map(values.theirs, self._assignment.partitions - self._paused))

    def _sought(self, partition: TopicPartition, committed: int | None, deadline_s: float) -> int | None:
        if committed is not None:
            self._consumer.seek(partition, committed)
            return committed
        self._consumer.seek_to_beginning(partition)
        first: int | None = self._consumer.position(partition, timeout_ms=_seek_ms(deadline_s))
        return first

    def _some_offset(self) -> dict[Partition, int]:
        """One offset as it is: the log checks membership where there are offsets to commit, else never."""
        return dict(sorted(self._committed.items())[:1])


def _left_ms(deadline_s: float) -> float:
    return max(0.0, deadline_s - time.monotonic()) * 1000


def _seek_ms(deadline_s: float) -> float:
    return max(SEEK_TIMEOUT_MS, _left_ms(deadline_s))
