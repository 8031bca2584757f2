"""A consignor or consignee, sealed and linked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec
from msgspec import Struct

from screener.contracts.wire import Links, Party, SealedParty
from screener.sealing import normalise
from screener.sealing.ring import KeyRing

Linkable = Literal["name", "phone", "address", "building"]

_NORMAL: Final[Mapping[Linkable, Callable[[str], str | None]]] = {
    "name": normalise.name,
    "phone": normalise.phone,
    "address": normalise.address,
    "building": normalise.building,
}


class _Personal(Struct, frozen=True, array_like=True):
    name: str
    phone: str | None
    address: str | None


def links(party: Party, ring: KeyRing) -> Links:
    """Keyed hashes of what identifies a party; None where a field is absent, masked or says nothing."""
    address = party.address or ""
    return Links(
        name=link("name", party.name, ring),
        phone=link("phone", party.phone or "", ring),
        address=link("address", address, ring),
        building=link("building", address, ring),
    )


def link(kind: Linkable, text: str, ring: KeyRing) -> str | None:
    """The keyed hash of a normalised identity of one kind; None where it is masked or says nothing."""
    normal = _NORMAL[kind](text)
    return None if normal is None else ring.hashed(kind, normal)


def seal_party(party: Party, ring: KeyRing, aad: bytes) -> SealedParty:
    """A party whose personal fields only those with a key can read; `aad` says whose party it is."""
    plain = msgspec.msgpack.encode(_Personal(party.name, party.phone, party.address))
    return SealedParty(personal=ring.seal(plain, aad), links=links(party, ring), region=party.region)


def unseal_party(sealed: SealedParty, ring: KeyRing, aad: bytes) -> Party:
    """The party as the hub sent it. Raises `Unreadable`, `Tampered`."""
    personal = msgspec.msgpack.decode(ring.unseal(sealed.personal, aad), type=_Personal)
    return Party(name=personal.name, phone=personal.phone, address=personal.address, region=sealed.region)


def party_aad(parcel_id: str, role: str) -> bytes:
    """What binds a sealed party to its parcel and its role there (`consignor`, `consignee`)."""
    return f"party:{parcel_id}:{role}".encode()
