"""Who inspects on a day: drawn by the day's seed from those who may, with those left out who must not.

At a hub each person has the number HMAC-SHA-256(seed, "officer/HUB/PERSON") in hexadecimal digits, where
PERSON is the number of the account; the smallest comes first. Who is left out keeps the place, and the next
steps in.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update

from screener.contracts.wire import HubName
from screener.errors import BadInput
from screener.review import audit
from screener.review.audit import Deed
from screener.review.draws.days import CLERK, is_day
from screener.review.draws.tables import WHYS, duty, exclusion
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.moves import Text, given
from screener.review.parcels import real
from screener.review.rights import EVERY, MAY, Reviewer, Verb
from screener.review.schema import grant, parcel, person

DECIDING: Final = sorted(role.value for role, verbs in MAY.items() if Verb.DECIDE in verbs)
SHORTEST_NOTE: Final = 5


@dataclass(frozen=True, slots=True)
class Officer:
    """A person in the order of a day's draw; `excluded` is why he was left out, None where not."""

    place: int
    person: int
    shown: str
    excluded: str | None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Who is left out where, from when to when, why, and who said so."""

    id: int
    person: int
    shown: str
    hub: str
    since: str
    until: str
    why: str
    note: str
    by: str
    by_person: int
    at: datetime


def ordered(seed: bytes, hub: str, people: Iterable[int]) -> tuple[int, ...]:
    """These people in the order in which the seed draws them for the hub."""
    return tuple(sorted(people, key=lambda one: _number(seed, hub, one)))


def on_duty(officers: Sequence[Officer], count: int) -> tuple[Officer, ...]:
    """Those who inspect: the first of those who are not left out."""
    return tuple(one for one in officers if one.excluded is None)[:count]


def roster(connection: Connection, home: str, hub: str) -> tuple[int, ...]:
    """The people who may decide at a hub for the home agency."""
    query = select(person.c.id).join(grant, grant.c.person == person.c.id)
    here = (grant.c.hub.in_((EVERY, hub)), grant.c.agency.in_((EVERY, home)), grant.c.role.in_(DECIDING))
    found = query.where(person.c.disabled_at.is_(None), *here).distinct().order_by(person.c.id)
    return tuple(connection.scalars(found))


def hubs(connection: Connection) -> tuple[str, ...]:
    """The hubs from which anything was flagged."""
    return tuple(connection.scalars(select(parcel.c.hub).where(real()).distinct().order_by(parcel.c.hub)))


def draw(connection: Connection, now: datetime, home: str, *, day: str, seed: bytes) -> tuple[str, ...]:
    """Draw the officers of a day at the hubs where none are drawn yet; which hubs. It is recorded."""
    known = set(connection.scalars(select(duty.c.hub).where(duty.c.day == day).distinct()))
    fresh = tuple(one for one in hubs(connection) if one not in known)
    for hub in fresh:
        people = ordered(seed, hub, roster(connection, home, hub))
        out = _excluded(connection, day, hub)
        rows = [
            {"day": day, "hub": hub, "place": n, "person": one, "excluded": out.get(one), "drawn_at": now}
            for n, one in enumerate(people, start=1)
        ]
        if rows:
            connection.execute(insert(duty), rows)
            said: audit.Details = {"people": len(rows), "excluded": sum(one in out for one in people)}
            audit.record(connection, Deed(now, CLERK, "officers_drawn", f"draw:{day}:{hub}", said))
    return fresh


def of_day(connection: Connection, day: str) -> dict[str, tuple[Officer, ...]]:
    """The order of each hub as it was drawn."""
    query = select(duty.c.hub, duty.c.place, duty.c.person, person.c.shown, duty.c.excluded)
    query = query.join(person, person.c.id == duty.c.person).where(duty.c.day == day)
    found: dict[str, list[Officer]] = {}
    for row in connection.execute(query.order_by(duty.c.hub, duty.c.place)):
        found.setdefault(row.hub, []).append(Officer(row.place, row.person, row.shown, row.excluded))
    return {hub: tuple(officers) for hub, officers in found.items()}


def exclude(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    *,
    person_id: int,
    hub: str,
    since: str,
    until: str,
    why: str,
    note: str,
) -> int:
    """Leave somebody out from a day on that is not drawn yet: oneself, or whom one supervises.

    Raises `Denied`, `BadInput`, `Hidden`, and `Conflict` where the draw of the first day was made already.
    """
    if person_id != who.person and not who.may(Verb.REASSIGN, hub, home):
        raise Denied("whom to leave out of the draw is for that person or for a supervisor there to say")
    note, hub = given(" ".join(note.split()), Text), EVERY if hub == EVERY else given(hub, HubName)
    if why not in WHYS or len(note) < SHORTEST_NOTE:
        raise BadInput("exclusion_reason", f"why: expected one of {', '.join(WHYS)}, with a reason in words")
    if not (is_day(since) and is_day(until) and since <= until):
        raise BadInput("exclusion_days", "since, until: expected two days, the first of them not the later")
    if connection.scalar(select(person.c.id).where(person.c.id == person_id)) is None:
        raise Hidden(NONE)
    drawn = select(duty.c.day).where(duty.c.day >= since)
    drawn = drawn if hub == EVERY else drawn.where(duty.c.hub == hub)
    if since < now.date().isoformat() or connection.scalar(drawn.limit(1)) is not None:
        raise Conflict("the draw of that day has been made; name a later one")
    row = {"person": person_id, "hub": hub, "since": since, "until": until, "why": why, "note": note}
    made = insert(exclusion).values(row | {"by": who.person, "at": now}).returning(exclusion.c.id)
    number = int(connection.execute(made).scalar_one())
    said: audit.Details = {"exclusion": number, "since": since, "until": until, "why": why}
    audit.record(connection, Deed(now, who.name, "exclude", f"draw:{since}:{hub}", said))
    return number


def include(connection: Connection, who: Reviewer, home: str, now: datetime, exclusion_id: int) -> None:
    """End an exclusion for the days that are not drawn yet: one's own word, or as a supervisor there.

    Whom somebody else left out does not take himself in again. Raises `Hidden`, `Denied`.
    """
    row = connection.execute(select(exclusion).where(exclusion.c.id == exclusion_id)).first()
    if row is None or row.ended_at is not None:
        raise Hidden(NONE)
    if not may_end(who, home, person_id=row.person, hub=row.hub, by=row.by):
        raise Denied("whom to leave out of the draw is for that person or for a supervisor there to say")
    connection.execute(update(exclusion).where(exclusion.c.id == exclusion_id).values(ended_at=now))
    audit.record(
        connection, Deed(now, who.name, "include", f"draw:{row.since}:{row.hub}", {"exclusion": row.id})
    )


def may_end(who: Reviewer, home: str, *, person_id: int, hub: str, by: int) -> bool:
    """Whether `who` may take this person in again, whom `by` left out there."""
    return by == who.person or (person_id != who.person and who.may(Verb.REASSIGN, hub, home))


def exclusions(connection: Connection, since: str) -> tuple[Exclusion, ...]:
    """Those that hold on that day or later."""
    said = person.alias("said")
    query = select(exclusion, person.c.shown, said.c.shown.label("said_by"))
    query = query.join(person, person.c.id == exclusion.c.person).join(said, said.c.id == exclusion.c.by)
    later = query.where(exclusion.c.until >= since, exclusion.c.ended_at.is_(None))
    return tuple(
        Exclusion(
            *(row.id, row.person, row.shown, row.hub, row.since, row.until, row.why, row.note),
            *(row.said_by, row.by, row.at),
        )
        for row in connection.execute(later.order_by(exclusion.c.since, exclusion.c.id))
    )


def _excluded(connection: Connection, day: str, hub: str) -> dict[int, str]:
    """Who is left out on a day at a hub, and why."""
    query = select(exclusion.c.person, exclusion.c.why).where(
        exclusion.c.since <= day,
        exclusion.c.until >= day,
        exclusion.c.hub.in_((EVERY, hub)),
        exclusion.c.ended_at.is_(None),
    )
    return {row.person: row.why for row in connection.execute(query.order_by(exclusion.c.id.desc()))}


def _number(seed: bytes, hub: str, person_id: int) -> str:
    return hmac.new(seed, f"officer/{hub}/{person_id}".encode(), hashlib.sha256).hexdigest()
