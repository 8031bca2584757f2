"""What a day's draw came to, without anybody in it: counts of all, by rate, and by hub if they are large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, Select, cast, func, select

from screener.review.draws.days import Day
from screener.review.ledger.tables import decided
from screener.sealing import draw

LEAST: Final = 3
"""Smaller counts of a hub might be somebody."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Parcels that were screened, those of them that were drawn, and of these the opened and the found."""

    screened: int = 0
    drawn: int = 0
    opened: int = 0
    found: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.screened + other.screened,
            self.drawn + other.drawn,
            self.opened + other.opened,
            self.found + other.found,
        )

    @property
    def tells_somebody(self) -> bool:
        """Whether one of them is so small that it might be somebody."""
        return any(0 < one < LEAST for one in (self.screened, self.drawn, self.opened, self.found))


OTHERS: Final = "*"
"""Stands for all hubs that are too small to be shown by themselves."""


def by_rate(connection: Connection, day: Day) -> tuple[tuple[float, Counts], ...]:
    """The counts of each rate of the draw, the lowest rate first."""
    rows = connection.execute(_counted(decided.c.rate, day))
    return tuple((row[0], Counts(*map(int, row[1:]))) for row in rows)


def by_hub(connection: Connection, day: Day) -> tuple[tuple[str, Counts], ...]:
    """The counts of each hub, for those who may know them."""
    rows = connection.execute(_counted(decided.c.hub, day))
    return tuple((row[0], Counts(*map(int, row[1:]))) for row in rows)


def total(counts: Iterable[tuple[Any, Counts]]) -> Counts:
    """All of them together."""
    return sum((one for _, one in counts), Counts())


def public(hubs: Sequence[tuple[str, Counts]]) -> tuple[tuple[str, Counts], ...]:
    """Counts by hub or by rate as everybody may know them: what might be somebody is among the `OTHERS`.

    Not even by subtraction: the others are two at least, and large enough together; else nothing is said.
    """
    small = [one for one in hubs if one[1].tells_somebody]
    large = sorted((one for one in hubs if not one[1].tells_somebody), key=lambda one: one[1].screened)
    while small and (len(small) < 2 or total(small).tells_somebody):
        if not large:
            return ()
        small.append(large.pop(0))
    shown = sorted(large)
    return (*shown, (OTHERS, total(small))) if small else tuple(shown)


def marks(connection: Connection, day: Day) -> Iterator[str]:
    """What stands for each drawn parcel, in an order that tells nothing, once the seed is public."""
    if day.seed is None:
        return
    query = select(decided.c.hub, decided.c.parcel_id).where(_of(day), decided.c.lucky)
    named = (draw.named(row.hub, row.parcel_id) for row in connection.execute(query))
    yield from sorted(draw.mark(day.seed, one) for one in named)


def _counted(column: ColumnElement[Any], day: Day) -> Select[Any]:
    lucky = cast(decided.c.lucky, Integer)
    opened = cast(decided.c.lucky & decided.c.opened, Integer)
    found = cast(decided.c.lucky & decided.c.found, Integer)
    query = select(column, func.count(), func.sum(lucky), func.sum(opened), func.sum(found))
    return query.where(_of(day)).group_by(column).order_by(column)


def _of(day: Day) -> ColumnElement[bool]:
    """Parcels that arrived on the day; the ledger's own days are of a time zone, and lie in an index."""
    around = [int((day.begins + timedelta(days=n)).strftime("%Y%m%d")) for n in (-1, 0, 1)]
    arrived = decided.c.arrived_at
    return decided.c.day.in_(around) & (arrived >= day.begins) & (arrived < day.ends)
