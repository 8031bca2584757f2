"""Rings: people who split a load over many small parcels, as ants carry a leaf.

Each parcel holds no more than is allowed; one base receives them all. A ring writes its base under several
names, and its phone number and address in several spellings, which link to the same person all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from screener.contracts.wire import Manifest, Party
from screener.errors import BadConfig
from screener.hub import people
from screener.hub.chance import Rng, chance, one_of

SOURCES: Final = 3
_NAMES: Final = 3

_MEMBER, _PEOPLE, _PARCEL = 0x2164, 0x2165, 0x2166
"""What the draws of this module are for."""


@dataclass(frozen=True, slots=True)
class Rings:
    """What share of the parcels is sent by rings, and how many parcels of a ring a hub sees in the mean.

    One ring is at work at a time, at all hubs at once; then the next.
    """

    share: float = 0.0
    size: int = 8

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or self.size < 1:
            raise BadConfig(
                f"rings: expected a share 0 to 1 and a size from 1, got {self.share:g}, {self.size}"
            )

    def of(self, own_seed: int, number: int) -> int | None:
        """The ring that a hub's parcel belongs to; `own_seed` is that of the hub."""
        if chance(own_seed, number, _MEMBER).random() >= self.share:
            return None
        return int(number * self.share / self.size)


def ring_name(seed: int, ring: int) -> str:
    return f"R{seed}-{ring}"


def of_ring(manifest: Manifest, seed: int, ring: int, number: int) -> Manifest:
    """The same paper with people of the ring on it."""
    cast = chance(seed, ring, _PEOPLE)
    sources = [people.chinese(cast) for _ in range(SOURCES)]
    base = people.chinese(cast)
    names = [people.chinese(cast).name for _ in range(_NAMES)]
    rng = chance(seed, ring, number, _PARCEL)
    return replace(manifest, consignor=one_of(rng, sources), consignee=_spelt(base, one_of(rng, names), rng))


def _spelt(base: Party, name: str, rng: Rng) -> Party:
    """The base under a name of the day, written as it comes; now and then without its phone number."""
    phone, address = base.phone or "", base.address or ""
    digits = phone.replace("-", "")
    spellings = (phone, digits, f"+86 {digits[1:]}", None)
    addresses = (address, address.replace("栋", "号楼"), address.replace("室", ""))
    return replace(base, name=name, phone=one_of(rng, spellings), address=one_of(rng, addresses))
