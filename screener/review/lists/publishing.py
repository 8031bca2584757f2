"""What was confirmed goes to its topic: through the outbox, in order, a portion in one transaction.

So it is lost by nobody's death, and no portion is done twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, select

from screener.contracts import topics
from screener.core.entries import Entry, id_of
from screener.review import outbox
from screener.review.lists import jobs, standing
from screener.review.lists.jobs import CHANGES, Job
from screener.review.lists.standing import TOPICS, Origin
from screener.review.lists.tables import list_change, list_match, list_piece
from screener.review.schema import outbox as sent
from screener.stages.lists import entry_message, removal

PORTION: Final = 500
AHEAD: Final = 2000
"""So many messages of lists wait in the outbox at most: outcomes of parcels must not wait behind a list."""


def at_once(connection: Connection, job_id: int, now: datetime) -> None:
    """Publish the beginning of a job: a form whole, and the background goes on with a file."""
    if portion(connection, job_id, now):
        portion(connection, job_id, now)


def portion(connection: Connection, job_id: int, now: datetime) -> bool:
    """Publish the next changes of a job; False when it is done, or not to be published."""
    job = jobs.held(connection, job_id, jobs.PUBLISHING)
    if job is None:
        return False
    of_it = (list_change.c.job == job.id, list_change.c.n > job.published, list_change.c.what.in_(CHANGES))
    query = select(list_change).where(*of_it).order_by(list_change.c.n).limit(PORTION)
    rows = connection.execute(query).all()
    if not rows:
        jobs.changed(connection, job.id, state=jobs.DONE, ended_at=now)
        return False
    gone = [row.entry_id for row in rows if row.value is None]
    told = [standing.entry_of(job.list, row.value) for row in rows if row.value is not None]
    publish(connection, job.list, told, gone, origin=_origin(job), now=now)
    jobs.changed(connection, job.id, published=rows[-1].n)
    return True


def publish(
    connection: Connection,
    name: str,
    entries: Sequence[Entry],
    gone: Sequence[str] = (),
    *,
    origin: Origin | None,
    now: datetime,
) -> None:
    """Enter or change entries and remove others, here and by the outbox; without `origin` it stays whose it
    was."""
    messages = [*map(entry_message, entries), *(removal(TOPICS[name], one) for one in gone)]
    outbox.put_all(connection, messages, now)
    there = standing.by_ids(connection, name, [*map(id_of, entries), *gone])
    rows = [_row(name, one, there.get(id_of(one)), origin) for one in entries]
    standing.put(connection, [*rows, *_removed((there[one] for one in gone if one in there), now)])


def may_go_on(connection: Connection) -> bool:
    """Whether the outbox has room for another portion."""
    waiting = select(sent.c.id).where(
        sent.c.sent_at.is_(None), sent.c.refused.is_(None), sent.c.topic.in_(topics.LISTS)
    )
    return (connection.scalar(select(func.count()).select_from(waiting.limit(AHEAD).subquery())) or 0) < AHEAD


def sweep(connection: Connection, job_id: int) -> bool:
    """Forget the next of what an ended job needed, and of what was sent of any list; False when all is gone.

    What was published is in `listed` and in its topic; lines that were wrong stay to be read.
    """
    if _forget_changes(connection, job_id) or _forget_sent(connection):
        return True
    connection.execute(delete(list_piece).where(list_piece.c.job == job_id))
    connection.execute(delete(list_match).where(list_match.c.job == job_id))
    jobs.changed(connection, job_id, swept=True)
    return False


def _forget_changes(connection: Connection, job_id: int) -> int:
    some = select(list_change.c.n).where(list_change.c.job == job_id).order_by(list_change.c.n)
    last = connection.scalar(some.offset(AHEAD - 1).limit(1)) or connection.scalar(
        select(func.max(list_change.c.n)).where(list_change.c.job == job_id)
    )
    gone = delete(list_change).where(list_change.c.job == job_id, list_change.c.n <= (last or 0))
    return connection.execute(gone).rowcount


def _forget_sent(connection: Connection) -> int:
    some = select(sent.c.id).where(sent.c.topic.in_(topics.LISTS), sent.c.sent_at.is_not(None)).limit(AHEAD)
    return connection.execute(delete(sent).where(sent.c.id.in_(some))).rowcount


def _origin(job: Job) -> Origin:
    return Origin(job.agency, job.by, job.second)


def _row(name: str, entry: Entry, there: Row[Any] | None, origin: Origin | None) -> dict[str, Any]:
    if origin is None:
        assert there is not None
        origin = Origin(there.agency, there.by, there.second)
    whose = {"agency": origin.agency, "by": origin.by, "second": origin.second}
    version = 1 if there is None else there.version + 1
    return {**standing.columns(name, entry), **whose, "version": version, "offset": None}


def _removed(rows: Iterable[Row[Any]], now: datetime) -> Iterable[dict[str, Any]]:
    for row in rows:
        said = {**row._mapping, "removed_at": now, "version": row.version + 1, "offset": None}
        said.pop("id")
        yield said
