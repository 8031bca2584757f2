"""What parcels come to by day, month and year against the year before, and which parcels lie behind it.

A parcel counts on the day of its arrival, with its first decision; what was found in it later counts there,
too. All figures are sums of the rows of `daily`, and each equals a count of rows of `decided`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, and_, desc, false, func, or_, select, true, tuple_

from screener.config import ReviewSettings
from screener.contracts.wire import Why
from screener.core.estimates.estimates import Figure, estimates
from screener.core.estimates.register import Cell, Tally
from screener.errors import BadInput
from screener.review import parcels
from screener.review.ledger.case_figures import with_cases
from screener.review.ledger.measures import OURS_ALONE, Figures, Measure, counts
from screener.review.ledger.points import Point, Series
from screener.review.ledger.spans import DIVISORS, Span, number_of, year_before
from screener.review.ledger.tables import AMOUNTS, COUNTS, STRATUM, daily, decided
from screener.review.rights import EVERY, MAY, Grant, Reviewer, Verb
from screener.review.schema import parcel

MOST_ESTIMATED: Final = 31
"""Points of a series for which recall and prevalence are estimated; more would take too long."""

MOST_BEHIND: Final = 200
"""Parcels of one page."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A parcel behind a figure; `item` is its row in the queue, None where it was never flagged."""

    hub: str
    parcel_id: str
    arrived_at: datetime
    courier: str
    kind: str
    why: str
    outcome: str
    agency: str
    held: bool
    opened: bool
    found: bool
    genuine_sticks: int
    counterfeit_sticks: int
    smuggled_sticks: int
    other_sticks: int
    leaf_mg: int
    cut_mg: int
    e_cigarettes: int
    value_fen: int
    item: int | None

    @property
    def sticks(self) -> int:
        return self.genuine_sticks + self.counterfeit_sticks + self.smuggled_sticks + self.other_sticks


