"""The people of a case, as sealed identities: masked for who sees them, in full for a stated reason.

Who comes from a parcel stays sealed as its message had it; who is entered by hand is sealed here. Equal
people of several cases are told by keyed hashes alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from screener.contracts.wire import Links, Party, SealedParty
from screener.errors import BadInput
from screener.review import moves, parcels, personal
from screener.review.cases import cases, scene, sharing
from screener.review.cases.cases import Case, visible
from screener.review.cases.tables import case_, case_person
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.moves import Place, Said
from screener.review.personal import Person
from screener.review.rights import Reviewer, Verb
from screener.review.schema import person
from screener.sealing.parties import party_aad, seal_party
from screener.sealing.ring import KeyRing

Kind = Literal["person", "phone", "address"]
Role = Literal["suspect", "sender", "receiver", "witness"]
Side = Literal["consignor", "consignee"]
KINDS: Final = ("person", "phone", "address")
ROLES: Final = ("suspect", "sender", "receiver", "witness")
SIDES: Final = ("consignor", "consignee")
MOST: Final = 500
"""Of one case."""


@dataclass(frozen=True, slots=True)
class CasePerson:
    """Somebody in a case: `kind` says by what he is known, `who` is what may be shown of him.

    `elsewhere` counts the other cases with the same identity that the reader sees.
    """

    id: int
    kind: str
    role: str
    who: Person
    item_id: int | None
    side: str | None
    agency: str
    by_shown: str
    at: datetime
    ended_at: datetime | None
    ended_why: str | None
    elsewhere: int


def add(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    item_id: int,
    side: str,
    kind: str,
    role: str,
) -> int:
    """Add a party of a parcel that is in the case; the row.

    Raises `Hidden`, `Denied`, `Conflict`, `BadInput` where it has no such identity or is there already.
    """
    at = scene.opened(connection, who, home, now, case_id, deed="add_person")
    if item_id not in cases.in_it(connection, case_id):
        raise Hidden(NONE)
    parcels.find(connection, who, home, item_id)
    manifest = parcels.flagged_of(connection, item_id).manifest
    if manifest is None or side not in SIDES:
        raise BadInput("case_person", f"side: expected one of a parcel with a manifest, got {side[:20]!r}")
    sealed: SealedParty = getattr(manifest, moves.given(side, Side))
    aad = party_aad(manifest.parcel_id, side)
    return _enter(at, sealed, aad, kind=kind, role=role, source={"parcel": item_id, "side": side})


def add_by_name(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    name: str,
    phone: str,
    address: str,
    role: str,
    ring: KeyRing,
) -> int:
    """Add somebody who is on no manifest, such as a witness; his data is sealed at once. Raises alike."""
    at = scene.opened(connection, who, home, now, case_id, deed="add_person")
    given = [" ".join(one.split()) for one in (name, phone, address)]
    for one in given:
        moves.given(one or "-", Place)
    if not given[0]:
        raise BadInput("case_person", "name: expected one, got nothing")
    aad = f"{at.case.key}:{secrets.token_hex(16)}".encode()
    party = Party(name=given[0], phone=given[1] or None, address=given[2] or None)
    return _enter(at, seal_party(party, ring, aad), aad, kind="person", role=role, source={})


def remove(connection: Connection, who: Reviewer, home: str, now: datetime, row: int, *, why: str) -> int:
    """Somebody has no part in it any more, saying why; the row of the case. Raises alike."""
    case_id = connection.scalar(select(case_person.c.case).where(case_person.c.id == row))
    if case_id is None:
        raise Hidden(NONE)
    at = scene.opened(connection, who, home, now, case_id, deed="remove_person")
    values = {"ended_by": who.person, "ended_at": now, "ended_why": moves.given(why.strip(), Said)}
    own = (case_person.c.id == row, case_person.c.ended_at.is_(None))
    if connection.execute(update(case_person).where(*own).values(values)).rowcount == 0:
        raise Conflict("that person was taken out already")
    at.record("case_remove_person", person=row)
    return int(case_id)


def of_case(
    connection: Connection, who: Reviewer, home: str, case: Case, ring: KeyRing
) -> tuple[CasePerson, ...]:
    """The people of a case that `who` sees, masked; those who have no part in it any more come last."""
    found = _read(connection, who, home, case, ring, verb=Verb.SEE)
    return tuple(replace(one, who=_shown(personal.masked_one(one.who), one.kind)) for one in found)


def may_reveal(connection: Connection, who: Reviewer, home: str, case: Case) -> bool:
    """Whether `reveal` would show this person the people of a case."""
    query = select(case_.c.id).where(case_.c.id == case.id, visible(who, Verb.REVEAL, home))
    return connection.scalar(query) is not None


def reveal(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    reason: str,
    ring: KeyRing,
) -> tuple[CasePerson, ...]:
    """The people of a case in full, for this answer only; recorded with the reason. Raises as `in_full`."""
    case = cases.find(connection, who, home, case_id)
    found = in_full(connection, who, home, case, reason=reason, ring=ring)
    revealed(connection, who, now, case, reason=reason, found=found)
    return found


def in_full(
    connection: Connection, who: Reviewer, home: str, case: Case, *, reason: str, ring: KeyRing
) -> tuple[CasePerson, ...]:
    """The people of a case in full; whoever shows them calls `revealed` first.

    Raises `Denied`, `BadInput` for a reason that says nothing.
    """
    if not may_reveal(connection, who, home, case):
        raise Denied("personal data is shown to those who decide on the case")
    personal.stated(reason)
    found = _read(connection, who, home, case, ring, verb=Verb.REVEAL)
    return tuple(replace(one, who=_shown(one.who, one.kind)) for one in found)


def revealed(
    connection: Connection,
    who: Reviewer,
    now: datetime,
    case: Case,
    *,
    reason: str,
    found: Sequence[CasePerson],
) -> None:
    """Record that `who` was shown these people in full, and why."""
    said = personal.stated(reason)
    cases.record(connection, who, now, case, "case_reveal", reason=said, people=len(found))


def _enter(
    at: scene.Scene, sealed: SealedParty, aad: bytes, *, kind: str, role: str, source: dict[str, Any]
) -> int:
    hashed = _hash(sealed.links, moves.given(kind, Kind))
    if hashed is None:
        raise BadInput("case_person_unknown", f"{kind}: the party has none that could be recognised")
    moves.given(role, Role)
    own = (case_person.c.case == at.case.id, case_person.c.ended_at.is_(None))
    same = select(case_person.c.id).where(*own, case_person.c.kind == kind, case_person.c.hash == hashed)
    if at.connection.scalar(same) is not None:
        raise BadInput("case_person_twice", "the same identity is in the case already")
    if (at.connection.scalar(select(func.count()).select_from(case_person).where(*own)) or 0) >= MOST:
        raise BadInput("case_many", f"expected at most {MOST} people in a case")
    row = {
        "case": at.case.id,
        "kind": kind,
        "hash": hashed,
        "sealed": msgspec.msgpack.encode(sealed),
        "aad": aad.decode(),
        "role": role,
        "agency": at.agency,
        "by": at.who.person,
        "at": at.now,
    }
    query = insert(case_person).values(row | source).returning(case_person.c.id)
    number = int(at.connection.execute(query).scalar_one())
    at.record("case_add_person", person=number, kind=kind, role=role)
    return number


def _hash(links: Links, kind: str) -> str | None:
    if kind == "person":
        return links.name or links.phone or links.address
    return links.phone if kind == "phone" else links.address


def _read(
    connection: Connection, who: Reviewer, home: str, case: Case, ring: KeyRing, *, verb: Verb
) -> tuple[CasePerson, ...]:
    query = _QUERY.where(case_person.c.case == case.id, sharing.items("person", case_person, who, verb, home))
    rows = connection.execute(query.order_by(case_person.c.ended_at.is_not(None), case_person.c.id)).all()
    counts = _elsewhere(connection, who, home, case)
    return tuple(_person(row, ring, counts.get((row.kind, row.hash), 0)) for row in rows)


def _elsewhere(connection: Connection, who: Reviewer, home: str, case: Case) -> dict[tuple[str, str], int]:
    """By identity of this case in how many others `who` sees it."""
    here = case_person.alias("here")
    seen = sharing.items("person", case_person, who, Verb.SEE, home)
    query = (
        select(case_person.c.kind, case_person.c.hash, func.count(case_person.c.case.distinct()))
        .join(here, (here.c.kind == case_person.c.kind) & (here.c.hash == case_person.c.hash))
        .where(here.c.case == case.id, case_person.c.case != case.id, case_person.c.ended_at.is_(None), seen)
        .group_by(case_person.c.kind, case_person.c.hash)
    )
    return {(kind, hashed): count for kind, hashed, count in connection.execute(query)}


_QUERY: Final[Select[Any]] = select(case_person, person.c.shown.label("by_shown")).join(
    person, person.c.id == case_person.c.by
)


def _person(row: Row[Any], ring: KeyRing, elsewhere: int) -> CasePerson:
    return CasePerson(
        id=row.id,
        kind=row.kind,
        role=row.role,
        who=personal.unsealed(msgspec.msgpack.decode(row.sealed, type=SealedParty), ring, row.aad.encode()),
        item_id=row.parcel,
        side=row.side,
        agency=row.agency,
        by_shown=row.by_shown,
        at=row.at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        elsewhere=elsewhere,
    )


def _shown(one: Person, kind: str) -> Person:
    """Only what the identity is: of a telephone number nobody's name."""
    if kind == "phone":
        return replace(one, name=None, address=None)
    return replace(one, name=None, phone=None) if kind == "address" else one
