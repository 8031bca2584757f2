"""Who sees which figures, and which parcels behind them; cases among them, and what the workstation tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import Connection, Engine, event, insert, select

from screener.contracts import topics
from screener.errors import BadInput
from screener.review import database, parcels
from screener.review.cases.tables import case_, case_parcel
from screener.review.errors import Hidden
from screener.review.ledger import entries, figures, follow
from screener.review.ledger.figures import Behind, Parcels
from screener.review.ledger.measures import OURS_ALONE, Measure
from screener.review.ledger.points import Series
from screener.review.ledger.spans import Span
from screener.review.ledger.tables import AMOUNTS
from screener.review.ledger.warming import usual
from screener.review.moves import Checklist, Found
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import outbox
from screener.stream.port import Partition, Record
from tests.review.ledger.seeding import COURIERS, HUBS, LAST, TIME_ZONE, facts, history, messages
from tests.review.stations import HOME, OFFICERS, OPEN, SETTINGS, Station, a_parcel, somebody

YEAR = Span(since=date(2026, 1, 1), until=date(2027, 1, 1))
MANY = [one for one in Measure if one not in {Measure.CASES, Measure.LARGE_CASES}]


def seeing(*grants: Grant) -> Reviewer:
    return Reviewer(1, "li", "zh", grants)


ALL = seeing(Grant(Role.READER))
EAST = seeing(Grant(Role.INVESTIGATOR, "east", HOME))
POLICE = seeing(Grant(Role.READER, agency="police"))


@pytest.fixture
def connection(year: Engine) -> Iterator[Connection]:
    with database.reading(year) as opened:
        yield opened


def series(connection: Connection, who: Reviewer, span: Span = YEAR) -> Series:
    return figures.series(connection, who, HOME, span)


def behind(
    connection: Connection, who: Reviewer, measure: Measure, after: str | None = None, limit: int = 200
) -> Parcels:
    return figures.behind(connection, who, HOME, measure, YEAR, after, limit)


def test_who_sees_one_hub_sees_what_that_hub_comes_to(connection: Connection) -> None:
    asked = series(connection, ALL, replace(YEAR, hub="east"))
    assert series(connection, EAST).points == asked.points
    assert series(connection, EAST).total.screened
    assert series(connection, EAST, replace(YEAR, hub="west")).total.screened == 0
    assert {one.hub for one in behind(connection, EAST, Measure.HELD).items} == {"east"}


def test_another_agency_sees_what_was_handed_to_it_and_no_more(connection: Connection) -> None:
    found = series(connection, POLICE)
    assert not found.ours
    asked = series(connection, ALL, replace(YEAR, agency="police"))
    assert found.total.opened == asked.total.opened > 0
    assert [getattr(found.total, name) for name in AMOUNTS] == [
        getattr(asked.total, name) for name in AMOUNTS
    ]
    for one in (found.total, found.before, *(point.now for point in found.points)):
        assert all(one.value(measure) is None for measure in OURS_ALONE)
    for measure in MANY:
        items = behind(connection, POLICE, measure).items
        assert (measure not in OURS_ALONE) or not items
        for each in items:
            assert each.agency == "police"
            assert each.item is not None
            parcels.find(connection, POLICE, HOME, each.item)
    assert figures.choices(connection, POLICE, HOME).agencies == ("police",)


def test_what_was_handed_over_stands_for_no_other_parcels(connection: Connection) -> None:
    both = seeing(*EAST.grants, *POLICE.grants)
    found, east = series(connection, both), series(connection, EAST)
    elsewhere = [one for one in behind(connection, POLICE, Measure.OPENED).items if one.hub != "east"]
    assert elsewhere
    assert found.total.opened == east.total.opened + len(elsewhere)
    assert (found.total.recall, found.total.prevalence) == (east.total.recall, east.total.prevalence)


def test_who_sees_no_parcel_sees_no_figure(connection: Connection) -> None:
    nobody = seeing(Grant(Role.ADMINISTRATOR))
    found = series(connection, nobody)
    assert (found.total.opened, found.total.screened) == (0, None)
    assert behind(connection, nobody, Measure.FOUND).items == ()
    assert figures.choices(connection, nobody, HOME).hubs == ()


@pytest.mark.parametrize("who", [ALL, EAST, POLICE])
def test_who_opens_a_parcel_from_a_figure_may_see_it(connection: Connection, who: Reviewer) -> None:
    items = [one.item for one in behind(connection, who, Measure.OPENED).items if one.item is not None]
    assert items
    assert all(parcels.find(connection, who, HOME, one) for one in items)
    hidden = {one.item for one in behind(connection, ALL, Measure.OPENED).items} - {*items, None}
    for one in hidden:
        assert one is not None
        with pytest.raises(Hidden):
            parcels.find(connection, who, HOME, one)


def test_pages_follow_each_other_without_gap(connection: Connection) -> None:
    whole = behind(connection, ALL, Measure.HELD).items
    pages: list[Behind] = []
    after = None
    while True:
        page = behind(connection, ALL, Measure.HELD, after, 20)
        pages += page.items
        if (after := page.next) is None:
            break
    assert tuple(pages) == whole
    assert len(whole) == series(connection, ALL).total.held


@pytest.mark.parametrize("measure", [Measure.HELD, Measure.OPENED, Measure.FOUND, Measure.VALUE])
def test_what_few_parcels_lie_behind_is_read_by_an_index_of_its_own(
    year: Engine, connection: Connection, measure: Measure
) -> None:
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(year, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    behind(connection, ALL, measure)
    statement, given = asked[0]
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
    name = "found" if measure is Measure.VALUE else measure.value
    assert any(f"INDEX ix_decided_{name} " in row[3] for row in plan)


@pytest.mark.parametrize("after", ["", "x", "1", "1.", "1.2.3", "9" * 50, "1." + "9" * 30])
def test_a_place_that_no_page_gave_is_refused(connection: Connection, after: str) -> None:
    with pytest.raises(BadInput, match="place"):
        behind(connection, ALL, Measure.FOUND, after)


@pytest.mark.parametrize("measure", [Measure.CASES, Measure.LARGE_CASES])
def test_no_parcels_are_counted_as_cases(connection: Connection, measure: Measure) -> None:
    with pytest.raises(BadInput, match="counts parcels"):
        behind(connection, ALL, measure)


def test_parts_add_up_to_the_whole(connection: Connection) -> None:
    year = replace(YEAR, by="year")
    total = series(connection, ALL, year).total
    by_hub = [series(connection, ALL, replace(year, hub=hub)).total for hub in HUBS]
    by_courier = [series(connection, ALL, replace(year, courier=one)).total for one in COURIERS]
    by_day = [one.now for one in series(connection, ALL, replace(YEAR, by="day")).points]
    for parts in (by_hub, by_courier, by_day):
        for name in ("screened", "held", "opened", "found", *AMOUNTS):
            assert sum(getattr(one, name) for one in parts) == getattr(total, name)


def test_a_year_is_held_against_the_year_before(connection: Connection) -> None:
    before = series(connection, ALL, YEAR.year_before)
    found = series(connection, ALL)
    assert found.before == before.total
    assert [one.before for one in found.points] == [one.now for one in before.points]


def test_what_is_looked_at_first_reaches_to_today() -> None:
    for span in usual(date(2026, 11, 23)):
        assert span.until == date(2026, 11, 24)
        assert date(2026, 11, 23) in [day for start in span.begins() for day in (start, date(2026, 11, 23))]


# --- cases ----------------------------------------------------------------------------------------


def _case(engine: Engine, number: int, by: int, filed_at: datetime, item: int) -> None:
    row = {
        "number": f"T-{number}",
        "year": 2026,
        "serial": number,
        "title": "t",
        "words": "t",
        "state": "filed",
        "clue_at": filed_at,
        "begun_by": by,
        "begun_at": filed_at,
        "lead": by,
        "filed_at": filed_at,
    }
    with database.writing(engine) as connection:
        case = connection.execute(insert(case_).values(row).returning(case_.c.id)).scalar_one()
        held = {"case": case, "parcel": item, "why": "", "by": by, "at": filed_at}
        connection.execute(insert(case_parcel).values(held))


def test_a_case_counts_when_it_was_filed_and_is_large_by_what_was_found(engine: Engine) -> None:
    station = Station(engine)
    li = somebody(engine, "li")
    small, large = a_parcel(engine, "P-1"), a_parcel(engine, "P-2")
    for item, cartons in ((small, 4), (large, 1500)):
        station.act(li, item, OPEN)
        station.act(li, item, Found(cartons=cartons, officers=OFFICERS, quality="right"))
    midnight = datetime(2026, 10, 31, 16, tzinfo=UTC)
    _case(engine, 1, li.person, midnight - timedelta(seconds=1), small)
    _case(engine, 2, li.person, midnight, large)
    with database.reading(engine) as connection:
        found = figures.series(connection, li, HOME, YEAR, SETTINGS)
        part = figures.series(connection, li, HOME, replace(YEAR, hub="east"), SETTINGS)
    by_month = {one.start.month: (one.now.cases, one.now.large_cases) for one in found.points}
    assert (by_month[10], by_month[11], by_month[9]) == ((1, 0), (1, 1), (0, 0))
    assert (found.total.cases, found.total.large_cases, found.before.cases) == (2, 1, 0)
    assert part.total.cases is None


# --- what the workstation tells -------------------------------------------------------------------


def test_what_a_person_finds_is_in_the_figures_once_it_was_told(engine: Engine) -> None:
    station = Station(engine)
    li = somebody(engine, "li")
    decision = next(one for one, _, _ in history(500, 300) if one.action == "hold")
    item = a_parcel(engine, decision.parcel_id, hub=decision.hub)
    station.act(li, item, OPEN)
    differs = Checklist(box="unlike_genuine")
    found = Found(
        cartons=3,
        kg=6.5,
        leaf_kg=0.25,
        origin="counterfeit",
        checklist=differs,
        value_cny=1234.5,
        officers=OFFICERS,
        quality="right",
    )
    station.act(li, item, found)
    with database.writing(engine) as connection:
        told = connection.execute(select(outbox).where(outbox.c.topic == topics.OUTCOMES)).one()
        headers = tuple(msgspec.msgpack.decode(told.headers, type=tuple[tuple[str, bytes], ...]))
        place = Partition(topics.OUTCOMES, 0)
        said = next(iter(messages((decision, None, None))))
        records = [
            Record(Partition(said.topic, 0), 0, 0, said.key, said.value, said.headers),
            Record(place, 0, 0, told.key, told.value, headers),
        ]
        follow.take(connection, records, follow.held(connection, TIME_ZONE), lambda: LAST)
        whole = Span(since=date(2025, 1, 1), until=date(2027, 1, 1), by="year")
        total = figures.series(connection, ALL, HOME, whole).total
    assert (total.counterfeit_sticks, total.sticks) == (600, 600)
    assert (total.cut_mg, total.leaf_mg, total.value_fen) == (6_500_000, 250_000, 123_450)
    assert total.value(Measure.COUNTERFEIT) == 0.06


def test_a_decision_from_before_couriers_were_told_names_none() -> None:
    decision = next(one for one, _, _ in history(1, 1))
    body = msgspec.json.decode(msgspec.json.encode(decision))
    assert entries.said(_record(body)).courier == decision.facts.declared.courier  # type: ignore[union-attr]
    del body["facts"]["declared"]["courier"]
    assert entries.said(_record(body)).courier == ""
    del body["facts"]
    assert entries.said(_record(body)).courier == ""
    assert facts(None).declared is not None


def _record(body: object) -> Record:
    return Record(Partition(topics.DECISIONS, 0), 0, 0, None, msgspec.json.encode(body))
