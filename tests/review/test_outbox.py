"""The outbox: what stands is sent, in order and under one id, whoever dies when; what was undone never is."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert, select

from screener.contracts import cloudevents, topics
from screener.contracts.cloudevents import Event
from screener.review import database, flagging
from screener.review.outbox import SLOT, Outbox, put, waiting, withdraw
from screener.review.schema import action, outbox, parcel, person
from screener.stream.port import Log, Message, Partition, Publisher, Record
from screener.stream.sqlite import Sqlite
from tests.contract.polling import until
from tests.review import dying, flags
from tests.review.flags import NOW, clock, flagged

UNDO = timedelta(seconds=10)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with flags.embedded_log(tmp_path) as opened:
        yield opened


@pytest.fixture
def deeds(engine: Engine) -> Iterator[Deeds]:
    yield Deeds(engine)


class Deeds:
    """Actions of one person on one parcel, each with what it tells."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with database.writing(engine) as connection:
            values = {"name": "li", "shown": "Li", "made_at": NOW}
            made = insert(person).values(values).returning(person.c.id)
            self.who = connection.execute(made).scalar_one()
            row = flagging.columns(flagged(), None, timedelta())
            kept = insert(parcel).values(row | {"hub": "east", "parcel_id": "P-1", "flagged": b"{}"})
            self.parcel = connection.execute(kept.returning(parcel.c.id)).scalar_one()

    def tell(self, *names: str, key: str = "P-1", at: datetime = NOW, value: bytes = b"{}") -> int:
        """One action that tells of messages with these ids; its row."""
        with database.writing(self.engine) as connection:
            number = self._act(connection)
            for name in names:
                put(connection, number, outcome(name, key, value), at)
        return number

    def undo(self, number: int) -> bool:
        with database.writing(self.engine) as connection:
            return withdraw(connection, number)

    def _act(self, connection: Connection) -> int:
        values = {"parcel": self.parcel, "revision": 1, "kind": "note", "details": "{}", "by": self.who}
        row = insert(action).values(values | {"at": NOW, "stands_at": NOW}).returning(action.c.id)
        return int(connection.execute(row).scalar_one())


def outcome(name: str, key: str, value: bytes = b"{}") -> Message:
    event = Event(id=name, source="screener/review", type=cloudevents.INSPECTION, subject=key)
    return Message(topics.OUTCOMES, key.encode(), value, cloudevents.to_headers(event))


def records(log: Log) -> list[Record]:
    """All that is in the log, in the order of its partitions."""
    places = [Partition(topics.OUTCOMES, number) for number in range(2)]
    return [record for place in places for record in log.read(place, 0, log.end(place))]


def sent(log: Log, *, key: str | None = None) -> list[str]:
    """The ids of what is in the log."""
    ours = [one for one in records(log) if key is None or one.key == key.encode()]
    return [(one.header("ce_id") or b"").decode() for one in ours]


def drain(engine: Engine, log: Log, at: datetime = NOW) -> None:
    with log.publisher(SLOT) as publisher:
        while Outbox(engine, log, lambda: at).send(publisher):
            pass


def in_order(names: Sequence[str]) -> bool:
    """Whether what is read first and what is read last of each id comes in the order of the numbers in it."""
    firsts = list(dict.fromkeys(names))
    lasts = list(dict.fromkeys(reversed(names)))[::-1]
    return all(some == sorted(some, key=lambda one: int(one.split("-")[1])) for some in (firsts, lasts))


def test_what_stands_is_sent_once_as_it_was_put(log: Log, deeds: Deeds) -> None:
    deeds.tell("o-1", value=b'{"sticks":800}')
    drain(deeds.engine, log)
    drain(deeds.engine, log)
    (record,) = records(log)
    wanted = outcome("o-1", "P-1", b'{"sticks":800}')
    assert (record.key, record.value, record.headers) == (wanted.key, wanted.value, wanted.headers)


def test_nothing_is_sent_before_it_stands(log: Log, deeds: Deeds) -> None:
    deeds.tell("o-1", at=NOW + UNDO)
    drain(deeds.engine, log, NOW + UNDO - timedelta(milliseconds=1))
    assert sent(log) == []
    drain(deeds.engine, log, NOW + UNDO)
    assert sent(log) == ["o-1"]


def test_what_was_undone_is_never_sent(log: Log, deeds: Deeds) -> None:
    number = deeds.tell("o-1", "o-2", at=NOW + UNDO)
    assert deeds.undo(number)
    drain(deeds.engine, log, NOW + 2 * UNDO)
    assert sent(log) == []


def test_what_was_sent_cannot_be_undone_not_even_in_part(log: Log, deeds: Deeds) -> None:
    number = deeds.tell("o-1")
    with database.writing(deeds.engine) as connection:
        put(connection, number, outcome("o-2", "P-1"), NOW + UNDO)
    drain(deeds.engine, log)
    assert not deeds.undo(number)
    drain(deeds.engine, log, NOW + UNDO)
    assert sent(log) == ["o-1", "o-2"]


