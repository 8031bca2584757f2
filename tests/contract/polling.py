"""Polling until something is there, with a deadline that only a broken log reaches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from screener.stream.port import Assignment, Batch, Follower, Log, Member, Message, Partition, Record

DEADLINE_S = 60.0


def rounds(what: str) -> Iterator[None]:
    """Go on until the caller breaks off; fail with `what` after the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        yield
    raise AssertionError(f"not within {DEADLINE_S:.0f} s: {what}")


def until(condition: Callable[[], bool], what: str) -> None:
    for _ in rounds(what):
        if condition():
            return
        time.sleep(0.02)


def take(member: Member, count: int) -> tuple[Assignment, list[Record]]:
    """The next `count` records of one assignment; what came under an older one is dropped."""
    assignment: Assignment | None = None
    records: list[Record] = []
    for _ in rounds(f"{count} records, got {len(records)}"):
        batch = member.poll(0.2, count - len(records))
        if batch.assignment != assignment:
            assignment, records = batch.assignment, []
        records += batch.records
        if len(records) == count:
            return batch.assignment, records
    raise AssertionError


def settled(members: Sequence[Member], partitions: int) -> list[Batch]:
    """Poll all in turn until together they own `partitions`, each once; their last batches."""
    for _ in rounds(f"{partitions} partitions shared by {len(members)} members"):
        batches = [member.poll(0.1, 1) for member in members]
        owned = [partition for batch in batches for partition in batch.assignment.partitions]
        shares = [len(batch.assignment.partitions) for batch in batches]
        generations = {batch.assignment.generation for batch in batches}
        if len(owned) == len(set(owned)) == partitions and all(shares) and len(generations) == 1:
            return batches
    raise AssertionError


def follow(follower: Follower, count: int) -> list[Record]:
    records: list[Record] = []
    for _ in rounds(f"{count} records followed"):
        records += follower.poll(0.2)
        if len(records) >= count:
            return records
    raise AssertionError


def everything(log: Log, topic: str) -> list[Record]:
    """All committed records of a topic, partition after partition."""
    partitions = [Partition(topic, number) for number in range(log.topics()[topic])]
    return [
        record
        for partition in partitions
        for record in log.read(partition, log.start(partition), log.end(partition))
    ]


def numbered(topic: str, count: int, partition: int | None = None) -> list[Message]:
    """Messages whose values are 0 to `count` - 1, each with a key of its own."""
    return [
        Message(topic, key=b"key-%d" % number, value=b"%d" % number, partition=partition)
        for number in range(count)
    ]


def values(records: Sequence[Record]) -> list[int]:
    return [int(record.value or b"") for record in records]


def after(records: Sequence[Record]) -> dict[Partition, int]:
    """The offsets to commit once `records` are done."""
    return {record.partition: record.offset + 1 for record in records}


def copied(records: Sequence[Record], topic: str) -> list[Message]:
    return [Message(topic, record.key, record.value) for record in records]
