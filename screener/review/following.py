"""Following a topic into the database: its position moves in the transaction that keeps what was read.

So a record counts once, whoever is killed when, and however many follow at the same time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, insert, select, text, update

from screener.errors import BadConfig, Unavailable
from screener.review import database
from screener.review.health import Health
from screener.review.schema import intake, refused
from screener.stream.port import Log, Partition, Record

BATCH: Final = 100
BATCH_BYTES: Final = 16 * 1024 * 1024

LOOK_S: Final = 0.5
AGAIN_S: Final = 2.0
"""Until the next try after the log or the database did not answer."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stretch:
    """All records of a partition from `start` to `stop`, which is not read yet."""

    partition: Partition
    start: int
    records: Sequence[Record]
    stop: int


def go_on(name: str, stop: threading.Event, catch_up: Callable[[], int], health: Health) -> None:
    """Catch up until `stop` is set, waiting where nothing came or the log or the database is away."""
    while not stop.is_set():
        try:
            found = catch_up()
        except Unavailable as error:
            logger.warning("following waits", what=name, detail=str(error), retry_in_s=AGAIN_S)
            health.waits(name)
            stop.wait(AGAIN_S)
        else:
            health.works(name)
            stop.wait(0 if found else LOOK_S)


def partitions_of(log: Log, topic: str) -> tuple[Partition, ...]:
    """The partitions of a topic. Raises `BadConfig` where there is none."""
    count = log.topics().get(topic)
    if count is None:
        raise BadConfig(f"topic {topic}: missing; `screener topics create` makes it")
    return tuple(Partition(topic, number) for number in range(count))


def position(connection: Connection, partition: Partition) -> int:
    """The offset that is taken next."""
    return connection.scalar(select(intake.c.next).where(*_of(partition))) or 0


def held_position(connection: Connection, partition: Partition) -> int:
    """The partition's position; nobody else can take of it until this transaction ends."""
    begin = text(
        'INSERT INTO intake (topic, "partition", "next") VALUES (:topic, :number, 0) ON CONFLICT DO NOTHING'
    )
    connection.execute(begin, {"topic": partition.topic, "number": partition.number})
    held = select(intake.c.next).where(*_of(partition)).with_for_update()
    return int(connection.execute(held).scalar_one())


def moved(connection: Connection, partition: Partition, to: int) -> None:
    """Take next what lies at `to`, in the transaction that kept what lies before it."""
    connection.execute(update(intake).where(*_of(partition)).values(next=to))


def refuse(connection: Connection, partition: Partition, offset: int, why: str, at: datetime) -> None:
    """Keep that a message could not be read, for somebody to look at."""
    logger.error("message refused", where=f"{partition}/{offset}", why=why)
    place = {"topic": partition.topic, "partition": partition.number, "offset": offset}
    connection.execute(insert(refused).values(place | {"why": why, "at": at}))


def refuse_gap(connection: Connection, stretch: Stretch, at: int, now: datetime) -> None:
    """Keep what the log had deleted before it was read: `at`, the position, lies before the stretch."""
    if 0 < at < stretch.start:
        gone = f"offsets {at} to {stretch.start - 1} were gone from the log before they were taken in"
        refuse(connection, stretch.partition, at, gone, now)


def ahead(engine: Engine, log: Log, partition: Partition, batch: int = BATCH) -> Iterator[Stretch]:
    """What the log has beyond the partition's position, in stretches of one transaction each.

    Raises `BadConfig` where the position lies beyond the log's end.
    """
    with database.reading(engine) as connection:
        at = position(connection, partition)
    end = log.end(partition)
    if end < at:
        raise BadConfig(
            f"{partition}: ends at {end}, and the database has taken in up to {at}: it was fed from another"
            " log; name that one, or an empty database"
        )
    if end == at:
        return
    start = max(at, log.start(partition))
    yield from _stretches(partition, start, log.read(partition, start, end), end, batch)


def _stretches(
    partition: Partition, start: int, records: Iterable[Record], end: int, batch: int
) -> Iterator[Stretch]:
    """Records in portions; the last one ends with the log, where marks of transactions may lie."""
    portion: list[Record] = []
    size = 0
    for record in records:
        if len(portion) == batch or size > BATCH_BYTES:
            yield Stretch(partition, start, portion, record.offset)
            start, portion, size = record.offset, [], 0
        portion.append(record)
        size += len(record.value or b"")
    yield Stretch(partition, start, portion, end)


def _of(partition: Partition) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return intake.c.topic == partition.topic, intake.c.partition == partition.number
