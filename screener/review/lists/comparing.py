"""What the entries of a job change of their list, and which parcels that came they would have named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, literal, select, update

from screener.contracts.wire import Grade, Licence, Sender
from screener.core.entries import Entry, alike
from screener.review.lists import jobs, preview, standing
from screener.review.lists.jobs import CHANGES, Job
from screener.review.lists.tables import list_change, list_match, listed

BATCH: Final = 500
TRUSTED: Final = frozenset({Grade.AAA, Grade.AA})
"""Grades of senders who are hardly looked at: a second person gives them."""


def at_once(connection: Connection, job_id: int, now: datetime) -> None:
    """Compare all of a job that has few entries."""
    while portion(connection, job_id, now):
        pass


def portion(connection: Connection, job_id: int, now: datetime) -> bool:
    """Compare the next entries of a job; False when it is ready, or no longer to be compared."""
    job = jobs.held(connection, job_id, jobs.COMPARING)
    if job is None:
        return False
    query = select(list_change).where(list_change.c.job == job.id, list_change.c.n > job.published)
    rows = connection.execute(query.order_by(list_change.c.n).limit(BATCH)).all()
    if not rows:
        _finish(connection, job, now)
        return False
    if job.published == 0:
        connection.execute(list_match.delete().where(list_match.c.job == job.id))
    news = _compare(connection, job, rows)
    preview.look_for(connection, job.id, job.list, news)
    weighty = (job.weighty if job.published else 0) + _weighty(job, news)
    jobs.changed(connection, job.id, published=rows[-1].n, weighty=weighty)
    return True


def is_weighty(entry: Entry) -> bool:
    """Whether a second person confirms it: what explains a load, or spares a sender."""
    return isinstance(entry, Licence) or (isinstance(entry, Sender) and entry.grade in TRUSTED)


def _compare(connection: Connection, job: Job, rows: Sequence[Row[Any]]) -> list[Entry]:
    """Mark what each of these entries changes; those that say something new."""
    there = standing.by_ids(connection, job.list, [row.entry_id for row in rows])
    found = [
        {"of": job.id, "at": row.n, "is": _what(job, row, there.get(row.entry_id)), "on": _base(there, row)}
        for row in rows
    ]
    mark = update(list_change).where(list_change.c.job == bindparam("of"), list_change.c.n == bindparam("at"))
    connection.execute(mark.values(what=bindparam("is"), base=bindparam("on")), found)
    news = {one["at"] for one in found if one["is"] in {"added", "changed"}}
    return [standing.entry_of(job.list, row.value) for row in rows if row.n in news]


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


def _finish(connection: Connection, job: Job, now: datetime) -> None:
    """Remove what the file has not, where it replaces the list; count; and let it be looked at."""
    if job.replaces and not job.wrong:
        _remove_others(connection, job)
    preview.look_for_patterns(connection, job.id, job.list, _patterns(connection, job))
    counts = select(list_change.c.what, func.count()).where(list_change.c.job == job.id)
    told = {row[0]: row[1] for row in connection.execute(counts.group_by(list_change.c.what))}
    counted = {name: told.get(name, 0) for name in (*CHANGES, "unchanged")}
    entries = sum(told.values())
    jobs.changed(connection, job.id, state=jobs.READY, published=0, looked_at=now, entries=entries, **counted)


def _remove_others(connection: Connection, job: Job) -> None:
    """One statement, however long the list is: the numbers go on after the last change."""
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
    connection.execute(insert(list_change).from_select(["job", "n", "entry_id", "what", "base"], others))


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
