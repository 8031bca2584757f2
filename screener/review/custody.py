"""Seizures and their chain of custody: where each lies, and who gave it to whom, without a gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from screener.config import ReviewSettings
from screener.errors import BadInput
from screener.review import acts, audit, authority, moves, parcels
from screener.review.acts import Act
from screener.review.audit import Deed
from screener.review.errors import NONE, Conflict, Hidden
from screener.review.moves import Place, Seize, Text
from screener.review.parcels import Item
from screener.review.rights import Reviewer, Verb
from screener.review.schema import action, custody, handover, person, seizure


@dataclass(frozen=True, slots=True)
class Link:
    """One hand-over of a seizure, entered by `by_shown`."""

    id: int
    at: datetime
    by_shown: str
    given_by: str
    taken_by: str
    place: str
    note: str


@dataclass(frozen=True, slots=True)
class Seizure:
    """A parcel's contents under a seal, with every hand-over since, the last one saying where it lies."""

    id: int
    action: int
    seal: str
    chain: tuple[Link, ...]


def begin(connection: Connection, item: Item, proposed: Act, move: Seize, now: datetime) -> int:
    """Enter a confirmed seizure and the first link of its chain. Raises `Conflict` where its seal is used."""
    row = {"parcel": item.id, "action": proposed.id, "seal": move.seal}
    try:
        with connection.begin_nested():
            seizure_id = connection.execute(insert(seizure).values(row).returning(seizure.c.id)).scalar_one()
    except IntegrityError:
        raise Conflict(
            f"seal {move.seal} is on another seizure; refuse it, and have it sealed anew"
        ) from None
    first = {
        "seizure": seizure_id,
        "at": now,
        "by": proposed.by,
        "given_by": move.given_by,
        "taken_by": proposed.by_shown,
        "place": move.place,
        "note": move.note,
    }
    connection.execute(insert(custody).values(first))
    return int(seizure_id)


def check_seal(connection: Connection, seal: str) -> None:
    """Raises `Conflict` where a seizure, or one that waits for a second person, has this seal."""
    query = select(action.c.details).where(
        action.c.kind == "seize", action.c.undone_at.is_(None), action.c.second.is_(None)
    )
    waiting = (moves.read(said) for said in connection.scalars(query))
    used = connection.scalar(select(seizure.c.id).where(seizure.c.seal == seal)) is not None
    if used or any(isinstance(one, Seize) and one.seal == seal for one in waiting):
        raise Conflict(f"seal {seal} is on another seizure")


def hand_on(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    seizure_id: int,
    *,
    given_by: str,
    taken_by: str,
    place: str,
    note: str = "",
) -> int:
    """Enter who took a seizure from whom and where it lies now; `given_by` is who had it.

    Raises `Hidden`, `Denied`, `Conflict`, `BadInput`.
    """
    item = acts.locked(connection, who, settings.agency, _parcel_of(connection, seizure_id))
    _check_right(connection, who, settings, item)
    row = {"given_by": given_by, "taken_by": taken_by, "place": place}
    row = {name: moves.given(value.strip(), Place) for name, value in row.items()}
    note = moves.given(note.strip(), Text)
    if (holder := chain(connection, seizure_id)[-1].taken_by) != row["given_by"]:
        raise Conflict(f"given_by: expected who has it, {holder}")
    if row["taken_by"] == row["given_by"]:
        raise BadInput("custody_text", "taken_by: expected another person than who gives it")
    entry = {"seizure": seizure_id, "at": now, "by": who.person, "note": note} | row
    link = connection.execute(insert(custody).values(entry).returning(custody.c.id)).scalar_one()
    audit.record(connection, Deed(now, who.name, "hand_on", item.key, {"seizure": seizure_id, "link": link}))
    return int(link)


def chain(connection: Connection, seizure_id: int) -> tuple[Link, ...]:
    """Every hand-over of a seizure, in order."""
    query = (
        select(custody, person.c.shown)
        .join(person, person.c.id == custody.c.by)
        .where(custody.c.seizure == seizure_id)
        .order_by(custody.c.id)
    )
    return tuple(
        Link(row.id, row.at, row.shown, row.given_by, row.taken_by, row.place, row.note)
        for row in connection.execute(query)
    )


def seizures(connection: Connection, item_id: int) -> tuple[Seizure, ...]:
    """What was seized from a parcel that `parcels.find` has found."""
    query = select(seizure).where(seizure.c.parcel == item_id).order_by(seizure.c.id)
    return tuple(
        Seizure(row.id, row.action, row.seal, chain(connection, row.id)) for row in connection.execute(query)
    )


def parcel_of(connection: Connection, who: Reviewer, settings: ReviewSettings, seizure_id: int) -> Item:
    """The parcel of a seizure. Raises `Hidden`."""
    return parcels.find(connection, who, settings.agency, _parcel_of(connection, seizure_id))


def _parcel_of(connection: Connection, seizure_id: int) -> int:
    found = connection.scalar(select(seizure.c.parcel).where(seizure.c.id == seizure_id))
    if found is None:
        raise Hidden(NONE)
    return int(found)


def _check_right(connection: Connection, who: Reviewer, settings: ReviewSettings, item: Item) -> None:
    """The home agency may, and one that has accepted the parcel."""
    query = select(handover.c.agency).where(handover.c.parcel == item.id, handover.c.state == "accepted")
    authority.check(who, Verb.DECIDE, item.hub, [settings.agency, *connection.scalars(query)])
