"""Other agencies in a case: asked to take it over or to work on it together, and what each of them sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Table, delete, insert, select, update

from screener.config import ReviewSettings
from screener.errors import BadInput
from screener.review import moves, parcels
from screener.review.cases import cases, scene, sharing
from screener.review.cases.cases import Case
from screener.review.cases.tables import (
    case_agency,
    case_file,
    case_note,
    case_parcel,
    case_person,
    case_share,
    case_task,
)
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.moves import Said, Text
from screener.review.rights import Reviewer, Verb
from screener.review.schema import person

Kind = Literal["referral", "joint"]
KINDS: Final = ("referral", "joint")
ANSWERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "accept": ("accepted", ("offered",)),
    "return": ("returned", ("offered", "accepted")),
    "close": ("closed", ("accepted",)),
}
"""What the other agency can say, the state it leads to, and from which."""

SHARED: Final[Mapping[str, Table]] = {
    "parcel": case_parcel,
    "person": case_person,
    "note": case_note,
    "file": case_file,
    "task": case_task,
}


@dataclass(frozen=True, slots=True)
class Joined:
    """Another agency's part in a case: taken over (`referral`) or worked on together (`joint`)."""

    agency: str
    kind: str
    state: str
    note: str
    offered_by_shown: str
    offered_at: datetime
    answer: str
    changed_at: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class Share:
    """That an item of a case is shared with an agency."""

    agency: str
    kind: str
    item: int


def offer(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    case_id: int,
    *,
    agency: str,
    kind: str,
    note: str = "",
) -> None:
    """Ask another agency to take the case over or to join; from here on it sees the case.

    Raises `Hidden`, `Denied`, `Conflict` where it was asked already, `BadInput`.
    """
    at = scene.opened(connection, who, settings.agency, now, case_id, deed="offer")
    if agency not in settings.agencies:
        raise BadInput("move_agency", f"agency: expected one of {', '.join(settings.agencies)}")
    values = {
        "kind": moves.given(kind, Kind),
        "state": "offered",
        "note": moves.given(note.strip(), Text),
        "offered_by": who.person,
        "offered_at": now,
        "answer": "",
        "changed_by": who.person,
        "changed_at": now,
    }
    own = (case_agency.c.case == case_id, case_agency.c.agency == agency)
    state = connection.scalar(select(case_agency.c.state).where(*own))
    if state is None:
        connection.execute(insert(case_agency).values(values | {"case": case_id, "agency": agency}))
    elif state == "returned":
        connection.execute(update(case_agency).where(*own).values(values))
    else:
        raise Conflict(f"{agency}: it was asked already, and has it {state}")
    at.record("case_offer", to=agency, kind=kind)


def answer(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    agency: str,
    says: str,
    note: str = "",
) -> None:
    """The other agency accepts, returns (saying why) or closes its part. Raises as `offer` does."""
    case = cases.find(connection, who, home, case_id)
    row = _locked(connection, case_id, agency)
    if row is None or not _theirs(connection, who, home, case_id, agency):
        raise Denied(f"expected the right to decide for {agency}; ask an administrator")
    if says not in ANSWERS:
        raise BadInput("case_answer", f"answer: expected one of {', '.join(ANSWERS)}, got {says[:20]!r}")
    state, begins = ANSWERS[says]
    if row.state not in begins:
        raise Conflict(f"{says}: it is {row.state}, expected {' or '.join(begins)}")
    said = moves.given(note.strip(), Said if says == "return" else Text)
    _change(connection, who, now, case_id, agency=agency, state=state, said=said)
    cases.record(connection, who, now, case, f"case_join_{says}", agency=agency, to=agency)


def take_back(
    connection: Connection, who: Reviewer, home: str, now: datetime, case_id: int, *, agency: str, why: str
) -> None:
    """The home agency ends another one's part, offered or accepted. Raises alike."""
    at = scene.opened(connection, who, home, now, case_id, deed="take_back")
    row = _locked(connection, case_id, agency)
    if row is None:
        raise Hidden(NONE)
    if row.state == "returned":
        raise Conflict("it was returned already")
    said = moves.given(why.strip(), Said)
    _change(connection, who, now, case_id, agency=agency, state="returned", said=said)
    at.record("case_take_back", to=agency)


