"""The record of all reads and writes: rows that carry the hash of the row before.

Who changes, removes or inserts a row breaks the chain at that place. Who could write the whole chain anew
cannot change its signed heads (`checkpoints`), which are published elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, insert, select, text

from screener.review.schema import audit

FIRST: Final = "0" * 64
"""What the first row names as the hash before it."""

_LOCK: Final = 0x5C4EE4E4
"""The lock that those who add a row hold until their transaction ends (PostgreSQL; SQLite has one writer)."""

Details = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to which target, when, with which details; a read is a deed, too."""

    at: datetime
    who: str
    what: str
    target: str
    details: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the record; `details` as canonical JSON."""

    n: int
    at: datetime
    who: str
    what: str
    target: str
    details: str
    before: str
    hash: str

    def recomputed(self) -> str:
        """The hash that the row ought to have."""
        at_ms = round(self.at.timestamp() * 1000)
        said = [self.n, at_ms, self.who, self.what, self.target, self.details, self.before]
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold, and how."""

    n: int
    what: str


def record(connection: Connection, deed: Deed) -> int:
    """Add a row in the caller's transaction and return its number; no row without what it tells of.

    Call it last: until the transaction ends nobody else can add one.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    newest = connection.execute(select(audit.c.n, audit.c.hash).order_by(audit.c.n.desc()).limit(1)).first()
    n, before = (1, FIRST) if newest is None else (newest.n + 1, newest.hash)
    said = msgspec.json.encode(dict(deed.details), order="sorted").decode()
    row = Entry(n, whole_ms(deed.at), deed.who, deed.what, deed.target, said, before, "")
    connection.execute(insert(audit).values(asdict(row) | {"hash": row.recomputed()}))
    return n


def entries(connection: Connection, first: int = 1, last: int | None = None) -> Iterable[Entry]:
    """The rows from `first` to `last`, in order, without holding all of them."""
    query = select(audit).where(audit.c.n >= first).order_by(audit.c.n)
    if last is not None:
        query = query.where(audit.c.n <= last)
    with connection.execute(query.execution_options(yield_per=1000)) as found:
        for row in found:
            yield Entry(row.n, row.at, row.who, row.what, row.target, row.details, row.before, row.hash)


def breaks(rows: Iterable[Entry]) -> Iterable[Break]:
    """Where a chain that begins with row 1 does not hold: rows changed, missing, or put between."""
    n, before = 0, FIRST
    for row in rows:
        if row.n != n + 1:
            yield Break(row.n, f"expected row {n + 1}, got row {row.n}: rows between are missing")
        elif row.before != before:
            yield Break(row.n, "it does not follow from the row before: one of the two was changed")
        if row.recomputed() != row.hash:
            yield Break(row.n, "its hash is not that of its contents: it was changed")
        n, before = row.n, row.hash


def whole_ms(at: datetime) -> datetime:
    """A time as the database keeps it."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
