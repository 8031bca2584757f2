"""How people did on parcels for training: each one's own, and all of their agency for supervisors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, pi, sqrt
from statistics import NormalDist, median
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from screener.contracts.wire import Flagged
from screener.review.errors import NONE, Denied, Hidden
from screener.review.fiction import library
from screener.review.fiction.library import Truth
from screener.review.fiction.tables import fiction, given, result
from screener.review.rights import Reviewer, Verb
from screener.review.schema import person

ENOUGH: Final = 30
"""Trials below which nothing is said of a person: chance says more than skill."""

LEVEL: Final = 0.95
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Trial:
    """One answered parcel for training: what was in it, and how its person answered."""

    given: int
    person: int
    hub: str
    parcel_id: str
    truth: Truth
    outcome: str
    move: str
    at: datetime
    took_s: float
    tools: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What somebody's trials come to; `d_prime` and its interval are None where too few say nothing."""

    hits: int
    misses: int
    false_alarms: int
    correct_rejections: int
    median_s: float | None
    d_prime: float | None
    low: float | None
    high: float | None

    @property
    def trials(self) -> int:
        return self.hits + self.misses + self.false_alarms + self.correct_rejections

    @property
    def loaded(self) -> int:
        return self.hits + self.misses

    @property
    def clean(self) -> int:
        return self.false_alarms + self.correct_rejections

    @property
    def enough(self) -> bool:
        """Whether there are enough to say anything."""
        return self.d_prime is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """A person with his figures, under the name that others see."""

    person: int
    shown: str
    figures: Figures


def trial(connection: Connection, who: Reviewer, home: str, given_id: int) -> tuple[Trial, Flagged]:
    """An answered one with its message, of oneself or of somebody one supervises. Raises `Hidden`."""
    row = connection.execute(_QUERY.where(result.c.given == given_id)).first()
    if row is None or not (row.person == who.person or who.may(Verb.REASSIGN, row.hub, home)):
        raise Hidden(NONE)
    of_it = select(fiction.c.flagged).where(fiction.c.id == row.fiction)
    return _trial_of(row), library.message_of(connection.execute(of_it).one())


def own(connection: Connection, who: Reviewer) -> tuple[Trial, ...]:
    """One's own, the latest first."""
    rows = connection.execute(_QUERY.where(result.c.person == who.person).order_by(result.c.at.desc()))
    return tuple(_trial_of(row) for row in rows)


def supervised(connection: Connection, who: Reviewer, home: str) -> tuple[Standing, ...]:
    """Everybody's where one supervises, by name: whoever has few trials is in no order. Raises `Denied`."""
    if not who.anywhere(Verb.REASSIGN):
        raise Denied("how others did is for their supervisors")
    query = _QUERY.add_columns(person.c.shown).join(person, person.c.id == result.c.person)
    rows = connection.execute(query.order_by(person.c.shown, person.c.id)).all()
    mine = [row for row in rows if who.may(Verb.REASSIGN, row.hub, home)]
    people = dict.fromkeys((row.person, row.shown) for row in mine)
    return tuple(
        Standing(number, shown, figures([_trial_of(row) for row in mine if row.person == number]))
        for number, shown in people
    )


def figures(trials: Sequence[Trial]) -> Figures:
    """The figures of trials; sensitivity is said from `ENOUGH` on, where both kinds are among them."""
    counts = Counter(one.outcome for one in trials)
    hits, misses = counts["hit"], counts["miss"]
    false_alarms, rejections = counts["false_alarm"], counts["correct_rejection"]
    said: tuple[float | None, float | None, float | None] = (None, None, None)
    if len(trials) >= ENOUGH and hits + misses and false_alarms + rejections:
        said = sensitivity(hits, misses, false_alarms, rejections)
    middle = median(one.took_s for one in trials) if trials else None
    return Figures(hits, misses, false_alarms, rejections, middle, *said)


def sensitivity(hits: int, misses: int, false_alarms: int, rejections: int) -> tuple[float, float, float]:
    """d' and its 95 % interval, with half a trial added to each side.

    The correction is the log-linear one (Hautus 1995), the variance that of Gourevitch and Galanter (1967).
    """
    of_loaded, of_clean = hits + misses + 1, false_alarms + rejections + 1
    seen, alarmed = (hits + 0.5) / of_loaded, (false_alarms + 0.5) / of_clean
    d_prime = _NORMAL.inv_cdf(seen) - _NORMAL.inv_cdf(alarmed)
    spread = sqrt(_variance(seen, of_loaded) + _variance(alarmed, of_clean))
    reach = _NORMAL.inv_cdf((1 + LEVEL) / 2) * spread
    return d_prime, d_prime - reach, d_prime + reach


def _variance(share: float, count: int) -> float:
    """Of the normal score of a share."""
    at = _NORMAL.inv_cdf(share)
    density = exp(-at * at / 2) / sqrt(2 * pi)
    return share * (1 - share) / (count * density * density)


_TRUTH: Final = [fiction.c[name] for name in ("kind", "load", "sticks", "tobacco_g", "e_cigarettes", "boxes")]
_QUERY: Final[Select[Any]] = (
    select(
        *(result.c[name] for name in ("given", "person", "outcome", "move", "at", "took_s", "tools")),
        *(given.c[name] for name in ("hub", "parcel_id", "fiction")),
        *_TRUTH,
    )
    .join(given, given.c.id == result.c.given)
    .join(fiction, fiction.c.id == given.c.fiction)
)


def _trial_of(row: Row[Any]) -> Trial:
    return Trial(
        given=row.given,
        person=row.person,
        hub=row.hub,
        parcel_id=row.parcel_id,
        truth=library.truth_of(row),
        outcome=row.outcome,
        move=row.move,
        at=row.at,
        took_s=row.took_s,
        tools=row.tools,
    )
