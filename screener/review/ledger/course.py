"""What all decisions, inspections and dispositions of a parcel come to, in whatever order they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Final, NamedTuple

from screener.contracts.wire import Action, Disposition, Inspection, Why
from screener.core.estimates.register import BY_CHANCE, latest, opened_on
from screener.review import flagging
from screener.review.ledger.entries import Said
from screener.review.ledger.tables import AMOUNTS

SPLIT: Final = ("genuine", "counterfeit", "smuggled")
"""The origins that figures tell apart; sticks of all others are `other_sticks`."""


class First(NamedTuple):
    """What the first decision says; by it a parcel counts: what was found may be why there are others."""

    first: int
    first_at: datetime
    day: int
    arrived_at: datetime
    why: str
    rate: float
    lucky: bool


class Newest(NamedTuple):
    """What the last decision says."""

    newest_at: datetime
    newest: int
    kind: str
    outcome: str


class Course(NamedTuple):
    """All that decisions say of a parcel. `courier` is who carried it and when that was last said.

    `selected` is the first revision that selected it, and why.
    """

    first: First
    newest: Newest
    courier: tuple[datetime, str] | None
    selected: tuple[int, str] | None
    held: bool

    def joined(self, other: Course) -> Course:
        """What both say."""
        return Course(
            first=min(self.first, other.first),
            newest=max(self.newest, other.newest),
            courier=max((one for one in (self.courier, other.courier) if one), default=None),
            selected=min((one for one in (self.selected, other.selected) if one), default=None),
            held=self.held or other.held,
        )

    @property
    def later(self) -> str:
        """Why a later decision selected what the first let through; empty where none did."""
        return self.selected[1] if self.first.why == Why.NONE and self.selected else ""


class Found(NamedTuple):
    """What people told of a parcel. `standing`: it was opened after it was selected, so it stands for others.

    `amounts` has those of `AMOUNTS`, all 0 where it was not over the limit.
    """

    agency: str = ""
    opened: bool = False
    found: bool = False
    standing: bool = False
    amounts: tuple[int, ...] = (0,) * len(AMOUNTS)


def course_of(said: Said, zone: tzinfo) -> Course:
    """What one decision says; its day is that of `zone`."""
    selection = said.selection
    why = selection.why
    rate = selection.probability if why in BY_CHANCE else selection.rate
    return Course(
        first=First(
            said.revision,
            said.decided_at,
            day_of(said.arrived_at, zone),
            said.arrived_at,
            why.value,
            rate,
            selection.draw < rate,
        ),
        newest=Newest(
            said.decided_at,
            said.revision,
            flagging.kind_of([one.code for one in said.reasons], said.judged),
            said.outcome.value,
        ),
        courier=(said.decided_at, said.courier) if said.courier else None,
        selected=None if why is Why.NONE else (said.revision, why.value),
        held=said.action is Action.HOLD,
    )


def day_of(at: datetime, zone: tzinfo) -> int:
    """The day in this time zone as YYYYMMDD."""
    there = at.astimezone(zone)
    return there.year * 10_000 + there.month * 100 + there.day


def found_in(
    course: Course, inspections: Mapping[str, Inspection], dispositions: Iterable[Disposition]
) -> Found:
    """What was told of a parcel with this course."""
    last = max(dispositions, key=lambda one: (one.decided_at, one.disposition_id), default=None)
    agency = (last.agency or "") if last is not None and last.kind == "refer" else ""
    if not inspections:
        return Found(agency)
    counts = latest(dict(inspections))
    return Found(
        agency=agency,
        opened=True,
        found=counts.over_limit,
        standing=_stands(course, inspections),
        amounts=_amounts(counts) if counts.over_limit else Found().amounts,
    )


def _stands(course: Course, inspections: Mapping[str, Inspection]) -> bool:
    """As `core.estimates.register` has it: what was opened before it was selected says nothing of others."""
    if course.selected is None:
        return False
    return course.first.why != Why.NONE or opened_on(dict(inspections)) >= course.selected[0]


def _amounts(found: Inspection) -> tuple[int, ...]:
    leaf_mg = round((found.leaf_g or 0.0) * 1000)
    by_origin = (found.sticks * (found.origin == one) for one in SPLIT)
    other = 0 if found.origin in SPLIT else found.sticks
    cut_mg = max(round(found.tobacco_g * 1000) - leaf_mg, 0)
    value_fen = round((found.value_cny or 0.0) * 100)
    return (*by_origin, other, leaf_mg, cut_mg, found.e_cigarettes, value_fen)
