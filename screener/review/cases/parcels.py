"""The parcels of a case: put in and taken out with a reason; one may be in several cases."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, select, update

from screener.review import acts, moves, parcels, search
from screener.review.cases import cases, figures, scene, sharing
from screener.review.cases.cases import Case
from screener.review.cases.tables import case_, case_parcel
from screener.review.errors import NONE, Conflict, Hidden
from screener.review.fiction import answering
from screener.review.fiction.answering import Given
from screener.review.moves import Found, Said
from screener.review.parcels import COLUMNS, Item, item_of
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel, person


@dataclass(frozen=True, slots=True)
class CaseParcel:
    """A parcel that is in a case, or was; `within_reach` says whether its own page is there for who asks."""

    id: int
    item: Item
    why: str
    by_shown: str
    at: datetime
    ended_at: datetime | None
    ended_by_shown: str | None
    ended_why: str | None
    found: Found | None
    within_reach: bool


def add(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    item_ids: Collection[int],
    why: str,
) -> int:
    """Put parcels into a case, saying why; how many were not in it yet.

    Raises `Hidden`, also for a parcel that `who` may not decide on, `Denied`, `Conflict`, `BadInput`.
    """
    at = scene.opened(connection, who, home, now, case_id, deed="add_parcel")
    count = cases.put_in(connection, who, home, now, case_id, item_ids=item_ids, why=why, undecided=True)
    for item_id in sorted(item_ids) if count else ():
        at.record("case_add_parcel", parcel=item_id)
    return count


def answered(
    connection: Connection, who: Reviewer, home: str, now: datetime, case_id: int, *, item_id: int, why: str
) -> int | None:
    """The giving that a parcel for training is of, which is thereby answered; None of a real one.

    Raises as `add` does of a real one, so that nothing of it tells.
    """
    given = answering.of_parcel(connection, item_id)
    if given is None:
        return None
    scene.opened(connection, who, home, now, case_id, deed="add_parcel")
    moves.given(why.strip(), Said)
    answered_by(connection, who, home, now, given=given, item_id=item_id)
    return given.id


def answered_by(
    connection: Connection, who: Reviewer, home: str, now: datetime, *, item_id: int, given: Given
) -> None:
    """Who makes a case of a parcel for training says that something is in it. Raises `Hidden`."""
    item = acts.locked(connection, who, home, item_id)
    parcels.find(connection, who, home, item_id, Verb.DECIDE)
    answering.answer(connection, who, now, item, one=given, move="refer")


def remove(connection: Connection, who: Reviewer, home: str, now: datetime, row: int, *, why: str) -> int:
    """Take a parcel out of a case, saying why; the row of the case.

    Raises `Hidden`, `Denied`, `Conflict`, `BadInput`.
    """
    entry = connection.execute(select(case_parcel).where(case_parcel.c.id == row)).first()
    if entry is None:
        raise Hidden(NONE)
    at = scene.opened(connection, who, home, now, entry.case, deed="remove_parcel")
    parcels.find(connection, who, home, entry.parcel)
    ended = connection.scalar(select(case_parcel.c.ended_at).where(case_parcel.c.id == row))
    if ended is not None:
        raise Conflict("the parcel was taken out already")
    values = {"ended_by": who.person, "ended_at": now, "ended_why": moves.given(why.strip(), Said)}
    connection.execute(update(case_parcel).where(case_parcel.c.id == row).values(values))
    at.record("case_remove_parcel", parcel=entry.parcel)
    return int(entry.case)


def named(connection: Connection, who: Reviewer, home: str, code: str) -> int:
    """The parcel with this barcode, waybill or scan id. Raises `Hidden`."""
    found = search.by_barcode(connection, who, home, code)
    if found is None:
        raise Hidden(NONE)
    return found


_ended: Final = person.alias("ended")


def of_case(connection: Connection, who: Reviewer, home: str, case: Case) -> tuple[CaseParcel, ...]:
    """The parcels of a case that `who` sees, in the order in which they came, those taken out among them."""
    reach, ended = parcels.visible(who, Verb.SEE, home).label("reach"), _ended.c.shown.label("ended_shown")
    query = (
        select(*COLUMNS, case_parcel, person.c.shown, ended, reach)
        .join(case_parcel, case_parcel.c.parcel == parcel.c.id)
        .join(case_, case_.c.id == case_parcel.c.case)
        .join(person, person.c.id == case_parcel.c.by)
        .outerjoin(_ended, _ended.c.id == case_parcel.c.ended_by)
        .where(and_(case_.c.id == case.id, sharing.parcels_in(who, Verb.SEE, home)))
        .order_by(case_parcel.c.id)
    )
    rows = connection.execute(query).all()
    found = figures.found_in(connection, {row[0] for row in rows})
    return tuple(
        CaseParcel(
            id=row._mapping[case_parcel.c.id],
            item=item_of(row),
            why=row._mapping[case_parcel.c.why],
            by_shown=row.shown,
            at=row._mapping[case_parcel.c.at],
            ended_at=row.ended_at,
            ended_by_shown=row.ended_shown,
            ended_why=row.ended_why,
            found=found.get(row[0]),
            within_reach=bool(row.reach),
        )
        for row in rows
    )
