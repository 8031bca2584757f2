"""Moves on parcels in a database: what is told, what may be undone, who has to confirm, who may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from screener.contracts import catalogue, cloudevents, topics
from screener.contracts.wire import Disposition, Inspection
from screener.errors import BadInput
from screener.review import actions, database, handover, seen
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.moves import Correct, Note, Ours, Refer, Release, Reopen
from screener.review.rights import Reviewer, Role
from screener.review.schema import audit, outbox, parcel
from screener.stream.port import Headers
from tests.review.stations import (
    FOUND,
    NOW,
    OPEN,
    SEIZE,
    SETTINGS,
    Station,
    a_parcel,
    allowed,
    item_of,
    somebody,
    timeline,
)

RELEASE = Release(quality="wrong", note="tea")


def told(station: Station) -> list[tuple[datetime, bool, Inspection | Disposition]]:
    """What lies in the outbox: when it may go, whether it was withdrawn, the body."""
    types = {cloudevents.INSPECTION: Inspection, cloudevents.DISPOSITION: Disposition}
    found = []
    with database.reading(station.engine) as connection:
        for row in connection.execute(select(outbox).order_by(outbox.c.id)):
            event = cloudevents.from_headers(msgspec.msgpack.decode(row.headers, type=Headers))
            body = msgspec.json.decode(row.value, type=types[event.type])
            assert (row.topic, row.key) == (topics.OUTCOMES, body.parcel_id.encode())
            name = body.inspection_id if isinstance(body, Inspection) else body.disposition_id
            assert (event.id, event.source, event.subject) == (name, "screener/review", body.parcel_id)
            found.append((row.not_before, row.withdrawn, body))
    return found


def whole(station: Station) -> dict[str, Any]:
    """All rows that a move could touch."""
    with database.reading(station.engine) as connection:
        return {
            name: connection.execute(select(table)).all() for name, table in parcel.metadata.tables.items()
        }


def test_a_release_closes_the_parcel_and_is_told_after_the_undo_time(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    number = station.act(li, item, RELEASE)
    after = item_of(station.engine, item)
    assert (after.state, after.version, after.claimed_by) == ("closed", 2, None)
    ((not_before, withdrawn, body),) = told(station)
    assert not_before == NOW + timedelta(seconds=10)
    assert not withdrawn
    assert isinstance(body, Disposition)
    assert (body.kind, body.quality, body.revision, body.decided_at) == ("release", "wrong", 1, NOW)
    (act,) = timeline(station.engine, item)
    assert (act.id, act.move, act.by_shown, act.pending) == (number, RELEASE, "officer li", False)


def test_what_is_told_keeps_the_published_schema(station: Station, li: Reviewer) -> None:
    """The catalogue has both kinds on the topic of outcomes."""
    (channel,) = [one for one in catalogue.CHANNELS if one.address == topics.OUTCOMES]
    assert {kind.event_type for kind in channel.kinds} == {cloudevents.INSPECTION, cloudevents.DISPOSITION}


def test_on_the_belt_there_is_no_undo(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1", due_at=NOW + timedelta(seconds=5))
    number = station.act(li, item, RELEASE)
    assert told(station)[0][0] == NOW
    with pytest.raises(Conflict):
        station.undo(li, number)


def test_what_was_undone_is_withdrawn_and_waits_for_the_same_person(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    number = station.act(li, item, RELEASE)
    station.later(9.9)
    station.undo(li, number)
    after = item_of(station.engine, item)
    assert (after.state, after.claimed_by, after.version) == ("waiting", li.person, 3)
    assert [withdrawn for _, withdrawn, _ in told(station)] == [True]
    with pytest.raises(Conflict):
        station.undo(li, number)


def test_only_who_did_it_can_undo_it_and_only_in_time(station: Station, li: Reviewer, wang: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    number = station.act(li, item, RELEASE)
    with pytest.raises(Denied):
        station.undo(wang, number)
    station.later(10)
    with pytest.raises(Conflict):
        station.undo(li, number)


def test_what_others_built_on_is_not_undone_but_a_note_builds_on_nothing(
    station: Station, li: Reviewer, wang: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    note = station.act(li, item, Note(text="x"))
    release = station.act(li, item, RELEASE)
    station.act(wang, item, Note(text="y"))
    reopened = station.act(li, item, Reopen(why="z"))
    with pytest.raises(Conflict, match="reopen came after"):
        station.undo(li, release)
    for number in (note, reopened, release):
        station.undo(li, number)
    assert station.state(item) == "waiting"


def test_what_the_outbox_took_already_is_not_undone(station: Station, li: Reviewer) -> None:
    """Whatever its clock says."""
    number = station.act(li, a_parcel(station.engine, "P-1"), RELEASE)
    with database.writing(station.engine) as connection:
        connection.execute(update(outbox).values(taken_at=NOW))
    before = whole(station)
    with pytest.raises(Conflict):
        station.undo(li, number)
    assert whole(station) == before


def test_a_seizure_wants_another_person_who_may_refuse(
    station: Station, li: Reviewer, wang: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    for move in (OPEN, FOUND):
        station.act(li, item, move)
    first = station.act(li, item, SEIZE)
    assert station.state(item) == "seconding"
    assert [body.__class__ for _, _, body in told(station)] == [Inspection]
    with pytest.raises(Denied):
        station.second(li, first)
    station.second(wang, first, agrees=False, note="seal it anew")
    assert station.state(item) == "inspecting"
    with pytest.raises(Conflict):
        station.second(wang, first)
    again = station.act(li, item, replace(SEIZE, seal="S-2"))
    station.later(60)
    station.second(wang, again)
    assert station.state(item) == "seized"
    refused, confirmed = timeline(station.engine, item)[-2:]
    assert (refused.second_shown, refused.second_note, refused.stands) == (
        "officer wang",
        "seal it anew",
        False,
    )
    assert (confirmed.second, confirmed.refused) == (wang.person, False)
    body = told(station)[-1][2]
    assert isinstance(body, Disposition)
    assert (body.kind, body.quality) == ("seize", "right")


def test_a_proposal_that_was_confirmed_in_time_is_not_undone(
    station: Station, li: Reviewer, wang: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    for move in (OPEN, FOUND):
        station.act(li, item, move)
    proposed = station.act(li, item, SEIZE)
    station.second(wang, proposed)
    with pytest.raises(Conflict):
        station.undo(li, proposed)


def test_a_proposal_that_was_undone_is_not_confirmed(station: Station, li: Reviewer, wang: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    for move in (OPEN, FOUND):
        station.act(li, item, move)
    proposed = station.act(li, item, SEIZE)
    station.undo(li, proposed)
    assert station.state(item) == "inspecting"
    with pytest.raises(Conflict):
        station.second(wang, proposed)


def test_what_waits_for_a_second_person_is_listed_for_all_but_who_proposed_it(
    station: Station, li: Reviewer, wang: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    for move in (OPEN, FOUND, SEIZE):
        station.act(li, item, move)
    reader = somebody(station.engine, "reader", Role.READER)
    elsewhere = somebody(station.engine, "west", hub="west")
    with database.reading(station.engine) as connection:
        lists = {
            who.name: [one.id for one, _ in actions.pending(connection, who, SETTINGS)]
            for who in (li, wang, reader, elsewhere)
        }
    assert lists == {"li": [], "wang": [item], "reader": [], "west": []}


def test_a_correction_replaces_the_inspection_before(station: Station, li: Reviewer, wang: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    station.act(li, item, OPEN)
    station.later(60)
    first = station.act(li, item, FOUND)
    station.later(60)
    station.act(li, item, Release(quality="right"))
    station.later(3600)
    second = station.act(
        wang, item, Correct(corrects=first, found=replace(FOUND, cartons=1, quality="tobacco_within_limit"))
    )
    with pytest.raises(Conflict):
        station.act(wang, item, Correct(corrects=first, found=FOUND))
    third = station.act(li, item, Correct(corrects=second, found=FOUND))
    said = [body for _, _, body in told(station) if isinstance(body, Inspection)]
    assert [one.sticks for one in said] == [860, 260, 860]
    assert [one.over_limit for one in said] == [True, False, True]
    assert [one.corrects for one in said] == [None, said[0].inspection_id, said[1].inspection_id]
    assert {one.inspected_at for one in said} == {NOW + timedelta(seconds=60)}
    assert [one.corrects for one in timeline(station.engine, item)][-2:] == [first, second]
    assert station.state(item) == "closed"
    station.undo(li, third)
    assert [withdrawn for _, withdrawn, _ in told(station)][-1]


def test_an_inspection_tells_the_revision_that_it_was_opened_on(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    station.act(li, item, OPEN)
    with database.writing(station.engine) as connection:
        connection.execute(update(parcel).values(revision=2))
    station.act(li, item, FOUND)
    station.act(li, item, Release(quality="right"))
    inspection, disposition = (body for _, _, body in told(station))
    assert (inspection.revision, disposition.revision) == (1, 2)


@pytest.mark.parametrize("kind", ["release", "seize", "refer"])
def test_what_was_opened_is_decided_after_it_was_said_what_was_found(
    kind: str, station: Station, li: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    moves: dict[str, Ours] = {"release": RELEASE, "seize": SEIZE, "refer": Refer(agency="police")}
    station.act(li, item, OPEN)
    with pytest.raises(Conflict, match="record first"):
        station.act(li, item, moves[kind])
    station.act(li, item, FOUND)
    station.act(li, item, moves[kind])


def test_nothing_is_seized_from_an_empty_parcel(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    station.act(li, item, OPEN)
    station.act(li, item, replace(FOUND, cartons=0, packs=0, quality="wrong"))
    with pytest.raises(Conflict, match="nothing was found"):
        station.act(li, item, SEIZE)


def test_within_the_limit_is_judged_by_the_limit_of_its_hub(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    station.act(li, item, OPEN)
    with pytest.raises(BadInput):
        station.act(li, item, replace(FOUND, cartons=3, quality="tobacco_within_limit"))
    station.act(li, item, replace(FOUND, cartons=1, quality="tobacco_within_limit"))


def test_a_reopened_parcel_is_decided_anew(station: Station, li: Reviewer, wang: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    for move in (RELEASE, Reopen(why="a tip"), OPEN, FOUND):
        station.act(li, item, move)
    assert station.state(item) == "inspecting"
    kinds = [body.kind for _, _, body in told(station) if isinstance(body, Disposition)]
    assert kinds == ["release", "reopen"]


def test_a_stale_page_changes_nothing(station: Station, li: Reviewer, wang: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    station.act(wang, item, Note(text="look at the box"))
    before = whole(station)
    with pytest.raises(Conflict, match="version"):
        station.act(li, item, RELEASE, version=1)
    assert whole(station) == before


def test_a_parcel_that_another_has_is_not_touched_until_his_lease_ends(
    station: Station, li: Reviewer, wang: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1", claimed_by=wang.person, lease_until=NOW + timedelta(seconds=5))
    before = whole(station)
    with pytest.raises(Conflict, match="officer wang"):
        station.act(li, item, RELEASE)
    assert whole(station) == before
    station.later(5)
    station.act(li, item, RELEASE)


def test_opening_claims_the_parcel(station: Station, li: Reviewer, wang: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    station.act(li, item, OPEN)
    after = item_of(station.engine, item)
    assert (after.claimed_by, after.lease_until) == (li.person, NOW + timedelta(seconds=300))
    with pytest.raises(Conflict):
        station.act(wang, item, FOUND)


def test_who_may_not_see_it_finds_nothing_and_who_only_reads_is_denied(
    station: Station, li: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    number = station.act(li, item, RELEASE)
    roles = (Role.READER, Role.AUDITOR)
    for role in roles:
        with pytest.raises(Denied):
            station.act(somebody(station.engine, role, role), item, Reopen(why="x"))
    blind = [
        somebody(station.engine, "admin", Role.ADMINISTRATOR),
        somebody(station.engine, "west", hub="west"),
        somebody(station.engine, "police", agency="police"),
    ]
    for who in blind:
        attempts: list[Callable[[], Any]] = [
            partial(station.act, who, item, Reopen(why="x")),
            partial(station.undo, who, number),
            partial(station.second, who, number),
            partial(station.act, who, 999, Reopen(why="x"), version=1),
            partial(station.undo, who, 999),
        ]
        for attempt in attempts:
            with pytest.raises(Hidden):
                attempt()


def test_the_other_agency_may_note_and_nothing_else(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    police = somebody(station.engine, "police", agency="police")
    station.act(li, item, Refer(agency="police"))
    station.act(police, item, Note(text="ours"))
    with pytest.raises(Denied):
        station.act(police, item, Correct(corrects=1, found=FOUND))
    assert actions.possible(police, item_of(station.engine, item), SETTINGS) == ("note",)


def test_only_known_agencies_get_parcels(station: Station, li: Reviewer) -> None:
    with pytest.raises(BadInput):
        station.act(li, a_parcel(station.engine, "P-1"), Refer(agency="fire"))


def test_an_undone_referral_is_nobodys(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    police = somebody(station.engine, "police", agency="police")
    number = station.act(li, item, Refer(agency="police"))
    with database.writing(station.engine) as connection:
        assert handover.offered_to(connection, police, station.now) == ()
    station.undo(li, number)
    station.later(60)
    with database.writing(station.engine) as connection:
        assert handover.offered_to(connection, police, station.now) == ()
    with pytest.raises(Hidden):
        station.act(police, item, Note(text="mine?"))


def test_a_page_offers_what_would_pass(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    offered = []
    for move in (OPEN, FOUND, SEIZE):
        now = item_of(station.engine, item)
        offered.append(actions.possible(li, now, SETTINGS, timeline(station.engine, item)))
        station.act(li, item, move)
    assert offered == [
        ("release", "open", "refer", "note"),
        ("found", "note"),
        ("release", "seize", "refer", "note", "correct"),
    ]
    reader = somebody(station.engine, "reader", Role.READER)
    assert actions.possible(reader, item_of(station.engine, item), SETTINGS) == ()


def many(station: Station, who: Reviewer, shown: list[tuple[int, int]]) -> Any:
    return station.do(actions.act_many, who, shown, move=RELEASE, allowed=allowed)


def look(station: Station, who: Reviewer, item: int) -> None:
    with database.writing(station.engine) as connection:
        seen.record(connection, who, station.now, item_of(station.engine, item))


def test_many_are_released_only_if_each_was_seen_by_who_does_it(
    station: Station, li: Reviewer, wang: Reviewer
) -> None:
    first, second = (a_parcel(station.engine, f"P-{n}") for n in (1, 2))
    look(station, li, first)
    look(station, wang, second)
    before = whole(station)
    with pytest.raises(BadInput, match="P-2"):
        many(station, li, [(first, 1), (second, 1)])
    assert whole(station) == before
    look(station, li, second)
    assert len(many(station, li, [(second, 1), (first, 1)])) == 2
    assert {station.state(one) for one in (first, second)} == {"closed"}


def test_having_seen_an_earlier_decision_is_not_enough(station: Station, li: Reviewer) -> None:
    item = a_parcel(station.engine, "P-1")
    look(station, li, item)
    with database.writing(station.engine) as connection:
        connection.execute(update(parcel).values(revision=2))
    with pytest.raises(BadInput):
        many(station, li, [(item, 1)])


@pytest.mark.parametrize("shown", [[], [(1, 1), (1, 1)], [(1, 1), (1, 2)], [(n, 1) for n in range(201)]])
def test_many_are_some_and_each_once(shown: list[tuple[int, int]], station: Station, li: Reviewer) -> None:
    a_parcel(station.engine, "P-1")
    with pytest.raises(BadInput):
        many(station, li, shown)


def test_one_that_has_changed_stops_all(station: Station, li: Reviewer, wang: Reviewer) -> None:
    items = [a_parcel(station.engine, f"P-{n}") for n in (1, 2)]
    for item in items:
        look(station, li, item)
    station.act(wang, items[1], Note(text="wait"))
    before = whole(station)
    with pytest.raises(Conflict):
        many(station, li, [(item, 1) for item in items])
    assert whole(station) == before


def test_each_deed_is_recorded_with_its_parcel_and_no_text(
    station: Station, li: Reviewer, wang: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1")
    for move in (Note(text="秘密"), OPEN, FOUND):
        station.act(li, item, move)
    station.second(wang, station.act(li, item, SEIZE), note="秘密")
    with database.reading(station.engine) as connection:
        rows = connection.execute(select(audit.c.what, audit.c.who, audit.c.target, audit.c.details)).all()
    assert [row.what for row in rows] == ["note", "open", "found", "seize", "second"]
    assert {row.target for row in rows} == {"east/P-1"}
    assert not any(text in row.details for row in rows for text in ("秘密", "库房", "李伟"))


def test_having_seen_another_decision_of_the_same_revision_is_not_enough(
    station: Station, li: Reviewer
) -> None:
    item = a_parcel(station.engine, "P-1", revision=3)
    look(station, li, item)
    forgotten = update(parcel).where(parcel.c.id == item)
    for revision in (1, 3):  # [decide] had forgotten the parcel and counts anew
        later = {"revision": revision, "flagged_at": NOW + timedelta(hours=revision)}
        with database.writing(station.engine) as connection:
            connection.execute(forgotten.values(later))
        with pytest.raises(BadInput, match="P-1"):
            many(station, li, [(item, 1)])
    look(station, li, item)
    many(station, li, [(item, 1)])
