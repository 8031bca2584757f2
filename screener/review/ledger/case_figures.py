"""Cases that were filed, by day, month and year: those that a person may see."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from screener.config import ReviewSettings
from screener.review.cases.figures import totals
from screener.review.ledger.measures import Figures
from screener.review.ledger.points import Point, Series
from screener.review.ledger.spans import Span, year_before
from screener.review.rights import Reviewer

Filed = Counter[int]
"""Cases by the number of the point that they fall into."""


def with_cases(connection: Connection, who: Reviewer, settings: ReviewSettings, of: Series) -> Series:
    """The same series with the cases that were filed, and the large ones of them."""
    span = of.span
    now, before = (_filed(connection, who, settings, one) for one in (span, span.year_before))
    points = tuple(
        Point(
            one.start,
            _with(one.now, now, span.bucket(one.start)),
            _with(one.before, before, span.bucket(year_before(one.start))),
        )
        for one in of.points
    )
    return replace(of, points=points, total=_with(of.total, now), before=_with(of.before, before))


def _filed(
    connection: Connection, who: Reviewer, settings: ReviewSettings, span: Span
) -> tuple[Filed, Filed]:
    """All cases of a span and the large ones."""
    zone = ZoneInfo(settings.time_zone)
    since, until = (datetime.combine(day, time.min, zone) for day in (span.since, span.until))
    found = totals(connection, since, until, who=who, settings=settings).filed
    days = [(span.bucket(_day(one.filed_at, zone)), one.large) for one in found]
    return Counter(number for number, _ in days), Counter(number for number, large in days if large)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _with(figures: Figures, filed: tuple[Filed, Filed], number: int | None = None) -> Figures:
    """Of one point, or of all."""
    cases, large = (one.total() if number is None else one[number] for one in filed)
    return replace(figures, cases=cases, large_cases=large)
