"""Publishing, with and without a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, UnknownError

from screener import config
from screener.stream.kafka import clients, values
from screener.stream.kafka.errors import REFUSED, translated
from screener.stream.port import Closing, Message, Partition

IN_FLIGHT_BYTES = 32 * 1024 * 1024
"""kafka-python's producer bounds no memory, so what is in flight has to be."""

FLUSH_MARGIN_S = 2.0
CLOSE_TIMEOUT_S = 2.0


class KafkaPublisher(Closing):
    """Publishes outside of transactions; retries of one call leave no duplicates."""

    def __init__(self, settings: config.KafkaLog) -> None:
        self._timeout_s = settings.delivery_timeout_s + FLUSH_MARGIN_S
        self._producer = clients.producer(settings)

    def publish(self, messages: Sequence[Message]) -> list[tuple[Partition, int]]:
        for message in messages:
            values.check_size(message)
        published = []
        for portion in _portions(messages):
            with translated("publishing"):
                published += deliver(self._producer, portion, self._timeout_s)
        return published

    def close(self) -> None:
        close(self._producer)


def deliver(
    producer: KafkaProducer, messages: Sequence[Message], timeout_s: float
) -> list[tuple[Partition, int]]:
    """Send all and wait for each: in a transaction a lost record fails its own future and nothing else.

    `flush` alone does not do: the futures of a batch that was split for its size are still open after it,
    and since 3.0.12 it says so by an error of its own.
    """
    futures = [_send(producer, message) for message in messages]
    with suppress(UnknownError):
        producer.flush(timeout_s)
    outcomes = [_outcome(future, timeout_s) for future in futures]
    _raise_cause([one for one in outcomes if isinstance(one, KafkaError)])
    return [(Partition(one.topic, one.partition), one.offset) for one in outcomes]


def close(producer: KafkaProducer) -> None:
    """Close within seconds, whatever is still in flight."""
    try:
        producer.close(timeout=CLOSE_TIMEOUT_S)
    except (KafkaTimeoutError, UnknownError):
        producer._sender.force_close()  # close() gives up before this where something is still in flight
        producer._unregister_cleanup()
        producer._closed = True


def _outcome(future: Any, timeout_s: float) -> Any:
    """Where a record lies, or why it does not."""
    try:
        return future.get(timeout_s)
    except KafkaError as error:
        return error


def _raise_cause(failures: Sequence[KafkaError]) -> None:
    """A record that is refused lets others beside it fail for being out of order: it is the news."""
    if failures:
        raise next((error for error in failures if type(error) in REFUSED), failures[0])


def _send(producer: KafkaProducer, message: Message) -> Any:
    try:
        return producer.send(
            message.topic,
            key=message.key,
            value=message.value,
            headers=list(message.headers),
            partition=message.partition,
            timestamp_ms=message.timestamp_ms,
        )
    except KafkaTimeoutError as error:
        raise KafkaTimeoutError(f"topic {message.topic}: unknown, or no broker answers: {error}") from error


def _portions(messages: Sequence[Message]) -> Iterator[list[Message]]:
    portion: list[Message] = []
    in_flight = 0
    for message in messages:
        size = values.size_bytes(message)
        if portion and in_flight + size > IN_FLIGHT_BYTES:
            yield portion
            portion, in_flight = [], 0
        portion.append(message)
        in_flight += size
    if portion:
        yield portion
