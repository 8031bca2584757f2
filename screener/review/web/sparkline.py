"""The weeks of a group as small bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from screener.review.networks.listing import Week

HIGH: Final = 22
WIDE: Final = 4
MOST: Final = 30
"""Weeks that are drawn: the latest."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: where it stands, and how high it is."""

    x: int
    y: float
    height: float


def bars(weeks: Sequence[Week]) -> tuple[Bar, ...]:
    """A bar for each of the latest weeks, the busiest of them full."""
    shown = weeks[-MOST:]
    most = max((one.parcels for one in shown), default=0)
    heights = [HIGH * one.parcels / most if most else 0.0 for one in shown]
    return tuple(
        Bar(WIDE * place, round(HIGH - high, 1), round(high, 1)) for place, high in enumerate(heights)
    )
