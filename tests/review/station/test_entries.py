"""What devices send is taken once each, whoever dies when; what stands on no parcel is kept for somebody."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace as but
from sqlalchemy import Engine, func, select, update

from screener.errors import BadInput
from screener.review import audit, database
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.fiction.tables import result
from screener.review.moves import Note
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import action, outbox, photograph
from screener.review.service import Service
from screener.review.station import entries, sent, unmatched
from screener.review.station.tables import station_entry, station_scan
from tests.review import dying
from tests.review.fiction.workshop import stocked
from tests.review.station import conftest as said
from tests.review.station.conftest import FOUND, OPEN, SHOT, Device
from tests.review.stations import OFFICERS, SETTINGS, Station, a_parcel, at_once, somebody, timeline

HOME = SETTINGS.agency
ONLY_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""Where the two databases are asked the same."""


def kinds(engine: Engine, item_id: int) -> list[str]:
    return [one.kind for one in timeline(engine, item_id)]


def count(engine: Engine, table: object) -> int:
    with database.reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


def an_opening(device: Device) -> None:
    device.enter("photograph", content=said.photograph("navy"))
    device.enter("open", OPEN)
    device.enter("photograph", content=said.photograph("maroon"))
    device.enter("found", FOUND)
    device.enter("picture", SHOT, said.x_ray())


@pytest.mark.parametrize("seed", [1, 2])
def test_however_often_it_is_sent_it_stands_once_and_the_answer_is_the_same(
    service: Service, seed: int
) -> None:
    li, chance = somebody(service.engine, "li"), random.Random(seed)
    item, device = a_parcel(service.engine, "P-1"), Device(li, "P-1")
    an_opening(device)
    answers: list[entries.Answer] = []
    for number in range(5):
        answers.append(device.send(service, number))
        for again in chance.sample(range(number + 1), chance.randint(0, number + 1)):
            assert device.send(service, again) == answers[again]
    assert kinds(service.engine, item) == ["open", "found"]
    assert count(service.engine, photograph) == 2
    assert count(service.engine, station_scan) == 1
    assert count(service.engine, station_entry) == 5
    assert [one.state for one in answers] == ["done"] * 5
    with database.reading(service.engine) as connection:
        assert not list(audit.breaks(audit.entries(connection)))


def test_two_at_once_with_the_same_entry_are_one(service: Service) -> None:
    li = somebody(service.engine, "li")
    item, device = a_parcel(service.engine, "P-1"), Device(li, "P-1")
    device.enter("open", OPEN)
    assert at_once(*[lambda: device.send(service)] * 4) == ["done"] * 4
    assert kinds(service.engine, item) == ["open"]
    assert count(service.engine, station_entry) == 1


@ONLY_SQLITE
def test_who_is_killed_at_any_moment_has_said_nothing_or_all(service: Service) -> None:
    # without pictures: the evidence store has threads that a forked process lacks
    li, at = somebody(service.engine, "li"), 0
    while True:
        at += 1
        item, device = a_parcel(service.engine, f"P-{at}"), Device(li, f"P-{at}")
        device.enter("open", OPEN)
        device.send(service)
        device.enter("found", FOUND)
        died = dying.killed(lambda moment: _send(service, device, moment), at)  # noqa: B023 - called at once
        _send(service, device, lambda: None)
        assert kinds(service.engine, item) == ["open", "found"], at
        if not died:
            break
    assert at > 15
    assert count(service.engine, station_entry) == at * 2
    assert count(service.engine, outbox) == at
    with database.reading(service.engine) as connection:
        assert not list(audit.breaks(audit.entries(connection)))


def _send(service: Service, device: Device, moment: dying.Moment) -> None:
    with dying.mortal(service.engine, moment) as engine:
        device.send(replace(service, engine=engine))


@ONLY_SQLITE
def test_a_repeat_with_other_content_is_refused(service: Service) -> None:
    li, wang = somebody(service.engine, "li"), somebody(service.engine, "wang")
    item, device = a_parcel(service.engine, "P-1"), Device(li, "P-1")
    device.enter("open", OPEN)
    device.send(service)
    other = but(device.made[0][0], fields={"officers": ["甲", "乙"]})
    with pytest.raises(BadInput, match="another entry"):
        entries.take(service, li, other)
    with pytest.raises(BadInput, match="another entry"):
        entries.take(service, wang, but(device.made[0][0], person=wang.person))
    assert kinds(service.engine, item) == ["open"]


@ONLY_SQLITE
def test_nobody_sends_what_another_entered(service: Service) -> None:
    li, wang = somebody(service.engine, "li"), somebody(service.engine, "wang")
    a_parcel(service.engine, "P-1")
    device = Device(li, "P-1")
    device.enter("open", OPEN)
    with pytest.raises(Denied):
        entries.take(service, wang, device.made[0][0])
    reader = somebody(service.engine, "reader", Role.READER)
    with pytest.raises(Denied):
        entries.take(service, reader, but(device.made[0][0], person=reader.person))
    assert count(service.engine, station_entry) == 0


