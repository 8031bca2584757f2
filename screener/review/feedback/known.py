"""What people said was in a parcel: what a model learns from, and what it is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from screener.contracts.wire import Selection
from screener.review import acts
from screener.review.acts import Act
from screener.review.moves import Found, Release, Reopen

FOUND: Final = "found"
NOTHING: Final = "nothing"
RELEASED: Final = "released"
OPEN: Final = "open"
"""Something was found; opened, and nothing was; let go unopened since the alert was wrong; not said."""

CLEAN: Final = frozenset({NOTHING, RELEASED})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a parcel; `found` says what was in it where it was opened."""

    known: str
    found: Found | None = None

    @property
    def kind(self) -> str:
        """What was found by its kind, of several the one with the most weight; `none` for nothing."""
        if self.found is None:
            return "none"
        kinds = {
            "cigarettes": self.found.all_sticks,
            "loose_tobacco": self.found.tobacco_g,
            "e_cigarettes": self.found.e_cigarettes,
        }
        return next((name for name, amount in kinds.items() if amount), "none")


def known_of(past: Sequence[Act], now: datetime) -> Known:
    """By what stands and can no longer be undone; unopened, only an alert that was wrong says anything."""
    firm = [one for one in past if one.stands and one.stands_at <= now]
    seen = acts.inspected(firm)
    if seen is not None:
        return Known(FOUND if seen.found.anything else NOTHING, seen.found)
    deciding = [one.move for one in firm if isinstance(one.move, Release | Reopen)]
    wrong = bool(deciding) and isinstance(deciding[-1], Release) and deciding[-1].quality == "wrong"
    return Known(RELEASED if wrong else OPEN)


def drawn(selection: Selection) -> bool:
    """Whether chance alone would have selected it, whatever else did: these stand for all parcels."""
    return selection.draw < selection.rate
