"""What figures are asked for: days from one to another, by day, month or year, and of which parcels."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

By = Literal["day", "month", "year"]

DIVISORS: Final[dict[By, int]] = {"day": 1, "month": 100, "year": 10_000}
"""What a day as YYYYMMDD is divided by to name the day, the month or the year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Parcels that arrived from day `since` to before day `until`, counted by day, month or year.

    None asks for parcels of every hub, courier, kind or agency to which they are referred.
    """

    since: date
    until: date
    by: By = "month"
    hub: str | None = None
    courier: str | None = None
    kind: str | None = None
    agency: str | None = None

    @property
    def of_some(self) -> bool:
        """Whether it asks for parcels of one hub, courier, kind or agency."""
        return any(one is not None for one in (self.hub, self.courier, self.kind, self.agency))

    @property
    def year_before(self) -> Span:
        """The same days of the year before."""
        return replace(self, since=year_before(self.since), until=year_before(self.until))

    def begins(self) -> Iterator[date]:
        """The first day of each bucket, the first and the last of which may be cut off."""
        day = self.since
        while day < self.until:
            yield day
            day = _next(day, self.by)

    def bucket(self, day: date) -> int:
        """The number of the bucket that a day falls into."""
        return number_of(day) // DIVISORS[self.by]


def number_of(day: date) -> int:
    """A day as YYYYMMDD."""
    return day.year * 10_000 + day.month * 100 + day.day


def year_before(day: date) -> date:
    """The same day of the year before; the last of February where there is no 29th."""
    last = monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=min(day.day, last))


def _next(day: date, by: By) -> date:
    """The first day of the bucket after that of `day`."""
    if by == "day":
        return day + timedelta(days=1)
    if by == "year":
        return date(day.year + 1, 1, 1)
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
