"""Who works on which parcel: a claim is a lease that ends by itself, and nobody else has it meanwhile.

A claim changes no `version`: what a page shows of the parcel stays true. Who acts must have it, or nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, select, update

from screener.review import audit
from screener.review.audit import Deed
from screener.review.errors import Conflict, Denied
from screener.review.parcels import COLUMNS, Item, find, item_of, visible
from screener.review.queue import SECTIONS, Filters, conditions, free
from screener.review.rights import Reviewer, Verb
from screener.review.rules import TO_DECIDE
from screener.review.schema import parcel, person


def take_next(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    filters: Filters,
    *,
    lease_s: float,
    passed: Collection[int] = (),
) -> Item | None:
    """Claim the first parcel of the queue that is free and not among `passed`; None where there is none.

    Only where there is something to decide, whatever the filters show besides. Of those who ask at once each
    gets another one. Raises `Denied` for who may decide on nothing at all.
    """
    if not who.anywhere(Verb.DECIDE):
        raise Denied("to take a parcel wants the right to decide (investigator or supervisor)")
    mine = {"claimed_by": who.person, "lease_until": now + timedelta(seconds=lease_s)}
    for query in _upcoming(connection, who, home, now, filters, passed=passed):
        first = query.with_for_update(skip_locked=True).correlate(None).scalar_subquery()
        claimed = update(parcel).where(parcel.c.id == first).values(mine).returning(*COLUMNS)
        row = connection.execute(claimed).first()
        if row is not None:
            return _claimed(connection, who, now, item_of(row))
    return None


def upcoming(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    filters: Filters,
    *,
    passed: Collection[int] = (),
) -> Item | None:
    """What `take_next` would claim now: a page makes its pictures ready, and somebody else may be first."""
    for query in _upcoming(connection, who, home, now, filters, passed=passed):
        item_id = connection.scalar(query)
        if item_id is not None:
            return item_of(connection.execute(select(*COLUMNS).where(parcel.c.id == item_id)).one())
    return None


def claim(
    connection: Connection, who: Reviewer, home: str, now: datetime, item_id: int, *, lease_s: float
) -> Item:
    """Claim this parcel, or renew one's claim. Raises `Hidden`, `Denied`, `Conflict` while another has it."""
    _may(connection, who, Verb.DECIDE, home, find(connection, who, home, item_id))
    item = _held_fast(connection, item_id)
    holder = item.claimed(now)
    if holder not in {None, who.person}:
        told = f"{_shown(connection, holder)} works on it until {item.lease_until:%H:%M:%S} UTC"
        raise Conflict(f"{item.key}: {told}")
    until = now + timedelta(seconds=lease_s)
    _set(connection, item.id, who.person, until)
    return _claimed(connection, who, now, replace(item, claimed_by=who.person, lease_until=until))


def touch(connection: Connection, who: Reviewer, now: datetime, item_id: int, lease_s: float) -> bool:
    """Prolong one's claim while the page is open; False where it is another's or nobody's by now.

    A beat of an open page, not a deed: it is not recorded.
    """
    mine = update(parcel).where(parcel.c.id == item_id, parcel.c.claimed_by == who.person)
    done = connection.execute(mine.values(lease_until=now + timedelta(seconds=lease_s)))
    return done.rowcount == 1


def give_back(connection: Connection, who: Reviewer, now: datetime, item_id: int) -> bool:
    """End one's claim; False where it was another's or nobody's."""
    mine = update(parcel).where(parcel.c.id == item_id, parcel.c.claimed_by == who.person)
    done = connection.execute(mine.values(claimed_by=None, lease_until=None))
    if done.rowcount != 1:
        return False
    audit.record(connection, Deed(now, who.name, "give_back", _key(connection, item_id)))
    return True


def reassign(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    item_id: int,
    *,
    to: Reviewer | None,
    lease_s: float,
) -> Item:
    """End whosever claim it is, and give the parcel to `to` or back to the queue (None).

    Raises `Hidden`; `Denied` where `who` may not reassign it, or `to` may not decide on it.
    """
    item = find(connection, who, home, item_id)
    _may(connection, who, Verb.REASSIGN, home, item)
    if to is not None:
        _may(connection, to, Verb.DECIDE, home, item)
    before = _held_fast(connection, item_id).claimed(now)
    _set(connection, item_id, None if to is None else to.person, now + timedelta(seconds=lease_s))
    details = {"from": before, "to": None if to is None else to.name}
    audit.record(connection, Deed(now, who.name, "reassign", item.key, details))
    return _held_fast(connection, item_id)


def holder(connection: Connection, item: Item, now: datetime) -> str | None:
    """The name, as others see it, of who works on the parcel now."""
    person_id = item.claimed(now)
    return None if person_id is None else _shown(connection, person_id)


def _upcoming(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    filters: Filters,
    *,
    passed: Collection[int],
) -> Iterator[Select[Any]]:
    """The first row that is free of each part of the queue; of rows alone, so that an index has it all."""
    wanted = [*conditions(connection, who, home, now, filters, verb=Verb.DECIDE), free(now)]
    if filters.state not in TO_DECIDE:
        wanted.append(parcel.c.state.in_(sorted(TO_DECIDE)))
    for section in SECTIONS:
        query = select(parcel.c.id).where(*wanted, section.condition(now), parcel.c.id.not_in(passed))
        yield query.order_by(*section.order).limit(1)


def _claimed(connection: Connection, who: Reviewer, now: datetime, item: Item) -> Item:
    audit.record(connection, Deed(now, who.name, "claim", item.key))
    return item


def _set(connection: Connection, item_id: int, person_id: int | None, until: datetime) -> None:
    """Write a claim on a row that this transaction holds."""
    values = {"claimed_by": person_id, "lease_until": None if person_id is None else until}
    connection.execute(update(parcel).where(parcel.c.id == item_id).values(values))


def _may(connection: Connection, who: Reviewer, verb: Verb, home: str, item: Item) -> None:
    allowed = select(parcel.c.id).where(parcel.c.id == item.id, visible(who, verb, home))
    if connection.scalar(allowed) is None:
        raise Denied(f"{item.key}: {who.name} lacks the right to {verb.value} there")


def _held_fast(connection: Connection, item_id: int) -> Item:
    """The row, which nobody else changes until this transaction ends."""
    query = select(*COLUMNS).where(parcel.c.id == item_id).with_for_update()
    return item_of(connection.execute(query).one())


def _key(connection: Connection, item_id: int) -> str:
    row = connection.execute(select(parcel.c.hub, parcel.c.parcel_id).where(parcel.c.id == item_id)).one()
    return f"{row.hub}/{row.parcel_id}"


def _shown(connection: Connection, person_id: int | None) -> str:
    return connection.scalar(select(person.c.shown).where(person.c.id == person_id)) or "somebody"
