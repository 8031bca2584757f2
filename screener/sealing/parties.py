"""A consignor or consignee, sealed and linked."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from screener.contracts.wire import Links, Party, SealedParty
from screener.sealing import normalise
from screener.sealing.ring import KeyRing


class _Personal(Struct, frozen=True, array_like=True):
    name: str
    phone: str | None
    address: str | None


def links(party: Party, ring: KeyRing) -> Links:
    """Keyed hashes of what identifies a party; None where a field is absent, masked or says nothing."""
    name = normalise.name(party.name)
    phone = normalise.phone(party.phone or "")
    address = normalise.address(party.address or "")
    return Links(
        name=ring.hashed("name", name) if name else None,
        phone=ring.hashed("phone", phone) if phone else None,
        address=ring.hashed("address", address) if address else None,
    )


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
