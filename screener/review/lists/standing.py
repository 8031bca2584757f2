"""The entries of the lists as they stand: one row each, those that were removed while we looked among them.

What is published here is written here at once, and again when it is read back from its topic; so what a page
shows after a deed is what the deed did, and what other programs enter is there within a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from screener.contracts import topics
from screener.contracts.reading import decode_internal, encode
from screener.core.entries import KINDS as KINDS_OF_TOPICS
from screener.core.entries import Entry, bare_pattern, id_of
from screener.review import masking
from screener.review.lists.rights import visible
from screener.review.lists.tables import listed
from screener.review.rights import Reviewer
from screener.review.schema import person
from screener.sealing.errors import Tampered, Unreadable
from screener.sealing.ring import KeyRing
from screener.sealing.targets import target_aad, unseal_target

TOPICS: Final[Mapping[str, str]] = {
    "tips": topics.TIPS,
    "senders": topics.SENDERS,
    "licences": topics.LICENCES,
}
"""The lists by what pages call them."""

KINDS: Final[Mapping[str, type[Entry]]] = {name: KINDS_OF_TOPICS[topic] for name, topic in TOPICS.items()}

IN_FORCE, EXPIRED, REMOVED = "in_force", "expired", "removed"
STATES: Final = (IN_FORCE, EXPIRED, REMOVED)

CHUNK: Final = 500
"""Rows in one question: SQLite takes 32,766 values."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry with what became of it; `by_shown` is None where another program entered it."""

    id: int
    list: str
    entry: Entry
    agency: str
    by: int | None
    by_shown: str | None
    second_shown: str | None
    removed_at: datetime | None
    version: int
    told: bool

    @property
    def entry_id(self) -> str:
        return id_of(self.entry)

    @property
    def key(self) -> str:
        """What the record of reads and writes calls it."""
        return f"list:{self.list}/{self.entry_id}"

    def state(self, now: datetime) -> str:
        if self.removed_at is not None:
            return REMOVED
        expires_at = self.entry.expires_at
        return EXPIRED if expires_at is not None and expires_at <= now else IN_FORCE


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose entry it is, who entered it here and who confirmed that."""

    agency: str
    by: int | None = None
    second: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries of a list: in which state, and what they say; `before` is the last row that was shown."""

    state: str = ""
    kind: str = ""
    business: str = ""
    grade: str = ""
    before: int | None = None


_second: Final = person.alias("second")

QUERY: Final = (
    select(listed, person.c.shown.label("by_shown"), _second.c.shown.label("second_shown"))
    .outerjoin(person, person.c.id == listed.c.by)
    .outerjoin(_second, _second.c.id == listed.c.second)
)


def page(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    name: str,
    *,
    asked: Asked,
    limit: int = 50,
) -> tuple[Listed, ...]:
    """Entries of a list, those entered last first, that this person may see."""
    query = QUERY.where(listed.c.list == name, visible(who, home), *_conditions(asked, now))
    if asked.before is not None:
        query = query.where(listed.c.id < asked.before)
    return rows(connection, query.order_by(listed.c.id.desc()).limit(limit))


def counts(
    connection: Connection, who: Reviewer, home: str, now: datetime, asked: Mapping[str, Asked]
) -> dict[str, dict[str, int]]:
    """How many entries of each list are in which state."""
    found: dict[str, dict[str, int]] = {}
    for name, one in asked.items():
        # PostgreSQL does not take an expression with values in it for the one that it is grouped by
        states = select(_state(now).label("state")).where(
            listed.c.list == name, visible(who, home), *_conditions(one, now)
        )
        inner = states.subquery()
        query = select(inner.c.state, func.count()).group_by(inner.c.state)
        told = {row[0]: row[1] for row in connection.execute(query)}
        found[name] = {state: told.get(state, 0) for state in STATES}
    return found


