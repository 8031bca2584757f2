"""Saved views of the queue: filters under a name, one's own or shared with everybody who has a queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, false, func, insert, or_, select, update

from screener.errors import BadInput
from screener.review import audit, queue
from screener.review.audit import Deed
from screener.review.errors import Denied, Hidden
from screener.review.queue import Filters
from screener.review.rights import Reviewer, Verb
from screener.review.schema import person, saved_view

LONGEST_NAME: Final = 64
MOST: Final = 50
"""Views of one person."""


@dataclass(frozen=True, slots=True)
class View:
    """Filters under a name; `query` leads to them, `by` is who saved it, as others see him."""

    id: int
    name: str
    query: str
    shared: bool
    mine: bool
    by: str


def views(connection: Connection, who: Reviewer) -> tuple[View, ...]:
    """One's own by name, then what others share with those who see parcels."""
    mine = saved_view.c.person == who.person
    shared = saved_view.c.shared if who.anywhere(Verb.SEE) else false()
    query = select(saved_view, person.c.shown).join(person, person.c.id == saved_view.c.person)
    query = query.where(or_(mine, shared)).order_by(mine.desc(), saved_view.c.name, person.c.shown)
    return tuple(
        View(row.id, row.name, row.query, row.shared, row.person == who.person, row.shown)
        for row in connection.execute(query)
    )


def save(
    connection: Connection,
    who: Reviewer,
    now: datetime,
    name: str,
    filters: Filters,
    *,
    shared: bool = False,
) -> int:
    """Keep filters under a name, in place of one's own view of that name. Raises `BadInput`, and `Denied`
    for who sees no parcel: a shared view is shown to others.
    """
    if not who.anywhere(Verb.SEE):
        raise Denied("views are for those who see parcels")
    named = _named(name)
    own = (saved_view.c.person == who.person, saved_view.c.name == named)
    values = {"query": queue.as_query(filters), "shared": shared}
    view_id = connection.scalar(update(saved_view).where(*own).values(values).returning(saved_view.c.id))
    if view_id is None:
        _expect_room(connection, who)
        row = values | {"person": who.person, "name": named}
        view_id = connection.execute(insert(saved_view).values(row).returning(saved_view.c.id)).scalar_one()
    audit.record(connection, Deed(now, who.name, "save_view", f"view:{named}", {"shared": shared}))
    return int(view_id)


def remove(connection: Connection, who: Reviewer, now: datetime, view_id: int) -> None:
    """Forget one's own view. Raises `Hidden` for one that is not there or another's."""
    own = (saved_view.c.id == view_id, saved_view.c.person == who.person)
    name = connection.scalar(delete(saved_view).where(*own).returning(saved_view.c.name))
    if name is None:
        raise Hidden(f"view {view_id}: there is none of yours")
    audit.record(connection, Deed(now, who.name, "remove_view", f"view:{name}"))


def _named(name: str) -> str:
    named = " ".join(name.split())
    if not 0 < len(named) <= LONGEST_NAME or not named.isprintable():
        raise BadInput("view_name", f"name: expected 1 to {LONGEST_NAME} printable characters")
    return named


def _expect_room(connection: Connection, who: Reviewer) -> None:
    own = select(func.count()).select_from(saved_view).where(saved_view.c.person == who.person)
    if (connection.scalar(own) or 0) >= MOST:
        raise BadInput("view_count", f"views: expected at most {MOST}; remove one that is no longer needed")
