"""What was done with a parcel, as rows that only grow, and the parcel's state that follows from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from screener.contracts.wire import Quality
from screener.review import moves, parcels, rules
from screener.review.errors import NONE, Hidden
from screener.review.moves import AnyMove, Correct, Found
from screener.review.parcels import Item
from screener.review.rights import Reviewer
from screener.review.rules import State, Step
from screener.review.schema import action, parcel, person


@dataclass(frozen=True, slots=True)
class Act:
    """A move that somebody made, and what became of it; names are those that others see."""

    id: int
    move: AnyMove
    revision: int
    by: int
    by_shown: str
    at: datetime
    stands_at: datetime
    undone_at: datetime | None
    second: int | None
    second_shown: str | None
    seconded_at: datetime | None
    second_note: str
    refused: bool | None
    corrects: int | None

    @property
    def kind(self) -> str:
        return self.move.kind

    @property
    def step(self) -> Step:
        return Step(self.kind, self.undone_at is not None, None if self.refused is None else not self.refused)

    @property
    def stands(self) -> bool:
        """Whether it was neither undone nor refused."""
        return self.step.stands

    @property
    def pending(self) -> bool:
        """Whether it waits for a second person."""
        return self.step.pending

    @property
    def found(self) -> Found | None:
        """What it says was found, by itself or as a correction."""
        if isinstance(self.move, Correct):
            return self.move.found
        return self.move if isinstance(self.move, Found) else None


_second: Final = person.alias("second")

_QUERY: Final = (
    select(action, person.c.shown.label("by_shown"), _second.c.shown.label("second_shown"))
    .join(person, person.c.id == action.c.by)
    .outerjoin(_second, _second.c.id == action.c.second)
    .order_by(action.c.id)
)


def timeline(connection: Connection, item_id: int) -> tuple[Act, ...]:
    """All that was ever done with a parcel, in order, what was undone among it."""
    return tuple(_act_of(row) for row in connection.execute(_QUERY.where(action.c.parcel == item_id)))


def timelines(connection: Connection, item_ids: Collection[int]) -> dict[int, tuple[Act, ...]]:
    """The timeline of each of these parcels with which anything was done."""
    past: dict[int, list[Act]] = {}
    for row in connection.execute(_QUERY.where(action.c.parcel.in_(item_ids))):
        past.setdefault(row.parcel, []).append(_act_of(row))
    return {item_id: tuple(done) for item_id, done in past.items()}


def parcel_of(connection: Connection, action_id: int) -> int:
    """The parcel of an action. Raises `Hidden` where there is none."""
    found = connection.scalar(select(action.c.parcel).where(action.c.id == action_id))
    if found is None:
        raise Hidden(NONE)
    return int(found)


def locked(connection: Connection, who: Reviewer, home: str, item_id: int) -> Item:
    """The parcel as it is now and stays until the transaction ends. Raises `Hidden`."""
    connection.execute(select(parcel.c.id).where(parcel.c.id == item_id).with_for_update())
    return parcels.find(connection, who, home, item_id)


class Inspected(NamedTuple):
    """An opening, what was found first, and the last that was said of it: itself or a correction."""

    opening: Act
    first: Act
    last: Act

    @property
    def found(self) -> Found:
        assert self.last.found is not None
        return self.last.found


def inspected(past: Iterable[Act]) -> Inspected | None:
    """The last opening that stands with what was found then; None where either is missing."""
    opening = first = last = None
    for one in past:
        if one.stands and one.kind == "open":
            opening, first, last = one, None, None
        elif one.stands and one.found is not None:
            first, last = first or one, one
    return None if opening is None or first is None or last is None else Inspected(opening, first, last)


def quality_of(past: Iterable[Act]) -> Quality | None:
    """How good the alert was in the light of what was found, if anything was recorded."""
    before = inspected(past)
    return None if before is None else before.found.quality


def entered(
    connection: Connection,
    item: Item,
    who: Reviewer,
    move: AnyMove,
    *,
    at: datetime,
    stands_at: datetime,
) -> int:
    """Keep a move as a row of its own, and return its number."""
    row = {
        "parcel": item.id,
        "revision": item.revision,
        "kind": move.kind,
        "details": moves.written(move).decode(),
        "by": who.person,
        "at": at,
        "stands_at": stands_at,
        "corrects": move.corrects if isinstance(move, Correct) else None,
    }
    return int(connection.execute(insert(action).values(row).returning(action.c.id)).scalar_one())


def settled(connection: Connection, item: Item, claim: tuple[int, datetime] | None = None) -> State:
    """Bring a parcel to the state that its actions say, as a new version; `claim` is who has it until when.

    Without a claim, or where there is nothing left to decide, a new state frees it.
    """
    state = rules.state_of(one.step for one in timeline(connection, item.id))
    values: dict[str, Any] = {"state": state, "version": item.version + 1}
    if claim is not None and state in rules.TO_DECIDE:
        values |= {"claimed_by": claim[0], "lease_until": claim[1]}
    elif state != item.state:
        values |= {"claimed_by": None, "lease_until": None}
    connection.execute(update(parcel).where(parcel.c.id == item.id).values(values))
    return state


def numbered(past: Sequence[Act], action_id: int) -> Act:
    """The action of this number. Raises `Hidden`."""
    for one in past:
        if one.id == action_id:
            return one
    raise Hidden(NONE)


def _act_of(row: Row[Any]) -> Act:
    return Act(
        id=row.id,
        move=moves.read(row.details),
        revision=row.revision,
        by=row.by,
        by_shown=row.by_shown,
        at=row.at,
        stands_at=row.stands_at,
        undone_at=row.undone_at,
        second=row.second,
        second_shown=row.second_shown,
        seconded_at=row.seconded_at,
        second_note=row.second_note,
        refused=row.refused,
        corrects=row.corrects,
    )