@dataclass(frozen=True, slots=True)
class Parcels:
    """Some of the parcels behind a figure, the newest first, and what to ask for the next ones with."""

    items: tuple[Behind, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from."""

    hubs: tuple[str, ...]
    couriers: tuple[str, ...]
    kinds: tuple[str, ...]
    agencies: tuple[str, ...]
    first: date | None
    last: date | None


def series(
    connection: Connection, who: Reviewer, home: str, span: Span, settings: ReviewSettings | None = None
) -> Series:
    """The figures of a span as this person may know them; with `settings` those of cases, too.

    Cases are of several hubs, couriers and kinds: where one of these is asked for, nothing is said of them.
    """
    found = _of_parcels(connection, who, home, span)
    return found if settings is None or span.of_some else with_cases(connection, who, settings, found)


def _of_parcels(connection: Connection, who: Reviewer, home: str, span: Span) -> Series:
    here, granted = _granted_here(who, home), _granting(who)

    def counted(some: Sequence[Grant], asked: Span) -> Counted:
        seen = and_(_of_any(some, home, daily), _asked(daily, asked), _within(daily, asked))
        return _counted(connection, seen, asked)

    now, before = counted(granted, span), counted(granted, span.year_before)
    if not here:
        return composed(span, (now, before), ({}, {}), ours=False)
    if len(here) == len(granted):
        return composed(span, (now, before), (now, before))
    # what was handed over stands for no other parcels
    standing = counted(here, span), counted(here, span.year_before)
    return composed(span, (now, before), standing)


def behind(  # noqa: PLR0917 - who, where, what of which parcels, which page
    connection: Connection,
    who: Reviewer,
    home: str,
    measure: Measure,
    span: Span,
    after: str | None = None,
    limit: int = 50,
) -> Parcels:
    """The parcels behind a figure of the whole span, the newest first. Raises `BadInput`."""
    ours = bool(_granted_here(who, home))
    if measure in OURS_ALONE and not ours:
        return Parcels((), None)
    limit = min(max(limit, 1), MOST_BEHIND)
    shown = select(parcel.c.id, parcel.c.hub, parcel.c.parcel_id)
    shown_ = shown.where(parcels.visible(who, Verb.SEE, home), parcels.real()).subquery()
    at = decided.c
    query = (
        select(*(at[name] for name in _BEHIND), shown_.c.id.label("item"), at.day, at.id)
        .join(shown_, and_(shown_.c.hub == at.hub, shown_.c.parcel_id == at.parcel_id), isouter=ours)
        .where(narrowed(who, home, decided), _asked(decided, span), _within(decided, span), counts(measure))
        .order_by(desc(at.day), desc(at.id))
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(at.day, at.id) < tuple_(*_place(after)))
    rows = connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    found = tuple(Behind(*row[: len(_BEHIND) + 1]) for row in rows[:limit])
    return Parcels(found, None if last is None else f"{last.day}.{last.id}")


def choices(connection: Connection, who: Reviewer, home: str) -> Choices:
    """The hubs, couriers, kinds and agencies that there are figures of, and from when to when."""
    at = daily.c
    rows = connection.execute(
        select(at.hub, at.courier, at.kind, at.agency, func.min(at.day), func.max(at.day))
        .where(narrowed(who, home, daily))
        .group_by(at.hub, at.courier, at.kind, at.agency)
    ).all()
    hubs, couriers, kinds, agencies = (
        tuple(sorted({row[place] for row in rows} - {""})) for place in range(4)
    )
    first = min((row[4] for row in rows), default=None)
    last = max((row[5] for row in rows), default=None)
    return Choices(hubs, couriers, kinds, agencies, _day(first), _day(last))


def narrowed(who: Reviewer, home: str, table: Table) -> ColumnElement[bool]:
    """The condition on `daily` or `decided` for what `who` may see: as `parcels.visible` has it.

    The home agency's people see all of their hubs, those of another what is referred to it now.
    """
    return _of_any(_granting(who), home, table)


# --- from sums to figures -------------------------------------------------------------------------

Counted = Mapping[int, Mapping[Cell, tuple[int, ...]]]
"""By the number of the bucket and what parcels have in common: `COUNTS` and `AMOUNTS`."""


def composed(
    span: Span, counted: tuple[Counted, Counted], standing: tuple[Counted, Counted], *, ours: bool = True
) -> Series:
    """The series of these sums of the span and of the year before; estimates are made of `standing`."""
    starts = list(span.begins())
    each = ours and len(starts) <= MOST_ESTIMATED
    parts = [(start, (span.bucket(start), _before(span, start))) for start in starts]
    points = tuple(
        Point(
            start,
            *(
                _figures([some.get(at, {})], [of.get(at, {})], ours=ours, estimated=each)
                for some, of, at in zip(counted, standing, places, strict=True)
            ),
        )
        for start, places in parts
    )
    total, before = (
        _figures(some.values(), of.values(), ours=ours, estimated=ours)
        for some, of in zip(counted, standing, strict=True)
    )
    return Series(span, points, total, before, ours)


def _before(span: Span, start: date) -> int:
    """The bucket of the year before; a 29th of February has none."""
    leap = span.by == "day" and (start.month, start.day) == (2, 29)
    return -1 if leap else span.bucket(year_before(start))


def _figures(
    counted: Iterable[Mapping[Cell, tuple[int, ...]]],
    tallied: Iterable[Mapping[Cell, tuple[int, ...]]],
    *,
    ours: bool,
    estimated: bool,
) -> Figures:
    sums = [sum(column) for column in zip(*(one for some in counted for one in some.values()), strict=True)]
    named = dict(zip((*COUNTS, *AMOUNTS), sums or [0] * len((*COUNTS, *AMOUNTS)), strict=True))
    recall, prevalence = _estimated(tallied) if estimated else (None, None)
    return Figures(
        screened=named["parcels"] if ours else None,
        held=named["held"] if ours else None,
        opened=named["opened"],
        found=named["found"],
        **{name: named[name] for name in AMOUNTS},
        recall=recall,
        prevalence=prevalence,
    )


def _estimated(some: Iterable[Mapping[Cell, tuple[int, ...]]]) -> tuple[Figure | None, Figure | None]:
    tallies: dict[Cell, Tally] = {}
    for cells in some:
        for cell, sums in cells.items():
            tally = Tally(sums[_PARCELS], sums[_STANDING], sums[_STANDING_FOUND])
            tallies[cell] = tallies.get(cell, Tally()).plus(tally)
    return _estimates(tuple(sorted(tallies.items(), key=repr))) if tallies else (None, None)


_PARCELS: Final = COUNTS.index("parcels")
_STANDING: Final = COUNTS.index("standing")
_STANDING_FOUND: Final = COUNTS.index("standing_found")


@lru_cache(maxsize=20_000)
def _estimates(tallies: tuple[tuple[Cell, Tally], ...]) -> tuple[Figure, Figure]:
    """Recall and prevalence; the days that are past are asked for again and again, and come out alike."""
    found = estimates(dict(tallies))
    return found.recall, found.prevalence


def forget() -> None:
    """Forget what was estimated, so that the next figures are as those after a start."""
    _estimates.cache_clear()


# --- asking the database --------------------------------------------------------------------------


def _counted(connection: Connection, condition: ColumnElement[bool], span: Span) -> Counted:
    """The sums of a span's points under this condition."""
    bucket = daily.c.day.op("/")(DIVISORS[span.by]).label("bucket")
    strata = [daily.c[name] for name in STRATUM]
    query = select(bucket, *strata, *_SUMS).where(condition).group_by(bucket, *strata)
    found: dict[int, dict[Cell, tuple[int, ...]]] = {}
    for row in connection.execute(query):
        cell = cell_of(row.why, row.rate, row.lucky, row.later)
        found.setdefault(row.bucket, {})[cell] = tuple(map(int, row[1 + len(STRATUM) :]))
    return found


_SUMS: Final = tuple(func.sum(daily.c[name]).label(name) for name in (*COUNTS, *AMOUNTS))
_BEHIND: Final = tuple(one.name for one in fields(Behind) if one.name != "item")


def cell_of(why: str, rate: float, lucky: bool, later: str) -> Cell:
    """A stratum's cell; estimates do not look at its day and hub."""
    return Cell(date.min, "", Why(why), rate, bool(lucky), Why(later) if later else None)


def _granting(who: Reviewer) -> tuple[Grant, ...]:
    return tuple(sorted({one for one in who.grants if Verb.SEE in MAY[one.role]}, key=str))


def _granted_here(who: Reviewer, home: str) -> tuple[Grant, ...]:
    return tuple(one for one in _granting(who) if one.agency in {EVERY, home})


def _of_any(grants: Sequence[Grant], home: str, table: Table) -> ColumnElement[bool]:
    return or_(false(), *(_covered(one, home, table) for one in grants))


def _covered(grant: Grant, home: str, table: Table) -> ColumnElement[bool]:
    here = true() if grant.hub == EVERY else table.c.hub == grant.hub
    return here if grant.agency in {EVERY, home} else and_(here, table.c.agency == grant.agency)


def _asked(table: Table, span: Span) -> ColumnElement[bool]:
    wanted = {"hub": span.hub, "courier": span.courier, "kind": span.kind, "agency": span.agency}
    return and_(true(), *(table.c[name] == value for name, value in wanted.items() if value is not None))


def _within(table: Table, span: Span) -> ColumnElement[bool]:
    return and_(table.c.day >= number_of(span.since), table.c.day < number_of(span.until))


def _place(after: str) -> tuple[int, int]:
    day, _, number = after.partition(".")
    if not (day.isdecimal() and number.isdecimal() and max(len(day), len(number)) < 19):
        raise BadInput("place", "expected a place in the list that a page gave")
    return int(day), int(number)


def _day(number: int | None) -> date | None:
    return None if number is None else date(number // 10_000, number // 100 % 100, number % 100)
