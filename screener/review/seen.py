"""Who has looked at a parcel: rows of the record of all reads, so that nobody releases what he never saw."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from screener.review import audit
from screener.review.audit import Deed
from screener.review.parcels import Item
from screener.review.rights import Reviewer
from screener.review.schema import audit as rows

SEE: Final = "see"
"""What the record calls it that a parcel was shown to somebody."""


def record(connection: Connection, who: Reviewer, now: datetime, item: Item) -> None:
    """Record that `who` is shown the parcel as it is; call it last (`audit.record`)."""
    audit.record(connection, Deed(now, who.name, SEE, item.key, {"revision": item.revision}))


def by(connection: Connection, who: Reviewer, item: Item) -> bool:
    """Whether `who` was shown the decision that the parcel is at now, not only an earlier one."""
    query = select(rows.c.details).where(
        rows.c.target == item.key, rows.c.who == who.name, rows.c.what == SEE
    )
    return any(
        msgspec.json.decode(said, type=_Shown).revision >= item.revision for said in connection.scalars(query)
    )


class _Shown(msgspec.Struct):
    revision: int = 0
