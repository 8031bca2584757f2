"""Which parcels are for training: from whom they are hidden, as queries that touch no real parcel."""

from __future__ import annotations

from sqlalchemy import Select, or_, select, union

from screener.review.fiction.tables import fiction, given
from screener.review.schema import parcel

_own = parcel.alias("fictional")
"""An alias of its own, so that no query takes it for the parcels that it asks for."""


def from_all() -> Select[tuple[int]]:
    """The rows of all parcels that are none."""
    return select(_own.c.id).where(_own.c.fiction.is_not(None)).correlate(None)


def from_person(person_id: int) -> Select[tuple[int]]:
    """The rows of those that are not this person's to answer."""
    others = or_(given.c.person != person_id, given.c.ended_at.is_not(None))
    return from_all().join(given, given.c.id == _own.c.fiction).where(others).correlate(None)


def of_one_scan(item_id: int) -> Select[tuple[int]]:
    """Of a parcel for training the real one whose scans it shows, and of that one those for training."""
    made = select(_own.c.id, fiction.c.source).select_from(_own)
    made = made.join(given, given.c.id == _own.c.fiction).join(fiction, fiction.c.id == given.c.fiction)
    pairs = made.where(_own.c.fiction.is_not(None)).correlate(None).subquery()
    here, there = pairs.c.id == item_id, pairs.c.source == item_id
    both = union(select(pairs.c.source).where(here), select(pairs.c.id).where(there))
    return select(both.subquery().c[0])
