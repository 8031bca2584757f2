"""What a tip led to: the parcels that it held, what was found in them, and the cases they belong to.

Rewards depend on it, so what counts is what was recorded last, corrections included; of each person's
parcels and cases only those that he may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from screener.contracts.wire import Flagged, Tip
from screener.review import acts
from screener.review.acts import Act
from screener.review.cases import sharing
from screener.review.cases.tables import case_, case_parcel
from screener.review.lists import standing
from screener.review.lists.rights import TIPS, visible
from screener.review.lists.standing import Listed
from screener.review.lists.tables import listed, tip_hold
from screener.review.moves import Found
from screener.review.parcels import COLUMNS, Item, item_of
from screener.review.parcels import visible as visible_parcels
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel

MOST: Final = 5000
"""Parcels of one tip that are summed, the newest."""

MOST_TIPS: Final = 5000
CHUNK: Final = 500

COLUMN_NAMES: Final = (
    *("tip", "reference", "source", "hub", "parcel", "held_at", "state", "opened", "quality"),
    *("sticks", "tobacco_g", "e_cigarettes", "value_cny", "cases"),
)
"""Of the table of a tip's parcels."""

SUM_NAMES: Final = (
    *("tip", "reference", "source", "added_at", "expires_at", "holds", "opened", "found"),
    *("sticks", "tobacco_g", "e_cigarettes", "value_cny", "unvalued", "cases"),
)
"""Of the table of all tips."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case that a parcel belongs to."""

    id: int
    number: str


@dataclass(frozen=True, slots=True)
class Held:
    """A parcel that a tip held, when first, and what became of it."""

    item: Item
    at: datetime
    opened: bool
    found: Found | None
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class LedTo:
    """The parcels of a tip, the newest first, and what they come to.

    `complete` is False where the oldest of too many are left out.
    """

    parcels: tuple[Held, ...]
    complete: bool

    @property
    def opened(self) -> int:
        return sum(one.opened for one in self.parcels)

    @property
    def finds(self) -> tuple[Found, ...]:
        return tuple(one.found for one in self.parcels if one.found is not None and one.found.anything)

    @property
    def sticks(self) -> int:
        return sum(one.all_sticks for one in self.finds)

    @property
    def tobacco_g(self) -> float:
        return sum(one.tobacco_g for one in self.finds)

    @property
    def e_cigarettes(self) -> int:
        return sum(one.e_cigarettes for one in self.finds)

    @property
    def value_cny(self) -> float:
        return sum(one.value_cny or 0.0 for one in self.finds)

    @property
    def unvalued(self) -> int:
        """Finds whose value was not recorded: the sum lacks them."""
        return sum(one.value_cny is None for one in self.finds)

    @property
    def cases(self) -> tuple[Case, ...]:
        return tuple(dict.fromkeys(case for one in self.parcels for case in one.cases))


def keep(connection: Connection, item_id: int, flagged: Flagged) -> None:
    """Keep which tips a decision names, in the transaction that takes it in."""
    facts = flagged.decision.facts
    named = set() if facts is None else {one.entry_id for one in facts.tips}
    if not named:
        return
    known = set(connection.scalars(select(tip_hold.c.entry_id).where(tip_hold.c.parcel == item_id)))
    at = flagged.decision.decided_at
    rows = [{"entry_id": one, "parcel": item_id, "at": at} for one in sorted(named - known)]
    if rows:
        connection.execute(insert(tip_hold), rows)


def led_to(connection: Connection, who: Reviewer, home: str, tip_id: str) -> LedTo:
    """What a tip that this person may see led to."""
    return _led_to(connection, who, home, [tip_id])[tip_id]


def of_all(connection: Connection, who: Reviewer, home: str) -> tuple[tuple[Listed, LedTo], ...]:
    """All tips that named a parcel, those entered last first, and what each led to."""
    named = select(tip_hold.c.entry_id).distinct()
    query = standing.QUERY.where(listed.c.list == TIPS, listed.c.entry_id.in_(named), visible(who, home))
    tips = standing.rows(connection, query.order_by(listed.c.id.desc()).limit(MOST_TIPS))
    found = _led_to(connection, who, home, [one.entry_id for one in tips])
    return tuple((one, found[one.entry_id]) for one in tips)


