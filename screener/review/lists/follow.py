"""The topics of the lists into `listed`, whoever wrote to them: a workstation or the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine, Row, bindparam, update

from screener.core.lists import Change
from screener.errors import BadInput
from screener.review import database, following
from screener.review.following import Stretch
from screener.review.lists import standing
from screener.review.lists.standing import TOPICS
from screener.review.lists.tables import listed
from screener.review.service import Clock
from screener.stages.lists import read_change
from screener.stream.port import Log, Partition, Record

BATCH: Final = 500

logger = structlog.get_logger(__name__)


def catch_up(engine: Engine, log: Log, home: str, clock: Clock) -> int:
    """Take what the topics have now; how many records. Raises `BadConfig`, `Unavailable`.

    A topic that is not there has no entries: a workstation may run before `screener topics create`.
    """
    known = log.topics()
    return sum(_catch_up(engine, log, name, home, clock) for name, topic in TOPICS.items() if topic in known)


def take(connection: Connection, name: str, stretch: Stretch, home: str, now: datetime) -> int:
    """Take what of a stretch was not taken before, and move the position; how many records."""
    at = following.held_position(connection, stretch.partition)
    fresh = [record for record in stretch.records if record.offset >= at]
    _apply(connection, name, _last_of_each(fresh), home, now)
    if stretch.stop > at:
        following.moved(connection, stretch.partition, stretch.stop)
    return len(fresh)


def _catch_up(engine: Engine, log: Log, name: str, home: str, clock: Clock) -> int:
    found = 0
    for stretch in following.ahead(engine, log, Partition(TOPICS[name], 0), BATCH):
        with database.writing(engine) as connection:
            found += take(connection, name, stretch, home, clock())
    return found


def _last_of_each(records: Sequence[Record]) -> list[Change]:
    """What the records say, of one id the last; what cannot be read is told to nobody but the log."""
    found: dict[str, Change] = {}
    for record in records:
        try:
            change = read_change(record)
        except BadInput as error:
            where = f"{record.partition}/{record.offset}"
            logger.error("list entry refused", where=where, why=str(error))  # noqa: TRY400
            continue
        found[change.entry_id] = change
    return list(found.values())


def _apply(connection: Connection, name: str, changes: Sequence[Change], home: str, now: datetime) -> None:
    """What we wrote ourselves and have not read back is what counts: our message comes after these."""
    there = standing.by_ids(connection, name, [one.entry_id for one in changes])
    news: list[dict[str, Any]] = []
    echoes: list[dict[str, Any]] = []
    for one in changes:
        row = there.get(one.entry_id)
        if row is not None and _says(row, name, one):
            echoes.append({"row": row.id, "at": one.offset})
        elif row is None or row.offset is not None:
            news += _news(name, one, row, home, now)
    standing.put(connection, news)
    if echoes:
        seen = update(listed).where(listed.c.id == bindparam("row")).values(offset=bindparam("at"))
        connection.execute(seen, echoes)


def _says(row: Row[Any], name: str, change: Change) -> bool:
    """Whether the row says already what the record says."""
    if change.entry is None:
        return row.removed_at is not None
    return row.removed_at is None and standing.entry_of(name, row.value) == change.entry


def _news(name: str, change: Change, row: Row[Any] | None, home: str, now: datetime) -> list[dict[str, Any]]:
    """The row after a change that others made; nothing where what was not known here was removed."""
    if change.entry is not None:
        said = standing.columns(name, change.entry)
        whose = {"agency": home if row is None else row.agency, "by": None, "second": None}
    elif row is not None:
        said = {**row._mapping, "removed_at": now}
        whose = {}
        said.pop("id")
    else:
        return []
    return [{**said, **whose, "version": 1 if row is None else row.version + 1, "offset": change.offset}]
