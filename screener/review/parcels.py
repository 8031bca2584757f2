"""Parcels as a person may see them: one condition says which, and what it hides does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, and_, exists, false, or_, select, true

from screener.contracts.reading import decode_internal
from screener.contracts.wire import Decision, Flagged
from screener.review.errors import NONE, Hidden
from screener.review.fiction import hiding
from screener.review.rights import EVERY, MAY, Grant, Reviewer, Verb
from screener.review.schema import action, flag, handover, parcel

ON_BELT: Final = timedelta(minutes=10)
"""How long after it was due a parcel may still lie where the belt put it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A parcel as the queue shows it: the columns of its row but for the message and the search text."""

    id: int
    hub: str
    parcel_id: str
    revision: int
    outcome: str
    why: str
    kind: str
    priority: float
    due_at: datetime | None
    law_due_at: datetime | None
    courier: str
    waybill: str
    grade: str | None
    tip: bool
    sticks: float | None
    tobacco_g: float | None
    p_over: float | None
    arrived_at: datetime
    flagged_at: datetime
    state: str
    claimed_by: int | None
    lease_until: datetime | None
    version: int

    @property
    def key(self) -> str:
        """What the record of reads and writes calls it."""
        return f"{self.hub}/{self.parcel_id}"

    def on_belt(self, now: datetime) -> bool:
        """Whether the belt waits for its answer: it is due, and not long past."""
        return self.due_at is not None and now <= self.due_at + ON_BELT

    def claimed(self, now: datetime) -> int | None:
        """The row of the person who has it now; a lease that has ended holds nothing."""
        held = self.lease_until is not None and now < self.lease_until
        return self.claimed_by if held else None


COLUMNS: Final[tuple[Column[Any], ...]] = tuple(parcel.c[one.name] for one in fields(Item))
"""What a query selects to make an `Item`."""


def item_of(row: Sequence[Any]) -> Item:
    """The parcel of a row that has `COLUMNS`, and possibly others after them."""
    return Item(*row[: len(COLUMNS)])


def visible(who: Reviewer, verb: Verb, home: str) -> ColumnElement[bool]:
    """The condition on `parcel` for those on which `who` may do this at the workstation of agency `home`.

    A parcel is the home agency's, and that of every agency it was handed to and that did not return it. One
    for training is only theirs to whom it was given, until they have answered.
    """
    granted = {one for one in who.grants if verb in MAY[one.role]}
    covered = or_(false(), *(_covered(one, home) for one in sorted(granted, key=str)))
    return and_(covered, parcel.c.id.not_in(hiding.from_person(who.person)))


def real() -> ColumnElement[bool]:
    """The condition on `parcel` for those that exist: for what counts or publishes without anybody asking."""
    return parcel.c.id.not_in(hiding.from_all())


def _covered(grant: Grant, home: str) -> ColumnElement[bool]:
    here = true() if grant.hub == EVERY else parcel.c.hub == grant.hub
    if grant.agency in {EVERY, home}:
        return here
    offers = select(handover.c.parcel).where(
        handover.c.agency == grant.agency, handover.c.state != "returned"
    )
    return and_(here, parcel.c.id.in_(offers))


def find(connection: Connection, who: Reviewer, home: str, item_id: int, verb: Verb = Verb.SEE) -> Item:
    """The parcel of this row. Raises `Hidden` where there is none that this person may see."""
    query = select(*COLUMNS).where(parcel.c.id == item_id, visible(who, verb, home))
    row = connection.execute(query).first()
    if row is None:
        raise Hidden(NONE)
    return item_of(row)


def flagged_of(connection: Connection, item_id: int) -> Flagged:
    """The newest message on a parcel that `find` has found. Raises `Hidden` where there is none."""
    value = connection.scalar(select(parcel.c.flagged).where(parcel.c.id == item_id))
    if value is None:
        raise Hidden(NONE)
    return decode_internal(value, Flagged)


def decisions_of(connection: Connection, item_id: int) -> tuple[Decision, ...]:
    """All decisions on a parcel that were flagged, the oldest first."""
    query = select(flag.c.value).where(flag.c.parcel == item_id).order_by(flag.c.at, flag.c.id)
    return tuple(decode_internal(value, _Decided).decision for value in connection.scalars(query))


def anew() -> ColumnElement[bool]:
    """The condition on `parcel` for those where people acted, but nobody on the decision that is shown."""
    acted = and_(action.c.parcel == parcel.c.id, action.c.undone_at.is_(None))
    on_it = and_(acted, action.c.revision == parcel.c.revision, action.c.at >= parcel.c.flagged_at)
    return and_(exists().where(acted), ~exists().where(on_it))


def decided_anew(connection: Connection, item: Item) -> bool:
    """Whether people acted on this parcel, but nobody on the decision that is shown."""
    query = select(parcel.c.id).where(parcel.c.id == item.id, anew())
    return connection.execute(query).first() is not None


class _Decided(msgspec.Struct):
    """Of a flagged message only its decision: scans and their maps are not decoded."""

    decision: Decision
