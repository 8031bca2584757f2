"""An entry on its own: shown in full for a reason, ended before its time, or removed."""

from __future__ import annotations

from datetime import datetime

from msgspec import structs
from sqlalchemy import Connection, select

from screener.review import audit, personal
from screener.review.audit import Deed
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.lists import jobs, publishing, rights, standing
from screener.review.lists.rights import visible
from screener.review.lists.standing import IN_FORCE, REMOVED, Listed, Shown
from screener.review.lists.tables import listed
from screener.review.rights import Reviewer, Verb
from screener.sealing.ring import KeyRing


def find(connection: Connection, who: Reviewer, home: str, entry: int) -> Listed:
    """The entry of this row. Raises `Hidden`."""
    query = standing.QUERY.where(listed.c.id == entry, visible(who, home))
    found = standing.rows(connection, query)
    if not found:
        raise Hidden(NONE)
    return found[0]


def tip_called(connection: Connection, who: Reviewer, home: str, entry_ids: list[str]) -> dict[str, int]:
    """The rows of tips by their ids, of those that this person may see."""
    query = select(listed.c.entry_id, listed.c.id).where(
        listed.c.list == rights.TIPS, listed.c.entry_id.in_(entry_ids), visible(who, home)
    )
    return {row.entry_id: row.id for row in connection.execute(query)}


def end(connection: Connection, who: Reviewer, home: str, now: datetime, entry: int) -> None:
    """Let an entry be in force no more from now on; what it led to stays. Raises `Hidden`, `Conflict`."""
    one = _changing(connection, who, home, entry)
    if one.state(now) != IN_FORCE:
        raise Conflict("this entry is no longer in force")
    ended = structs.replace(one.entry, expires_at=now)
    publishing.publish(connection, one.list, [ended], origin=None, now=now)
    audit.record(connection, Deed(now, who.name, "list_end", one.key))


def remove(connection: Connection, who: Reviewer, home: str, now: datetime, entry: int) -> None:
    """Take an entry from its list. Raises `Hidden`, `Conflict`."""
    one = _changing(connection, who, home, entry)
    if one.state(now) == REMOVED:
        raise Conflict("this entry is no longer on the list")
    publishing.publish(connection, one.list, [], [one.entry_id], origin=None, now=now)
    audit.record(connection, Deed(now, who.name, "list_remove", one.key))


def reveal(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    entry: int,
    *,
    reason: str,
    ring: KeyRing,
) -> Shown:
    """Whom an entry names in full, for this answer only; recorded with the reason.

    Raises `Hidden`, `Denied`, `BadInput` for a reason that says nothing.
    """
    one = find(connection, who, home, entry)
    if not may_reveal(who, home, one):
        raise Denied("personal data is shown to those who decide on parcels")
    said = personal.stated(reason)
    shown = standing.revealed(one.entry, one.list, ring)
    audit.record(connection, Deed(now, who.name, "list_reveal", one.key, {"reason": said}))
    return shown


def may_reveal(who: Reviewer, home: str, one: Listed) -> bool:
    """Whether `reveal` would show this person whom an entry names."""
    return who.may(Verb.REVEAL, agency=home) or who.may(Verb.REVEAL, agency=one.agency)


def _changing(connection: Connection, who: Reviewer, home: str, entry: int) -> Listed:
    """An entry that this person may change, while nobody else changes its list."""
    jobs.lock(connection)
    one = find(connection, who, home, entry)
    rights.check_enter(who, home, one.list)
    jobs.check_free(connection, one.list)
    return one
