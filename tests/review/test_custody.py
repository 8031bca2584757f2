"""Seizures: one seal each, a chain of custody without a gap, and of two at once one is first."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from screener.errors import BadInput
from screener.review import actions, custody, database, handover, seen
from screener.review.custody import Link
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.moves import Note, Refer, Release
from screener.review.rights import Reviewer, Role
from screener.review.schema import action, audit, seizure
from tests.review.stations import (
    Station,
    a_parcel,
    allowed,
    at_once,
    item_of,
    offered,
    proposed,
    seized,
    somebody,
    timeline,
)

NAMES = ("officer li", "库管 孙丽", "警官 陈刚")


def chain(station: Station, item: int) -> tuple[int, tuple[Link, ...]]:
    with database.reading(station.engine) as connection:
        (one,) = custody.seizures(connection, item)
    return one.id, one.chain


def test_the_chain_begins_with_who_seized_it(station: Station, li: Reviewer, wang: Reviewer) -> None:
    item = seized(station, li, wang)
    _, (first,) = chain(station, item)
    assert (first.given_by, first.taken_by, first.place) == ("东站 赵强", "officer li", "库房 3")
    assert first.by_shown == "officer li"


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=6))
def test_whoever_gives_is_who_had_it(station: Station, tries: list[tuple[str, str]]) -> None:
    with database.reading(station.engine) as connection:
        count = connection.scalar(select(func.count()).select_from(seizure)) or 0
    li, wang = (somebody(station.engine, f"{name}-{count}") for name in ("li", "wang"))
    item = seized(station, li, wang, f"P-{count}", f"S-{count}")
    number, links = chain(station, item)
    holder = links[-1].taken_by
    for giver, taker in tries:
        given = {"given_by": giver, "taken_by": taker, "place": "7"}
        if giver == holder and giver != taker:
            station.do(custody.hand_on, li, number, **given)
            holder = taker
        else:
            with pytest.raises((Conflict, BadInput)):
                station.do(custody.hand_on, li, number, **given)
    _, links = chain(station, item)
    assert all(one.given_by == before.taken_by for before, one in pairwise(links))
    assert links[-1].taken_by == holder


@pytest.mark.parametrize(
    "given",
    [
        {"taken_by": " "},
        {"taken_by": "x" * 257},
        {"taken_by": "officer li"},
        {"place": ""},
        {"note": "x" * 4001},
        {"place": "a\x00b"},
        {"note": "\x00"},
    ],
)
def test_a_link_without_its_words_is_refused(
    given: dict[str, str], station: Station, li: Reviewer, wang: Reviewer
) -> None:
    item = seized(station, li, wang)
    number, links = chain(station, item)
    whole = {"given_by": "officer li", "taken_by": "库管 孙丽", "place": "7"} | given
    with pytest.raises(BadInput):
        station.do(custody.hand_on, li, number, **whole)
    assert chain(station, item)[1] == links


def test_who_may_not_hand_on(station: Station, li: Reviewer, wang: Reviewer, police: Reviewer) -> None:
    item = seized(station, li, wang)
    number, _ = chain(station, item)
    given = {"given_by": "officer li", "taken_by": "陈刚", "place": "7"}
    with pytest.raises(Denied):
        station.do(custody.hand_on, somebody(station.engine, "reader", Role.READER), number, **given)
    for one in (number, 999):
        with pytest.raises(Hidden):
            station.do(custody.hand_on, police, one, **given)
    station.act(li, item, Refer(agency="police"))
    station.later(60)
    with pytest.raises(Denied):
        station.do(custody.hand_on, police, number, **given)
    station.do(handover.accept, police, *offered(station, police))
    station.do(custody.hand_on, police, number, **given)


def test_a_seal_is_on_one_seizure(station: Station, li: Reviewer, wang: Reviewer) -> None:
    seized(station, li, wang, "P-1", "S-1")
    _, waiting = proposed(station, li, "P-2", "S-2")
    for seal in ("S-1", "S-2"):
        with pytest.raises(Conflict, match=seal):
            proposed(station, li, f"P-{seal}", seal)
    station.second(wang, waiting, agrees=False)
    proposed(station, li, "P-3", "S-2")


def test_two_seizures_confirmed_at_once_do_not_share_a_seal(
    station: Station, li: Reviewer, wang: Reviewer
) -> None:
    """Proposed at the same time they may both name it; the database lets one of them stand."""
    numbers: list[int] = []
    for parcel_id in ("P-1", "P-2"):
        _, number = proposed(station, li, parcel_id, f"S-{parcel_id}")
        numbers.append(number)
    with database.writing(station.engine) as connection:
        query = select(action.c.details).where(action.c.id == numbers[0])
        details = connection.scalar(query)
        connection.execute(action.update().where(action.c.id == numbers[1]).values(details=details))
    ended = at_once(*(partial(station.second, wang, number) for number in numbers))
    assert ended == ["Conflict", "done"]


def test_of_two_at_once_one_is_first(station: Station, li: Reviewer, wang: Reviewer) -> None:
    for number in range(5):
        item = a_parcel(station.engine, f"P-{number}")
        release = Release(quality="wrong")
        ended = at_once(*(partial(station.act, who, item, release, 1) for who in (li, wang, li)))
        assert ended == ["Conflict", "Conflict", "done"]
        assert len(timeline(station.engine, item)) == 1


def test_an_undo_and_a_second_at_once_are_one_of_the_two(
    station: Station, li: Reviewer, wang: Reviewer
) -> None:
    for number in range(5):
        item, waiting = proposed(station, li, f"P-{number}", f"S-{number}")
        ended = at_once(partial(station.undo, li, waiting), partial(station.second, wang, waiting))
        assert ended == ["Conflict", "done"]
        assert station.state(item) in {"inspecting", "seized"}


def test_many_released_at_once_by_two_end(station: Station, li: Reviewer, wang: Reviewer) -> None:
    """Neither waits for the other for ever, in whichever order they name the parcels."""
    items = [a_parcel(station.engine, f"P-{number}") for number in range(6)]
    for who in (li, wang):
        for item in items:
            with database.writing(station.engine) as connection:
                seen.record(connection, who, station.now, item_of(station.engine, item))

    def release(who: Reviewer, order: list[int]) -> None:
        shown = [(item, 1) for item in order]
        station.do(actions.act_many, who, shown, move=Release(quality="wrong"), allowed=allowed)

    notes = [partial(station.act, li, item, Note(text="x"), 1) for item in items[:2]]
    ended = at_once(lambda: release(li, items), lambda: release(wang, items[::-1]), *notes)
    assert ended.count("done") in {1, 2}
    assert len(ended) == 4
    with database.reading(station.engine) as connection:
        made = connection.scalar(select(func.count()).select_from(action))
        recorded = connection.scalar(
            select(func.count()).select_from(audit).where(audit.c.what.in_(["release", "note"]))
        )
    assert made == recorded
