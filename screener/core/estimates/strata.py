"""Parcels in strata in which those drawn stand for the others.

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
"""A stratum in which fewer parcels were selected is counted with the largest of its kind."""


class Stratum(Struct, frozen=True, kw_only=True):
    """Parcels that are selected alike: `selected` of them stand for all, `opened` of these were opened.

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

    @property
    def missing(self) -> int:
        """How many that are to stand for the others were not opened."""
        return self.selected - self.opened


class Strata(Struct, frozen=True):
    """The strata of some parcels, and how many parcels no draw can ever reach (a rate of 0).

    `of_cause` and `of_chance` count all that was opened, whether or not it stands for others.
    """

    cause: tuple[Stratum, ...]
    chance: tuple[Stratum, ...]
    of_cause: Tally
    of_chance: Tally
    unreachable: int

    @property
    def all(self) -> tuple[Stratum, ...]:
        return (*self.cause, *self.chance)

    @property
    def of_all(self) -> Tally:
        return self.of_cause.plus(self.of_chance)


def strata_of(tallies: Mapping[Cell, Tally]) -> Strata:
    """The strata of what was counted; strata too small to stand alone are merged."""
    by_chance = {cell: tally for cell, tally in tallies.items() if cell.why in BY_CHANCE}
    for_cause = {cell: tally for cell, tally in tallies.items() if cell not in by_chance}
    reachable = {cell: tally for cell, tally in by_chance.items() if cell.rate > 0}
    return Strata(
        cause=_of_causes(for_cause),
        chance=merged(_by(reachable, lambda cell: cell.rate, _drawn), lambda one: one.parcels * one.rate),
        of_cause=summed(for_cause.values()),
        of_chance=summed(reachable.values()),
        unreachable=sum(tally.parcels for cell, tally in by_chance.items() if cell.rate == 0),
    )


def merged(strata: Iterable[Stratum], size: Callable[[Stratum], float]) -> tuple[Stratum, ...]:
    """The strata, those with a size below `FEWEST_SELECTED` counted with the largest."""
    largest_first = sorted(strata, key=lambda one: (-size(one), -one.rate, one.name))
    if not largest_first:
        return ()
    small = [one for one in largest_first[1:] if size(one) < FEWEST_SELECTED]
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


def _of_causes(tallies: Mapping[Cell, Tally]) -> tuple[Stratum, ...]:
    """A stratum for each cause that was opened whole; what stands for the others.

    Investigators open what is most suspicious first, so what they opened of a cause does not stand for the
    rest of it. Those that chance would have selected too (`draw` below `rate`) do, if there are enough.
    """
    causes = _by(tallies, lambda cell: str(cell.why), _held)
    whole = [one for one in causes if not one.missing]
    partly = [one for one in causes if one.missing]
    lucky = merged(chain.from_iterable(_lucky(one, tallies) for one in partly), lambda one: one.selected)
    enough = all(one.selected >= FEWEST_SELECTED for one in lucky)
    return (*whole, *(_with_unreachable(lucky, partly, tallies) if enough and lucky else partly))


def _lucky(cause: Stratum, tallies: Mapping[Cell, Tally]) -> list[Stratum]:
    """Of a cause those that chance would have selected, a stratum for each rate."""
    own = {cell: tally for cell, tally in tallies.items() if cell.why == cause.cause and cell.rate > 0}
    return _by(own, lambda cell: cell.rate, lambda rate, some: _drawn(rate, some, cause.cause))


def _with_unreachable(
    lucky: Iterable[Stratum], causes: Iterable[Stratum], tallies: Mapping[Cell, Tally]
) -> Iterable[Stratum]:
    """Those too of the causes for which no draw can stand."""
    names = {one.cause for one in causes}
    out = {cell: tally for cell, tally in tallies.items() if cell.why in names and cell.rate == 0}
    return (*lucky, *_by(out, lambda cell: str(cell.why), _held))


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
