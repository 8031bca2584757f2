"""A parcel for training comes in place of the next real one, and nothing of it tells."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, Table, func, insert, select, text, update

from screener.review import claims, database, likeness, personal, search
from screener.review.fiction import answering, clearing, giving, library, naming, pacing, results
from screener.review.fiction.tables import fiction, given, pace
from screener.review.ledger.tables import decided
from screener.review.lists.tables import list_job, list_match
from screener.review.moves import Release
from screener.review.networks.tables import tie
from screener.review.parcels import find, flagged_of
from screener.review.queue import Filters
from screener.review.rights import Reviewer, Role
from screener.review.schema import audit, flag, link, parcel, photograph, scan, searched
from screener.review.station.tables import station_entry
from tests.review import flags
from tests.review.fiction.workshop import CLEAN, LOADED, Workshop, stocked
from tests.review.stations import HOME, NOW, item_of, somebody
from tests.stages.world import RING

RELEASE = Release(quality="wrong")


def test_on_either_database_one_is_given_answered_and_removed(engine: Engine) -> None:
    shop = stocked(engine)
    li = shop.person("li")
    item = shop.given(li)
    shop.act(li, item.id, RELEASE)
    shop.arrives("P-4720", due_at=None)
    with database.writing(shop.engine) as connection:
        clearing.sweep(connection, shop.now)
        assert connection.scalar(select(parcel.c.id).where(parcel.c.id == item.id)) is None
        assert answering.told(connection, li, [item.id]) is None
        assert len(results.own(connection, li)) == 1
        assert likeness.similar(connection, li, HOME, 3) == ()


def test_it_looks_like_the_newest_parcel_of_its_hub(shop: Workshop) -> None:
    li = shop.person("li")
    first = shop.take(li) or shop.given(li)
    with database.reading(shop.engine) as connection:
        assert first.id == connection.scalar(select(func.max(parcel.c.id)))
        whole = flagged_of(connection, first.id)
        kept = connection.execute(select(scan).where(scan.c.parcel == first.id)).all()
        texts = connection.scalar(select(searched.c.written).where(searched.c.parcel == first.id))
        people = personal.masked(whole, RING)
        history = connection.scalars(select(flag.c.revision).where(flag.c.parcel == first.id)).all()
    assert first.parcel_id.startswith("P-") and len(first.parcel_id) == len("P-4711")
    assert timedelta() < shop.now - first.flagged_at < timedelta(seconds=20)
    assert first.claimed(shop.now) == li.person and first.state == "waiting"
    assert whole.decision.parcel_id == first.parcel_id
    assert all(one.scan.parcel_id == first.parcel_id for one in whole.scans)
    assert whole.manifest is not None and whole.manifest.parcel_id == first.parcel_id
    assert people.consignor is not None and people.consignor.lost is None
    assert [row.number for row in kept] == [1] and kept[0].signature == b"\x40" * likeness.BYTES
    assert texts is not None and first.parcel_id.lower() in texts
    assert history == [first.revision]


def test_it_stands_where_the_next_real_one_would(shop: Workshop) -> None:
    li = shop.person("li")
    with database.reading(shop.engine) as connection:
        next_one = claims.upcoming(connection, li, HOME, shop.now, Filters())
    assert next_one is not None
    found = shop.given(li)
    assert next_one.priority < found.priority < next_one.priority * 1.0001


def test_the_same_turns_give_the_same(shop: Workshop) -> None:
    li = shop.person("li")
    with database.writing(shop.engine) as connection:
        turns = [pacing.turn(connection, li, shop.now, 0.5) for _ in range(200)]
    drawn = [one.is_due(RING) for one in turns]
    assert [one.number for one in turns] == list(range(1, 201))
    assert drawn == [one.is_due(RING) for one in turns]
    assert 60 < sum(drawn) < 140
    others = [replace_person(one, one.person + 1).is_due(RING) for one in turns]
    assert others != drawn


def replace_person(turn: pacing.Turn, person: int) -> pacing.Turn:
    return pacing.Turn(person, turn.number, turn.rate)


def test_nobody_is_given_one_twice_and_then_none_is_left(shop: Workshop) -> None:
    li = shop.person("li")
    had = set()
    for _ in range(2):
        item = shop.given(li)
        with database.reading(shop.engine) as connection:
            had.add(connection.scalar(select(given.c.fiction).where(given.c.parcel_id == item.parcel_id)))
        shop.act(li, item.id, RELEASE)
    assert len(had) == 2
    assert [shop.take(li) for _ in range(30)] == [None] * 30
    assert shop.given(shop.person("wang"))


def test_none_is_given_at_a_rate_of_none_nor_where_the_queue_is_empty(shop: Workshop) -> None:
    shop.settings = replace(shop.settings, tip_rate=0.0)
    assert [shop.take(shop.person("li")) for _ in range(20)] == [None] * 20
    shop.settings = replace(shop.settings, tip_rate=0.5)
    with database.writing(shop.engine) as connection:
        connection.execute(update(parcel).values(state="closed"))
    assert [shop.take(shop.person("wang")) for _ in range(20)] == [None] * 20


@pytest.mark.parametrize("minutes", [5, -5])
def test_what_the_belt_waits_for_goes_first(shop: Workshop, minutes: float) -> None:
    shop.arrives("P-4714", due_at=shop.now + timedelta(minutes=minutes))
    assert [shop.take(shop.person("li")) for _ in range(20)] == [None] * 20
    shop.later(minutes=30)
    assert shop.given(shop.person("li"))


@pytest.mark.parametrize(
    "filters",
    [
        Filters(hub="west"),
        Filters(kind="loose_tobacco"),
        Filters(mine=True),
        Filters(q="P-4711"),
        Filters(tip=True),
    ],
)
def test_none_is_given_that_the_filters_would_not_show(shop: Workshop, filters: Filters) -> None:
    assert [shop.take(shop.person("li"), filters) for _ in range(20)] == [None] * 20


def test_none_is_given_of_a_hub_where_one_may_not_decide(shop: Workshop) -> None:
    shop.arrives("W-1", hub="west", due_at=None)
    of_west = shop.person("zhao", Role.INVESTIGATOR, hub="west")
    assert [shop.take(of_west) for _ in range(20)] == [None] * 20
    assert shop.take(shop.person("reader", Role.READER)) is None


def test_loads_and_none_come_about_as_often(shop: Workshop) -> None:
    source = item_of(shop.engine, 1).id
    for _ in range(20):
        shop.ready(source, LOADED)
        shop.ready(source, CLEAN)
    li = shop.person("li")
    for _ in range(20):
        shop.act(li, shop.given(li).id, RELEASE)
    with database.reading(shop.engine) as connection:
        kinds = connection.scalars(select(fiction.c.kind).join(given, given.c.fiction == fiction.c.id)).all()
    assert 3 <= sum(kind == library.NONE for kind in kinds) <= 17  # of 2,500 fair draws one is not


def test_a_burst_is_another_rate_until_its_end(shop: Workshop) -> None:
    li, chen = shop.person("li"), shop.person("chen", Role.SUPERVISOR)
    with database.writing(shop.engine) as connection:
        until = shop.now + timedelta(hours=1)
        pacing.set_rate(connection, chen, shop.now, person_id=li.person, rate=0.4, until=until)
        assert pacing.turn(connection, li, shop.now, 0.02).rate == 0.4
        assert pacing.turn(connection, li, until, 0.02).rate == 0.02
        assert connection.scalar(select(pace.c.taken)) == 2


def test_its_scan_does_not_lead_to_the_parcel_it_is_of(shop: Workshop) -> None:
    li = shop.person("li")
    item = shop.given(li)
    with database.writing(shop.engine) as connection:
        connection.execute(update(scan).values(signature=b"\x40" * likeness.BYTES))
        alike = likeness.similar(connection, li, HOME, item.id)
        back = likeness.similar(connection, li, HOME, 3)
    assert {one.item.id for one in alike} == {1, 2}
    assert {one.item.id for one in back} == {1, 2}


def test_it_is_found_by_its_own_numbers_like_any_other(shop: Workshop) -> None:
    li, wang = shop.person("li"), shop.person("wang")
    item = shop.given(li)
    with database.reading(shop.engine) as connection:
        assert search.by_barcode(connection, li, HOME, item.waybill) == item.id
        assert search.by_barcode(connection, wang, HOME, item.waybill) is None
        assert find(connection, li, HOME, item.id).key == item.key


def test_a_real_parcel_with_its_number_takes_its_place(shop: Workshop) -> None:
    li = shop.person("li")
    item = shop.given(li)
    real = shop.arrives(item.parcel_id, due_at=None)
    assert real != item.id and item_of(shop.engine, real).parcel_id == item.parcel_id
    with database.reading(shop.engine) as connection:
        assert connection.scalar(select(given.c.ended_at)) == shop.now
        assert search.by_barcode(connection, li, HOME, item.parcel_id) == real


def test_what_has_ended_is_removed_and_its_number_never_given_again(shop: Workshop) -> None:
    li = shop.person("li")
    item = shop.given(li)
    shop.act(li, item.id, RELEASE)
    with database.writing(shop.engine) as connection:
        clearing.sweep(connection, shop.now)
        assert connection.scalar(select(parcel.c.id).where(parcel.c.id == item.id)) == item.id
    leave_traces(shop, li, item.id)
    later = shop.arrives("P-4720", due_at=None)
    assert later > item.id
    with database.writing(shop.engine) as connection:
        clearing.sweep(connection, shop.now)
        assert connection.execute(select(station_entry.c.parcel, station_entry.c.photograph)).one() == (
            None,
            None,
        )
        for table in (flag, link, scan, searched, list_match, photograph):
            assert connection.scalar(select(func.count()).where(table.c.parcel == item.id)) == 0
        assert connection.scalar(select(parcel.c.id).where(parcel.c.id == item.id)) is None


def leave_traces(shop: Workshop, li: Reviewer, item_id: int) -> None:
    """A photograph that an officer took of it at the station, and a list that would have named it."""
    picture = {"sha256": "0" * 64, "address": "a", "content_type": "image/png", "bytes": 1}
    said = {"uuid": "u", "digest": "d", "kind": "photograph", "barcode": "P", "said": "{}", "state": "done"}
    times = dict.fromkeys(("made_at", "sent_at", "received_at"), shop.now)
    with database.writing(shop.engine) as connection:
        of = {"parcel": item_id, "by": li.person, "at": shop.now}
        made = insert(photograph).values(picture | of).returning(photograph.c.id)
        own = {"person": li.person, "hub": "*", "agency": HOME, "parcel": item_id}
        number = connection.execute(made).scalar_one()
        connection.execute(insert(station_entry).values(said | times | own | {"photograph": number}))
        job = {"list": "tips", "by": li.person, "at": shop.now, "agency": HOME, "from_file": False}
        listed = insert(list_job).values(job | {"state": "ready"}).returning(list_job.c.id)
        row = {"job": connection.execute(listed).scalar_one(), "entry_id": "t", "parcel": item_id}
        connection.execute(insert(list_match).values(row))


def test_what_nobody_answers_is_taken_away_again(shop: Workshop) -> None:
    li = shop.person("li")
    item = shop.given(li)
    shop.later(hours=13)
    with database.writing(shop.engine) as connection:
        clearing.sweep(connection, shop.now)
        assert search.by_barcode(connection, li, HOME, item.parcel_id) is None


def test_the_record_says_what_it_was(shop: Workshop) -> None:
    item = shop.given(shop.person("li"))
    with database.reading(shop.engine) as connection:
        row = connection.execute(select(audit).where(audit.c.target == item.key)).one()
    assert (row.what, row.who) == ("fiction_given", "li")


@pytest.mark.parametrize(
    ("text", "made"),
    [("WP-0038", "WP-9921"), ("S-0038-1", "S-9921-1"), ("P-0038", "P-9921"), ("X-17", None)],
)
def test_numbers_that_follow_the_parcels_follow_the_new_one(text: str, made: str | None) -> None:
    assert naming.along(text, "P-0038", "P-9921") == made


def test_postal_numbers_keep_their_check_digit() -> None:
    assert naming.check_digit("47312482") == 9  # RA473124829 of the UPU's own example
    found = naming.like("RA473124829CN", np.random.default_rng(1), lambda text: text == "RA473124829CN")
    assert found[:4] == "RA47" and found.endswith("CN")
    assert naming.check_digit(found[2:10]) == int(found[10])


@pytest.mark.parametrize(
    ("known", "among", "form"),
    [
        ("W2026112300042", ("W2026112300041", "W2026112300038"), r"W20261123000\d\d"),
        ("P-4711", ("X-1", "P-4711"), r"P-47\d\d"),
        ("AB12", (), r"AB1\d"),
    ],
)
def test_a_number_keeps_its_form_and_what_does_not_run(known: str, among: tuple[str, ...], form: str) -> None:
    for seed in range(20):
        assert re.fullmatch(form, naming.like(known, np.random.default_rng(seed), lambda text: False, among))
    every = {known[:-1] + digit for digit in naming.DIGITS}
    more = naming.like(
        known, np.random.default_rng(1), every.__contains__, [known[:-1] + "0", known[:-1] + "9"]
    )
    assert len(more) == len(known) and naming._form(more) == naming._form(known)


def test_the_number_of_a_parcel_that_passed_unseen_or_is_in_a_network_is_taken(shop: Workshop) -> None:
    hub = flags.HUB
    with database.writing(shop.engine) as connection:
        names = giving._Names(connection, np.random.default_rng(1), hub, ())
        for table, where, number in ((tie, "west", "P-4718"), (decided, hub, "P-4719")):
            row = filled(table, shop.now) | {"hub": where, "parcel_id": number}
            connection.execute(insert(table).values(row))
        assert names._is_parcel("P-4718") and names._is_parcel("P-4719") and not names._is_parcel("P-4717")


def filled(table: Table, at: datetime) -> dict[str, Any]:
    """A row in which all that must be said is nothing."""
    kinds: dict[type, Any] = {int: 0, float: 0.0, bool: False, str: ""}
    wanted = [one for one in table.columns if not one.nullable and not one.primary_key]
    return {one.name: kinds.get(one.type.python_type, at) for one in wanted}


def test_of_two_first_requests_at_once_both_get_a_turn(engine: Engine) -> None:
    li = somebody(engine, "li")
    first_wrote, second_asks = threading.Event(), threading.Event()
    numbers: list[int] = []

    def second() -> None:
        first_wrote.wait(30)
        second_asks.set()
        with database.writing(engine) as connection:
            numbers.append(pacing.turn(connection, li, NOW, 0.5).number)

    other = threading.Thread(target=second)
    other.start()
    with database.writing(engine) as connection:
        numbers.append(pacing.turn(connection, li, NOW, 0.5).number)
        first_wrote.set()
        assert second_asks.wait(30)
        if engine.dialect.name == "postgresql":
            _until_one_waits(engine)
    other.join(30)
    assert numbers == [1, 2]


def _until_one_waits(engine: Engine) -> None:
    """Another connection stands before what this one holds."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while True:
        with database.reading(engine) as connection:
            if connection.scalar(waiting):
                return


def test_where_every_number_is_taken_the_real_one_is_given(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(naming.Exhausted):
        naming.like("P-1", np.random.default_rng(1), lambda text: True)
    monkeypatch.setattr(naming, "TRIES", 0)
    li = shop.person("li")
    assert all(shop.take(li) is None for _ in range(20))
    with database.reading(shop.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(given)) == 0
