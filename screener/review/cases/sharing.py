"""Which cases a person sees, and what of them: what these conditions hide does not exist.

A case is the home agency's. Another agency that was asked to join and did not return it sees the case, what
its own people entered, the parcels that were handed over to it, and what was shared with it item by item.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Table, and_, exists, false, or_, select, true

from screener.review import parcels
from screener.review.cases.tables import case_, case_agency, case_parcel, case_share
from screener.review.rights import EVERY, MAY, Grant, Reviewer, Verb
from screener.review.schema import handover, parcel

RETURNED: Final = "returned"


def visible(who: Reviewer, verb: Verb, home: str) -> ColumnElement[bool]:
    """The condition on `case_` for those with which `who` may do this at the workstation of agency `home`.

    Who is granted one hub sees the cases that have a parcel of it, and those that he answers for.
    """
    ours, theirs = _grants(who, verb, home)
    return or_(false(), *(_at_home(who, one) for one in ours), *(_joined(case_.c.id, one) for one in theirs))


def items(kind: str, table: Table, who: Reviewer, verb: Verb, home: str) -> ColumnElement[bool]:
    """The condition on a table of items (`case_note`, ...) for those that `who` sees; `kind` as shared."""
    ours, theirs = _grants(who, verb, home)
    ours_to_see = select(case_.c.id).where(or_(false(), *(_at_home(who, one) for one in ours)))
    shared = (
        and_(
            _joined(table.c.case, one),
            or_(table.c.agency == one.agency, _shared(table.c.case, one.agency, kind, table.c.id)),
        )
        for one in theirs
    )
    return or_(table.c.case.in_(ours_to_see), *shared)


def parcels_in(who: Reviewer, verb: Verb, home: str) -> ColumnElement[bool]:
    """The condition on `case_parcel`, joined with `parcel` and `case_`, for what of it `who` sees.

    What was taken out of a case again is there for the home agency alone.
    """
    ours, theirs = _grants(who, verb, home)
    seen = parcels.visible(who, verb, home)
    ours_to_see = and_(or_(false(), *(_at_home(who, one) for one in ours)), seen)
    shared = (
        and_(_joined(case_parcel.c.case, one), case_parcel.c.ended_at.is_(None), _parcel_of(one))
        for one in theirs
    )
    return or_(ours_to_see, *shared)


def at_home(who: Reviewer, verb: Verb, home: str) -> ColumnElement[bool]:
    """The condition on `case_` for those with which `who` may do this as one of the home agency."""
    return or_(false(), *(_at_home(who, one) for one in _grants(who, verb, home)[0]))


def joined(who: Reviewer, verb: Verb, home: str) -> ColumnElement[bool]:
    """The condition on `case_agency` for the agencies of `who` other than the home agency."""
    theirs = _grants(who, verb, home)[1]
    own = (and_(case_agency.c.agency == one.agency, _joined(case_agency.c.case, one)) for one in theirs)
    return or_(false(), *own)


def acting(who: Reviewer, verb: Verb, home: str) -> tuple[str, ...]:
    """The agencies for which `who` may do this, the home agency first."""
    ours, theirs = _grants(who, verb, home)
    return (*((home,) if ours else ()), *sorted({one.agency for one in theirs}))


def _grants(who: Reviewer, verb: Verb, home: str) -> tuple[list[Grant], list[Grant]]:
    """Those for the home agency, and those for others."""
    able = sorted({one for one in who.grants if verb in MAY[one.role]}, key=str)
    ours = [one for one in able if one.agency in {EVERY, home}]
    return ours, [one for one in able if one not in ours]


def _at_home(who: Reviewer, grant: Grant) -> ColumnElement[bool]:
    if grant.hub == EVERY:
        return true()
    there = select(case_parcel.c.case).join(parcel, parcel.c.id == case_parcel.c.parcel)
    in_it = there.where(case_parcel.c.ended_at.is_(None), parcel.c.hub == grant.hub)
    return or_(case_.c.id.in_(in_it), case_.c.begun_by == who.person, case_.c.lead == who.person)


def _joined(case_id: ColumnElement[int], grant: Grant) -> ColumnElement[bool]:
    """That the agency was asked to join; who is granted one hub of it needs a parcel from there."""
    asked = select(case_agency.c.case).where(
        case_agency.c.agency == grant.agency, case_agency.c.state != RETURNED
    )
    if grant.hub == EVERY:
        return case_id.in_(asked)
    there = select(case_parcel.c.case).join(parcel, parcel.c.id == case_parcel.c.parcel)
    return and_(
        case_id.in_(asked), case_id.in_(there.where(case_parcel.c.ended_at.is_(None), _parcel_of(grant)))
    )


def _parcel_of(grant: Grant) -> ColumnElement[bool]:
    """That a parcel of a case was handed over to the agency, or shared with it there."""
    handed = select(handover.c.parcel).where(handover.c.agency == grant.agency, handover.c.state != RETURNED)
    shared = _shared(case_parcel.c.case, grant.agency, "parcel", case_parcel.c.parcel)
    here = true() if grant.hub == EVERY else parcel.c.hub == grant.hub
    return and_(here, or_(case_parcel.c.parcel.in_(handed), shared))


def _shared(
    case_id: ColumnElement[int], agency: str, kind: str, item: ColumnElement[int]
) -> ColumnElement[bool]:
    share = case_share.c
    return exists().where(
        share.case == case_id, share.agency == agency, share.kind == kind, share.item == item
    )
