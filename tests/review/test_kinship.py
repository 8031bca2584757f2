"""Parcels of the same people: what ties them, who sees them, what they come to."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, insert

from screener.review import database, kinship, moves
from screener.review.kinship import Kin, Linked, Tie, Total
from screener.review.moves import Found
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import action, link
from tests.review.stations import FOUND, HOME, NOW, OFFICERS, OPEN, a_parcel, somebody

ALL = Reviewer(1, "p", "zh", (Grant(Role.READER),))
EAST = Reviewer(1, "p", "zh", (Grant(Role.READER, "east"),))
YEAR = timedelta(days=365)


def tie(engine: Engine, item_id: int, role: str, **hashes: str) -> None:
    with database.writing(engine) as connection:
        rows = [{"parcel": item_id, "role": role, "kind": kind, "hash": one} for kind, one in hashes.items()]
        connection.execute(insert(link), rows)


def linked(engine: Engine, item_id: int, who: Reviewer = ALL, limit: int = 50) -> Linked:
    with database.reading(engine) as connection:
        return kinship.linked(connection, who, HOME, item_id, limit)


def totals(engine: Engine, item_id: int, who: Reviewer = ALL) -> tuple[Total, ...]:
    with database.reading(engine) as connection:
        return kinship.totals(connection, who, HOME, NOW, item_id)


def ids(found: Linked) -> list[int]:
    return [one.item.id for one in found.kin]


def opened(engine: Engine, item_id: int, found: Found = FOUND) -> None:
    officer = somebody(engine, f"officer-{item_id}").person
    with database.writing(engine) as connection:
        for move in (OPEN, found):
            row = {"parcel": item_id, "revision": 1, "kind": move.kind, "by": officer, "at": NOW}
            said = {"details": moves.written(move).decode(), "stands_at": NOW}
            connection.execute(insert(action).values(row | said))


def test_a_phone_an_address_or_a_building_ties_and_a_name_alone_does_not(engine: Engine) -> None:
    here, by_phone, by_both, by_name = (a_parcel(engine, f"P-{n}") for n in range(4))
    tie(engine, here, "consignor", name="n", phone="f", address="a", building="b")
    tie(engine, by_phone, "consignee", phone="f")
    tie(engine, by_both, "consignor", name="n", building="b")
    tie(engine, by_name, "consignor", name="n")
    found = linked(engine, here)
    assert {one.item.id: one.ties for one in found.kin} == {
        by_phone: (Tie("consignor", "consignee", "phone"),),
        by_both: (Tie("consignor", "consignor", "building"), Tie("consignor", "consignor", "name")),
    }
    assert found.count == 2


def test_the_same_hash_of_another_kind_is_no_tie(engine: Engine) -> None:
    here, other = a_parcel(engine, "P-1"), a_parcel(engine, "P-2")
    tie(engine, here, "consignor", phone="x")
    tie(engine, other, "consignor", address="x")
    assert linked(engine, here) == Linked((), 0)


def test_what_may_not_be_seen_is_neither_linked_nor_summed(engine: Engine) -> None:
    here, hidden = a_parcel(engine, "P-1", sticks=10.0), a_parcel(engine, "P-2", hub="west", sticks=500.0)
    for item_id in (here, hidden):
        tie(engine, item_id, "consignor", phone="f")
    assert linked(engine, here, EAST) == Linked((), 0)
    assert totals(engine, here, EAST)[0].sticks == 10
    assert totals(engine, here)[0].sticks == 510


def test_the_newest_come_first_and_all_are_counted(engine: Engine) -> None:
    here = a_parcel(engine, "P-0")
    others = [a_parcel(engine, f"P-{n}", flagged_at=NOW - n * timedelta(hours=1)) for n in (3, 1, 2)]
    for item_id in (here, *others):
        tie(engine, item_id, "consignee", address="a")
    found = linked(engine, here, limit=2)
    assert (ids(found), found.count) == ([others[1], others[2]], 3)


def test_totals_count_what_was_found_else_what_is_seen_and_nothing_that_was_released(engine: Engine) -> None:
    here = a_parcel(engine, "P-0", sticks=400.0, tobacco_g=5.0)
    found = a_parcel(engine, "P-1", sticks=9999.0, state="inspecting")
    released = a_parcel(engine, "P-2", sticks=9999.0, state="closed")
    old = a_parcel(engine, "P-3", sticks=9999.0, flagged_at=NOW - 3 * YEAR)
    for item_id in (here, found, released, old):
        tie(engine, item_id, "consignor", phone="f")
    opened(engine, found, Found(cartons=1, packs=1, sticks=1, kg=0.5, officers=OFFICERS, quality="right"))
    sent, received = totals(engine, here)
    assert (sent.role, sent.parcels, sent.found_sticks, sent.found_g) == ("consignor", 3, 221, 500.0)
    assert (sent.seen_sticks, sent.seen_g, sent.sticks, sent.complete) == (400.0, 5.0, 621.0, True)
    assert (received.role, received.parcels, received.sticks) == ("consignee", 1, 400.0)
    (kin, *_) = [one for one in linked(engine, here).kin if one.item.id == found]
    assert isinstance(kin, Kin)
    assert kin.found is not None
    assert kin.found.all_sticks == 221
