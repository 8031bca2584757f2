"""Between the port's values and kafka-python's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from screener.errors import BadInput
from screener.stream.port import LARGEST_MESSAGE_BYTES, Message, Partition, Record

RECORD_OVERHEAD_BYTES = 256
"""More than a batch of one record adds to its key, value and headers, but for 20 bytes a header."""


def theirs(partition: Partition) -> TopicPartition:
    return TopicPartition(partition.topic, partition.number)


def ours(partition: TopicPartition) -> Partition:
    return Partition(partition.topic, partition.partition)


def records(polled: Mapping[TopicPartition, Iterable[Any]]) -> tuple[Record, ...]:
    """What a poll returned, partition after partition."""
    return tuple(record(one) for several in polled.values() for one in several)


def record(consumed: Any) -> Record:
    return Record(
        partition=Partition(consumed.topic, consumed.partition),
        offset=consumed.offset,
        timestamp_ms=consumed.timestamp,
        key=consumed.key,
        value=consumed.value,
        headers=tuple((name, value or b"") for name, value in consumed.headers),
    )


def offsets(next_to_read: Mapping[Partition, int]) -> dict[TopicPartition, OffsetAndMetadata]:
    return {theirs(partition): OffsetAndMetadata(at, "", -1) for partition, at in next_to_read.items()}


def check_size(message: Message) -> None:
    """Refuse a message over the cap before anything is sent: what is larger travels as a reference."""
    size = size_bytes(message)
    if size > LARGEST_MESSAGE_BYTES:
        raise BadInput(
            "message_too_large",
            f"topic {message.topic}: expected up to {LARGEST_MESSAGE_BYTES} bytes, got {size}: "
            "send a reference",
        )


def size_bytes(message: Message) -> int:
    """An upper bound of what the message takes on the wire."""
    headers = sum(len(name.encode()) + len(value) + 20 for name, value in message.headers)
    return RECORD_OVERHEAD_BYTES + len(message.key or b"") + len(message.value or b"") + headers
