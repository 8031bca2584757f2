"""What a person did lately: to take it back while that is possible, and to find it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from screener.review.parcels import visible
from screener.review.rights import Reviewer, Verb
from screener.review.rules import RULES
from screener.review.schema import action, parcel


@dataclass(frozen=True, slots=True)
class Recent:
    """A move of one's own with the parcel it was made on."""

    id: int
    kind: str
    at: datetime
    stands_at: datetime
    undone_at: datetime | None
    refused: bool | None
    item_id: int
    hub: str
    parcel_id: str
    state: str


def undoable(connection: Connection, who: Reviewer, home: str, now: datetime) -> tuple[Recent, ...]:
    """What `who` can still take back, the latest first; of a parcel the last move alone."""
    query = _own(who, home).where(action.c.stands_at > now, action.c.undone_at.is_(None))
    found: dict[int, Recent] = {}
    for row in connection.execute(query.where(action.c.refused.is_(None))):
        found.setdefault(row.item_id, _recent_of(row))
    return tuple(one for one in found.values() if RULES[one.kind].undoable)


def _own(who: Reviewer, home: str) -> Select[Any]:
    return (
        select(
            action.c.id,
            action.c.kind,
            action.c.at,
            action.c.stands_at,
            action.c.undone_at,
            action.c.refused,
            parcel.c.id.label("item_id"),
            parcel.c.hub,
            parcel.c.parcel_id,
            parcel.c.state,
        )
        .join(parcel, parcel.c.id == action.c.parcel)
        .where(action.c.by == who.person, visible(who, Verb.SEE, home))
        .order_by(action.c.id.desc())
    )


def _recent_of(row: Row[Any]) -> Recent:
    return Recent(**row._mapping)
