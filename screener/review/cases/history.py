"""The history of a case: the rows of the record that tell what was done with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from screener.contracts.wire import Checkpoint
from screener.review.audit import Entry
from screener.review.cases import cases, sharing
from screener.review.cases.cases import Case
from screener.review.rights import Reviewer, Verb
from screener.review.schema import audit as rows
from screener.review.schema import checkpoint

READS: Final = frozenset({"see_case", "see_case_file"})
FOR_ALL: Final = frozenset({"case_begin", "case_file", "case_close", "case_second", "case_reopen"})
"""What another agency in the case may know of deeds that are not its own: how the case stands says it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done with a case."""

    n: int
    at: datetime
    who: str
    what: str
    details: dict[str, Any]


def of_case(connection: Connection, who: Reviewer, home: str, case: Case) -> tuple[Event, ...]:
    """What was done with the case, the latest first, as far as `who` may know; reads are left out."""
    events = (_event(one) for one in excerpt(connection, who, home, case))
    return tuple(one for one in reversed(list(events)) if one.what not in READS)


def excerpt(connection: Connection, who: Reviewer, home: str, case: Case) -> tuple[Entry, ...]:
    """The rows of the record about the case as they are, in order.

    Another agency is given its own deeds and those that concern it, and what the state of the case says.
    """
    query = select(rows).where(rows.c.target == case.key).order_by(rows.c.n)
    found = (
        Entry(row.n, row.at, row.who, row.what, row.target, row.details, row.before, row.hash)
        for row in connection.execute(query)
    )
    if cases.is_ours(connection, who, home, case.id):
        return tuple(found)
    agencies = set(sharing.acting(who, Verb.SEE, home))
    return tuple(one for one in found if _concerns(_event(one), agencies))


def vouching(connection: Connection, agency: str, entries: tuple[Entry, ...]) -> Iterator[Checkpoint]:
    """For each row the first signed head that vouches for it, each head once."""
    last = 0
    for entry in entries:
        if entry.n <= last:
            continue
        query = select(checkpoint).where(checkpoint.c.n >= entry.n).order_by(checkpoint.c.n).limit(1)
        if (row := connection.execute(query).first()) is None:
            return
        last = row.n
        columns = {name: getattr(row, name) for name in ("n", "at", "hash", "key_id", "signature")}
        yield Checkpoint(agency=agency, **columns)


def _event(entry: Entry) -> Event:
    return Event(entry.n, entry.at, entry.who, entry.what, msgspec.json.decode(entry.details))


def _concerns(event: Event, agencies: set[str]) -> bool:
    if event.what in FOR_ALL:
        return True
    return bool({event.details.get("agency"), event.details.get("to")} & agencies)
