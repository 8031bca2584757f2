"""Signed heads of the record, published where whoever owns the database cannot take them back.

A head names the last row and its hash, and so vouches for every row before it. It is signed each minute in
which something was recorded, and goes out through the outbox.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import structlog
from sqlalchemy import Connection, Engine, insert, select

from screener.config import ReviewSettings
from screener.contracts import cloudevents, topics
from screener.contracts.cloudevents import Event
from screener.contracts.reading import decode_internal, encode
from screener.contracts.wire import Checkpoint
from screener.errors import Halt, Unavailable
from screener.review import audit, database, outbox
from screener.review.alone import alone
from screener.review.schema import audit as rows
from screener.review.schema import checkpoint
from screener.review.service import Clock
from screener.review.signature import SigningKey
from screener.stream.port import Log, Message, Partition, Record

SOURCE: Final = "screener/review"

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """The heads that lie in the topic, and what is wrong with it: `faults` tell a person."""

    heads: tuple[Checkpoint, ...] = ()
    faults: tuple[str, ...] = ()


def sign(connection: Connection, now: datetime, key: SigningKey, agency: str) -> Checkpoint | None:
    """Vouch for all rows up to the last one and put that into the outbox; None where nothing is new.

    Raises `Halt` where the row of the last head is not there as it was: nobody vouches for what followed.
    """
    newest = connection.execute(select(rows.c.n, rows.c.hash).order_by(rows.c.n.desc()).limit(1)).first()
    last = connection.execute(select(checkpoint).order_by(checkpoint.c.n.desc()).limit(1)).first()
    if last is not None:
        _expect_row(connection, last.n, last.hash)
    if newest is None or (last is not None and newest.n == last.n):
        return None
    head = signed(key, agency, newest.n, audit.whole_ms(now), newest.hash)
    columns = {name: getattr(head, name) for name in ("n", "at", "hash", "key_id", "signature")}
    connection.execute(insert(checkpoint).values(columns))
    outbox.put(connection, None, message(head), now)
    return head


def signed(key: SigningKey, agency: str, n: int, at: datetime, row_hash: str) -> Checkpoint:
    """The head of a record of `n` rows."""
    head = Checkpoint(agency=agency, n=n, at=at, hash=row_hash, key_id=key.public.id, signature=b"")
    return msgspec.structs.replace(head, signature=key.sign(text(head)))


def text(head: Checkpoint) -> bytes:
    """What of a head is signed."""
    at_ms = round(head.at.timestamp() * 1000)
    return f"screener.review.checkpoint.v1 {head.agency} {head.n} {at_ms} {head.hash}".encode()


def message(head: Checkpoint) -> Message:
    """The head as it is published."""
    event = Event(
        id=f"{head.key_id}.{head.n}",
        source=SOURCE,
        type=cloudevents.CHECKPOINT,
        time=head.at,
        content_type=cloudevents.JSON,
    )
    return Message(topics.CHECKPOINTS, head.agency.encode(), encode(head), cloudevents.to_headers(event))


def kept(connection: Connection, agency: str) -> tuple[Checkpoint, ...]:
    """The heads that the database itself has."""
    found = connection.execute(select(checkpoint).order_by(checkpoint.c.n))
    return tuple(
        Checkpoint(
            agency=agency, n=row.n, at=row.at, hash=row.hash, key_id=row.key_id, signature=row.signature
        )
        for row in found
    )


def published(log: Log, agency: str) -> Published:
    """All heads of this agency's record in the topic. Raises `Unavailable`."""
    heads: list[Checkpoint] = []
    faults: list[str] = []
    for number in range(log.topics().get(topics.CHECKPOINTS, 0)):
        partition = Partition(topics.CHECKPOINTS, number)
        start, end = log.start(partition), log.end(partition)
        if start > 0:
            faults.append(f"{partition} begins at offset {start}: heads before it were deleted")
        for record in log.read(partition, start, end):
            head = head_of(record)
            if head is None:
                faults.append(f"{partition} offset {record.offset}: expected a head, got something else")
            elif head.agency == agency:
                heads.append(head)
    return Published(tuple(heads), tuple(faults))


def run(
    engine: Engine, key: SigningKey, clock: Clock, settings: ReviewSettings, stop: threading.Event
) -> None:
    """Sign at once, every `settings.checkpoint_every_s`, and once more when `stop` is set. Raises `Halt`.

    Of several processes on one database one signs at a time.
    """
    while True:
        last = stop.is_set()
        try:
            with alone(engine, "checkpoints") as ours:
                if ours:
                    with database.writing(engine) as connection:
                        sign(connection, clock(), key, settings.agency)
        except Unavailable as error:
            logger.warning("the head of the record is not signed", detail=str(error))
        if last:
            return
        stop.wait(settings.checkpoint_every_s)


def _expect_row(connection: Connection, n: int, row_hash: str) -> None:
    if connection.scalar(select(rows.c.hash).where(rows.c.n == n)) != row_hash:
        raise Halt(
            f"audit: expected row {n} as it was when its head was signed, got another or none; somebody"
            " changed the record: `screener audit verify`"
        )


def head_of(record: Record) -> Checkpoint | None:
    """The head that a record tells; None for one that tells none."""
    try:
        return decode_internal(record.value or b"", Checkpoint)
    except msgspec.DecodeError:
        return None
