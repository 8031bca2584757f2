"""Messages that could not be read: what they are, and taking them again once the fault is mended.

A flagged parcel among them is one that nobody looks at, so somebody has to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select

from screener.contracts import topics
from screener.review import database
from screener.review.intake import Also, Taking, take_one
from screener.review.ledger import follow as ledger
from screener.review.networks import follow as networks
from screener.review.schema import refused
from screener.review.service import Service
from screener.stream.port import Log, Partition, Record

MOST: Final = 10_000
"""Of one look."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A place in the log, and why what lies there could not be read."""

    partition: Partition
    offset: int
    why: str
    at: datetime


def listed(connection: Connection) -> tuple[Refusal, ...]:
    """All that was refused, the oldest first."""
    query = select(refused).order_by(refused.c.at, refused.c.topic, refused.c.partition, refused.c.offset)
    rows = connection.execute(query.limit(MOST))
    return tuple(Refusal(Partition(row.topic, row.partition), row.offset, row.why, row.at) for row in rows)


def again(service: Service, log: Log, one: Refusal, also: Also) -> bool:
    """Take it as if it came now; whether that went well. What the log no longer has stays refused.

    Raises `Unavailable`, `BadConfig`.
    """
    record = next(iter(log.read(one.partition, one.offset, one.offset + 1)), None)
    if record is None or record.offset != one.offset:
        return False
    place = (refused.c.topic == one.partition.topic, refused.c.partition == one.partition.number)
    its = (*place, refused.c.offset == one.offset)
    with database.writing(service.engine) as connection:
        connection.execute(delete(refused).where(*its))
        _take(connection, service, record, also)
        return connection.scalar(select(refused.c.offset).where(*its)) is None


def _take(connection: Connection, service: Service, record: Record, also: Also) -> None:
    settings, clock = service.settings, service.clock
    match record.partition.topic:
        case topics.FLAGGED:
            take_one(connection, Taking(settings, clock, also), record)
        case topics.DECISIONS | topics.OUTCOMES:
            ledger.take(connection, [record], ledger.held(connection, settings.time_zone), clock)
        case topics.TIES:
            networks.take_some(connection, [record], service.policy().file.networks, clock)
