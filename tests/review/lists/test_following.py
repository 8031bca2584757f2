"""The lists as the database has them end as the log does, whoever wrote what in between."""

from __future__ import annotations

import random

import pytest

from screener.contracts import topics
from screener.core.entries import Entry
from screener.review import database
from screener.review.errors import Conflict
from screener.review.lists import ending, follow, jobs
from screener.review.lists.tables import listed
from screener.review.outbox import SLOT, Outbox
from screener.stages.lists import entry_message, removal
from screener.stream.port import Message
from tests.review.lists.desks import Desk, a_sender
from tests.review.stations import HOME


def tells(desk: Desk, message: Message) -> None:
    """Another program writes to the list."""
    with desk.log.publisher() as publisher:
        publisher.publish([message])


def follows(desk: Desk) -> int:
    return follow.catch_up(desk.engine, desk.log, HOME, desk.service.clock)


def sends_one(desk: Desk) -> None:
    with desk.log.publisher(SLOT) as publisher:
        Outbox(desk.engine, desk.log, desk.service.clock).send(publisher)


def row_of(desk: Desk, entry_id: str) -> int:
    with database.reading(desk.engine) as connection:
        query = listed.select().where(listed.c.entry_id == entry_id)
        return int(connection.execute(query).one().id)


def a_deed(desk: Desk, dice: random.Random) -> None:
    entry_id = f"shop-{dice.randrange(3)}"
    entry: Entry = a_sender(entry_id, grade=dice.choice("BC"), business=dice.choice(["shop", "other"]))
    there = desk.on_the_list("senders")
    match dice.randrange(6):
        case 0:
            tells(desk, entry_message(entry))
        case 1:
            tells(desk, removal(topics.SENDERS, entry_id))
        case 2:
            job = desk.enters("senders", entry)
            if desk.job(job).changes:
                desk.confirms(job)
                desk.works()
        case 3 if entry_id in there:
            with database.writing(desk.engine) as connection:
                ending.remove(connection, desk.li, HOME, desk.now, row_of(desk, entry_id))
        case 4:
            sends_one(desk)
        case _:
            follows(desk)
    desk.later(seconds=1)


@pytest.mark.parametrize("seed", range(6))
def test_pages_and_log_agree_in_the_end(desk: Desk, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(25):
        a_deed(desk, dice)
    desk.works()
    desk.sends()
    follows(desk)
    assert desk.on_the_list("senders") == desk.in_the_log("senders")


def test_who_entered_it_is_known_after_it_was_read_back(desk: Desk) -> None:
    job = desk.enters("senders", a_sender())
    desk.publishes(job)
    with database.reading(desk.engine) as connection:
        row = connection.execute(listed.select()).one()
    assert (row.by, row.agency, row.offset, row.version) == (desk.li.person, HOME, 0, 1)


def test_what_another_program_writes_is_there_and_nobodys(desk: Desk) -> None:
    tells(desk, entry_message(a_sender()))
    assert follows(desk) == 1 and follows(desk) == 0
    with database.reading(desk.engine) as connection:
        row = connection.execute(listed.select()).one()
    assert (row.entry_id, row.by, row.agency) == ("shop-1", None, HOME)


def test_a_record_that_cannot_be_read_stops_nothing(desk: Desk) -> None:
    tells(desk, Message(topics.SENDERS, b"by-hand", b"{}"))
    tells(desk, entry_message(a_sender()))
    follows(desk)
    assert list(desk.on_the_list("senders")) == ["shop-1"]


def test_one_change_at_a_time(desk: Desk) -> None:
    first, second = (desk.enters("senders", a_sender(f"shop-{n}")) for n in (1, 2))
    assert desk.confirms(first) == jobs.PUBLISHING
    with pytest.raises(Conflict):
        desk.confirms(second)
    desk.works()
    assert desk.confirms(second) == jobs.PUBLISHING