@ONLY_SQLITE
def test_a_parcel_that_changed_meanwhile_is_a_conflict_and_nothing_of_it_is_kept(service: Service) -> None:
    li, wang = somebody(service.engine, "li"), somebody(service.engine, "wang")
    item, station = a_parcel(service.engine, "P-1"), Station(service.engine)
    device = Device(li, "P-1")
    device.enter("open", OPEN, parcel=item, version=1)
    station.act(wang, item, Note(text="looked at it"))
    with pytest.raises(Conflict):
        device.send(service)
    assert count(service.engine, station_entry) == 0
    again = but(device.made[0][0], version=None, parcel=None)
    assert entries.take(service, li, again).state == "done"
    # what was found follows the opening, and nobody else's note
    device.enter("found", FOUND, version=1)
    station.act(li, item, Note(text="wait"))
    with pytest.raises(Conflict):
        device.send(service)
    handed = but(device.made[1][0], handed=True, why="Changed meanwhile")
    assert entries.take(service, li, handed).state == "handed"
    assert kinds(service.engine, item) == ["note", "open", "note"]


@ONLY_SQLITE
def test_an_opening_and_what_was_found_follow_each_other_without_a_connection(service: Service) -> None:
    li = somebody(service.engine, "li")
    item, device = a_parcel(service.engine, "P-1"), Device(li, "P-1")
    device.enter("open", OPEN, parcel=item, version=1)
    device.enter("found", FOUND, parcel=item, version=1)
    assert [device.send(service, number).version for number in (0, 1)] == [2, 3]
    assert kinds(service.engine, item) == ["open", "found"]


@ONLY_SQLITE
def test_an_unknown_barcode_is_kept_in_order_until_a_supervisor_ties_it(service: Service) -> None:
    li = somebody(service.engine, "li", hub="east")
    boss = somebody(service.engine, "boss", Role.SUPERVISOR, hub="east")
    other = somebody(service.engine, "other", Role.SUPERVISOR, hub="west")
    device = Device(li, "P-9")
    an_opening(device)
    first = [device.send(service, number) for number in range(3)]
    item = a_parcel(service.engine, "P-9")
    later = [device.send(service, number) for number in (3, 4)]
    assert [one.state for one in first + later] == ["unmatched"] * 5
    assert kinds(service.engine, item) == []
    with database.reading(service.engine) as connection:
        assert unmatched.waiting(connection, other, HOME) == ()
        assert [one.mine for one in unmatched.waiting(connection, li, HOME)] == [True] * 5
        waiting = unmatched.waiting(connection, boss, HOME)
    assert {one.fits for one in waiting} == {item}
    numbers = [one.id for one in waiting]
    for who in (other, li):  # neither sees that there is a parcel, or may settle
        with pytest.raises((BadInput, Hidden)), database.writing(service.engine) as connection:
            unmatched.tie(connection, service, who, numbers, code="P-9")
    with database.writing(service.engine) as connection:
        assert unmatched.tie(connection, service, boss, numbers, code="P-9") == item
    assert kinds(service.engine, item) == ["open", "found"]
    with database.reading(service.engine) as connection:
        assert unmatched.waiting(connection, boss, HOME) == ()
        assert connection.scalars(select(station_scan.c.parcel)).all() == [item]
        assert {one.by for one in connection.execute(select(action.c.by))} == {boss.person}
    assert [device.send(service, number) for number in range(3)] == first


@ONLY_SQLITE
def test_entries_are_tied_all_or_none_and_settled_once(service: Service) -> None:
    li, boss = somebody(service.engine, "li"), somebody(service.engine, "boss", Role.SUPERVISOR)
    device = Device(li, "P-9")
    device.enter("found", FOUND)
    device.enter("note", {"text": "in the van"})
    numbers = [device.send(service, number).entry for number in (0, 1)]
    item = a_parcel(service.engine, "P-9")
    with pytest.raises(Conflict), database.writing(service.engine) as connection:
        unmatched.tie(connection, service, boss, numbers, code="P-9")  # it was never opened
    assert kinds(service.engine, item) == []
    with database.writing(service.engine) as connection:
        unmatched.settle(connection, service, boss, numbers[0], note="read wrong")
    with pytest.raises(Conflict), database.writing(service.engine) as connection:
        unmatched.settle(connection, service, boss, numbers[0], note="again")
    with pytest.raises(BadInput), database.writing(service.engine) as connection:
        unmatched.settle(connection, service, boss, numbers[1], note="  ")


@ONLY_SQLITE
def test_what_one_may_not_see_is_unknown_to_the_station(service: Service) -> None:
    li = somebody(service.engine, "li", hub="west")
    item, device = a_parcel(service.engine, "P-1", hub="east"), Device(li, "P-1")
    device.enter("open", OPEN, parcel=item, version=1)
    assert device.send(service).state == "unmatched"
    assert kinds(service.engine, item) == []


