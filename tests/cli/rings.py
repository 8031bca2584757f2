"""A smuggling ring among strangers, as ties: sources, a base that sends on, receivers who order again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from screener.contracts.wire import Amount, End, Tie, Why
from tests.core.evidence import START

REGIONS = ("530100", "430100", "110105", "310104", "440305")


def end(who: str, region: int, *, address: str | None = None) -> End:
    """A person with a phone of its own; links are made up and long enough to look like hashes."""
    return End(
        person=f"{who:>04}{'a' * 28}",
        phone=f"{who:>04}{'b' * 28}",
        address=f"{address or who:>04}{'c' * 28}",
        region=REGIONS[region % 5],
    )


def tie(number: int, day: float, consignor: End, consignee: End, sticks: float) -> Tie:
    return Tie(
        hub=f"hub-{number % 3}",
        parcel_id=f"P-{number:05}",
        revision=1,
        at=START + timedelta(days=day),
        consignor=consignor,
        consignee=consignee,
        sticks=Amount(mean=sticks, sd=sticks / 4),
        tobacco_g=Amount(mean=0.0, sd=0.0),
        held=number % 9 == 0,
        why=Why.LOAD if number % 9 == 0 else Why.NONE,
    )


def ring(parcels: int, chance: Random, first: int = 0, name: str = "") -> Iterator[Tie]:
    """Half of the parcels go from three sources to the base, half from there to some twenty receivers."""
    base = end(f"ba5e{name}", 1)
    for number in range(parcels):
        day, sticks = 60 * number / parcels, chance.uniform(160, 380)
        if number % 2:
            away = chance.randrange(20)
            yield tie(first + number, day, base, end(f"e{away:02}{name}", away), sticks)
        else:
            source = end(f"50{chance.randrange(3)}{name}", 0, address=f"50f{name}")
            yield tie(first + number, day, source, base, sticks)


def strangers(parcels: int, people: int, chance: Random, first: int = 0) -> Iterator[Tie]:
    """Parcels that a false alarm or a gift made interesting, from anybody to anybody."""
    for number in range(parcels):
        a, b = (chance.randrange(people) for _ in range(2))
        yield tie(first + number, 60 * number / parcels, end(f"{a:x}", a), end(f"{b:x}", b), 20.0)
