"""Ties as a person may see them: one condition says which, and what it hides does not exist."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, exists, false, or_, true

from screener.review import parcels
from screener.review.networks.tables import tie
from screener.review.rights import EVERY, MAY, Reviewer, Verb
from screener.review.schema import parcel


def visible(who: Reviewer, home: str) -> ColumnElement[bool]:
    """The condition on `tie` for those that `who` may see at the workstation of agency `home`.

    The home agency sees those of its hubs; another one those of the parcels that were handed to it.
    """
    granted = [one for one in who.grants if Verb.SEE in MAY[one.role]]
    own = [one for one in granted if one.agency in {EVERY, home}]
    of_hubs = [true() if one.hub == EVERY else tie.c.hub == one.hub for one in own]
    others = tuple(one for one in granted if one not in own)
    return or_(false(), *of_hubs, *([_handed_over(replace(who, grants=others), home)] if others else []))


def _handed_over(who: Reviewer, home: str) -> ColumnElement[bool]:
    its = (parcel.c.hub == tie.c.hub, parcel.c.parcel_id == tie.c.parcel_id)
    return exists().where(*its, parcels.visible(who, Verb.SEE, home))