HOSTILE = {
    "no image": b"MZ\x90\x00 not a picture",
    "torn photograph": said.photograph()[:200],
    "text": b"<script>alert(1)</script>",
    "bomb": b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
}


@ONLY_SQLITE
@pytest.mark.parametrize("name", HOSTILE)
def test_a_photograph_that_is_none_is_refused(service: Service, name: str) -> None:
    li = somebody(service.engine, "li")
    a_parcel(service.engine, "P-1")
    device = Device(li, "P-1")
    device.enter("photograph", content=HOSTILE[name])
    with pytest.raises(BadInput):
        device.send(service)
    assert count(service.engine, station_entry) == 0


@ONLY_SQLITE
def test_bytes_that_changed_on_the_way_or_are_too_many_are_refused(service: Service, tmp_path: Path) -> None:
    li = somebody(service.engine, "li")
    device = Device(li, "P-1")
    device.enter("photograph", content=said.photograph())
    with pytest.raises(BadInput, match="SHA-256"):
        entries.take(service, li, device.made[0][0], said.photograph("red"))
    device.enter("picture", SHOT, b"\xff\xd8\xff" + b"\0" * service.config.score.images.max_bytes)
    with pytest.raises(BadInput, match="at most"):
        device.send(service)
    device.enter("picture", SHOT, HOSTILE["text"])
    with pytest.raises(BadInput):
        device.send(service)
    assert not [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]


WRONG = {
    "uuid": "not-a-number",
    "kind": "release",
    "barcode": "",
    "made_at": "1970-01-01T00:00:00Z",
    "sent_at": "2026-11-23T08:00:00",
    "fields": {"officers": ["one"]},
    "person": "1",
    "sha256": "0" * 64,
    "more": 1,
    "why": "x" * 501,
}


@pytest.mark.parametrize("name", WRONG)
def test_an_entry_that_is_none_is_refused(name: str) -> None:
    right = {
        "uuid": "00000000-0000-4000-8000-000000000001",
        "person": 1,
        "kind": "open",
        "barcode": "P-1",
        "made_at": "2026-11-23T08:00:00Z",
        "sent_at": "2026-11-23T08:00:00Z",
        "fields": {"officers": list(OFFICERS)},
    }
    assert sent.read(msgspec.json.encode(right).decode()).kind == "open"
    with pytest.raises(BadInput):
        sent.read(msgspec.json.encode(right | {name: WRONG[name]}).decode())


@pytest.mark.parametrize("text", ["", "[]", "{", '{"uuid": "\\ud800"}'])
def test_what_is_no_entry_at_all_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        sent.read(text)


@ONLY_SQLITE
def test_a_parcel_for_training_is_answered_here_too_and_what_follows_reaches_nobody(
    service: Service,
) -> None:
    shop = stocked(service.engine)
    li, boss = shop.person("li"), shop.person("boss", Role.SUPERVISOR)
    device = Device(li, shop.given(li).parcel_id)
    device.enter("open", OPEN)
    device.enter("found", FOUND)
    answers = [device.send(service, number) for number in (0, 1)]
    assert [(one.state, one.parcel) for one in answers] == [("done", None)] * 2
    assert device.send(service, 0) == answers[0]
    assert [count(service.engine, one) for one in (result, action, outbox)] == [1, 0, 0]
    with database.reading(service.engine) as connection:
        assert unmatched.waiting(connection, boss, HOME) == ()


@ONLY_SQLITE
def test_a_picture_is_tied_by_who_may_decide_on_its_parcel(service: Service) -> None:
    li, boss = somebody(service.engine, "li"), somebody(service.engine, "boss", Role.SUPERVISOR, "east")
    reads_west = but_grants(boss, Grant(Role.SUPERVISOR, "*", "police"), Grant(Role.READER, "west", HOME))
    device = Device(li, "P-9")
    device.enter("picture", SHOT, said.x_ray())
    number = device.send(service).entry
    a_parcel(service.engine, "P-9", hub="west")
    with database.writing(service.engine) as connection:
        connection.execute(update(station_entry).values(agency="police"))
    with pytest.raises(Denied), database.writing(service.engine) as connection:
        unmatched.tie(connection, service, reads_west, [number], code="P-9")
    assert count(service.engine, station_scan) == 1


@pytest.mark.parametrize("name", ["person", "parcel", "version"])
def test_a_number_that_no_database_has_is_refused(name: str) -> None:
    device = Device(Reviewer(1, "li", "zh", ()), "P-1")
    written = msgspec.to_builtins(device.enter("note", {"text": "x"})) | {name: 2**63}
    with pytest.raises(BadInput):
        sent.read(msgspec.json.encode(written).decode())


def but_grants(who: Reviewer, *grants: Grant) -> Reviewer:
    return replace(who, grants=grants)
