"""The log port: what every stage may ask of a log, whichever implementation lies below.

A log has topics; a topic has partitions; a partition is a sequence of records with offsets that only
grow (with gaps: transaction markers and compaction take offsets too). Order is promised inside a
partition and nowhere else. Readers see committed records only.

Two implementations exist, `screener.stream.kafka` and `screener.stream.sqlite`; `tests/contract/`
holds the one suite that both pass. Every call may raise `Unavailable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

Headers = tuple[tuple[str, bytes], ...]

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""Hard cap of one message of a hub; what is larger travels as a reference."""

LARGEST_MESSAGE_BYTES = MAX_MESSAGE_BYTES + 64 * 1024
"""Hard cap on every client: a dead letter carries the largest message of a hub whole, sealed."""


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One partition of one topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.number}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message to be published.

    Without `partition` the log takes murmur2(key) modulo the number of partitions, as Kafka's default
    partitioner does (round robin or any, where there is no key). A `value` of None is a tombstone.
    Without `timestamp_ms` the log takes now; topics on log append time always take now.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A committed message as it lies in the log; `timestamp_ms` is its log time (epoch, milliseconds)."""

    partition: Partition
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    def header(self, name: str) -> bytes | None:
        """The last header of this name, or None."""
        return next((value for key, value in reversed(self.headers) if key == name), None)


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic must be: growing a topic under state is refused, so `partitions` is exact."""

    name: str
    partitions: int
    retention_ms: int | None = None
    compacted: bool = False
    log_append_time: bool = True
    max_message_bytes: int = MAX_MESSAGE_BYTES


@dataclass(frozen=True, slots=True)
class Subscription:
    """Topics by name, or by a pattern that the whole topic name must match; exactly one of the two."""

    topics: tuple[str, ...] = ()
    pattern: str | None = None

    def matches(self, topic: str) -> bool:
        if self.pattern is not None:
            return re.fullmatch(self.pattern, topic) is not None
        return topic in self.topics


@dataclass(frozen=True, slots=True)
class Assignment:
    """The partitions that a member owns in one generation of its group.

    `token` is the log's own proof of membership (Kafka: the consumer group metadata); two assignments
    are the same if they are equal, and work done under one can be committed under it alone.
    """

    generation: int
    partitions: frozenset[Partition]
    token: object = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records polled under one assignment, in offset order within each partition."""

    assignment: Assignment
    records: tuple[Record, ...]


class Closing(Protocol):
    """What is closed at the end of its `with`; implementations inherit the two methods."""

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Publisher(Closing, Protocol):
    """Publishes for hubs and tools, never for stages: at least once, or all or nothing in a slot."""

    def publish(self, messages: Sequence[Message]) -> list[tuple[Partition, int]]:
        """Publish all, wait until all are durable, and return each one's partition and offset.

        In a slot the messages of one call are committed together or not at all. `BadInput` then says that
        nothing was; after `Unavailable` nobody knows, and the publisher is unusable: what came in can be
        read once the slot has been opened anew.
        """
        ...


class Member(Closing, Protocol):
    """One worker's membership in a consumer group, with the right to commit what it did.

    `poll`, `lags`, `pause`, `resume` and `close` belong to one thread; `commit` may run in another,
    one commit at a time, while the first thread polls on.
    """

    def poll(self, timeout_s: float, max_records: int) -> Batch:
        """Wait up to `timeout_s` for records and return them with the assignment they belong to.

        The first batch of a new assignment may carry records; reading starts at the committed offset
        of each partition (its first record where none is committed), after waiting for a predecessor's
        open transaction. A batch never mixes two assignments. No partition is starved by another.
        """
        ...

    def commit(
        self, assignment: Assignment, messages: Sequence[Message], offsets: Mapping[Partition, int]
    ) -> None:
        """Publish `messages` and commit `offsets` (next to be read) in one transaction: all or nothing.

        Returns only when the transaction is known to be committed. Raises `Fenced` if `assignment` is
        no longer the current one, if another member holds this slot, or if the log put us out; then
        nothing was committed. Raises `Unavailable` if the outcome is unknown or the log does not
        answer; the member is then unusable, and closing it is all that is left. A commit that hangs
        ends the process (`watchdog`): the transaction then times out and is aborted.
        """
        ...

    def positions(self) -> Mapping[Partition, int]:
        """The next offset to be polled, for every partition of the current assignment that has one."""
        ...

    def lags(self) -> Mapping[Partition, int]:
        """For every owned partition, how many offsets lie between our position and its end, asked anew.

        The end counts records of open transactions too: 0 says that everything appended before this
        call has been returned by `poll`.
        """
        ...

    def pause(self, partitions: frozenset[Partition]) -> None:
        """Poll nothing from these until `resume`, and stay a member for them."""
        ...

    def resume(self, partitions: frozenset[Partition]) -> None: ...
    def close(self) -> None:
        """Leave the group at once, committing nothing."""
        ...


class Follower(Closing, Protocol):
    """Reads whole topics without a group: for lists, `screener watch`, verifiers."""

    def poll(self, timeout_s: float, max_records: int = 500) -> tuple[Record, ...]: ...


class Log(Closing, Protocol):
    """A durable, partitioned log."""

    def topics(self) -> Mapping[str, int]:
        """The number of partitions of every topic, asked anew."""
        ...

    def create(self, specs: Sequence[TopicSpec]) -> None:
        """Create what is missing. Raises `BadConfig` if a topic exists with other partitions."""
        ...

    def describe(self, topic: str) -> TopicSpec | None:
        """What the topic is, or None where there is none."""
        ...

    def publisher(self, slot: str | None = None) -> Publisher:
        """Publish with or without a `slot`, which is stable and held by one process at a time.

        When a slot has been opened, nothing of those who held it before (a killed process, a connection
        that was cut) is still under way: it lies in the log, or it never will.
        """
        ...

    def join(self, group: str, subscription: Subscription, slot: str) -> Member:
        """Become a member of `group`. `slot` is stable and unique for each worker that runs at a time.

        All inputs of a group are shared out by range, so that partition i of its topics go together.
        Topics that appear later and match the subscription are taken up within seconds.
        """
        ...

    def follow(self, topics: Sequence[str], *, from_start: bool) -> Follower: ...

    def start(self, partition: Partition) -> int:
        """The offset of the first record that is still there."""
        ...

    def end(self, partition: Partition) -> int:
        """The offset after the last record, open transactions counted (the high watermark)."""
        ...

    def read(self, partition: Partition, start: int, stop: int) -> Iterator[Record]:
        """All committed records with start <= offset < stop, after open transactions below `stop` end."""
        ...

    def committed(self, group: str) -> Mapping[Partition, int]:
        """The offsets that a group has committed."""
        ...
