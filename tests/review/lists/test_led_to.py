"""What entries would have met, and what tips led to: as [decide] meets them, and as far as one may see."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, insert, select

from screener.contracts import examples
from screener.contracts.wire import Facts, Flagged, Match
from screener.core.entries import Entry, id_of
from screener.core.lists import Lists
from screener.core.parcel import PartyNote
from screener.review import database
from screener.review.cases import cases
from screener.review.errors import Conflict
from screener.review.lists import ending, led_to, preview, seeking, standing
from screener.review.lists.led_to import LedTo
from screener.review.lists.tables import list_match, listed
from screener.review.moves import Correct, Found, Refer
from screener.review.rights import Reviewer, Role
from screener.review.schema import audit, link
from tests.review.lists.desks import ADDRESS, PHONE, Desk, a_licence, a_sender, a_tip
from tests.review.stations import FOUND, HOME, OFFICERS, OPEN, Station, a_parcel, somebody
from tests.stages.world import RING

PHONES = ("13800000001", "13800000002", "13800000003")
WAYBILLS = ("SF-123.4", "sf1235", "EMS_99:1", "YT0001")
PATTERNS = ("SF123*", "*S99*1", "YT0001", "SF*34", "E*99*1")


def linked(engine: Engine, item_id: int, role: str, kind: str, text: str) -> None:
    hashed = RING.hashed(kind, "+86" + text)
    with database.writing(engine) as connection:
        connection.execute(insert(link).values(parcel=item_id, role=role, kind=kind, hash=hashed))


def met_by(entries: Iterable[Entry], waybill: str, consignor: str, consignee: str) -> set[str]:
    """What [decide] says that the parcel meets, whichever of several counts."""
    ends = (PartyNote(phone=RING.hashed("phone", "+86" + one)) for one in (consignor, consignee))
    here, there = ends
    found = set()
    for one in entries:
        met = Lists.of([one]).meeting(waybill, here, there, 0)
        if met.tips or met.grade or met.licence:
            found.add(id_of(one))
    return found


def entries_of(name: str) -> list[Entry]:
    """Entries of a list that name two phone numbers, and waybills where the list may."""
    if name == "senders":
        return [a_sender(f"e-{n}", phone) for n, phone in enumerate(PHONES[:2])]
    make = a_tip if name == "tips" else a_licence
    phones = [make(f"e-{n}", text=phone) for n, phone in enumerate(PHONES[:2])]
    return phones + [make(f"w-{n}", "waybill", one) for n, one in enumerate(PATTERNS)]


@pytest.mark.parametrize("name", ["tips", "senders", "licences"])
def test_what_would_have_been_met_is_what_decide_would_have_met(desk: Desk, name: str) -> None:
    dice = random.Random(name)
    entries = entries_of(name)
    wanted = set()
    for n in range(24):
        waybill, *ends = dice.choice(WAYBILLS), dice.choice(PHONES), dice.choice(PHONES)
        item_id = a_parcel(desk.engine, f"P-{n}", waybill=waybill)
        for role, phone in zip(("consignor", "consignee"), ends, strict=True):
            linked(desk.engine, item_id, role, "phone", phone)
        wanted |= {(one, item_id) for one in met_by(entries, waybill, *ends)}
    job = desk.enters(name, *entries)
    with database.reading(desk.engine) as connection:
        found = {(row.entry_id, row.parcel) for row in connection.execute(select(list_match))}
        seen = preview.matches(connection, desk.li, HOME, desk.job(job))
    assert found == wanted
    assert (seen.parcels, seen.looked) == (len({item for _, item in wanted}), 24)


def test_a_preview_shows_each_the_parcels_that_he_may_see(desk: Desk) -> None:
    for n, hub in enumerate(("east", "east", "west")):
        linked(desk.engine, a_parcel(desk.engine, f"P-{n}", hub), "consignee", "phone", PHONE)
    job = desk.job(desk.enters("tips", a_tip()))
    west = somebody(desk.engine, "west", hub="west")
    police = somebody(desk.engine, "police", agency="police")
    with database.reading(desk.engine) as connection:
        counts = [
            (one.parcels, one.looked, len(one.newest))
            for one in (preview.matches(connection, who, HOME, job) for who in (desk.li, west, police))
        ]
    assert counts == [(3, 3, 3), (1, 1, 1), (0, 0, 0)]


# --- what tips led to ----------------------------------------------------------------------------------


def flagged_with(*tips: str) -> Flagged:
    named = tuple(Match(entry_id=one, kind="phone", role="consignor", source="12313") for one in tips)
    facts = Facts(identified=True, late=False, more_views=False, seen=(), declared=None, tips=named)
    return replace(examples.FLAGGED, decision=replace(examples.DECISION, facts=facts))


def held(desk: Desk, parcel_id: str, *tips: str, hub: str = "east") -> int:
    """A parcel that these tips name; said twice, as a later revision does."""
    item_id = a_parcel(desk.engine, parcel_id, hub, tip=True)
    with database.writing(desk.engine) as connection:
        for _ in range(2):
            led_to.keep(connection, item_id, flagged_with(*tips))
    return item_id


def of(desk: Desk, tip_id: str, who: Reviewer | None = None) -> LedTo:
    with database.reading(desk.engine) as connection:
        return led_to.led_to(connection, who or desk.li, HOME, tip_id)


def test_what_a_tip_led_to_is_what_was_found_last(desk: Desk) -> None:
    station = Station(desk.engine)
    first, second, third = (held(desk, f"P-{n}", "tip-1") for n in (1, 2, 3))
    held(desk, "P-9", "tip-2")
    for item_id in (first, second):
        station.act(desk.li, item_id, OPEN)
        found = station.act(desk.li, item_id, FOUND)
    more = Found(cartons=10, value_cny=1800.0, officers=OFFICERS, quality="right")
    station.act(desk.li, second, Correct(corrects=found, found=more))
    with database.writing(desk.engine) as connection:
        cases.begin(connection, desk.li, HOME, desk.now, "大案", parcels=[first, second])
    led = of(desk, "tip-1")
    assert (len(led.parcels), led.opened, len(led.finds)) == (3, 2, 2)
    assert (led.sticks, led.value_cny, led.unvalued, len(led.cases)) == (860 + 2000, 1800.0, 1, 1)
    assert third in {one.item.id for one in led.parcels}
    assert len(of(desk, "tip-2").parcels) == 1 and of(desk, "nobody").parcels == ()


def test_what_others_may_not_see_counts_nothing_for_them(desk: Desk) -> None:
    station = Station(desk.engine)
    ours, handed = held(desk, "P-1", "tip-1"), held(desk, "P-2", "tip-1", hub="west")
    station.act(desk.li, handed, Refer(agency="police"))
    police = somebody(desk.engine, "police", agency="police")
    west = somebody(desk.engine, "west", hub="west")
    assert [len(of(desk, "tip-1", who).parcels) for who in (desk.li, west, police)] == [2, 1, 1]
    assert ours not in {one.item.id for one in of(desk, "tip-1", police).parcels}


def test_who_gave_a_tip_another_agency_does_not_see(desk: Desk) -> None:
    desk.publishes(desk.enters("tips", a_tip(source="匿名举报", reference="R-7")))
    police = somebody(desk.engine, "police", agency="police")
    reader = somebody(desk.engine, "reader", Role.READER)
    auditor = somebody(desk.engine, "auditor", Role.AUDITOR)
    for who, count in ((desk.li, 1), (auditor, 1), (police, 0), (reader, 0)):
        with database.writing(desk.engine) as connection:
            given = (connection, who, HOME, desk.now)
            assert len(standing.page(*given, "tips", asked=standing.Asked())) == count
            assert len(seeking.seek(*given, "phone", text=PHONE, ring=RING)) == count
            assert len(ending.tip_called(connection, who, HOME, ["tip-1"])) == count
            assert standing.counts(*given, {"tips": standing.Asked()})["tips"]["in_force"] == count


def test_looking_somebody_up_finds_however_it_is_written_and_keeps_nothing(desk: Desk) -> None:
    desk.publishes(desk.enters("tips", a_tip("by-address", "address", ADDRESS)))
    desk.publishes(desk.enters("tips", a_tip("by-waybill", "waybill", "SF123*")))
    address = "长沙市 开福区示范路三号楼 1201室"
    asked = (("address", address, 1), ("waybill", "sf-123-9", 1), ("phone", PHONE, 0))
    for kind, text, count in asked:
        with database.writing(desk.engine) as connection:
            found = seeking.seek(connection, desk.li, HOME, desk.now, kind, text=text, ring=RING)
        assert len(found) == count
    with database.reading(desk.engine) as connection:
        details = " ".join(connection.scalars(select(audit.c.details)))
    assert "示范路" not in details and PHONE not in details and "sf-123" not in details.lower()


def test_an_entry_is_ended_or_removed_once_and_decide_is_told(desk: Desk) -> None:
    desk.publishes(desk.enters("tips", a_tip("tip-1")))
    desk.publishes(desk.enters("tips", a_tip("tip-2")))
    with database.reading(desk.engine) as connection:
        rows = {row.entry_id: row.id for row in connection.execute(select(listed))}
    desk.later(minutes=1)
    with database.writing(desk.engine) as connection:
        ending.end(connection, desk.zhao, HOME, desk.now, rows["tip-1"])
        ending.remove(connection, desk.zhao, HOME, desk.now, rows["tip-2"])
    for deed, row in ((ending.end, "tip-1"), (ending.remove, "tip-2")):
        with pytest.raises(Conflict), database.writing(desk.engine) as connection:
            deed(connection, desk.zhao, HOME, desk.now, rows[row])
    desk.sends()
    told = desk.in_the_log("tips")
    assert list(told) == ["tip-1"] and told["tip-1"].expires_at == desk.now
