"""The answer to a parcel for training: a decision that changes nothing and is told to its person alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, func, insert, select, update

from screener.review import audit
from screener.review.audit import Deed
from screener.review.fiction import clearing, library
from screener.review.fiction.tables import fiction, given, result
from screener.review.parcels import Item
from screener.review.rights import Reviewer
from screener.review.schema import audit as rows
from screener.review.schema import parcel

Outcome = Literal["hit", "miss", "false_alarm", "correct_rejection"]

ANSWERS: Final = frozenset({"release", "open", "seize", "refer"})
"""The moves that say whether there is something in it; all others leave it as it is."""

TOOLS: Final = 500


@dataclass(frozen=True, slots=True)
class Given:
    """A parcel for training in somebody's hands: its giving, what it is, and since when it is there."""

    id: int
    fiction: int
    person: int
    at: datetime


def of_parcel(connection: Connection, item_id: int) -> Given | None:
    """The giving that a parcel is of, None of a real one."""
    query = select(given).join(parcel, parcel.c.fiction == given.c.id).where(parcel.c.id == item_id)
    row = connection.execute(query).first()
    return None if row is None else Given(row.id, row.fiction, row.person, row.at)


def answer(
    connection: Connection, who: Reviewer, now: datetime, item: Item, *, one: Given, move: str
) -> None:
    """Keep how the decision ends it, and take the parcel away; nothing of it is ever told to the log."""
    kind = connection.scalar(select(fiction.c.kind).where(fiction.c.id == one.fiction))
    found = outcome(loaded=kind != library.NONE, move=move)
    began = _taken_at(connection, who, item) or one.at
    took_s = max(0.0, (now - max(began, one.at)).total_seconds())
    row = {"given": one.id, "person": who.person, "outcome": found, "move": move, "at": now, "took_s": took_s}
    connection.execute(insert(result).values(row))
    clearing.end(connection, one.id, now)
    said: audit.Details = {"training": one.fiction, "given": one.id, "move": move, "outcome": found}
    audit.record(connection, Deed(now, who.name, "fiction_answered", item.key, said))


def outcome(*, loaded: bool, move: str) -> Outcome:
    """What a decision is in the light of what was in the parcel."""
    if move == "release":
        return "miss" if loaded else "correct_rejection"
    return "hit" if loaded else "false_alarm"


def told(connection: Connection, who: Reviewer, item_ids: Collection[int]) -> int | None:
    """The giving of the first of these parcels that this person has answered, None where all are real."""
    query = (
        select(result.c.given)
        .join(parcel, parcel.c.fiction == result.c.given)
        .where(parcel.c.id.in_(item_ids), parcel.c.fiction.is_not(None), result.c.person == who.person)
    )
    return connection.scalar(query.order_by(result.c.given).limit(1))


def keep_tools(connection: Connection, who: Reviewer, item_id: int, tools: str) -> None:
    """Which tools of the viewer the answer to it was found with; nothing of a real parcel."""
    if (number := told(connection, who, [item_id])) is not None:
        connection.execute(update(result).where(result.c.given == number).values(tools=tools[:TOOLS]))


def _taken_at(connection: Connection, who: Reviewer, item: Item) -> datetime | None:
    """When this person took it last."""
    taken = (rows.c.target == item.key, rows.c.who == who.name, rows.c.what == "claim")
    found: datetime | None = connection.scalar(select(func.max(rows.c.at)).where(*taken))
    return found
