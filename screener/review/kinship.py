"""Parcels of the same people, and what they come to together.

A phone number, an address or a building ties two parcels; a name alone does not, since too many people share
it, but it is shown where something else ties them. Only hashes are compared: nobody is unsealed for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Select, and_, func, select

from screener.review import acts
from screener.review.moves import Found
from screener.review.parcels import COLUMNS, Item, item_of, visible
from screener.review.rights import Reviewer, Verb
from screener.review.schema import link, parcel

TYING: Final = ("phone", "address", "building")
ROLES: Final = ("consignor", "consignee")
WINDOW: Final = timedelta(days=730)
"""What was not yet dealt with adds up over two years (law on accumulated amounts)."""

MOST_SUMMED: Final = 5000


@dataclass(frozen=True, slots=True, order=True)
class Tie:
    """What is the same: `kind` of the `role` here and of the role `there`."""

    role: str
    there: str
    kind: str


@dataclass(frozen=True, slots=True)
class Kin:
    """Another parcel of the same people, by what it is tied, and what was found in it, if it was opened."""

    item: Item
    ties: tuple[Tie, ...]
    found: Found | None


@dataclass(frozen=True, slots=True)
class Linked:
    """The newest of the tied parcels that a person may see, and how many there are of them."""

    kin: tuple[Kin, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Total:
    """What the parcels tied to one side of a parcel come to, itself included.

    `found_sticks` and `found_g` were in opened ones; `seen_sticks` and `seen_g` are estimated in those that
    are still to be decided. What was released counts nothing. `complete` is False where the oldest of too
    many are left out.
    """

    role: str
    parcels: int
    found_sticks: int
    found_g: float
    seen_sticks: float
    seen_g: float
    since: datetime
    complete: bool

    @property
    def sticks(self) -> float:
        """Found and estimated together: what the thresholds are held against."""
        return self.found_sticks + self.seen_sticks


def linked(connection: Connection, who: Reviewer, home: str, item_id: int, limit: int = 50) -> Linked:
    """The other parcels of the same people that `who` may see, the newest first."""
    tied = _tied(item_id, ROLES).where(parcel.c.id != item_id, visible(who, Verb.SEE, home))
    count = connection.scalar(select(func.count()).select_from(tied.subquery())) or 0
    query = select(*COLUMNS).where(parcel.c.id.in_(tied)).order_by(parcel.c.flagged_at.desc(), parcel.c.id)
    items = [item_of(row) for row in connection.execute(query.limit(limit))]
    found, ties = _found(connection, items), _ties(connection, item_id, items)
    return Linked(tuple(Kin(one, ties[one.id], found.get(one.id)) for one in items), count)


def totals(
    connection: Connection, who: Reviewer, home: str, now: datetime, item_id: int
) -> tuple[Total, ...]:
    """What the consignor's side and the consignee's come to, of parcels that `who` may see."""
    return tuple(_total(connection, who, home, now - WINDOW, item_id, role=role) for role in ROLES)


def _total(
    connection: Connection, who: Reviewer, home: str, since: datetime, item_id: int, *, role: str
) -> Total:
    tied = _tied(item_id, (role,)).where(visible(who, Verb.SEE, home), parcel.c.flagged_at >= since)
    query = select(*COLUMNS).where(parcel.c.id.in_(tied) | (parcel.c.id == item_id))
    rows = connection.execute(query.order_by(parcel.c.flagged_at.desc()).limit(MOST_SUMMED + 1))
    items = [item_of(row) for row in rows]
    summed = items[:MOST_SUMMED]
    found = _found(connection, summed)
    open_ones = [one for one in summed if one.id not in found and one.state != "closed"]
    return Total(
        role=role,
        parcels=len(summed),
        found_sticks=sum(one.all_sticks for one in found.values()),
        found_g=sum(one.tobacco_g for one in found.values()),
        seen_sticks=sum(one.sticks or 0.0 for one in open_ones),
        seen_g=sum(one.tobacco_g or 0.0 for one in open_ones),
        since=since,
        complete=len(items) <= MOST_SUMMED,
    )


_here = link.alias("here")
_there = link.alias("there")
_SAME: Final = and_(_here.c.kind == _there.c.kind, _here.c.hash == _there.c.hash)


def _tied(item_id: int, roles: Sequence[str]) -> Select[tuple[int]]:
    """The rows of parcels that these sides of the parcel are tied to, itself among them."""
    query = select(parcel.c.id).distinct().join(_there, _there.c.parcel == parcel.c.id).join(_here, _SAME)
    return query.where(_here.c.parcel == item_id, _here.c.role.in_(roles), _here.c.kind.in_(TYING))


def _ties(connection: Connection, item_id: int, items: Iterable[Item]) -> Mapping[int, tuple[Tie, ...]]:
    """By what each is tied to the parcel, names included."""
    others = [one.id for one in items]
    query = select(_there.c.parcel, _here.c.role, _there.c.role.label("there"), _here.c.kind).join(
        _here, _SAME
    )
    rows = connection.execute(query.where(_here.c.parcel == item_id, _there.c.parcel.in_(others))).all()
    return {
        other: tuple(sorted(Tie(row.role, row.there, row.kind) for row in rows if row.parcel == other))
        for other in others
    }


def _found(connection: Connection, items: Iterable[Item]) -> dict[int, Found]:
    """What was found last in each that was opened, corrections counted."""
    timelines = acts.timelines(connection, [one.id for one in items])
    known = {item_id: acts.inspected(past) for item_id, past in timelines.items()}
    return {item_id: one.found for item_id, one in known.items() if one is not None}
