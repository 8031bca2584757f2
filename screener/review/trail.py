"""The record as an auditor reads it: narrowed to what is asked for and may be seen, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, false, func, or_, select, true

from screener.review.audit import Deed, Entry, record
from screener.review.errors import Denied
from screener.review.rights import EVERY, MAY, Reviewer, Verb
from screener.review.schema import audit, checkpoint


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: of a person, of one kind of deed, about targets that begin so, and when."""

    who: str = ""
    what: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    def details(self) -> dict[str, str | int | None]:
        """What was asked, as the record keeps it."""
        said: dict[str, str | int | None] = {
            "who": self.who or None,
            "what": self.what or None,
            "target": self.target or None,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "before": self.before,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Head:
    """The last row that a signed checkpoint vouches for, and since when."""

    n: int
    at: datetime


def rows(
    connection: Connection, who: Reviewer, home: str, asked: Asked, *, limit: int = 100
) -> tuple[Entry, ...]:
    """At most `limit` rows; whoever shows them calls `recorded` first. Raises `Denied`."""
    query = select(audit).where(visible(who, home), *_conditions(asked))
    found = connection.execute(query.order_by(audit.c.n.desc()).limit(limit)).all()
    return tuple(
        Entry(row.n, row.at, row.who, row.what, row.target, row.details, row.before, row.hash)
        for row in found
    )


def recorded(
    connection: Connection, who: Reviewer, now: datetime, asked: Asked, shown: Sequence[Entry]
) -> None:
    """That these rows were read is a row, too."""
    record(connection, Deed(now, who.name, "see_record", "record", asked.details() | {"found": len(shown)}))


def visible(who: Reviewer, home: str) -> ColumnElement[bool]:
    """All rows for an auditor of every hub, those of their parcels for one of some. Raises `Denied`."""
    if not who.anywhere(Verb.SEE_AUDIT):
        raise Denied("the record is an auditor's")
    hubs = {one.hub for one in who.grants if Verb.SEE_AUDIT in MAY[one.role] and one.covers(one.hub, home)}
    if EVERY in hubs:
        return true()
    # LIKE of SQLite takes `East` for `east`, which are two hubs
    of_hub = (func.substr(audit.c.target, 1, len(hub) + 1) == f"{hub}/" for hub in sorted(hubs))
    return or_(false(), *of_hub)


def deeds(connection: Connection) -> tuple[str, ...]:
    """Every kind of deed that the record has."""
    return tuple(connection.scalars(select(audit.c.what).distinct().order_by(audit.c.what)))


def head(connection: Connection) -> Head | None:
    """The newest checkpoint, or None before the first."""
    query = select(checkpoint.c.n, checkpoint.c.at).order_by(checkpoint.c.n.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Head(row.n, row.at)


def _conditions(asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.who:
        yield audit.c.who == asked.who
    if asked.what:
        yield audit.c.what == asked.what
    if asked.target:
        yield audit.c.target.startswith(asked.target, autoescape=True)
    if asked.since is not None:
        yield audit.c.at >= asked.since
    if asked.until is not None:
        yield audit.c.at < asked.until
    if asked.before is not None:
        yield audit.c.n < asked.before
