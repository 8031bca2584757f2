"""Parcels in strata in which those opened stand for the others.

Parcels held for cause are a stratum for each cause, known exactly as far as they were opened. All others are
a stratum for each rate of the random draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from screener.core.estimates.register import BY_CHANCE, Cell, Tally, summed

Name = TypeVar("Name", bound=float | str)

FEWEST_SELECTED = 5
"""A stratum of which fewer parcels were to be expected selected is counted with the largest of its kind."""


class Stratum(Struct, frozen=True, kw_only=True):
    """Parcels that are selected alike: `selected` of them for inspection, `opened` of these.

    `cause` is why they were held, None where chance alone decides; `rate` is the share that is selected.
    """

    cause: str | None
    rate: float
    parcels: int
    selected: int
    opened: int
    over: int

    @property
    def name(self) -> str:
        """What it is called in a report."""
        drawn = f"drawn at {100 * self.rate:.3g} %"
        if self.cause is None:
            return drawn
        return f"held for {self.cause}" if self.rate == 1 else f"held for {self.cause}, those {drawn}"

    def stands(self, least_opened: float) -> bool:
        """Whether enough of those selected were opened to stand for the others."""
        return self.parcels == 0 or (self.opened > 0 and self.opened >= least_opened * self.selected)


class Strata(Struct, frozen=True):
    """The strata of some parcels, and how many parcels no draw can ever reach (a rate of 0)."""

    cause: tuple[Stratum, ...]
    chance: tuple[Stratum, ...]
    unreachable: int

    @property
    def all(self) -> tuple[Stratum, ...]:
        return (*self.cause, *self.chance)


def strata_of(tallies: Mapping[Cell, Tally], least_opened: float) -> Strata:
    """The strata of what was counted; strata too small to stand alone are merged.

    Where too few of a cause were opened, perhaps the most suspicious first, those that chance would have
    selected too (`draw` below `rate`) stand for it, if enough of them were opened.
    """
    by_chance = {cell: tally for cell, tally in tallies.items() if cell.why in BY_CHANCE}
    for_cause = {cell: tally for cell, tally in tallies.items() if cell not in by_chance}
    causes = merged(_by(for_cause, lambda cell: str(cell.why), _held))
    standing = chain.from_iterable(_lucky_instead(one, for_cause, least_opened) for one in causes)
    reachable = {cell: tally for cell, tally in by_chance.items() if cell.rate > 0}
    unreachable = sum(tally.parcels for cell, tally in by_chance.items() if cell.rate == 0)
    return Strata(tuple(standing), merged(_by(reachable, lambda cell: cell.rate, _drawn)), unreachable)


def merged(strata: Iterable[Stratum]) -> tuple[Stratum, ...]:
    """The strata, those too small counted with the largest."""
    largest_first = sorted(strata, key=lambda one: (-one.parcels, -one.rate, one.name))
    if not largest_first:
        return ()
    small = [one for one in largest_first[1:] if one.parcels * one.rate < FEWEST_SELECTED]
    kept = [one for one in largest_first[1:] if one not in small]
    largest = largest_first[0]
    for one in small:
        largest = replace(
            largest,
            parcels=largest.parcels + one.parcels,
            selected=largest.selected + one.selected,
            opened=largest.opened + one.opened,
            over=largest.over + one.over,
        )
    return (largest, *kept)


def _by(
    tallies: Mapping[Cell, Tally],
    name: Callable[[Cell], Name],
    stratum: Callable[[Name, Mapping[Cell, Tally]], Stratum],
) -> list[Stratum]:
    names = sorted({name(cell) for cell in tallies})
    return [stratum(one, {c: tally for c, tally in tallies.items() if name(c) == one}) for one in names]


def _held(cause: str, tallies: Mapping[Cell, Tally]) -> Stratum:
    total = summed(tallies.values())
    return Stratum(
        cause=cause,
        rate=1.0,
        parcels=total.parcels,
        selected=total.parcels,
        opened=total.opened,
        over=total.over,
    )


def _drawn(rate: float, tallies: Mapping[Cell, Tally], cause: str | None = None) -> Stratum:
    drawn = summed(tally for cell, tally in tallies.items() if cell.lucky)
    return Stratum(
        cause=cause,
        rate=rate,
        parcels=summed(tallies.values()).parcels,
        selected=drawn.parcels,
        opened=drawn.opened,
        over=drawn.over,
    )


def _lucky_instead(
    stratum: Stratum, for_cause: Mapping[Cell, Tally], least_opened: float
) -> tuple[Stratum, ...]:
    """The stratum, or where too few of it were opened its strata by rate, if enough of those were."""
    if stratum.stands(least_opened):
        return (stratum,)
    own = {cell: tally for cell, tally in for_cause.items() if cell.why == stratum.cause and cell.rate > 0}
    lucky = merged(_by(own, lambda cell: cell.rate, lambda rate, some: _drawn(rate, some, stratum.cause)))
    whole = sum(one.parcels for one in lucky) == stratum.parcels
    return lucky if whole and all(one.stands(least_opened) for one in lucky) else (stratum,)