def counts(connection: Connection, who: Reviewer, home: str, tip_ids: Sequence[str]) -> Mapping[str, int]:
    """How many parcels each of these tips held, of those that this person may see."""
    query = (
        select(tip_hold.c.entry_id, func.count())
        .join(parcel, parcel.c.id == tip_hold.c.parcel)
        .where(tip_hold.c.entry_id.in_(tip_ids), visible_parcels(who, Verb.SEE, home))
        .group_by(tip_hold.c.entry_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def of_parcel(
    connection: Connection, who: Reviewer, home: str, item_id: int
) -> tuple[tuple[Listed, int], ...]:
    """The tips that named a parcel, of those that this person may see, and how many parcels each held."""
    named = select(tip_hold.c.entry_id).where(tip_hold.c.parcel == item_id)
    query = standing.QUERY.where(listed.c.list == TIPS, listed.c.entry_id.in_(named), visible(who, home))
    tips = standing.rows(connection, query.order_by(listed.c.id))
    held = counts(connection, who, home, [one.entry_id for one in tips])
    return tuple((one, held.get(one.entry_id, 0)) for one in tips)


def lines(tip: Listed, led: LedTo) -> list[list[Any]]:
    """A tip's parcels as rows of `COLUMN_NAMES`."""
    return [[*_said(tip), *_line(one)] for one in led.parcels]


def sums(found: Iterable[tuple[Listed, LedTo]]) -> list[list[Any]]:
    """Tips as rows of `SUM_NAMES`."""
    return [[*_said(tip), *_terms(tip), *_sum(led)] for tip, led in found]


def _led_to(connection: Connection, who: Reviewer, home: str, tip_ids: Sequence[str]) -> dict[str, LedTo]:
    holds = {tip_id: _holds(connection, who, home, tip_id) for tip_id in tip_ids}
    items = list({item.id for held in holds.values() for item, _ in held})
    past, cases = _timelines(connection, items), _cases(connection, who, home, items)
    return {
        tip_id: LedTo(
            tuple(_held(item, at, past.get(item.id, ()), cases.get(item.id, ())) for item, at in held[:MOST]),
            len(held) <= MOST,
        )
        for tip_id, held in holds.items()
    }


def _holds(connection: Connection, who: Reviewer, home: str, tip_id: str) -> list[tuple[Item, datetime]]:
    query = (
        select(*COLUMNS, tip_hold.c.at)
        .join(tip_hold, tip_hold.c.parcel == parcel.c.id)
        .where(tip_hold.c.entry_id == tip_id, visible_parcels(who, Verb.SEE, home))
        .order_by(tip_hold.c.at.desc(), parcel.c.id.desc())
        .limit(MOST + 1)
    )
    return [(item_of(row), row.at) for row in connection.execute(query)]


def _timelines(connection: Connection, items: Sequence[int]) -> dict[int, tuple[Act, ...]]:
    found: dict[int, tuple[Act, ...]] = {}
    for start in range(0, len(items), CHUNK):
        found |= acts.timelines(connection, items[start : start + CHUNK])
    return found


def _cases(
    connection: Connection, who: Reviewer, home: str, items: Sequence[int]
) -> dict[int, tuple[Case, ...]]:
    found: dict[int, tuple[Case, ...]] = {}
    for start in range(0, len(items), CHUNK):
        query = (
            select(case_parcel.c.parcel, case_.c.id, case_.c.number)
            .join(case_, case_.c.id == case_parcel.c.case)
            .join(parcel, parcel.c.id == case_parcel.c.parcel)
            .where(
                case_parcel.c.parcel.in_(items[start : start + CHUNK]),
                case_parcel.c.ended_at.is_(None),
                sharing.visible(who, Verb.SEE, home),
                sharing.parcels_in(who, Verb.SEE, home),
            )
            .order_by(case_.c.id)
        )
        for row in connection.execute(query):
            found[row.parcel] = (*found.get(row.parcel, ()), Case(row.id, row.number))
    return found


def _held(item: Item, at: datetime, past: Sequence[Act], cases: tuple[Case, ...]) -> Held:
    inspected = acts.inspected(past)
    opened = any(one.stands and one.kind == "open" for one in past)
    return Held(item, at, opened, None if inspected is None else inspected.found, cases)


def _said(tip: Listed) -> list[Any]:
    entry = tip.entry
    assert isinstance(entry, Tip)
    return [entry.tip_id, entry.reference or "", entry.source]


def _terms(tip: Listed) -> list[Any]:
    expires_at = tip.entry.expires_at
    return [tip.entry.added_at.isoformat(), "" if expires_at is None else expires_at.isoformat()]


def _line(held: Held) -> list[Any]:
    item, found = held.item, held.found
    amounts: list[Any] = [""] * 5
    if found is not None:
        value = "" if found.value_cny is None else found.value_cny
        amounts = [found.quality, found.all_sticks, found.tobacco_g, found.e_cigarettes, value]
    opened = "yes" if held.opened else "no"
    own = [item.hub, item.parcel_id, held.at.isoformat(), item.state, opened]
    return [*own, *amounts, " ".join(case.number for case in held.cases)]


def _sum(led: LedTo) -> list[Any]:
    amounts = [led.sticks, led.tobacco_g, led.e_cigarettes, led.value_cny, led.unvalued]
    return [len(led.parcels), led.opened, len(led.finds), *amounts, len(led.cases)]
