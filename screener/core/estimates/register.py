"""Which parcels were selected why, and what was found in them: counted by cells, in any order of arrival."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from screener.contracts.wire import Inspection, Selection, Time, Why

BY_CHANCE = (Why.RANDOM, Why.NONE)
"""Parcels that nothing but the draw selects."""


class Choice(Struct, frozen=True, kw_only=True, gc=False):
    """What of a `Decision` counts here; the rest of it is passed over when it is read."""

    hub: str
    parcel_id: str
    revision: int
    selection: Selection
    arrived_at: Time


class Cell(NamedTuple):
    """What parcels have in common that are counted together.

    `why` selected them at first, `lucky` are those that chance would select. `later` is why a later revision
    selected what the first let through.
    """

    day: date
    hub: str
    why: Why
    rate: float
    lucky: bool
    later: Why | None = None


class Tally(NamedTuple):
    """How many parcels, how many of them were opened, how many of these were over the limit."""

    parcels: int = 0
    opened: int = 0
    over: int = 0

    def plus(self, other: Tally) -> Tally:
        return Tally(self.parcels + other.parcels, self.opened + other.opened, self.over + other.over)


def summed(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    total = Tally()
    for tally in tallies:
        total = total.plus(tally)
    return total


class Course(NamedTuple):
    """How a parcel was first decided, and the first revision that selected it and why, if any did."""

    first: int
    cell: Cell
    selected: tuple[int, Why] | None

    def joined(self, other: Course) -> Course:
        """What both tell of the parcel, in any order."""
        first = min(self, other, key=lambda one: one.first)
        selecting = (one.selected for one in (self, other) if one.selected is not None)
        return first._replace(selected=min(selecting, default=None))


class Register:
    """Decisions and inspections as they are read, in any order.

    A parcel counts by the selection of its first revision: what was found in it may be why it has others.
    """

    def __init__(self) -> None:
        self._cells: dict[Cell, Cell] = {}
        self._courses: dict[str, Course] = {}
        self._inspections: dict[str, dict[str, Inspection]] = {}

    def enter_choice(self, choice: Choice) -> None:
        """A decision; the same one twice counts once."""
        key = f"{choice.hub}/{choice.parcel_id}"
        cell, why = _cell(choice), choice.selection.why
        selected = None if why is Why.NONE else (choice.revision, why)
        course = Course(choice.revision, self._cells.setdefault(cell, cell), selected)
        before = self._courses.get(key)
        self._courses[key] = course if before is None else before.joined(course)

    def enter_inspection(self, inspection: Inspection) -> None:
        """An inspection; the same one twice counts once."""
        key = f"{inspection.hub}/{inspection.parcel_id}"
        self._inspections.setdefault(key, {})[inspection.inspection_id] = inspection

    def tallies(self) -> dict[Cell, Tally]:
        """The parcels of each cell; what was opened before it was selected counts as not opened."""
        found: dict[Cell, Tally] = {}
        for key, course in self._courses.items():
            cell = course.cell
            if cell.why is Why.NONE and course.selected is not None:
                cell = cell._replace(later=course.selected[1])
            found[cell] = found.get(cell, Tally()).plus(self._tally(key, course))
        return found

    def unselected(self) -> int:
        """How many parcels were opened that no decision had selected: they say nothing of the others."""
        opened = (key for key in self._inspections if key in self._courses)
        return sum(1 for key in opened if not self._tally(key, self._courses[key]).opened)

    def _tally(self, key: str, course: Course) -> Tally:
        inspections = self._inspections.get(key)
        if not inspections or course.selected is None:
            return Tally(parcels=1)
        if course.cell.why is Why.NONE and opened_on(inspections) < course.selected[0]:
            return Tally(parcels=1)
        return Tally(parcels=1, opened=1, over=int(latest(inspections).over_limit))


def latest(inspections: dict[str, Inspection]) -> Inspection:
    """The inspection that counts: corrected by none, and the last of these."""
    corrected = {one.corrects for one in inspections.values()}
    standing = [one for one in inspections.values() if one.inspection_id not in corrected]
    return max(standing or inspections.values(), key=lambda one: (one.inspected_at, one.inspection_id))


def opened_on(inspections: dict[str, Inspection]) -> int:
    """The revision that a parcel was first opened on; what was found may have led to later ones."""
    return min(one.revision for one in inspections.values())


def _cell(choice: Choice) -> Cell:
    selection = choice.selection
    rate = selection.probability if selection.why in BY_CHANCE else selection.rate
    return Cell(choice.arrived_at.date(), choice.hub, selection.why, rate, selection.draw < rate)
