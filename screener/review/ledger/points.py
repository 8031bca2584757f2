"""Figures in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from screener.review.ledger.measures import Figures
from screener.review.ledger.spans import Span


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of a day, month or year that begins with `start`, and of the same a year before."""

    start: date
    now: Figures
    before: Figures


@dataclass(frozen=True, slots=True)
class Series:
    """What a span comes to, point by point and in all, now and a year before.

    `ours` is False for a person of another agency, who is not told what `OURS_ALONE` counts.
    """

    span: Span
    points: tuple[Point, ...]
    total: Figures
    before: Figures
    ours: bool = True
