"""Parcels whose scans serve for training: people have looked at them, and there was nothing in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from screener.contracts.wire import Flagged
from screener.review import acts, parcels
from screener.review.acts import Act
from screener.review.moves import Release
from screener.review.schema import parcel

BATCH = 200


@dataclass(frozen=True, slots=True)
class Source:
    """A cleared parcel: its row, and its newest message."""

    item_id: int
    flagged: Flagged


def cleared(connection: Connection) -> Iterator[Source]:
    """Closed parcels in which nothing was found or whose alert was wrong, with all scans, newest first."""
    closed = select(parcel.c.id).where(parcel.c.state == "closed", parcels.real())
    rows = list(connection.scalars(closed.order_by(parcel.c.id.desc())))
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        past = acts.timelines(connection, batch)
        for item_id in batch:
            if is_cleared(past.get(item_id, ())):
                flagged = parcels.flagged_of(connection, item_id)
                if _is_whole(flagged):
                    yield Source(item_id, flagged)


def is_cleared(past: Sequence[Act]) -> bool:
    """Whether people said last that there was nothing in it."""
    known = acts.inspected(past)
    if known is not None:
        return not known.found.anything
    released = [one.move for one in past if one.stands and isinstance(one.move, Release)]
    return bool(released) and released[-1].quality == "wrong"


def _is_whole(flagged: Flagged) -> bool:
    """Whether every view is kept and was judged, and the facts of the decision are there to judge again."""
    judged = all(one.stored.address and one.scan.findings is not None for one in flagged.scans)
    return (
        bool(flagged.scans) and judged and flagged.decision.facts is not None and flagged.manifest is not None
    )
