"""Who may do something with a parcel that he sees; who may not is told which right is missing."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from screener.review import parcels
from screener.review.errors import Denied, Hidden
from screener.review.parcels import Item
from screener.review.rights import Reviewer, Verb


def check(who: Reviewer, verb: Verb, hub: str, agencies: Iterable[str]) -> None:
    """Raises `Denied` unless `who` may do this at the hub for one of the agencies."""
    named = tuple(agencies)
    if not any(who.may(verb, hub, agency) for agency in named):
        raise _denied(verb, hub, named)


def check_at_hand(connection: Connection, who: Reviewer, verb: Verb, home: str, item: Item) -> None:
    """Raises `Denied` unless `who` may do this for an agency that has the parcel, its own or another."""
    try:
        parcels.find(connection, who, home, item.id, verb)
    except Hidden:
        raise _denied(verb, item.hub, (home,)) from None


def _denied(verb: Verb, hub: str, agencies: tuple[str, ...]) -> Denied:
    return Denied(f"expected the right to {verb} at {hub} for {' or '.join(agencies)}; ask an administrator")
