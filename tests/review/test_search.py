"""Search finds any fragment of any word, and nothing that a person may not see."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, insert, update

from screener.contracts import examples
from screener.contracts.wire import Flagged
from screener.review import background, database, queue, search
from screener.review.intake import catch_up
from screener.review.queue import Filters
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import parcel
from tests.review import flags
from tests.review.stations import HOME, NOW, a_parcel

EVERYWHERE = Reviewer(1, "p", "zh", (Grant(Role.READER),))
EAST = Reviewer(1, "p", "zh", (Grant(Role.READER, "east"),))

ON_BOTH = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

letters = st.text("茶叶烟罐aAbＢ1２%_'\"\\*&|!:() ", max_size=12)


@contextmanager
def forgotten(engine: Engine) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


def keep(connection: Connection, item_id: int, said: str, flagged: Flagged = examples.FLAGGED) -> None:
    connection.execute(update(parcel).where(parcel.c.id == item_id).values(search=said))
    search.keep(connection, item_id, flagged)


def kept(connection: Connection, said: Sequence[str]) -> None:
    """Parcels from row 1 on that say this."""
    for item_id, one in enumerate(said, 1):
        row = {"id": item_id, "hub": "east", "parcel_id": f"P-{item_id}", "revision": 1, "outcome": "hold"}
        row |= {"why": "load", "kind": "cigarettes", "priority": 1.0, "tip": False, "flagged": b""}
        connection.execute(insert(parcel).values(row | {"arrived_at": NOW, "flagged_at": NOW}))
        keep(connection, item_id, one)


def found(connection: Connection, q: str, who: Reviewer = EVERYWHERE) -> set[int]:
    page = queue.page(connection, who, HOME, NOW, Filters(q=q))
    assert page.total == len(page.items)
    return {one.id for one in page.items}


@ON_BOTH
@given(said=st.lists(letters, min_size=1, max_size=4), q=letters)
def test_a_parcel_is_found_by_what_is_a_part_of_its_words_and_only_by_that(
    engine: Engine, said: list[str], q: str
) -> None:
    words = search.normal(q).split()
    expected = {
        number
        for number, one in enumerate(said, 1)
        if all(any(word in own for own in search.normal(one).split()) for word in words)
    }
    with forgotten(engine) as connection:
        kept(connection, said)
        assert found(connection, q) == expected


PARTS = ("茶", "茶叶", "叶罐", "乌龙茶叶罐", "F12345", "90", "sf1234567890", "ＳＦ12", "乌龙 SF")


@pytest.mark.parametrize("q", PARTS)
def test_chinese_and_fragments_of_waybills_are_found(engine: Engine, q: str) -> None:
    with forgotten(engine) as connection:
        kept(connection, ["SF1234567890 乌龙茶叶罐 两盒", "YT555 女装"])
        assert found(connection, q) == {1}


def test_grams_that_stand_apart_are_no_word(engine: Engine) -> None:
    with forgotten(engine) as connection:
        kept(connection, ["abcd bcde", "abcde"])
        assert found(connection, "abcde") == {2}


def test_a_later_message_is_found_and_the_earlier_no_longer(engine: Engine) -> None:
    with forgotten(engine) as connection:
        kept(connection, ["茶叶", "女装"])
        keep(connection, 1, "手机")
        keep(connection, 1, "手机")
        assert found(connection, "茶叶") == set()
        assert found(connection, "手机") == {1}


def test_what_may_not_be_seen_is_not_found(engine: Engine) -> None:
    west, east = a_parcel(engine, "P-1", hub="west"), a_parcel(engine, "P-1", hub="east")
    with database.writing(engine) as connection:
        for item_id in (west, east):
            connection.execute(update(parcel).where(parcel.c.id == item_id).values(waybill="SF12345"))
            keep(connection, item_id, "茶叶 SF12345")
    with database.reading(engine) as connection:
        assert found(connection, "茶叶", EAST) == {east}
        assert search.by_barcode(connection, EAST, HOME, "SF12345") == east
        assert search.by_barcode(connection, Reviewer(1, "p", "zh", ()), HOME, "SF12345") is None


def test_a_barcode_is_a_waybill_or_a_parcel_or_a_scan_and_of_several_the_newest(engine: Engine) -> None:
    of = flags.flagged("P-7")
    scans = tuple(replace(one, scan=replace(one.scan, scan_id="S-9")) for one in of.scans)
    first, second = a_parcel(engine, "P-7"), a_parcel(engine, "P-8", hub="west", waybill="P-7")
    with database.writing(engine) as connection:
        search.keep(connection, first, replace(of, scans=scans))
    with database.reading(engine) as connection:
        codes = ("S-9", "P-8", " P-7\n", "s-9", "", "茶叶")
        assert [search.by_barcode(connection, EVERYWHERE, HOME, one) for one in codes] == [
            first,
            second,
            second,
            None,
            None,
            None,
        ]


def test_scans_that_a_later_message_lacks_are_forgotten(engine: Engine) -> None:
    item_id = a_parcel(engine, "P-1")
    with database.writing(engine) as connection:
        search.keep(connection, item_id, examples.FLAGGED)
        search.keep(connection, item_id, replace(examples.FLAGGED, scans=()))
        scan_id = examples.FLAGGED.scans[0].scan.scan_id
        assert search.by_barcode(connection, EVERYWHERE, HOME, scan_id) is None


def test_what_the_intake_takes_can_be_searched_for(engine: Engine, tmp_path: Path) -> None:
    log = flags.embedded_log(tmp_path)
    flags.publish(log, [flags.message(flags.flagged("P-1", manifest={"waybill": "SF777888"}))])
    also = inspect.signature(background.tasks).parameters["also"].default
    catch_up(engine, log, flags.SETTINGS, flags.clock, also=also)
    with database.reading(engine) as connection:
        assert len(found(connection, "f7778")) == 1
    log.close()
