"""From the address of a page to the days that it asks for, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, cast, get_args
from urllib.parse import urlencode

from screener.errors import BadInput
from screener.review.ledger.spans import By, Span

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
MOST_DAYS: Final = 186
"""Of a page that counts by day."""

PLACES: Final = ("hub", "courier", "kind", "agency")


def of(given: Mapping[str, str], today: date) -> Span:
    """What the query string asks for; `until` is in it the last day that counts. Raises `BadInput`."""
    by = given.get("by") or "month"
    if by not in get_args(By):
        raise BadInput("filters", f"by: expected day, month or year, got {by[:20]!r}")
    last = _day(given, "until") or today
    since = _day(given, "since") or _begin(cast("By", by), last)
    days = (last - since).days + 1
    if days < 1 or (by == "day" and days > MOST_DAYS):
        raise BadInput("filters", f"expected 1 to {MOST_DAYS} days by day, got {days}")
    places = {name: given.get(name, "")[:64] or None for name in PLACES}
    return Span(since=since, until=last + timedelta(days=1), by=cast("By", by), **places)


def query(span: Span, **others: str) -> str:
    """The query string that asks for it."""
    said = {"by": span.by, "since": str(span.since), "until": str(last_day(span))}
    places = {name: value for name in PLACES if (value := getattr(span, name)) is not None}
    return urlencode(others | said | places)


def last_day(span: Span) -> date:
    return span.until - timedelta(days=1)


def parts(span: Span) -> Iterator[Span]:
    """The points of a span, each as a span of its own."""
    begins = [*span.begins(), span.until]
    for since, until in pairwise(begins):
        yield replace(span, since=since, until=until)


def narrowed(span: Span, hub: str, kind: str) -> Span:
    """The same of one hub and kind."""
    return replace(span, hub=hub, kind=kind)


def month(text: str) -> Span:
    """The month that `YYYY-MM` names. Raises `BadInput`."""
    first = _parsed(f"{text}-01", "month")
    return Span(since=first, until=_month_after(first))


def by_another(span: Span, by: By, today: date) -> Span:
    """The last days, months or years up to the same day, as many as one page shows."""
    last = min(last_day(span), max(today, span.since))
    return replace(span, by=by, since=_begin(by, last), until=last + timedelta(days=1))


def _month_after(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _begin(by: By, last: date) -> date:
    """Where the days before this one begin, by default."""
    if by == "day":
        return last - timedelta(days=30)
    if by == "year":
        return date(last.year - 4, 1, 1)
    before = last.year * 12 + last.month - 12
    return date(before // 12, before % 12 + 1, 1)


def _day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name)
    return _parsed(text, name) if text else None


def _parsed(text: str, name: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not EARLIEST <= day < LATEST:
        raise BadInput("filters", f"{name}: expected a day of {EARLIEST.year} to {LATEST.year - 1}")
    return day
