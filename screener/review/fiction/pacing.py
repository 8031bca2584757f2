"""When somebody is given a parcel for training: a draw nobody can foretell, by how many he has asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, text, update

from screener.errors import BadInput
from screener.review import audit
from screener.review.audit import Deed
from screener.review.errors import Denied
from screener.review.fiction.tables import pace
from screener.review.rights import Reviewer
from screener.sealing.ring import KeyRing

FOR: Final = "training"
"""What its draws are keyed for: no day has this name."""

MOST_RATE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Turn:
    """The number of the parcel that a person asks for, and the rate that holds for it."""

    person: int
    number: int
    rate: float

    def drawn(self, ring: KeyRing, what: str = "") -> float:
        """A number in [0, 1) for this turn, another one for each `what`."""
        return ring.drawn(FOR, f"{self.person}/{self.number}/{what}".encode())

    def is_due(self, ring: KeyRing) -> bool:
        """Whether this one is for training."""
        return self.drawn(ring) < self.rate


def turn(connection: Connection, who: Reviewer, now: datetime, usual_rate: float) -> Turn:
    """The next turn of this person; in the transaction that takes the parcel."""
    mine = pace.c.person == who.person
    _begin(connection, who.person)
    row = connection.execute(select(pace).where(mine).with_for_update()).one()
    connection.execute(update(pace).where(mine).values(taken=row.taken + 1))
    burst = row.rate is not None and row.until is not None and now < row.until
    return Turn(who.person, row.taken + 1, row.rate if burst else usual_rate)


def set_rate(
    connection: Connection, who: Reviewer, now: datetime, *, person_id: int, rate: float, until: datetime
) -> None:
    """Another rate for a person until then, such as a burst. Raises `BadInput`, `Denied` for oneself."""
    if person_id == who.person:
        raise Denied("how often one is tested oneself is for another supervisor to say")
    if not 0 <= rate <= MOST_RATE:
        raise BadInput("tip_rate", f"rate: expected 0 to {MOST_RATE:.0%}, got {rate:.0%}")
    values = {"rate": rate, "until": until}
    mine = pace.c.person == person_id
    _begin(connection, person_id)
    connection.execute(update(pace).where(mine).values(values))
    details: audit.Details = {"person": person_id, "rate": rate, "until": until.isoformat()}
    audit.record(connection, Deed(now, who.name, "fiction_pace", "training", details))


def _begin(connection: Connection, person: int) -> None:
    """A row for this person; of two who make one at once the second waits, and finds it."""
    begin = text("INSERT INTO fiction_pace (person, taken) VALUES (:person, 0) ON CONFLICT DO NOTHING")
    connection.execute(begin, {"person": person})