def share(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    share: Share,
    on: bool,
) -> None:
    """Show an item of the case to an agency that was asked to join, or no longer. Raises alike."""
    at = scene.opened(connection, who, home, now, case_id, deed="share")
    _check_item(at, share)
    key = {"case": case_id, "agency": share.agency, "kind": share.kind, "item": share.item}
    same = [case_share.c[name] == value for name, value in key.items()]
    is_on = connection.scalar(select(case_share.c.item).where(*same)) is not None
    if is_on == on:
        return
    if on:
        connection.execute(insert(case_share).values(key | {"by": who.person, "at": now}))
    else:
        connection.execute(delete(case_share).where(*same))
    deed = "case_share" if on else "case_unshare"
    at.record(deed, to=share.agency, kind=share.kind, item=share.item)


def of_case(connection: Connection, who: Reviewer, home: str, case: Case) -> tuple[Joined, ...]:
    """The other agencies in a case: all for the home agency, for another one its own part alone."""
    ours = cases.is_ours(connection, who, home, case.id)
    mine = set(
        connection.scalars(
            select(case_agency.c.agency).where(
                case_agency.c.case == case.id, sharing.joined(who, Verb.DECIDE, home)
            )
        )
    )
    query = select(case_agency, person.c.shown).join(person, person.c.id == case_agency.c.offered_by)
    seen = query.where(case_agency.c.case == case.id)
    if not ours:
        seen = seen.where(sharing.joined(who, Verb.SEE, home))
    return tuple(
        Joined(
            agency=row.agency,
            kind=row.kind,
            state=row.state,
            note=row.note,
            offered_by_shown=row.shown,
            offered_at=row.offered_at,
            answer=row.answer,
            changed_at=row.changed_at,
            mine=row.agency in mine,
        )
        for row in connection.execute(seen.order_by(case_agency.c.offered_at, case_agency.c.agency))
    )


def shares(connection: Connection, who: Reviewer, home: str, case: Case) -> frozenset[Share]:
    """What of a case is shared with whom, for the home agency; for another one nothing is said of it."""
    if not cases.is_ours(connection, who, home, case.id):
        return frozenset()
    rows = connection.execute(select(case_share).where(case_share.c.case == case.id))
    return frozenset(Share(row.agency, row.kind, row.item) for row in rows)


def _theirs(connection: Connection, who: Reviewer, home: str, case_id: int, agency: str) -> bool:
    own = (case_agency.c.case == case_id, case_agency.c.agency == agency)
    query = select(case_agency.c.agency).where(*own, sharing.joined(who, Verb.DECIDE, home))
    return connection.scalar(query) is not None


def _locked(connection: Connection, case_id: int, agency: str) -> Any:
    own = (case_agency.c.case == case_id, case_agency.c.agency == agency)
    return connection.execute(select(case_agency).where(*own).with_for_update()).first()


def _change(
    connection: Connection,
    who: Reviewer,
    now: datetime,
    case_id: int,
    *,
    agency: str,
    state: str,
    said: str,
) -> None:
    own = (case_agency.c.case == case_id, case_agency.c.agency == agency)
    values = {"state": state, "answer": said, "changed_by": who.person, "changed_at": now}
    connection.execute(update(case_agency).where(*own).values(values))


def _check_item(at: scene.Scene, share: Share) -> None:
    """That the agency is in the case, and the item, too, where this person sees it."""
    own = (case_agency.c.case == at.case.id, case_agency.c.agency == share.agency)
    if at.connection.scalar(select(case_agency.c.agency).where(*own)) is None:
        raise Hidden(NONE)
    if share.kind not in SHARED:
        raise BadInput("case_share", f"kind: expected one of {', '.join(SHARED)}, got {share.kind[:20]!r}")
    table = SHARED[share.kind]
    column = table.c.parcel if share.kind == "parcel" else table.c.id
    query = select(table.c.case).where(table.c.case == at.case.id, column == share.item)
    if at.connection.scalar(query.limit(1)) is None:
        raise Hidden(NONE)
    if share.kind == "parcel":
        parcels.find(at.connection, at.who, at.home, share.item)
