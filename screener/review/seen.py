"""Who has looked at a parcel: rows of the record of all reads, so that nobody releases what he never saw."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from screener.review import audit
from screener.review.audit import Deed, Details
from screener.review.parcels import Item
from screener.review.rights import Reviewer
from screener.review.schema import audit as rows

SEE: Final = "see"
"""What the record calls it that a parcel was shown to somebody."""


def record(connection: Connection, who: Reviewer, now: datetime, item: Item) -> None:
    """Record that `who` is shown the parcel as it is; call it last (`audit.record`)."""
    shown: Details = {"revision": item.revision, "decided_at": item.flagged_at.isoformat()}
    audit.record(connection, Deed(now, who.name, SEE, item.key, shown))


def by(connection: Connection, who: Reviewer, item: Item) -> bool:
    """Whether `who` was shown the decision that the parcel is at now, not only an earlier one."""
    return item.id in among(connection, who, [item])


def among(connection: Connection, who: Reviewer, items: Collection[Item]) -> frozenset[int]:
    """Of these parcels the rows of those that `by` is true of."""
    by_key = {one.key: one for one in items}
    query = select(rows.c.target, rows.c.details).where(
        rows.c.target.in_(by_key), rows.c.who == who.name, rows.c.what == SEE
    )
    return frozenset(
        by_key[target].id
        for target, said in connection.execute(query)
        if msgspec.json.decode(said, type=_Shown).is_of(by_key[target])
    )


class _Shown(msgspec.Struct):
    """Which decision was shown; revisions alone repeat where [decide] has forgotten a parcel."""

    revision: int
    decided_at: datetime

    def is_of(self, item: Item) -> bool:
        return (self.revision, self.decided_at) == (item.revision, item.flagged_at)
