"""What can be asked of parcels, and the figures that answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, true

from screener.core.estimates.estimates import Figure
from screener.errors import BadInput
from screener.review.ledger.tables import AMOUNTS, decided


class Measure(StrEnum):
    """What is counted, estimated or added up."""

    SCREENED = "screened"  # parcels that were decided on
    HELD = "held"  # held by any decision
    OPENED = "opened"  # an inspection was told
    FOUND = "found"  # over the limit, by the inspection that counts
    HIT_RATE = "hit_rate"  # found / opened
    RECALL = "recall"  # estimated: of all that are over the limit, the share held for cause
    PREVALENCE = "prevalence"  # estimated: the share of all parcels that are over the limit
    CASES = "cases"
    LARGE_CASES = "large_cases"
    STICKS = "sticks_wan"  # found over the limit, in 10,000 sticks
    GENUINE = "genuine_wan"
    COUNTERFEIT = "counterfeit_wan"
    SMUGGLED = "smuggled_wan"
    OTHER = "other_wan"  # of mixed or unknown origin
    LEAF = "leaf_t"
    CUT = "cut_t"
    E_CIGARETTES = "e_cigarettes"
    VALUE = "value_wan_yuan"


OURS_ALONE: Final = frozenset({Measure.SCREENED, Measure.HELD, Measure.RECALL, Measure.PREVALENCE})
"""What only the home agency is told: other agencies know the parcels that were handed to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of some parcels; None is what the person may not know or nobody can say.

    Amounts are those found in parcels over the limit, in the smallest units: mg, fen, single sticks.
    """

    screened: int | None = 0
    held: int | None = 0
    opened: int = 0
    found: int = 0
    genuine_sticks: int = 0
    counterfeit_sticks: int = 0
    smuggled_sticks: int = 0
    other_sticks: int = 0
    leaf_mg: int = 0
    cut_mg: int = 0
    e_cigarettes: int = 0
    value_fen: int = 0
    recall: Figure | None = None
    prevalence: Figure | None = None
    cases: int | None = None
    large_cases: int | None = None

    @property
    def sticks(self) -> int:
        return self.genuine_sticks + self.counterfeit_sticks + self.smuggled_sticks + self.other_sticks

    @property
    def hit_rate(self) -> float | None:
        """The share of the opened that was over the limit."""
        return self.found / self.opened if self.opened else None

    def value(self, measure: Measure) -> float | int | None:
        """A figure in the unit of reports: 10,000 sticks, tonnes, CNY 10,000; of an interval the estimate."""
        if measure in _SCALED:
            name, unit = _SCALED[measure]
            return int(getattr(self, name)) / unit
        found = getattr(self, measure.value)
        return found.estimate if isinstance(found, Figure) else found


_SCALED: Final[Mapping[Measure, tuple[str, int]]] = {
    Measure.STICKS: ("sticks", 10_000),
    Measure.GENUINE: ("genuine_sticks", 10_000),
    Measure.COUNTERFEIT: ("counterfeit_sticks", 10_000),
    Measure.SMUGGLED: ("smuggled_sticks", 10_000),
    Measure.OTHER: ("other_sticks", 10_000),
    Measure.LEAF: ("leaf_mg", 10**9),
    Measure.CUT: ("cut_mg", 10**9),
    Measure.VALUE: ("value_fen", 10**6),
}
"""The field of `Figures` and how much of it is one of the unit of reports."""


def counts(measure: Measure) -> ColumnElement[bool]:
    """The condition on `decided` for the parcels behind a figure. Raises `BadInput` where none are."""
    if measure in _CONDITIONS:
        return _CONDITIONS[measure]
    if measure in _SCALED:
        return and_(decided.c.found, decided.c[_SCALED[measure][0]] > 0)
    raise BadInput("filters", f"measure: expected one that counts parcels, got {measure}")


_STANDING: Final = and_(decided.c.opened, decided.c.standing)

_CONDITIONS: Final[Mapping[Measure, ColumnElement[bool]]] = {
    Measure.SCREENED: true(),
    Measure.HELD: decided.c.held,
    Measure.OPENED: decided.c.opened,
    Measure.HIT_RATE: decided.c.opened,
    Measure.FOUND: decided.c.found,
    Measure.RECALL: _STANDING,
    Measure.PREVALENCE: _STANDING,
    Measure.STICKS: and_(
        decided.c.found, or_(*(decided.c[name] > 0 for name in AMOUNTS if name.endswith("_sticks")))
    ),
    Measure.E_CIGARETTES: and_(decided.c.found, decided.c.e_cigarettes > 0),
}
