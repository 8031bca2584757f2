"""Claims: a parcel is one person's until the lease ends, on both databases, by many at once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import Engine

from screener.review import audit, claims, database, queue, rules
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.parcels import Item
from screener.review.queue import Filters, State
from screener.review.rights import Reviewer, Role
from tests.review.stations import HOME, NOW, a_parcel, item_of, somebody

LEASE_S = 300.0
ENDED = NOW + timedelta(seconds=LEASE_S)


def take(
    engine: Engine,
    who: Reviewer,
    now: datetime = NOW,
    passed: tuple[int, ...] = (),
    filters: Filters = Filters(),  # noqa: B008 - a value
) -> Item | None:
    with database.writing(engine) as connection:
        return claims.take_next(connection, who, HOME, now, filters, lease_s=LEASE_S, passed=passed)


def claim(engine: Engine, who: Reviewer, item_id: int, now: datetime = NOW) -> Item:
    with database.writing(engine) as connection:
        return claims.claim(connection, who, HOME, now, item_id, lease_s=LEASE_S)


def deeds(engine: Engine) -> list[tuple[str, str, str]]:
    with database.reading(engine) as connection:
        return [(row.who, row.what, row.target) for row in audit.entries(connection)]


def test_of_many_who_ask_at_once_each_gets_another_one_until_none_is_left(engine: Engine) -> None:
    parcels = {a_parcel(engine, f"P-{number}", priority=float(number % 3)) for number in range(40)}
    people = [somebody(engine, f"p{number}") for number in range(8)]
    got: list[int] = []

    def work(who: Reviewer) -> None:
        while (item := take(engine, who)) is not None:
            got.append(item.id)

    threads = [threading.Thread(target=work, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(got) == Counter(parcels)
    assert len(deeds(engine)) == 40


def test_a_lease_ends_by_itself_and_then_somebody_else_gets_it(engine: Engine) -> None:
    item_id, li, wang = a_parcel(engine, "P-1"), somebody(engine, "li"), somebody(engine, "wang")
    first = take(engine, li)
    assert first is not None
    assert (first.id, first.claimed(NOW), first.lease_until) == (item_id, li.person, ENDED)
    assert take(engine, wang, ENDED - timedelta(milliseconds=1)) is None
    second = take(engine, wang, ENDED)
    assert second is not None
    assert second.claimed(ENDED) == wang.person
    with pytest.raises(Conflict, match="officer wang works on it until 08:10:00 UTC"):
        claim(engine, li, item_id, ENDED)


def test_an_open_page_prolongs_its_claim_and_no_other(engine: Engine) -> None:
    item_id, li, wang = a_parcel(engine, "P-1"), somebody(engine, "li"), somebody(engine, "wang")
    claim(engine, li, item_id)
    later = NOW + timedelta(seconds=200)
    with database.writing(engine) as connection:
        assert not claims.touch(connection, wang, later, item_id, LEASE_S)
        assert claims.touch(connection, li, later, item_id, LEASE_S)
    assert take(engine, wang, ENDED) is None
    assert item_of(engine, item_id).lease_until == later + timedelta(seconds=LEASE_S)


def test_what_was_given_back_is_free_at_once_and_can_be_passed_over(engine: Engine) -> None:
    item_id, li, wang = a_parcel(engine, "P-1"), somebody(engine, "li"), somebody(engine, "wang")
    claim(engine, li, item_id)
    with database.writing(engine) as connection:
        assert not claims.give_back(connection, wang, NOW, item_id)
        assert claims.give_back(connection, li, NOW, item_id)
    assert take(engine, li, passed=(item_id,)) is None
    assert take(engine, wang, passed=(99,)) is not None
    assert deeds(engine) == [
        ("li", "claim", "east/P-1"),
        ("li", "give_back", "east/P-1"),
        ("wang", "claim", "east/P-1"),
    ]


def test_a_claim_is_renewed_by_its_holder_and_refused_to_others(engine: Engine) -> None:
    item_id, li, wang = a_parcel(engine, "P-1"), somebody(engine, "li"), somebody(engine, "wang")
    before = claim(engine, li, item_id)
    assert claim(engine, li, item_id, ENDED).claimed(ENDED) == li.person
    with pytest.raises(Conflict, match="officer li"):
        claim(engine, wang, item_id, ENDED)
    assert item_of(engine, item_id).version == before.version


def test_who_may_not_decide_gets_nothing(engine: Engine) -> None:
    item_id = a_parcel(engine, "P-1", hub="east")
    reader, west = somebody(engine, "reader", Role.READER), somebody(engine, "west", hub="west")
    with pytest.raises(Denied):
        take(engine, reader)
    with pytest.raises(Denied):
        claim(engine, reader, item_id)
    with pytest.raises(Hidden):
        claim(engine, west, item_id)
    assert take(engine, west) is None
    assert deeds(engine) == []


def test_a_supervisor_gives_a_parcel_to_another_person_or_back_to_the_queue(engine: Engine) -> None:
    item_id, li, wang = a_parcel(engine, "P-1"), somebody(engine, "li"), somebody(engine, "wang")
    chief, west = somebody(engine, "chief", Role.SUPERVISOR), somebody(engine, "west", hub="west")
    claim(engine, li, item_id)

    def reassign(who: Reviewer, to: Reviewer | None) -> Item:
        with database.writing(engine) as connection:
            return claims.reassign(connection, who, HOME, NOW, item_id, to=to, lease_s=LEASE_S)

    with pytest.raises(Denied):
        reassign(li, wang)
    with pytest.raises(Denied):
        reassign(chief, west)
    moved = reassign(chief, wang)
    assert moved.claimed(NOW) == wang.person
    with database.reading(engine) as connection:
        assert claims.holder(connection, moved, NOW) == "officer wang"
        assert claims.holder(connection, moved, ENDED) is None
    assert reassign(chief, None).claimed(NOW) is None
    assert take(engine, li) is not None


@pytest.mark.parametrize("asked", get_args(State))
def test_next_comes_only_where_there_is_something_to_decide(engine: Engine, asked: State) -> None:
    li = somebody(engine, "li")
    for state in rules.State:
        a_parcel(engine, state.value, state=state.value)
    filters = Filters(state=asked)
    got: set[str] = set()
    while (item := take(engine, li, filters=filters)) is not None:
        got.add(item.state)
    several: dict[str, set[str]] = {"all": set(rules.State), "open": set(queue.OPEN)}
    assert got == several.get(asked, {asked}) & rules.TO_DECIDE