def test_an_action_that_told_nothing_can_be_undone(deeds: Deeds) -> None:
    assert deeds.undo(deeds.tell())


def test_what_does_not_stand_yet_holds_up_its_parcel_and_no_other(log: Log, deeds: Deeds) -> None:
    first = deeds.tell("o-1", at=NOW + UNDO)
    deeds.tell("o-2")
    deeds.tell("other-1", key="P-2")
    drain(deeds.engine, log)
    assert sent(log) == ["other-1"]
    assert deeds.undo(first)
    drain(deeds.engine, log)
    assert sorted(sent(log)) == ["o-2", "other-1"]


def test_what_is_told_is_told_with_the_action_or_not_at_all(deeds: Deeds) -> None:
    def breaks() -> None:
        with database.writing(deeds.engine) as connection:
            put(connection, None, outcome("o-1", "P-1"), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        breaks()
    with database.reading(deeds.engine) as connection:
        assert waiting(connection, NOW).count == 0


def test_a_message_that_the_log_refuses_stops_no_other_and_is_told(log: Log, deeds: Deeds) -> None:
    deeds.tell("o-1")
    deeds.tell("o-2", value=b"x" * (5 * 1024 * 1024))
    deeds.tell("o-3")
    drain(deeds.engine, log)
    assert sent(log) == ["o-1", "o-3"]
    with database.reading(deeds.engine) as connection:
        assert waiting(connection, NOW).refused == 1
        why = connection.scalar(select(outbox.c.refused).where(outbox.c.refused.is_not(None)))
    assert "message_too_large" in (why or "")


def test_it_says_how_long_the_oldest_has_waited(log: Log, deeds: Deeds) -> None:
    deeds.tell("o-1", at=NOW - UNDO)
    deeds.tell("o-2")
    with database.reading(deeds.engine) as connection:
        found = waiting(connection, NOW)
    assert (found.count, found.oldest, found.refused) == (2, UNDO, 0)


def test_killed_at_any_moment_all_that_stands_is_sent_in_order_and_nothing_undone(
    log: Log, deeds: Deeds, tmp_path: Path
) -> None:
    engine = deeds.engine
    stands: set[str] = set()
    undone: set[str] = set()

    def work(moment: dying.Moment) -> None:
        with Sqlite(tmp_path / "log.db") as own, dying.mortal(engine, moment) as mortal:
            publisher = Watched(own.publisher(SLOT), moment)
            Outbox(mortal, own, clock).send(publisher)

    for at in itertools.count(1):
        told = {f"o-{at}{number}": deeds.tell(f"o-{at}{number}") for number in range(3)}
        later = deeds.tell(f"late-{at}", key="P-2", at=NOW + UNDO)
        died = dying.killed(work, at)
        for name, number in [*list(told.items())[1:], (f"late-{at}", later)]:
            (undone if deeds.undo(number) else stands).add(name)
        stands.add(f"o-{at}0")
        drain(engine, log)
        if not died:
            break
    assert at > 8
    found = sent(log)
    assert set(found) == stands
    assert not undone & set(found)
    assert in_order(sent(log, key="P-1"))


class Watched(Publisher):
    """A publisher beside whose work a process may die."""

    def __init__(self, inner: Publisher, moment: dying.Moment) -> None:
        self._inner = inner
        self._moment = moment

    def publish(self, messages: Sequence[Message]) -> list[tuple[Partition, int]]:
        self._moment()
        places = self._inner.publish(messages)
        self._moment()
        return places

    def close(self) -> None:
        self._inner.close()


def test_two_senders_and_people_who_undo_keep_every_promise(log: Log, deeds: Deeds) -> None:
    """Two processes of a workstation on one database, and undoing at the last moment."""
    engine, stop = deeds.engine, threading.Event()
    senders = [threading.Thread(target=Outbox(engine, log, clock).run, args=(stop,)) for _ in range(2)]
    for thread in senders:
        thread.start()
    chance = random.Random(7)
    undone: dict[str, bool] = {}
    for number in range(60):
        made = deeds.tell(f"o-{number}", key=f"P-{number % 3}")
        if chance.random() < 0.5:
            undone[f"o-{number}"] = deeds.undo(made)
    until(lambda: _nothing_waits(engine), "all is sent")
    stop.set()
    for thread in senders:
        thread.join()
    assert sorted(sent(log)) == sorted(f"o-{n}" for n in range(60) if not undone.get(f"o-{n}"))
    assert all(in_order(sent(log, key=f"P-{n}")) for n in range(3))


def _nothing_waits(engine: Engine) -> bool:
    with database.reading(engine) as connection:
        return waiting(connection, NOW).count == 0
