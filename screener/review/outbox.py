"""The outbox: what people did is told in the transaction that did it, and sent once it stands.

Every message that stands is sent at least once, with the same `ce_id` each time and in order for one key;
one that was withdrawn never is. A message is *taken* before it is sent: from then on it may be in the log,
and nobody can take it back.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    exists,
    func,
    insert,
    select,
    update,
)

from screener.errors import BadInput, Fenced, Unavailable
from screener.review import database
from screener.review.alone import alone
from screener.review.schema import outbox
from screener.review.service import Clock
from screener.stream.port import Headers, Log, Message, Publisher

SLOT: Final = "_review.outbox"
"""The log's slot: opening it ends what a predecessor left under way. No hub's name begins with `_`."""

BATCH: Final = 200
LOOK_S: Final = 0.25
AGAIN_S: Final = 2.0
"""Until the next try after the log or the database did not answer."""

logger = structlog.get_logger(__name__)

Told = tuple[int, Message]
"""A message and the row that it lies in."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has not been sent yet, how long the oldest of it has stood, and what the log will never take."""

    count: int
    oldest: timedelta
    refused: int


def put(connection: Connection, action_id: int | None, message: Message, not_before: datetime) -> int:
    """Keep `message` to be sent at `not_before` or later unless it is withdrawn; the row it lies in."""
    row = _row(action_id, message, not_before)
    return int(connection.execute(insert(outbox).values(row).returning(outbox.c.id)).scalar_one())


def put_all(connection: Connection, messages: Sequence[Message], not_before: datetime) -> None:
    """Keep many messages that are no action's, in order; one without a value removes what has its key."""
    if messages:
        connection.execute(insert(outbox), [_row(None, one, not_before) for one in messages])


def _row(action_id: int | None, message: Message, not_before: datetime) -> dict[str, Any]:
    if message.key is None:
        raise ValueError(f"a message to {message.topic} needs a key")
    return {
        "action": action_id,
        "topic": message.topic,
        "key": message.key,
        "value": message.value,
        "headers": msgspec.msgpack.encode(message.headers),
        "not_before": not_before,
    }


def withdraw(connection: Connection, action_id: int) -> bool:
    """Take back all messages of an action, or none: False where one of them may have been sent already."""
    of_it = outbox.c.action == action_id
    taken = connection.scalars(select(outbox.c.taken_at).where(of_it).with_for_update()).all()
    if any(at is not None for at in taken):
        return False
    connection.execute(update(outbox).where(of_it).values(withdrawn=True))
    return True


def waiting(connection: Connection, now: datetime) -> Waiting:
    """How the outbox stands."""
    count, oldest = connection.execute(
        select(func.count(), func.min(outbox.c.not_before)).where(_open(outbox.c))
    ).one()
    refused = connection.scalar(select(func.count()).where(outbox.c.refused.is_not(None))) or 0
    return Waiting(count, timedelta() if oldest is None else max(timedelta(), now - oldest), refused)


class Outbox:
    """Sends what stands in the outbox of `engine` to `log`."""

    def __init__(self, engine: Engine, log: Log, clock: Clock) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set, waiting where the log or the database is away; raises `BadConfig`.

        Another process that sends for this database is waited for: two would mix up the order.
        """
        while not stop.is_set():
            try:
                with alone(self._engine, "outbox") as ours:
                    if ours:
                        self._send_until(stop)
            except (Unavailable, Fenced) as error:
                logger.warning("outcomes not sent", detail=str(error), retry_in_s=AGAIN_S)
            stop.wait(AGAIN_S)

    def send(self, publisher: Publisher) -> int:
        """Send the oldest of what stands now, in order; how many. Raises `Unavailable`, `Fenced`."""
        told = self._take()
        if told:
            self._publish(publisher, told)
        return len(told)

    def _send_until(self, stop: threading.Event) -> None:
        with self._log.publisher(SLOT) as publisher:
            while not stop.is_set():
                if not self.send(publisher):
                    stop.wait(LOOK_S)

    def _take(self) -> list[Told]:
        now = self._clock()
        with database.reading(self._engine) as connection:
            if connection.execute(_standing(now).limit(1)).first() is None:
                return []
        with database.writing(self._engine) as connection:
            rows = connection.execute(_standing(now).limit(BATCH).with_for_update(of=outbox)).all()
            fresh = [row.id for row in rows if row.taken_at is None]
            connection.execute(update(outbox).where(outbox.c.id.in_(fresh)).values(taken_at=now))
        return [(row.id, _message(row)) for row in rows]

    def _publish(self, publisher: Publisher, told: Sequence[Told]) -> None:
        """All in one transaction; where the log refuses one of them, each in its own."""
        try:
            publisher.publish([message for _, message in told])
        except BadInput as error:
            if len(told) == 1:
                self._refuse(told[0][0], error)
                return
            for one in told:
                self._publish(publisher, [one])
        else:
            self._settle([number for number, _ in told])

    def _settle(self, numbers: Sequence[int]) -> None:
        with database.writing(self._engine) as connection:
            connection.execute(update(outbox).where(outbox.c.id.in_(numbers)).values(sent_at=self._clock()))

    def _refuse(self, number: int, error: BadInput) -> None:
        logger.error("an outcome is refused by the log", outbox=number, why=str(error))
        with database.writing(self._engine) as connection:
            connection.execute(update(outbox).where(outbox.c.id == number).values(refused=str(error)))


def _open(one: Any) -> ColumnElement[bool]:
    """The condition on the columns of the outbox for what is to be sent, now or later."""
    return and_(one.sent_at.is_(None), one.withdrawn.is_(False), one.refused.is_(None))


def _standing(now: datetime) -> Select[Any]:
    """What is to be sent now, oldest first: nothing that stands before something of its key that does not."""
    earlier = outbox.alias()
    held_up = exists().where(
        earlier.c.topic == outbox.c.topic,
        earlier.c.key == outbox.c.key,
        earlier.c.id < outbox.c.id,
        earlier.c.not_before > now,
        _open(earlier.c),
    )
    standing = and_(_open(outbox.c), outbox.c.not_before <= now, ~held_up)
    return select(outbox).where(standing).order_by(outbox.c.id)


def _message(row: Row[Any]) -> Message:
    return Message(row.topic, row.key, row.value, msgspec.msgpack.decode(row.headers, type=Headers))
