"""Taking away what was given for training: nothing of it stays among the parcels once it has ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from screener.review import search
from screener.review.fiction.tables import given
from screener.review.lists.tables import list_match
from screener.review.schema import action, flag, link, parcel, photograph, scan, searched
from screener.review.station.tables import station_entry, station_scan

UNANSWERED: Final = timedelta(hours=12)
"""Who has left one alone for so long is no longer asked."""

KEPT_BY: Final = (list_match, flag, link, scan, photograph, action)
"""What belongs to a parcel, in the order in which it goes; words to search for go by `search.forget`."""


def end(connection: Connection, given_id: int, now: datetime) -> None:
    """From now on nobody sees it."""
    connection.execute(update(given).where(given.c.id == given_id).values(ended_at=now))
    nobody = {"claimed_by": None, "lease_until": None}
    connection.execute(update(parcel).where(parcel.c.fiction == given_id).values(nobody))


def sweep(connection: Connection, now: datetime) -> None:
    """End what nobody answered, and remove the rows of what has ended.

    The newest row of all stays until there is a newer one: SQLite would give its number again, and a page
    that somebody still has open would act on a real parcel.
    """
    late = (given.c.ended_at.is_(None), given.c.at < now - UNANSWERED)
    connection.execute(update(given).where(*late).values(ended_at=now))
    newest = select(func.max(parcel.c.id)).scalar_subquery()
    ended = (
        select(parcel.c.id)
        .join(given, given.c.id == parcel.c.fiction)
        .where(parcel.c.fiction.is_not(None), given.c.ended_at.is_not(None), parcel.c.id < newest)
    )
    for item_id in connection.scalars(ended).all():
        _remove(connection, item_id)


def step_aside(connection: Connection, item_id: int, now: datetime) -> bool:
    """Let a real parcel have the number of one for training; False where the one there is real."""
    given_id = connection.scalar(select(parcel.c.fiction).where(parcel.c.id == item_id))
    if given_id is None:
        return False
    end(connection, given_id, now)
    own = parcel.c.id == item_id
    connection.execute(update(parcel).where(own).values(parcel_id=f"training {given_id}", waybill=""))
    return True


def _remove(connection: Connection, item_id: int) -> None:
    """All of a parcel; one that something else holds on to stays, hidden from everybody.

    What an officer entered for it at the station stays that officer's, without a parcel.
    """
    nothing = {"parcel": None, "action": None, "photograph": None}
    try:
        with connection.begin_nested():
            written = connection.scalar(select(searched.c.written).where(searched.c.parcel == item_id))
            search.forget(connection, item_id, written)
            its = station_entry.c.parcel == item_id
            connection.execute(update(station_entry).where(its).values(nothing))
            seen = station_scan.c.parcel == item_id
            connection.execute(update(station_scan).where(seen).values(parcel=None))
            for table in KEPT_BY:
                connection.execute(delete(table).where(table.c.parcel == item_id))
            connection.execute(delete(parcel).where(parcel.c.id == item_id))
    except IntegrityError:
        return
