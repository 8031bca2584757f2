"""What the entries of a job change of their list, and which parcels that came they would have named."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, bindparam, exists, func, insert, literal, select, update

from screener.contracts.wire import Grade, Licence, Sender
from screener.core.entries import Entry, alike
from screener.review import database
from screener.review.lists import jobs, preview, standing
from screener.review.lists.jobs import CHANGES, Job
from screener.review.lists.tables import list_change, list_match, listed

BATCH: Final = 500
TRUSTED: Final = frozenset({Grade.AAA, Grade.AA})
"""Grades of senders who are hardly looked at: a second person gives them."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a job: where it stood, and the parcels that its entries would have named."""

    job: Job
    named: Collection[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class _Some(_Read):
    """What the next entries change: a mark for each, and how many of them a second person confirms."""

    marks: Sequence[Mapping[str, Any]]
    weighty: int
    until: int

    def keep(self, connection: Connection, _now: datetime) -> None:
        job = self.job
        if job.published == 0:
            connection.execute(list_match.delete().where(list_match.c.job == job.id))
        own = (list_change.c.job == job.id, list_change.c.n == bindparam("at"))
        mark = update(list_change).where(*own).values(what=bindparam("is"), base=bindparam("on"))
        connection.execute(mark, [dict(one) for one in self.marks])
        preview.keep(connection, job.id, self.named)
        weighty = (job.weighty if job.published else 0) + self.weighty
        jobs.changed(connection, job.id, published=self.until, weighty=weighty)


@dataclass(frozen=True, slots=True)
class _Whole(_Read):
    """What all entries change, counted."""

    told: Mapping[str, int]

    def keep(self, connection: Connection, now: datetime) -> None:
        """Remove what the file has not, where it replaces the list, and let it be looked at."""
        job = self.job
        others = _remove_others(connection, job) if job.replaces and not job.wrong else 0
        counted = {name: self.told.get(name, 0) for name in (*CHANGES, "unchanged")}
        counted["removed"] += others
        entries = sum(self.told.values()) + others
        preview.keep(connection, job.id, self.named)
        jobs.changed(
            connection, job.id, state=jobs.READY, published=0, looked_at=now, entries=entries, **counted
        )


def at_once(engine: Engine, job_id: int, now: datetime) -> None:
    """Compare all of a job that has few entries."""
    while portion(engine, job_id, now):
        pass


def portion(engine: Engine, job_id: int, now: datetime) -> bool:
    """Compare the next entries of a job; False when it is ready, or no longer to be compared.

    All is read while others may write. What an entry was compared with is kept beside it: where that
    changes before it is published, it is compared again (`jobs.stale`).
    """
    with database.reading(engine) as connection:
        job = jobs.of(connection, job_id)
        if job is None or job.state != jobs.COMPARING:
            return False
        found = _some(connection, job) or _whole(connection, job)
    with database.writing(engine) as connection:
        held = jobs.held(connection, job_id, jobs.COMPARING)
        if held is None:
            return False
        if held.published == job.published:  # else somebody else was faster
            found.keep(connection, now)
    return isinstance(found, _Some)


def is_weighty(entry: Entry) -> bool:
    """Whether a second person confirms it: what explains a load, or spares a sender."""
    return isinstance(entry, Licence) or (isinstance(entry, Sender) and entry.grade in TRUSTED)


def _some(connection: Connection, job: Job) -> _Some | None:
    """The next entries compared; None after the last."""
    query = select(list_change).where(list_change.c.job == job.id, list_change.c.n > job.published)
    rows = connection.execute(query.order_by(list_change.c.n).limit(BATCH)).all()
    if not rows:
        return None
    there = standing.by_ids(connection, job.list, [row.entry_id for row in rows])
    marks = [
        {"at": row.n, "is": _what(job, row, there.get(row.entry_id)), "on": _base(there, row)} for row in rows
    ]
    new = {one["at"] for one in marks if one["is"] in {"added", "changed"}}
    news = [standing.entry_of(job.list, row.value) for row in rows if row.n in new]
    named = preview.look_for(connection, job.list, news)
    return _Some(job, named, marks=marks, weighty=_weighty(job, news), until=rows[-1].n)


def _whole(connection: Connection, job: Job) -> _Whole:
    named = preview.look_for_patterns(connection, _patterns(connection, job))
    counts = select(list_change.c.what, func.count()).where(list_change.c.job == job.id)
    told = {row[0]: row[1] for row in connection.execute(counts.group_by(list_change.c.what))}
    return _Whole(job, named, told=told)


def _base(there: dict[str, Row[Any]], row: Row[Any]) -> int:
    return there[row.entry_id].version if row.entry_id in there else 0


def _what(job: Job, row: Row[Any], known: Row[Any] | None) -> str:
    stands = known is not None and known.removed_at is None
    if row.value is None:
        return "removed" if stands else "unchanged"
    if known is None or not stands:
        return "added"
    wanted, said = (standing.entry_of(job.list, one.value) for one in (row, known))
    return "unchanged" if alike(wanted, said) else "changed"


def _remove_others(connection: Connection, job: Job) -> int:
    """One statement, however long the list is: the numbers go on after the last change; how many."""
    last = select(func.coalesce(func.max(list_change.c.n), 0)).where(list_change.c.job == job.id)
    n = connection.scalar(last) or 0
    given = exists().where(list_change.c.job == job.id, list_change.c.entry_id == listed.c.entry_id)
    others = select(
        literal(job.id),
        n + func.row_number().over(order_by=listed.c.id),
        listed.c.entry_id,
        literal("removed"),
        listed.c.version,
    ).where(listed.c.list == job.list, listed.c.removed_at.is_(None), ~given)
    columns = ["job", "n", "entry_id", "what", "base"]
    connection.execute(insert(list_change).from_select(columns, others))
    added = select(func.count()).where(list_change.c.job == job.id, list_change.c.n > n)
    return connection.scalar(added) or 0


def _changes(connection: Connection, job: Job) -> Iterator[Entry]:
    query = select(list_change.c.value).where(
        list_change.c.job == job.id, list_change.c.what.in_(("added", "changed"))
    )
    for value in connection.scalars(query.execution_options(yield_per=1000)):
        yield standing.entry_of(job.list, value)


def _weighty(job: Job, news: Sequence[Entry]) -> int:
    return 0 if job.list == "tips" else sum(map(is_weighty, news))


def _patterns(connection: Connection, job: Job) -> list[Entry]:
    if job.list == "senders":
        return []
    return [one for one in _changes(connection, job) if one.target.pattern is not None]
