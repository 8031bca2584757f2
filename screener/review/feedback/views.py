"""The stored views of one scanner's parcels, and the place that people must be allowed to switch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_

from screener.contracts.wire import Flagged, FlaggedScan
from screener.review import parcels
from screener.review.errors import NONE, Hidden
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel


@dataclass(frozen=True, slots=True)
class Place:
    """A scanner of a hub."""

    hub: str
    scanner: str

    @property
    def key(self) -> str:
        """What the record of reads and writes calls it."""
        return f"{self.hub}/{self.scanner}"


def check_may(who: Reviewer, place: Place, home: str) -> None:
    """Raises `Hidden` unless this person puts models to work there for the home agency."""
    if not who.may(Verb.SWITCH, place.hub, home):
        raise Hidden(NONE)


def arrived(place: Place, since: datetime, until: datetime) -> ColumnElement[bool]:
    """The condition on `parcel` for the hub's real parcels of a period."""
    period = and_(parcel.c.arrived_at >= since, parcel.c.arrived_at < until)
    return and_(parcel.c.hub == place.hub, period, parcels.real())


def of_scanner(flagged: Flagged, place: Place) -> Iterator[tuple[int, FlaggedScan]]:
    """The views that this scanner took, each by its number from 1."""
    for number, one in enumerate(flagged.scans, start=1):
        if one.scan.scanner == place.scanner:
            yield number, one
