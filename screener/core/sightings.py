"""What [tally] is told of a parcel: each identity that was seen on it, with the load that counts.

Links are hashes of keyed hashes: they bring parcels together and name nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from screener.contracts.wire import Amount, Facts, Identity, Sighting
from screener.core import load
from screener.core.counting import alarming, counting
from screener.core.licences import licensed
from screener.core.parcel import ManifestNote, Parcel, PartyNote, time_of
from screener.core.policy import Policy

NOTHING = Amount(mean=0.0, sd=0.0)


def sightings_of(parcel: Parcel, facts: Facts, policy: Policy) -> tuple[Sighting, ...]:
    """One sighting for each identity on the manifest; none without a manifest.

    An identity is sighted with a load of 0 too: that is its history. What counts and who waits for an
    answer is set by the policy's `sums`.
    """
    if parcel.manifest is None:
        return ()
    loads = counted(parcel.hub, facts, policy)
    answer = load.any_of_it(facts.seen) >= policy.file.sums.wait_from
    return tuple(
        _sighting(parcel, parcel.manifest, place, loads, answer=answer)
        for place in identities(parcel.manifest).items()
    )


def withdrawn(before: ManifestNote, parcel: Parcel) -> tuple[Sighting, ...]:
    """Sightings without a load of identities that stood on an earlier manifest and stand on it no more."""
    still = {} if parcel.manifest is None else identities(parcel.manifest)
    return tuple(
        _sighting(parcel, before, place, (NOTHING, NOTHING), answer=False)
        for place in identities(before).items()
        if place[0] not in still
    )


def key_of(sighting: Sighting) -> bytes:
    """The key of its record and of its sums: all sightings of one identity lie in one partition."""
    return f"{sighting.identity}/{sighting.link}".encode()


def digest_of(sightings: Sequence[Sighting]) -> bytes:
    """Equal for equal sightings: what has been told already is not told again."""
    return hashlib.sha256(msgspec.msgpack.encode(sightings)).digest()[:8]


def identities(note: ManifestNote) -> dict[tuple[Identity, str], str | None]:
    """The identities on a manifest by kind and hash, each with whom it deals with on the other side.

    A phone number or address counts whatever side it is on, and once if it is on both.
    """
    found: dict[tuple[Identity, str], str | None] = {}
    sides = (
        (Identity.CONSIGNOR, note.consignor, note.consignee),
        (Identity.CONSIGNEE, note.consignee, note.consignor),
    )
    for role, party, other in sides:
        links = {role: person(party), Identity.PHONE: party.phone, Identity.ADDRESS: party.address}
        for identity, link in links.items():
            if link is not None:
                found.setdefault((identity, link), reached_by(other))
    return found


def person(party: PartyNote) -> str | None:
    """The hash of a name together with its phone number, or with its address where there is no number.

    None without a name or without both: a name alone is shared by too many people.
    """
    contact = party.phone or party.address
    if party.name is None or contact is None:
        return None
    return hashlib.sha256(f"{party.name}/{contact}".encode()).hexdigest()[:32]


def reached_by(party: PartyNote) -> str | None:
    """Whatever tells a party from others best: the person, else a phone number, else an address."""
    return person(party) or party.phone or party.address


def _sighting(
    parcel: Parcel,
    note: ManifestNote,
    place: tuple[tuple[Identity, str], str | None],
    loads: tuple[Amount, Amount],
    *,
    answer: bool,
) -> Sighting:
    (identity, link), partner = place
    return Sighting(
        identity=identity,
        link=link,
        hub=parcel.hub,
        parcel_id=parcel.parcel_id,
        at=time_of(parcel.arrived_ms),
        sticks=loads[0],
        tobacco_g=loads[1],
        contents=note.contents,
        partner=partner,
        answer=answer,
    )


def counted(hub: str, facts: Facts, policy: Policy) -> tuple[Amount, Amount]:
    """Sticks and grams of loose tobacco that count in a sum: of each, those of the view that shows most."""
    views = counting(alarming(hub, load.judged(facts.seen), policy), policy.file.sums)
    if not views or licensed(facts, policy):
        return NOTHING, NOTHING
    return (
        _largest([load.expected(view.p.cigarettes, view.sticks) for view in views]),
        _largest([load.expected(view.p.loose_tobacco, view.tobacco_g) for view in views]),
    )


def _largest(amounts: Sequence[Amount]) -> Amount:
    return max(amounts, key=lambda amount: amount.mean)