def rows(connection: Connection, query: Select[Any]) -> tuple[Listed, ...]:
    """The entries that a question built on `QUERY` finds."""
    return tuple(_listed(row) for row in connection.execute(query))


def by_ids(connection: Connection, name: str, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """The rows of these entries, as they are kept."""
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        query = select(listed).where(listed.c.list == name, listed.c.entry_id.in_(some))
        found |= {row.entry_id: row for row in connection.execute(query)}
    return found


def entry_of(name: str, value: bytes) -> Entry:
    """The entry that a row holds."""
    return decode_internal(value, KINDS[name])


def columns(name: str, entry: Entry) -> dict[str, Any]:
    """What a row says of an entry."""
    target = entry.target
    return {
        "list": name,
        "entry_id": id_of(entry),
        "kind": target.kind,
        "hash": target.link,
        "pattern": None if target.pattern is None else bare_pattern(target.pattern),
        "source": getattr(entry, "source", None),
        "reference": getattr(entry, "reference", None),
        "grade": getattr(entry, "grade", None),
        "business": getattr(entry, "business", None),
        "added_at": entry.added_at,
        "expires_at": entry.expires_at,
        "removed_at": None,
        "value": encode(entry),
    }


def put(connection: Connection, found: Iterable[Mapping[str, Any]]) -> None:
    """Write rows of `columns` with origin, version and offset; one that is there is replaced."""
    values = [dict(one) for one in found]
    if not values:
        return
    kept = {"id", "list", "entry_id"}
    made: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(listed)
    changed = {one.name: made.excluded[one.name] for one in listed.c if one.name not in kept}
    connection.execute(made.on_conflict_do_update(index_elements=["list", "entry_id"], set_=changed), values)


@dataclass(frozen=True, slots=True)
class Shown:
    """Whom an entry names as it may be shown; `lost` where its key was destroyed or its seal is broken."""

    kind: str
    text: str | None
    lost: bool = False


def masked(one: Listed | Entry, name: str, ring: KeyRing) -> Shown:
    """Whom an entry names, masked as everywhere on the workstation; a waybill pattern names nobody."""
    entry = one.entry if isinstance(one, Listed) else one
    shown = revealed(entry, name, ring)
    if shown.text is None or entry.target.kind == "waybill":
        return shown
    mask = {"phone": masking.phone, "name": masking.name}.get(entry.target.kind, masking.address)
    return Shown(shown.kind, mask(shown.text))


def revealed(entry: Entry, name: str, ring: KeyRing) -> Shown:
    """Whom an entry names in full."""
    try:
        text = unseal_target(entry.target, ring, target_aad(TOPICS[name], id_of(entry)))
    except (Unreadable, Tampered):
        return Shown(entry.target.kind, None, lost=True)
    return Shown(entry.target.kind, text or None)


def _conditions(asked: Asked, now: datetime) -> list[ColumnElement[bool]]:
    wanted = {"kind": asked.kind, "business": asked.business, "grade": asked.grade}
    said: list[ColumnElement[bool]] = [listed.c[name] == value for name, value in wanted.items() if value]
    return [*said, *(_in_state(asked.state, now) if asked.state else ())]


def _in_state(state: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    if state == REMOVED:
        return (listed.c.removed_at.is_not(None),)
    there = listed.c.removed_at.is_(None)
    if state == EXPIRED:
        return there, listed.c.expires_at <= now
    return there, or_(listed.c.expires_at.is_(None), listed.c.expires_at > now)


def _state(now: datetime) -> ColumnElement[str]:
    return case(
        (listed.c.removed_at.is_not(None), REMOVED),
        (listed.c.expires_at <= now, EXPIRED),
        else_=IN_FORCE,
    )


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        id=row.id,
        list=row.list,
        entry=entry_of(row.list, row.value),
        agency=row.agency,
        by=row.by,
        by_shown=row.by_shown,
        second_shown=row.second_shown,
        removed_at=row.removed_at,
        version=row.version,
        told=row.offset is not None,
    )
