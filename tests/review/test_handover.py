"""Hand-overs: an offer stands, is accepted, returned, closed or taken back, and belongs to one agency."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select

from screener.errors import BadInput
from screener.review import actions, database, handover
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.moves import Note, Refer, Reopen
from screener.review.rights import Reviewer
from screener.review.schema import outbox
from tests.review.stations import SETTINGS, Station, a_parcel, item_of, offered, seized, somebody, timeline


def told(station: Station) -> list[str]:
    """What became of parcels, as the outside is told."""
    with database.reading(station.engine) as connection:
        values = connection.scalars(select(outbox.c.value).order_by(outbox.c.id)).all()
    bodies = [msgspec.json.decode(value) for value in values]
    return [body["kind"] for body in bodies if "kind" in body]


def test_an_offer_shows_once_it_stands_and_is_accepted_and_closed(
    station: Station, li: Reviewer, police: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    station.act(li, item, Refer(agency="police", note="案件 7"))
    assert offered(station, police) == []
    with database.reading(station.engine) as connection:
        (one,) = handover.of_parcel(connection, item)
    with pytest.raises(Conflict):
        station.do(handover.accept, police, one.id)
    station.later(10)
    assert offered(station, police) == [one.id]
    assert (one.agency, one.state, one.note, one.offered_by) == ("police", "offered", "案件 7", "officer li")
    with pytest.raises(Conflict):
        station.do(handover.close, police, one.id)
    station.do(handover.accept, police, one.id, note="收到")
    assert station.state(item) == "referred"
    with pytest.raises(Conflict):
        station.do(handover.accept, police, one.id)
    station.do(handover.close, police, one.id)
    assert station.state(item) == "closed"
    assert offered(station, police) == []
    assert [one.kind for one in timeline(station.engine, item)] == ["refer", "accept", "close"]


@pytest.mark.parametrize("accepted", [False, True])
def test_a_returned_parcel_is_where_it_was_and_no_longer_theirs(
    accepted: bool, station: Station, li: Reviewer, wang: Reviewer, police: Reviewer
) -> None:
    item = seized(station, li, wang)
    station.act(li, item, Refer(agency="police"))
    station.later(10)
    (number,) = offered(station, police)
    if accepted:
        station.do(handover.accept, police, number)
    with pytest.raises(BadInput):
        station.do(handover.return_, police, number, why=" ")
    station.do(handover.return_, police, number, why="not ours")
    assert station.state(item) == "seized"
    assert told(station) == ["seize", "refer", "seize"]
    with pytest.raises(Hidden):
        station.act(police, item, Note(text="x"))
    with pytest.raises(Hidden):
        station.do(handover.accept, police, number)
    station.act(li, item, Refer(agency="police"))


def test_the_home_agency_takes_back_what_nobody_accepted(
    station: Station, li: Reviewer, police: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    for accepts in (False, True):
        station.act(li, item, Refer(agency="police"))
        station.later(10)
        (number,) = offered(station, police)
        with pytest.raises(Denied):
            station.do(handover.take_back, police, number, why="x")
        if accepts:
            station.do(handover.accept, police, number)
            with pytest.raises(Conflict):
                station.do(handover.take_back, li, number, why="x")
        else:
            station.do(handover.take_back, li, number, why="x")
            assert station.state(item) == "waiting"
            assert told(station) == ["refer", "reopen"]


def test_a_handover_is_that_agencys_alone(station: Station, li: Reviewer, police: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    post = somebody(station.engine, "post", agency="post")
    west = somebody(station.engine, "west", hub="west", agency="police")
    station.act(li, item, Refer(agency="police"))
    station.later(10)
    (number,) = offered(station, police)
    assert [offered(station, who) for who in (post, west, li)] == [[], [], []]
    for who in (post, west):
        with pytest.raises(Hidden):
            station.do(handover.accept, who, number)
    with pytest.raises(Denied):
        station.do(handover.accept, li, number)
    with pytest.raises(Hidden):
        station.do(handover.accept, police, 999)


def test_a_referred_parcel_is_not_reopened_past_the_other_agency(
    station: Station, li: Reviewer, police: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    station.act(li, item, Refer(agency="police"))
    with pytest.raises(Conflict):
        station.act(li, item, Reopen(why="x"))
    assert "reopen" not in actions.possible(li, item_of(station.engine, item), SETTINGS)
