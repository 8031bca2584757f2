"""What a case comes to, against the thresholds of the law, and what all cases of some days come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, true

from screener.config import ReviewSettings
from screener.review import acts
from screener.review.cases import sharing
from screener.review.cases.cases import CHUNK, TO_DECIDE, Case, visible
from screener.review.cases.tables import case_, case_parcel, case_person
from screener.review.moves import Found
from screener.review.parcels import COLUMNS, item_of
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel, seizure

ORIGINS: Final = ("genuine", "counterfeit", "smuggled", "mixed", "unknown")


@dataclass(frozen=True, slots=True)
class Amount:
    """What was found in some parcels: cigarettes by origin, loose tobacco, e-cigarettes, value."""

    by_origin: Mapping[str, int]
    tobacco_g: float
    e_cigarettes: int
    value_cny: float

    @property
    def sticks(self) -> int:
        return sum(self.by_origin.values())


@dataclass(frozen=True, slots=True)
class Figures:
    """A case in figures: `found` in what was opened, `seized` of it, and what is estimated in the rest.

    `estimated` parcels are those that are still to be decided on; what was released counts nothing.
    """

    parcels: int
    opened: int
    seizures: int
    found: Amount
    seized: Amount
    estimated: int
    estimated_sticks: float
    estimated_g: float
    people: int
    lasted: timedelta

    @property
    def sticks(self) -> float:
        """Found and estimated together: what the thresholds are held against."""
        return self.found.sticks + self.estimated_sticks


@dataclass(frozen=True, slots=True)
class CaseSum:
    """What was found in the parcels of a case; `large` is over a criminal threshold, `serious` the higher."""

    id: int
    number: str
    begun_at: datetime
    filed_at: datetime
    closed_at: datetime | None
    found: Amount
    large: bool
    serious: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """Cases begun, filed and closed from `since` until before `until`; those filed with what was found."""

    begun: int
    closed: int
    filed: tuple[CaseSum, ...]

    @property
    def large(self) -> int:
        return sum(one.large for one in self.filed)

    @property
    def serious(self) -> int:
        return sum(one.serious for one in self.filed)


def totals(
    connection: Connection,
    since: datetime,
    until: datetime,
    *,
    who: Reviewer | None = None,
    settings: ReviewSettings | None = None,
) -> Totals:
    """The cases of some days: those that `who` sees, without him all (for what is shown to nobody).

    What was found counts as it is known now, in every parcel that is in the case.
    """
    limits = settings or ReviewSettings()
    seen = true() if who is None else visible(who, Verb.SEE, limits.agency)
    filed = (seen, case_.c.filed_at >= since, case_.c.filed_at < until)
    rows = connection.execute(select(case_).where(*filed).order_by(case_.c.filed_at, case_.c.id)).all()
    inside = true() if who is None else sharing.parcels_in(who, Verb.SEE, limits.agency)
    found = _found_by_case(connection, _contents().where(*filed, inside, case_parcel.c.ended_at.is_(None)))
    return Totals(
        begun=_count(connection, seen, case_.c.begun_at, since, until),
        closed=_count(connection, seen, case_.c.closed_at, since, until),
        filed=tuple(_sum(row, found.get(row.id, ()), limits) for row in rows),
    )


def of_case(connection: Connection, who: Reviewer, home: str, now: datetime, case: Case) -> Figures:
    """The figures of a case that `cases.find` has found, of the parcels and people in it that `who` sees."""
    inside = _contents().where(
        case_.c.id == case.id, case_parcel.c.ended_at.is_(None), sharing.parcels_in(who, Verb.SEE, home)
    )
    items = [item_of(row) for row in connection.execute(inside.with_only_columns(*COLUMNS))]
    found = found_in(connection, [one.id for one in items])
    taken = _seized(connection, [one.id for one in items])
    rest = [one for one in items if one.id not in found and one.state in TO_DECIDE]
    return Figures(
        parcels=len(items),
        opened=len(found),
        seizures=len(taken),
        found=added(found.values()),
        seized=added(one for item_id, one in found.items() if item_id in taken),
        estimated=len(rest),
        estimated_sticks=sum(one.sticks or 0.0 for one in rest),
        estimated_g=sum(one.tobacco_g or 0.0 for one in rest),
        people=_people(connection, who, home, case),
        lasted=(case.closed_at or now) - case.begun_at,
    )


def found_in(connection: Connection, item_ids: Collection[int]) -> dict[int, Found]:
    """What was found last in each of these parcels that was opened, corrections counted."""
    ordered, found = list(item_ids), {}
    for at in range(0, len(ordered), CHUNK):
        for item_id, past in acts.timelines(connection, ordered[at : at + CHUNK]).items():
            if (one := acts.inspected(past)) is not None:
                found[item_id] = one.found
    return found


def added(founds: Iterable[Found]) -> Amount:
    """Several finds as one amount."""
    all_of_them = list(founds)
    return Amount(
        by_origin={
            origin: sum(one.all_sticks for one in all_of_them if one.origin == origin) for origin in ORIGINS
        },
        tobacco_g=sum(one.tobacco_g for one in all_of_them),
        e_cigarettes=sum(one.e_cigarettes for one in all_of_them),
        value_cny=sum(one.value_cny or 0.0 for one in all_of_them),
    )


def is_large(amount: Amount, settings: ReviewSettings) -> bool:
    """Whether it is over a criminal threshold, in sticks or in value."""
    return amount.sticks >= settings.criminal_sticks or amount.value_cny >= settings.criminal_cny


def is_serious(amount: Amount, settings: ReviewSettings) -> bool:
    """Whether it is over a threshold of especially serious cases."""
    return amount.sticks >= settings.serious_sticks or amount.value_cny >= settings.serious_cny


def _contents() -> Select[Any]:
    """Parcels in cases, one row each."""
    return (
        select(case_parcel.c.case, case_parcel.c.parcel)
        .join(case_, case_.c.id == case_parcel.c.case)
        .join(parcel, parcel.c.id == case_parcel.c.parcel)
        .order_by(case_parcel.c.id)
    )


def _found_by_case(connection: Connection, contents: Select[Any]) -> dict[int, list[Found]]:
    pairs = connection.execute(contents).all()
    found = found_in(connection, {row.parcel for row in pairs})
    by_case: dict[int, list[Found]] = {}
    for row in pairs:
        if row.parcel in found:
            by_case.setdefault(row.case, []).append(found[row.parcel])
    return by_case


def _sum(row: Row[Any], founds: Iterable[Found], settings: ReviewSettings) -> CaseSum:
    amount = added(founds)
    return CaseSum(
        id=row.id,
        number=row.number,
        begun_at=row.begun_at,
        filed_at=row.filed_at,
        closed_at=row.closed_at,
        found=amount,
        large=is_large(amount, settings),
        serious=is_serious(amount, settings),
    )


def _count(
    connection: Connection,
    seen: ColumnElement[bool],
    column: ColumnElement[Any],
    since: datetime,
    until: datetime,
) -> int:
    query = select(func.count()).select_from(case_).where(seen, column >= since, column < until)
    return connection.scalar(query) or 0


def _seized(connection: Connection, item_ids: list[int]) -> frozenset[int]:
    found: set[int] = set()
    for at in range(0, len(item_ids), CHUNK):
        part = item_ids[at : at + CHUNK]
        found.update(connection.scalars(select(seizure.c.parcel).where(seizure.c.parcel.in_(part))))
    return frozenset(found)


def _people(connection: Connection, who: Reviewer, home: str, case: Case) -> int:
    seen = sharing.items("person", case_person, who, Verb.SEE, home)
    own = (case_person.c.case == case.id, case_person.c.ended_at.is_(None))
    return connection.scalar(select(func.count()).select_from(case_person).where(*own, seen)) or 0
