"""What a person may see: by role, hub and agency; what is hidden does not exist."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, select, update

from screener.contracts.reading import encode
from screener.review import database, flagging
from screener.review.errors import Hidden
from screener.review.parcels import (
    COLUMNS,
    ON_BELT,
    Item,
    decided_anew,
    decisions_of,
    find,
    flagged_of,
    item_of,
    visible,
)
from screener.review.rights import MAY, Grant, Reviewer, Role, Verb
from screener.review.schema import action, flag, handover, parcel, person
from tests.review.flags import NOW, flagged

HOME = "tobacco"
HUBS = ("east", "west")
AGENCIES = ("police", "post")
STATES = ("offered", "accepted", "returned", "closed")


def reviewer(*grants: Grant) -> Reviewer:
    return Reviewer(1, "li", "zh", grants)


ALL = reviewer(Grant(Role.INVESTIGATOR))


@pytest.fixture
def who(engine: Engine) -> int:
    with database.writing(engine) as connection:
        values = {"name": "li", "shown": "Li", "made_at": NOW}
        return int(connection.execute(insert(person).values(values).returning(person.c.id)).scalar_one())


def kept(connection: Connection, parcel_id: str, *, hub: str = "east", **changed: Any) -> int:
    of = flagged(parcel_id, hub=hub)
    row = flagging.columns(of, of.manifest, timedelta(days=7)) | changed
    own = {"hub": hub, "parcel_id": parcel_id, "flagged": encode(of)}
    return int(connection.execute(insert(parcel).values(own | row).returning(parcel.c.id)).scalar_one())


def acted(connection: Connection, item_id: int, who: int, revision: int = 1, **changed: Any) -> int:
    row = {"parcel": item_id, "revision": revision, "kind": "refer", "details": "{}", "by": who}
    row |= {"at": NOW + timedelta(hours=1), "stands_at": NOW} | changed
    return int(connection.execute(insert(action).values(row).returning(action.c.id)).scalar_one())


def handed(connection: Connection, item_id: int, who: int, agency: str, state: str) -> None:
    row = {"parcel": item_id, "action": acted(connection, item_id, who), "agency": agency, "state": state}
    connection.execute(insert(handover).values(row | {"changed_at": NOW}))


GRANTS = st.builds(
    Grant, st.sampled_from(list(Role)), st.sampled_from(["*", *HUBS]), st.sampled_from(["*", HOME, *AGENCIES])
)


@pytest.fixture
def many(engine: Engine, who: int) -> dict[int, tuple[str, frozenset[str]]]:
    """Parcels by row: their hub, and all agencies whose they are, for every fate of a hand-over."""
    found: dict[int, tuple[str, frozenset[str]]] = {}
    with database.writing(engine) as connection:
        for hub, fate in itertools.product(HUBS, [None, *itertools.product(AGENCIES, STATES)]):
            item_id = kept(connection, f"P-{len(found)}", hub=hub)
            theirs = {HOME}
            if fate is not None:
                handed(connection, item_id, who, *fate)
                theirs |= {fate[0]} if fate[1] != "returned" else set()
            found[item_id] = hub, frozenset(theirs)
    return found


def test_one_sees_exactly_what_a_grant_covers(
    engine: Engine, many: dict[int, tuple[str, frozenset[str]]]
) -> None:
    @settings(max_examples=40)
    @given(grants=st.lists(GRANTS, max_size=3), verb=st.sampled_from(list(Verb)))
    def law(grants: list[Grant], verb: Verb) -> None:
        who = reviewer(*grants)
        with database.reading(engine) as connection:
            seen = set(connection.scalars(select(parcel.c.id).where(visible(who, verb, HOME))))
        covered = {
            item_id
            for item_id, (hub, agencies) in many.items()
            for one in grants
            if verb in MAY[one.role] and any(one.covers(hub, agency) for agency in agencies)
        }
        assert seen == covered

    law()


def test_what_is_hidden_looks_like_what_is_not_there(engine: Engine) -> None:
    with database.writing(engine) as connection:
        item_id = kept(connection, "P-1", hub="west")
        assert find(connection, ALL, HOME, item_id).key == "west/P-1"
        told = []
        for asked in (item_id, item_id + 1):
            with pytest.raises(Hidden) as caught:
                find(connection, reviewer(Grant(Role.READER, "east")), HOME, asked)
            told.append(str(caught.value).replace(str(asked), "N"))
        assert told[0] == told[1]
        with pytest.raises(Hidden):
            flagged_of(connection, item_id + 1)


def test_an_item_has_what_its_row_has(engine: Engine, who: int) -> None:
    held: dict[str, Any] = {"state": "inspecting", "claimed_by": who, "lease_until": NOW, "version": 3}
    with database.writing(engine) as connection:
        item = find(connection, ALL, HOME, kept(connection, "P-1", **held))
        row = connection.execute(select(parcel)).mappings().one()
        assert {
            name: getattr(item, name) for name in row if name not in {"flagged", "search", "fiction"}
        } == {name: value for name, value in row.items() if name not in {"flagged", "search", "fiction"}}
        both = connection.execute(select(*COLUMNS, parcel.c.search)).one()
        assert item_of(both) == item


def test_its_message_and_its_decisions_come_back(engine: Engine) -> None:
    with database.writing(engine) as connection:
        item_id = kept(connection, "P-1")
        for revision in (2, 1):
            row = {"parcel": item_id, "revision": revision, "topic": "t", "partition": 0, "offset": revision}
            value = encode(flagged("P-1", revision))
            connection.execute(
                insert(flag).values(row | {"value": value, "at": NOW + timedelta(0, revision)})
            )
        assert flagged_of(connection, item_id) == flagged("P-1")
        assert decisions_of(connection, item_id) == (flagged("P-1").decision, flagged("P-1", 2).decision)


def test_a_decision_after_all_that_people_did_is_new(engine: Engine, who: int) -> None:
    with database.writing(engine) as connection:
        item_id = kept(connection, "P-1")

        def is_anew() -> bool:
            return decided_anew(connection, find(connection, ALL, HOME, item_id))

        assert not is_anew()  # nobody has acted at all
        acted(connection, item_id, who)
        assert not is_anew()
        connection.execute(update(parcel).values(revision=2))
        assert is_anew()
        undone = acted(connection, item_id, who, revision=2, undone_at=NOW)
        assert is_anew()
        connection.execute(update(action).where(action.c.id == undone).values(undone_at=None))
        assert not is_anew()


def test_the_belt_waits_until_a_little_after_it_is_due(engine: Engine) -> None:
    with database.writing(engine) as connection:
        due = find(connection, ALL, HOME, kept(connection, "P-1", due_at=NOW))
        never = find(connection, ALL, HOME, kept(connection, "P-2"))
    assert due.on_belt(NOW - timedelta(hours=1))
    assert due.on_belt(NOW + ON_BELT)
    assert not due.on_belt(NOW + ON_BELT + timedelta(seconds=1))
    assert not never.on_belt(NOW)


def test_a_lease_that_has_ended_holds_nothing(engine: Engine, who: int) -> None:
    def at(connection: Connection, name: str, **held: Any) -> Item:
        return find(connection, ALL, HOME, kept(connection, name, **held))

    with database.writing(engine) as connection:
        assert at(connection, "P-1", claimed_by=who, lease_until=NOW).claimed(NOW) is None
        later = at(connection, "P-2", claimed_by=who, lease_until=NOW + timedelta(seconds=1))
        assert later.claimed(NOW) == who
        assert at(connection, "P-3").claimed(NOW) is None
