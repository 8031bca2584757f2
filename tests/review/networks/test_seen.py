"""Rights on ties: by hub, and for another agency by what was handed to it; sums are of these alone."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, and_, insert

from screener.errors import BadInput
from screener.review import database
from screener.review.networks import drawing, listing
from screener.review.networks.listing import Filters
from screener.review.networks.seen import visible
from screener.review.networks.tables import tie
from screener.review.rights import Reviewer
from screener.review.schema import action, handover
from tests.review.networks.world import grouped, two_rings
from tests.review.stations import NOW, a_parcel, somebody

HOME = "tobacco"


def hand_over(engine: Engine, by: Reviewer, item: int, state: str = "offered") -> None:
    """The parcel to the police."""
    with database.writing(engine) as connection:
        deed = {"parcel": item, "revision": 1, "kind": "refer", "details": "{}", "by": by.person}
        row = insert(action).values(deed | {"at": NOW, "stands_at": NOW}).returning(action.c.id)
        number = connection.execute(row).scalar_one()
        offer = {"parcel": item, "action": number, "agency": "police", "state": state, "changed_at": NOW}
        connection.execute(insert(handover).values(offer))


def seen(engine: Engine, who: Reviewer) -> set[str]:
    with database.reading(engine) as connection:
        where = and_(visible(who, HOME), tie.c.circle.is_not(None))
        shown = listing.listed(connection, where, Filters(parcels=0))
        routes = listing.routes(connection, where)
        drawn = drawing.drawn(connection, where)
        found = {row.parcel_id for row in connection.execute(tie.select().where(where))}
    assert sum(one.parcels for one in routes) == len(found)
    assert sum(one.parcels for one in drawn.edges if one.how == "sent") == len(found)
    assert sum(one.parcels for one in shown) <= len(found)
    return found


def test_another_agency_sees_what_was_handed_to_it_and_sums_of_that(engine: Engine) -> None:
    ties = two_rings()
    grouped(engine, ties)
    li, police = somebody(engine, "li"), somebody(engine, "police", agency="police")
    assert seen(engine, police) == set()
    items = [a_parcel(engine, one.parcel_id, hub=one.hub) for one in ties[:4]]
    for item in items[:2]:
        hand_over(engine, li, item)
    hand_over(engine, li, items[2], state="returned")
    assert seen(engine, police) == {one.parcel_id for one in ties[:2]}
    assert len(seen(engine, li)) > 40


def test_who_has_one_hub_sees_the_ties_of_that(engine: Engine) -> None:
    ties = two_rings()
    grouped(engine, ties)
    one_hub = somebody(engine, "wang", hub="hub-1")
    grouped_there = {one.parcel_id for one in ties if one.hub == "hub-1"}
    assert seen(engine, one_hub) <= grouped_there
    assert len(seen(engine, one_hub)) > 10


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_that_no_calendar_goes_on_after_are_refused(day: str) -> None:
    for name in ("since", "until"):
        with pytest.raises(BadInput):
            listing.of({name: day})
