"""Which of the parcels that came the entries of a job would have named, before they are published.

Looked for among the flagged parcels of this workstation, by the same hashes and patterns as [decide] does;
of whom a parcel that passed was, nothing is kept here. Each person sees those that he may see at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select

from screener.contracts.wire import Tip
from screener.core.entries import Entry, bare_pattern, id_of
from screener.core.lists import Lists
from screener.core.parcel import PartyNote
from screener.review.lists.jobs import Job
from screener.review.lists.tables import list_match
from screener.review.parcels import COLUMNS, Item, item_of, visible
from screener.review.rights import Reviewer, Verb
from screener.review.schema import link, parcel

MOST: Final = 10_000
"""Parcels of one job that are kept; a list of all shops of a province meets every parcel of them."""

SHOWN: Final = 50
FEW: Final = 20
"""Patterns for which the database itself leaves out most waybills."""

BETWEEN: Final = "._:-"
"""What a waybill number may hold beside letters and digits (contracts)."""


@dataclass(frozen=True, slots=True)
class Named:
    """A parcel that came, and the entries that would have named it."""

    item: Item
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What the entries would have met among `looked` parcels from `since` to `until`.

    `complete` is False where more than `MOST` met one, and the others were not kept.
    """

    parcels: int
    complete: bool
    looked: int
    since: datetime | None
    until: datetime | None
    newest: tuple[Named, ...]


def matches(connection: Connection, who: Reviewer, home: str, job: Job) -> Preview:
    """What a job's entries would have named, of the parcels that `who` may see."""
    seen = visible(who, Verb.SEE, home)
    ours = select(list_match.c.parcel).where(list_match.c.job == job.id).distinct()
    count = connection.scalar(select(func.count()).select_from(parcel).where(parcel.c.id.in_(ours), seen))
    span = select(func.count(), func.min(parcel.c.flagged_at), func.max(parcel.c.flagged_at))
    looked, since, until = connection.execute(span.where(seen)).one()
    kept = connection.scalar(select(func.count()).where(list_match.c.job == job.id)) or 0
    query = select(*COLUMNS).where(parcel.c.id.in_(ours), seen).order_by(parcel.c.flagged_at.desc())
    items = [item_of(row) for row in connection.execute(query.limit(SHOWN))]
    newest = _named(connection, job, items)
    return Preview(count or 0, kept < MOST, looked, since, until, newest)


def look_for(connection: Connection, name: str, entries: Iterable[Entry]) -> set[tuple[str, int]]:
    """Ids of entries with the parcels that they would have named by phone, name, address or building."""
    by_hash: dict[tuple[str, str], list[str]] = {}
    for one in entries:
        if one.target.link is not None:
            by_hash.setdefault((one.target.kind, one.target.link), []).append(id_of(one))
    found: set[tuple[str, int]] = set()
    for kind in {kind for kind, _ in by_hash}:
        hashes = [value for other, value in by_hash if other == kind]
        query = select(link.c.parcel, link.c.hash).where(link.c.kind == kind, link.c.hash.in_(hashes))
        if name != "tips":
            query = query.where(link.c.role == "consignor")
        for item_id, value in connection.execute(query.limit(MOST)):
            found.update((entry_id, item_id) for entry_id in by_hash[kind, value])
    return found


def look_for_patterns(connection: Connection, entries: Sequence[Entry]) -> set[tuple[str, int]]:
    """The same by their waybills: all parcels are gone through."""
    if not entries:
        return set()
    query = select(parcel.c.id, parcel.c.waybill).where(parcel.c.waybill != "")
    if len(entries) <= FEW:
        query = query.where(or_(*(_may_fit(one) for one in entries)))
    lists, nobody, found = Lists.of(map(_as_tip, entries)), PartyNote(), set[tuple[str, int]]()
    for item_id, waybill in connection.execute(query.execution_options(yield_per=1000)):
        met = lists.meeting(waybill, nobody, nobody, 0)
        found.update((one.entry_id, item_id) for one in met.tips)
        if len(found) >= MOST:
            break
    return found


def keep(connection: Connection, job_id: int, found: Iterable[tuple[str, int]]) -> None:
    """Keep which parcels the entries of a job would have named, `MOST` in all."""
    kept = connection.scalar(select(func.count()).where(list_match.c.job == job_id)) or 0
    rows = [
        {"job": job_id, "entry_id": entry_id, "parcel": item_id}
        for entry_id, item_id in sorted(found)[: max(0, MOST - kept)]
    ]
    if rows:
        connection.execute(insert(list_match), rows)


def _as_tip(entry: Entry) -> Tip:
    """The same waybills: of licences [decide] tells the widest alone, of tips all."""
    return Tip(tip_id=id_of(entry), target=entry.target, source="preview", added_at=entry.added_at)


def _may_fit(entry: Entry) -> ColumnElement[bool]:
    """The condition on `parcel` that its waybill, compared without what lies between, fits the pattern."""
    bare: ColumnElement[str] = func.upper(parcel.c.waybill)
    for char in BETWEEN:
        bare = func.replace(bare, char, "")
    return bare.like(bare_pattern(entry.target.pattern or "").replace("*", "%"))


def _named(connection: Connection, job: Job, items: Sequence[Item]) -> tuple[Named, ...]:
    query = select(list_match.c.parcel, list_match.c.entry_id).where(
        list_match.c.job == job.id, list_match.c.parcel.in_([one.id for one in items])
    )
    rows = connection.execute(query.order_by(list_match.c.entry_id)).all()
    return tuple(Named(one, tuple(row.entry_id for row in rows if row.parcel == one.id)) for one in items)
