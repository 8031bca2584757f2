"""Who sent a parcel to whom: masked for everybody who sees it, in full for a stated reason.

What was revealed is the answer to one request and is kept nowhere; who asked, when and why is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, select

from screener.contracts.wire import Flagged, Party, SealedParty
from screener.errors import BadInput
from screener.review import masking, parcels
from screener.review.audit import Deed, record
from screener.review.errors import Denied
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel
from screener.sealing.errors import Tampered, Unreadable
from screener.sealing.parties import party_aad, unseal_party
from screener.sealing.ring import KeyRing

SHORTEST_REASON: Final = 5
LONGEST_REASON: Final = 500


class Lost(StrEnum):
    """Why nobody can read a party any more."""

    ERASED = "erased"  # its key was destroyed, or this workstation never had it
    TAMPERED = "tampered"  # the box does not open with its key


@dataclass(frozen=True, slots=True)
class Person:
    """A consignor or consignee as it may be shown; a field is None where the hub gave none, or it is lost.

    No text of it shows what it holds: it must not come into a log.
    """

    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    address: str | None = field(repr=False)
    region: str | None
    lost: Lost | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Both parties of a parcel; None where no manifest came. `revealed` says whether they are in full."""

    consignor: Person | None
    consignee: Person | None
    revealed: bool = False


def masked(flagged: Flagged, ring: KeyRing) -> People:
    """The people of a parcel as everybody sees them who sees the parcel."""
    people = _read(flagged, ring)
    return replace(people, consignor=_masked(people.consignor), consignee=_masked(people.consignee))


def reveal(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    item_id: int,
    *,
    reason: str,
    ring: KeyRing,
) -> People:
    """The people of a parcel in full, for this answer only; recorded with the reason.

    Raises `Hidden`, `Denied`, `BadInput` for a reason that says nothing.
    """
    item = parcels.find(connection, who, home, item_id)
    if not may_reveal(connection, who, home, item_id):
        raise Denied("personal data is shown to those who decide on the parcel")
    said = stated(reason)
    people = _read(parcels.flagged_of(connection, item_id), ring)
    record(connection, Deed(now, who.name, "reveal", item.key, {"reason": said}))
    return replace(people, revealed=True)


def may_reveal(connection: Connection, who: Reviewer, home: str, item_id: int) -> bool:
    """Whether `reveal` would show this person the people of a parcel: whether a page offers it."""
    seen = parcels.visible(who, Verb.REVEAL, home)
    return connection.scalar(select(parcel.c.id).where(parcel.c.id == item_id, seen)) is not None


def stated(reason: str) -> str:
    """A reason as the record keeps it. Raises `BadInput` for one that says nothing."""
    said = " ".join(reason.split())
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        wanted = f"expected {SHORTEST_REASON} to {LONGEST_REASON} characters"
        raise BadInput("reveal_reason", f"reason: {wanted}, got {len(said)}")
    return said


def unsealed(sealed: SealedParty, ring: KeyRing, aad: bytes) -> Person:
    """A party in full, for who may see it; `aad` says whose party it is."""
    try:
        party: Party = unseal_party(sealed, ring, aad)
    except Unreadable:
        return Person(None, None, None, sealed.region, Lost.ERASED)
    except Tampered:
        return Person(None, None, None, sealed.region, Lost.TAMPERED)
    return Person(party.name, party.phone, party.address, party.region)


def _read(flagged: Flagged, ring: KeyRing) -> People:
    manifest = flagged.manifest
    if manifest is None:
        return People(None, None)
    return People(
        consignor=unsealed(manifest.consignor, ring, party_aad(manifest.parcel_id, "consignor")),
        consignee=unsealed(manifest.consignee, ring, party_aad(manifest.parcel_id, "consignee")),
    )


def _masked(person: Person | None) -> Person | None:
    return None if person is None else masked_one(person)


def masked_one(person: Person) -> Person:
    """Somebody as everybody sees him."""
    return replace(
        person,
        name=_through(masking.name, person.name),
        phone=_through(masking.phone, person.phone),
        address=_through(masking.address, person.address),
    )


def _through(mask: Callable[[str], str], text: str | None) -> str | None:
    return None if text is None else mask(text)
