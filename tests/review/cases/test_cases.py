"""Cases: numbered, dated by the law, filled and emptied for reasons, and counted as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from screener.errors import BadInput
from screener.review import audit, database
from screener.review.cases import cases, charge, figures, listing, notes, parcels, people, tasks
from screener.review.cases.listing import COUNTED, Filters
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.personal import Lost
from screener.review.rights import Reviewer, Role
from tests.review.cases.desks import Desk, granted, known_parcel
from tests.review.stations import FOUND, HOME, NOW, OPEN, SETTINGS, a_parcel, seized, somebody
from tests.stages.world import RING


@pytest.fixture
def desk(one: Engine) -> Desk:
    return Desk(one)


@pytest.fixture
def li(one: Engine) -> Reviewer:
    return somebody(one, "li")


@pytest.fixture
def wang(one: Engine) -> Reviewer:
    return somebody(one, "wang")


def test_numbers_run_through_a_year_of_the_workstations_own_time(desk: Desk, li: Reviewer) -> None:
    desk.now = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    numbers = [desk.case(li, desk.begin(li)).number for _ in range(2)]
    desk.later(60)
    numbers.append(desk.case(li, desk.begin(li)).number)
    assert numbers == ["tobacco-2026-0001", "tobacco-2026-0002", "tobacco-2027-0001"]


def test_the_law_counts_from_the_oldest_clue_that_nobody_has_decided_on(desk: Desk, li: Reviewer) -> None:
    days = [timedelta(days=n) for n in (1, 2, 30)]
    states = ("waiting", "inspecting", "closed")
    items = [
        a_parcel(desk.engine, f"P-{n}", arrived_at=NOW - ago, state=state)
        for n, (ago, state) in enumerate(zip(days, states, strict=True))
    ]
    case = desk.case(li, desk.begin(li, "x", *items))
    assert case.clue_at == NOW - timedelta(days=2)
    assert case.file_by(SETTINGS) == case.clue_at + timedelta(days=SETTINGS.file_within_days)
    given = desk.call(cases.begin, li, "y", parcels=items, clue_at=NOW - timedelta(hours=1))
    assert desk.case(li, given).clue_at == NOW - timedelta(hours=1)


def test_a_seizure_before_the_clue_counts_first(desk: Desk, li: Reviewer, wang: Reviewer) -> None:
    item = seized(desk, li, wang)
    desk.later(86400 * 3)
    case = desk.case(li, desk.call(cases.begin, li, "x", parcels=[item]))
    assert case.clue_at == NOW


def test_a_parcel_may_be_in_several_cases_and_in_each_once(desk: Desk, li: Reviewer) -> None:
    item = a_parcel(desk.engine, "P-1")
    first, second = desk.begin(li, "a", item), desk.begin(li, "b", item)
    assert desk.call(parcels.add, li, first, item_ids=[item], why="again") == 0
    row = desk.seen(li, first).parcels[0].id
    desk.call(parcels.remove, li, row, why="another parcel")
    with pytest.raises(Conflict):
        desk.call(parcels.remove, li, row, why="another parcel")
    assert desk.call(parcels.add, li, first, item_ids=[item], why="it is after all") == 1
    history = [(one.why, one.ended_why) for one in desk.seen(li, first).parcels]
    assert history == [("a", "another parcel"), ("it is after all", None)]
    with database.reading(desk.engine) as connection:
        assert [one.id for one in cases.of_parcel(connection, li, HOME, item)] == [second, first]


def test_what_one_does_not_see_goes_into_no_case(desk: Desk, li: Reviewer) -> None:
    west = a_parcel(desk.engine, "P-9", hub="west")
    ann = somebody(desk.engine, "ann", hub="east")
    for item in (west, 4711):
        with pytest.raises(Hidden):
            desk.begin(ann, "x", item)
    case = desk.begin(li, "x", west)
    with pytest.raises(Hidden):
        desk.case(ann, case)
    mine = desk.begin(ann, "mine", a_parcel(desk.engine, "P-1"))
    desk.call(parcels.add, li, mine, item_ids=[west], why="both")
    assert [one.item.hub for one in desk.seen(ann, mine).parcels] == ["east"]
    assert desk.seen(ann, mine).figures.parcels == 1


def test_who_decides_nothing_begins_nothing(desk: Desk) -> None:
    for role, agency in ((Role.READER, HOME), (Role.INVESTIGATOR, "police"), (Role.AUDITOR, HOME)):
        with pytest.raises(Denied):
            desk.begin(somebody(desk.engine, f"{role}", role, agency=agency))


@pytest.mark.parametrize("title", ["", " \n ", "x" * 201, "a\0b"])
def test_a_title_is_a_line_of_text(desk: Desk, li: Reviewer, title: str) -> None:
    with pytest.raises(BadInput):
        desk.begin(li, title)


def test_a_note_is_corrected_by_another_and_once(desk: Desk, li: Reviewer) -> None:
    case = desk.begin(li)
    first = desk.call(notes.add, li, case, text="three cartons")
    desk.call(notes.add, li, case, text="four cartons", corrects=first)
    with pytest.raises(Conflict):
        desk.call(notes.add, li, case, text="five", corrects=first)
    texts = [(one.text, one.corrected_by is not None) for one in desk.seen(li, case).notes]
    assert texts == [("three cartons", True), ("four cartons", False)]


def test_people_are_masked_and_shown_once_for_a_reason(desk: Desk, li: Reviewer) -> None:
    item = known_parcel(desk.engine, "P-1")
    case, other = desk.begin(li, "a", item), desk.begin(li, "b", item)
    named = {"name": "周敏", "phone": "13900001111", "address": "长沙市示范路3号", "role": "witness"}
    for one in (case, other):
        desk.call(people.add_by_name, li, one, **named, ring=RING)
    with pytest.raises(BadInput):
        desk.call(people.add_by_name, li, case, **named, ring=RING)
    found = desk.seen(li, case).people[0]
    assert (found.who.name, found.who.phone, found.who.address) == ("周***", "***1111", "长沙市示范路***")
    assert found.elsewhere == 1
    full = desk.call(people.reveal, li, case, reason="for the court", ring=RING)[0].who
    assert (full.name, full.phone) == ("周敏", "13900001111")
    with pytest.raises(Denied):
        desk.call(people.reveal, somebody(desk.engine, "r", Role.READER), case, reason="curious", ring=RING)
    said = "".join(f"{one.details}{one.target}" for one in rows(desk))
    assert "for the court" in said and "周" not in said and "1390" not in said


def test_a_party_stays_sealed_as_its_message_had_it(desk: Desk, li: Reviewer) -> None:
    item = known_parcel(desk.engine, "P-1")
    case = desk.begin(li, "a", item)
    given = {"item_id": item, "side": "consignor", "kind": "person", "role": "sender"}
    row = desk.call(people.add, li, case, **given)
    assert desk.seen(li, case).people[0].who.lost is Lost.TAMPERED  # the example's seal is none
    for wrong in ({"kind": "phone"}, {"kind": "name"}, {"role": "boss"}, {"side": "driver"}):
        with pytest.raises(BadInput):
            desk.call(people.add, li, case, **(given | wrong))
    desk.call(people.remove, li, row, why="mistaken")
    with pytest.raises(Conflict):
        desk.call(people.remove, li, row, why="mistaken")
    assert desk.seen(li, case).people[0].ended_why == "mistaken"
    with pytest.raises(Hidden):
        desk.call(people.add, li, case, **(given | {"item_id": 4711}))


def test_a_task_is_for_people_of_the_same_agency(desk: Desk, li: Reviewer) -> None:
    liu, case = somebody(desk.engine, "liu", agency="police"), desk.begin(li)
    with pytest.raises(BadInput):
        desk.call(tasks.add, li, case, text="ask", assignee=liu.person)
    task = desk.call(tasks.add, li, case, text="ask", due_at=NOW + timedelta(days=1))
    assert [one.overdue(NOW + timedelta(days=2)) for one in desk.seen(li, case).tasks] == [True]
    desk.call(tasks.done, li, task)
    with pytest.raises(Conflict):
        desk.call(tasks.done, li, task)


def test_the_sums_are_what_was_found_and_what_is_still_estimated(
    desk: Desk, li: Reviewer, wang: Reviewer
) -> None:
    first = seized(desk, li, wang)
    second, third = (a_parcel(desk.engine, name, sticks=800.0) for name in ("P-2", "P-3"))
    found = replace(FOUND, cartons=0, packs=0, sticks=1000, origin="smuggled", value_cny=60_000)
    for move in (OPEN, found):
        desk.act(li, second, move)
    case = desk.begin(li, "x", first, second, third)
    sums = desk.seen(li, case).figures
    assert sums.found.by_origin["smuggled"] == 1000
    assert sums.found.sticks == FOUND.all_sticks + 1000
    assert (sums.seized.sticks, sums.seizures, sums.opened) == (FOUND.all_sticks, 1, 2)
    assert (sums.estimated, sums.estimated_sticks) == (1, 800.0)
    assert figures.is_large(sums.found, SETTINGS) and not figures.is_serious(sums.found, SETTINGS)


def test_the_totals_of_some_days_are_the_cases_filed_then(desk: Desk, li: Reviewer, wang: Reviewer) -> None:
    item = seized(desk, li, wang)
    filed, later = desk.begin(li, "a", item), desk.begin(li, "b")
    desk.step(li, filed, "file")
    desk.later(86400)
    desk.step(li, later, "file")
    with database.reading(desk.engine) as connection:
        found = figures.totals(connection, NOW, NOW + timedelta(hours=1))
        nobody = somebody_else(desk)
        none = figures.totals(connection, NOW, NOW + timedelta(days=9), who=nobody, settings=SETTINGS)
    assert (found.begun, found.closed, [one.id for one in found.filed]) == (2, 0, [filed])
    assert found.filed[0].found.sticks == FOUND.all_sticks and found.large == 0
    assert (none.begun, none.filed) == (0, ())


def test_the_list_counts_what_it_shows(engine: Engine) -> None:
    desk, li = Desk(engine), somebody(engine, "li")
    wang, ann = somebody(engine, "wang"), somebody(engine, "ann", hub="east")
    items = [a_parcel(engine, f"P-{n}", hub) for n, hub in enumerate(("east", "west", "east"))]
    granted(engine, li, wang)
    ids = [desk.begin(li, f"{n}号团伙", item) for n, item in enumerate(items)]
    desk.call(charge.hand_to, li, ids[1], to=wang.person)
    desk.call(tasks.add, li, ids[1], text="x", assignee=li.person, due_at=NOW + timedelta(days=1))
    desk.step(li, ids[2], "close", result="not_filed", note="nothing")
    desk.later(86400 * 8)
    for who, count in ((li, 3), (wang, 3), (ann, 2)):
        with database.writing(engine) as connection:
            counters = listing.counters(connection, who, SETTINGS, desk.now)
            pages = {
                name: listing.page(connection, who, SETTINGS, desk.now, one) for name, one in COUNTED.items()
            }
        assert {name: one.total for name, one in pages.items()} == {
            name: getattr(counters, name) for name in COUNTED
        }
        assert counters.worked_on == count
    assert titles(desk, li, Filters(overdue=True)) == ["1号团伙", "0号团伙"]
    assert titles(desk, li, Filters(mine=True)) == ["2号团伙", "1号团伙", "0号团伙"]
    assert titles(desk, wang, Filters(second=True)) == ["2号团伙"]
    assert titles(desk, li, Filters(second=True)) == []
    assert titles(desk, li, Filters(q="0号")) == ["0号团伙"]
    assert titles(desk, li, Filters(q="2026-0002")) == ["1号团伙"]


def test_pages_of_the_list_meet(desk: Desk, li: Reviewer) -> None:
    ids = [desk.begin(li, str(n)) for n in range(5)]
    with database.writing(desk.engine) as connection:
        first = listing.page(connection, li, SETTINGS, NOW, Filters(), limit=3)
        rest = listing.page(connection, li, SETTINGS, NOW, Filters(), limit=3, before=first.before)
    assert [line.case.id for line in (*first.lines, *rest.lines)] == ids[::-1]
    assert rest.before is None


def titles(desk: Desk, who: Reviewer, filters: Filters) -> list[str]:
    with database.writing(desk.engine) as connection:
        found = listing.page(connection, who, SETTINGS, desk.now, filters)
    return [one.case.title for one in found.lines]


def rows(desk: Desk) -> list[audit.Entry]:
    with database.reading(desk.engine) as connection:
        return list(audit.entries(connection))


def somebody_else(desk: Desk) -> Reviewer:
    return Reviewer(99, "liu", "zh", ())
