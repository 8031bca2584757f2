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
    """What parcels have in common that are counted together; `lucky` are those that chance would select."""

    day: date
    hub: str
    why: Why
    rate: float
    lucky: bool


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


class Register:
    """Decisions and inspections as they are read: of a parcel's the latest counts, whatever came first."""

    def __init__(self) -> None:
        self._cells: dict[Cell, Cell] = {}
        self._choices: dict[str, tuple[int, Cell]] = {}
        self._inspections: dict[str, dict[str, Inspection]] = {}

    def enter_choice(self, choice: Choice) -> None:
        """A decision; a later revision replaces it."""
        key = f"{choice.hub}/{choice.parcel_id}"
        before = self._choices.get(key)
        if before is None or choice.revision > before[0]:
            cell = _cell(choice)
            self._choices[key] = (choice.revision, self._cells.setdefault(cell, cell))

    def enter_inspection(self, inspection: Inspection) -> None:
        """An inspection; the same one twice counts once."""
        key = f"{inspection.hub}/{inspection.parcel_id}"
        self._inspections.setdefault(key, {})[inspection.inspection_id] = inspection

    def tallies(self) -> dict[Cell, Tally]:
        """The parcels of each cell; what was opened without being selected counts as not opened."""
        found: dict[Cell, Tally] = {}
        for key, (_, cell) in self._choices.items():
            found[cell] = found.get(cell, Tally()).plus(self._tally(key, cell))
        return found

    def unselected(self) -> int:
        """How many parcels were opened that no decision had selected: they say nothing of the others."""
        chosen = (self._choices.get(key) for key in self._inspections)
        return sum(1 for one in chosen if one is not None and one[1].why is Why.NONE)

    def _tally(self, key: str, cell: Cell) -> Tally:
        inspections = None if cell.why is Why.NONE else self._inspections.get(key)
        if not inspections:
            return Tally(parcels=1)
        return Tally(parcels=1, opened=1, over=int(latest(inspections).over_limit))


def latest(inspections: dict[str, Inspection]) -> Inspection:
    """The inspection that counts: corrected by none, and the last of these."""
    corrected = {one.corrects for one in inspections.values()}
    standing = [one for one in inspections.values() if one.inspection_id not in corrected]
    return max(standing or inspections.values(), key=lambda one: (one.inspected_at, one.inspection_id))


def _cell(choice: Choice) -> Cell:
    selection = choice.selection
    rate = selection.probability if selection.why in BY_CHANCE else selection.rate
    return Cell(choice.arrived_at.date(), choice.hub, selection.why, rate, selection.draw < rate)
