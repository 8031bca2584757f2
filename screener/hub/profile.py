"""A hub's day: how many parcels it scans in each hour, and when each of them comes.

Parcels come by chance (a Poisson process whose rate is that of the hour), hour by hour from a seed, so an
hour is the same however long before it the play began.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from screener.errors import BadConfig
from screener.hub.chance import chance

HOURS: Final = 24
HOUR_S: Final = 3600.0

_ARRIVALS: Final = 0x9A1
"""What the draws of this module are for."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Parcels an hour for each hour of the day, midnight first."""

    per_hour: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.per_hour) / HOURS

    def scaled(self, mean: float) -> Profile:
        """The same day with so many parcels an hour in the mean."""
        return Profile(tuple(rate * mean / self.mean for rate in self.per_hour))


FLAT: Final = Profile((1.0,) * HOURS)

DAY: Final = Profile(
    (
        *(1.5, 1.6, 1.5, 1.1, 0.5, 0.3),  # the night shift sorts what the day has brought
        *(0.5, 1.0, 1.4, 1.3, 1.0, 0.8),  # the early shift: a peak before the vans leave
        *(0.6, 0.6, 0.3, 0.6, 0.8, 1.0),  # change of shift at 14
        *(1.2, 1.4, 1.5, 1.4, 0.5, 1.6),  # the late shift: collections come in; change at 22
    )
)
"""A sorting centre's day in three shifts, with a dip at each change; relative to its mean of about 1."""

NAMED: Final = {"day": DAY, "flat": FLAT}


def read(path: Path) -> Profile:
    """A file of 24 lines `HOUR,PARCELS`; further columns, a heading and # comments are passed over.

    Raises `BadConfig` with the number of the line.
    """
    rates: dict[int, float] = {}
    with path.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.reader(lines), start=1):
            if row and not row[0].startswith("#") and (number > 1 or row[0].strip().isdecimal()):
                hour, rate = _row(row, f"{path}:{number}")
                rates[hour] = rate
    if sorted(rates) != list(range(HOURS)) or not any(rates.values()):
        raise BadConfig(
            f"{path}: expected a line for each hour 0 to 23, and parcels in one, got {len(rates)}"
        )
    return Profile(tuple(rates[hour] for hour in range(HOURS)))


def _row(row: list[str], where: str) -> tuple[int, float]:
    try:
        hour, rate = int(row[0]), float(row[1])
    except (ValueError, IndexError):
        hour, rate = -1, -1.0
    if 0 <= hour < HOURS and 0 <= rate <= 1e7:
        return hour, rate
    raise BadConfig(f"{where}: expected `HOUR,PARCELS` such as 17,1400, got {','.join(row)[:60]!r}")


def arrivals(profile: Profile, start: datetime, seed: int) -> Iterator[float]:
    """When parcels come, in seconds after `start`, for ever; hours are those of `start`'s zone."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    begun_s = (start - midnight) / timedelta(seconds=1)
    hour = int(begun_s // HOUR_S)
    while True:
        for at_s in _within(profile, hour, seed):
            if at_s >= begun_s:
                yield at_s - begun_s
        hour += 1


def _within(profile: Profile, hour: int, seed: int) -> list[float]:
    """The times of one hour, in seconds after the first midnight."""
    rng = chance(seed, hour, _ARRIVALS)
    count = int(rng.poisson(profile.per_hour[hour % HOURS]))
    return [(hour + float(share)) * HOUR_S for share in sorted(rng.random(count))]
