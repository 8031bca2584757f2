"""Where a person is posted, and whose entries without a parcel a person may see."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, true

from screener.review.errors import Denied
from screener.review.rights import EVERY, MAY, Grant, Reviewer, Verb
from screener.review.station.tables import station_entry


@dataclass(frozen=True, slots=True)
class Posting:
    """A hub, or every one, and an agency: who supervises there sees what comes from there."""

    hub: str
    agency: str


def posting_of(who: Reviewer, home: str) -> Posting:
    """Where `who` decides: at one hub, or at every one. Raises `Denied` where he decides nowhere."""
    granted = [one for one in who.grants if Verb.DECIDE in MAY[one.role]]
    if not granted:
        raise Denied("the station is for those who decide on parcels")
    hubs = {one.hub for one in granted}
    agencies = {home if one.agency == EVERY else one.agency for one in granted}
    hub = next(iter(hubs)) if len(hubs) == 1 else EVERY
    return Posting(hub, home if home in agencies else min(agencies))


def supervised(who: Reviewer, home: str) -> ColumnElement[bool]:
    """The condition on entries for those that `who` settles: of the hubs and agencies that he supervises."""
    granted = [one for one in who.grants if Verb.REASSIGN in MAY[one.role]]
    return or_(false(), *(_covered(one) for one in sorted(granted, key=str)))


def visible(who: Reviewer, home: str) -> ColumnElement[bool]:
    """The condition on entries for one's own and those that one settles."""
    return or_(station_entry.c.person == who.person, supervised(who, home))


def _covered(one: Grant) -> ColumnElement[bool]:
    here = true() if one.hub == EVERY else station_entry.c.hub == one.hub
    return here if one.agency == EVERY else and_(here, station_entry.c.agency == one.agency)
