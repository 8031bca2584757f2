"""What was opened and found by hub and kind of goods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from screener.review.ledger.figures import narrowed
from screener.review.ledger.spans import Span, number_of
from screener.review.ledger.tables import daily
from screener.review.rights import Reviewer


@dataclass(frozen=True, slots=True)
class Hits:
    """How many parcels were opened, and how many of them were over the limit."""

    opened: int = 0
    found: int = 0

    def plus(self, other: Hits) -> Hits:
        return Hits(self.opened + other.opened, self.found + other.found)


@dataclass(frozen=True, slots=True)
class Crossed:
    """Hits of each hub and kind where anything was opened; what is not named had none."""

    hubs: tuple[str, ...]
    kinds: tuple[str, ...]
    hits: Mapping[tuple[str, str], Hits]

    def at(self, hub: str, kind: str) -> Hits:
        return self.hits.get((hub, kind), Hits())

    def of_hub(self, hub: str) -> Hits:
        found = Hits()
        for kind in self.kinds:
            found = found.plus(self.at(hub, kind))
        return found


def crossed(connection: Connection, who: Reviewer, home: str, span: Span) -> Crossed:
    """The hits of a span as this person may know them."""
    at = daily.c
    wanted = {"hub": span.hub, "courier": span.courier, "kind": span.kind, "agency": span.agency}
    query = (
        select(at.hub, at.kind, func.sum(at.opened), func.sum(at.found))
        .where(narrowed(who, home, daily), at.opened > 0)
        .where(at.day >= number_of(span.since), at.day < number_of(span.until))
        .where(*(at[name] == value for name, value in wanted.items() if value is not None))
        .group_by(at.hub, at.kind)
    )
    hits = {(row[0], row[1]): Hits(int(row[2]), int(row[3])) for row in connection.execute(query)}
    hubs, kinds = (tuple(sorted({key[place] for key in hits})) for place in range(2))
    return Crossed(hubs, kinds, hits)
