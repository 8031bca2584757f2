"""Reading without a group: a stretch of one partition, or whole topics as they grow."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from screener import config
from screener.errors import Unavailable
from screener.stream.kafka import clients, values
from screener.stream.kafka.errors import translated
from screener.stream.port import MAX_MESSAGE_BYTES, Closing, Partition, Record

IDLE_CONSUMERS = 2
POLL_MS = 500
POLL_RECORDS = 2000
FEW_RECORDS = 16
"""Of so few records one expects no more than a batch: the thousands behind them are not to be fetched."""
OPEN_TRANSACTION_LIMIT_S = 120.0
"""Longer than any transaction may stay open, ours and a broker's default for others."""


class Reader:
    """Reads stretches of partitions; keeps a few consumers of a kind, each used by one thread at a time."""

    def __init__(self, settings: config.KafkaLog) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._idle: dict[int, list[clients.LoneConsumer]] = {}
        self._closed = False

    def read(self, partition: Partition, start: int, stop: int) -> Iterator[Record]:
        """Committed records with start <= offset < stop; `stop` is at most the end of the partition.

        Ends by position, not by record: markers, aborted and compacted records leave gaps.
        """
        if start >= stop:
            return
        place = values.theirs(partition)
        fetch_bytes = clients.BATCH_BYTES if stop - start <= FEW_RECORDS else MAX_MESSAGE_BYTES
        with self._borrowed(fetch_bytes) as consumer:
            consumer.assign([place])
            consumer.seek(place, start)
            progress = _Progress(partition, start, stop)
            while progress.position < stop:
                with translated(f"reading {partition}"):
                    most = min(POLL_RECORDS, stop - progress.position)
                    polled = consumer.poll(POLL_MS, most).get(place, ())
                    position = consumer.position(place, timeout_ms=POLL_MS)
                for one in polled:
                    if one.offset >= stop:
                        return
                    yield values.record(one)
                progress.reached(position)

    def close(self) -> None:
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, {}
        for consumer in (one for several in idle.values() for one in several):
            consumer.close(autocommit=False)

    @contextmanager
    def _borrowed(self, fetch_bytes: int) -> Iterator[clients.LoneConsumer]:
        """A consumer that fetches so much at a time."""
        with self._lock:
            idle = self._idle.setdefault(fetch_bytes, [])
            consumer = idle.pop() if idle else None
        if consumer is None:
            consumer = clients.lone_consumer(self._settings, fetch_bytes)
        try:
            yield consumer
        finally:
            self._give_back(consumer, fetch_bytes)

    def _give_back(self, consumer: clients.LoneConsumer, fetch_bytes: int) -> None:
        with self._lock:
            idle = self._idle.setdefault(fetch_bytes, [])
            kept = not self._closed and len(idle) < IDLE_CONSUMERS and not consumer.stale
            if kept:
                idle.append(consumer)
        if not kept:
            consumer.close(autocommit=False)


class _Progress:
    """Where a reading stands, and since when it has stood there."""

    def __init__(self, partition: Partition, start: int, stop: int) -> None:
        self.position = start
        self._where = f"{partition}, {start} to {stop}"
        self._since_s = time.monotonic()

    def reached(self, position: int | None) -> None:
        if position is not None and position != self.position:
            self.position, self._since_s = position, time.monotonic()
        elif time.monotonic() - self._since_s > OPEN_TRANSACTION_LIMIT_S:
            raise Unavailable(
                f"Kafka, reading {self._where}: at {self.position} for {OPEN_TRANSACTION_LIMIT_S:.0f} s; "
                "an open transaction blocks it, or the broker does not answer"
            )


class KafkaFollower(Closing):
    """Reads all partitions of some topics, from their start or from what comes after now."""

    def __init__(
        self, settings: config.KafkaLog, partitions: Sequence[Partition], *, from_start: bool
    ) -> None:
        places = [values.theirs(partition) for partition in partitions]
        self._consumer = clients.lone_consumer(settings)
        try:
            with translated("following"):
                self._consumer.assign(places)
                self._seek(places, from_start=from_start)
        except BaseException:
            self.close()
            raise

    def poll(self, timeout_s: float, max_records: int = 500) -> tuple[Record, ...]:
        with translated("following"):
            return values.records(self._consumer.poll(timeout_s * 1000, max_records))

    def close(self) -> None:
        self._consumer.close(autocommit=False)

    def _seek(self, places: Sequence[object], *, from_start: bool) -> None:
        find = self._consumer.beginning_offsets if from_start else self._consumer.end_offsets
        for place, offset in find(places).items():
            self._consumer.seek(place, offset)
