"""Parcels that were referred to another agency, which accepts, returns or closes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, false, or_, select, true, update

from screener.config import ReviewSettings
from screener.review import acts, audit, authority, messages, moves, outbox, rules
from screener.review.audit import Deed
from screener.review.errors import NONE, Conflict, Hidden
from screener.review.moves import Accept, Close, Refer, Return, Theirs
from screener.review.parcels import Item
from screener.review.rights import EVERY, MAY, Reviewer, Verb
from screener.review.rules import State
from screener.review.schema import action, handover, parcel, person

OPEN: Final = ("offered", "accepted")


@dataclass(frozen=True, slots=True)
class Handover:
    """A referral as the other agency sees it: the row of the parcel, who offered it with which words."""

    id: int
    item_id: int
    hub: str
    parcel_id: str
    agency: str
    state: str
    changed_at: datetime
    offered_by: str
    note: str


def accept(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    handover_id: int,
    *,
    note: str = "",
) -> int:
    """The other agency takes it; the number of the action.

    Raises `Hidden`, `Denied`, `Conflict`, `BadInput`.
    """
    return _change(connection, who, settings, now, handover_id, move=Accept(note=note.strip()))


def return_(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    handover_id: int,
    *,
    why: str,
) -> int:
    """The other agency gives it back, offered or accepted: it is again where it was before. Raises alike."""
    return _change(connection, who, settings, now, handover_id, move=Return(why=why.strip()))


def close(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    handover_id: int,
    *,
    note: str = "",
) -> int:
    """The other agency is done with what it accepted, and the parcel is closed. Raises alike."""
    return _change(connection, who, settings, now, handover_id, move=Close(note=note.strip()))


def take_back(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    handover_id: int,
    *,
    why: str,
) -> int:
    """The home agency withdraws an offer that nobody has accepted. Raises alike."""
    return _change(connection, who, settings, now, handover_id, move=Return(why=why.strip()), home=True)


def offered_to(connection: Connection, who: Reviewer, now: datetime) -> tuple[Handover, ...]:
    """What was offered to or accepted by the agencies for which `who` decides, the oldest first.

    An offer that may still be undone is not among it. Recorded as one row.
    """
    grants = [one for one in who.grants if Verb.DECIDE in MAY[one.role]]
    theirs = or_(false(), *(_granted(one.hub, one.agency) for one in grants))
    query = _QUERY.where(handover.c.state.in_(OPEN), action.c.stands_at <= now, theirs)
    found = tuple(_handover_of(row) for row in connection.execute(query.order_by(handover.c.id)))
    audit.record(connection, Deed(now, who.name, "handovers", f"person:{who.name}", {"found": len(found)}))
    return found


def of_parcel(connection: Connection, item_id: int) -> tuple[Handover, ...]:
    """All referrals of a parcel that `parcels.find` has found."""
    query = _QUERY.where(handover.c.parcel == item_id).order_by(handover.c.id)
    return tuple(_handover_of(row) for row in connection.execute(query))


_QUERY: Final = (
    select(handover, parcel.c.hub, parcel.c.parcel_id, person.c.shown, action.c.details)
    .join(parcel, parcel.c.id == handover.c.parcel)
    .join(action, action.c.id == handover.c.action)
    .join(person, person.c.id == action.c.by)
)

_STATES: Final = {"accept": "accepted", "return": "returned", "close": "closed"}
_BEGINS: Final = {"accept": ("offered",), "return": OPEN, "close": ("accepted",)}


def _change(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    handover_id: int,
    *,
    move: Theirs,
    home: bool = False,
) -> int:
    item = acts.locked(connection, who, settings.agency, _parcel_of(connection, handover_id))
    row = connection.execute(
        select(handover, action.c.stands_at).join(action).where(handover.c.id == handover_id)
    ).one()
    authority.check(who, Verb.DECIDE, item.hub, [settings.agency if home else row.agency])
    moves.checked(move)
    _check_state(row, now, move, ("offered",) if home else _BEGINS[move.kind])
    values = {"state": _STATES[move.kind], "changed_at": now}
    connection.execute(update(handover).where(handover.c.id == handover_id).values(values))
    action_id = acts.entered(connection, item, who, move, at=now, stands_at=now)
    acts.settled(connection, item)
    if isinstance(move, Return):
        _tell_return(connection, settings, now, item, action_id)
    details = {"action": action_id, "handover": handover_id, "agency": row.agency}
    audit.record(connection, Deed(now, who.name, move.kind, item.key, details))
    return action_id


def _tell_return(
    connection: Connection, settings: ReviewSettings, now: datetime, item: Item, action_id: int
) -> None:
    """The outside was told that the other agency has it, which is no longer so."""
    past = acts.timeline(connection, item.id)
    seized = rules.state_of(one.step for one in past) is State.SEIZED
    message = messages.disposition(
        item,
        "seize" if seized else "reopen",
        acts.quality_of(past),
        name=messages.message_id(settings.agency, action_id, now),
        revision=item.revision,
        at=now,
    )
    outbox.put(connection, action_id, message, now)


def _parcel_of(connection: Connection, handover_id: int) -> int:
    found = connection.scalar(select(handover.c.parcel).where(handover.c.id == handover_id))
    if found is None:
        raise Hidden(NONE)
    return int(found)


def _check_state(row: Row[Any], now: datetime, move: Theirs, begins: tuple[str, ...]) -> None:
    if row.state not in begins:
        raise Conflict(f"{move.kind}: it is {row.state}, expected {' or '.join(begins)}")
    if now < row.stands_at:
        raise Conflict("it may still be undone; try again in some seconds")


def _granted(hub: str, agency: str) -> ColumnElement[bool]:
    at = true() if hub == EVERY else parcel.c.hub == hub
    return at if agency == EVERY else and_(at, handover.c.agency == agency)


def _handover_of(row: Row[Any]) -> Handover:
    move = moves.read(row.details)
    return Handover(
        id=row.id,
        item_id=row.parcel,
        hub=row.hub,
        parcel_id=row.parcel_id,
        agency=row.agency,
        state=row.state,
        changed_at=row.changed_at,
        offered_by=row.shown,
        note=move.note if isinstance(move, Refer) else "",
    )
