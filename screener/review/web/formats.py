"""Dates, figures and amounts as a reader of the page's language expects them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import dates, numbers

from screener.review.web.words import LOCALES, Words

STICKS_PER_CARTON = 200
"""One 条: ten packs of twenty."""

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400

FILTERS = (
    *("date", "time", "moment", "exactly", "duration", "ago", "left"),
    *("number", "percent", "sticks", "cartons", "grams", "cny"),
)
"""What templates may call."""


@dataclass(frozen=True, slots=True)
class Formats:
    """How this language and this time zone write things; its methods are filters of templates."""

    words: Words
    zone: ZoneInfo

    @property
    def locale(self) -> str:
        return LOCALES[self.words.language]

    def date(self, at: datetime | dt.date) -> str:
        """`23 Nov 2026`, `2026年11月23日`."""
        return dates.format_date(self._local(at), "medium", locale=self.locale)

    def time(self, at: datetime) -> str:
        """`18:05`, by the 24-hour clock."""
        return dates.format_time(at, "HH:mm", tzinfo=self.zone, locale=self.locale)

    def moment(self, at: datetime) -> str:
        """Date and time to the minute."""
        return f"{self.date(at)} {self.time(at)}"

    def exactly(self, at: datetime) -> str:
        """Date and time to the second, sortable: `2026-11-23 18:05:09`."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def number(self, value: float, digits: int = 0) -> str:
        """`12,345.6` with so many digits after the point."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return numbers.format_decimal(value, pattern, locale=self.locale)

    def percent(self, share: float, digits: int = 0) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        return numbers.format_percent(share, pattern, locale=self.locale)

    def sticks(self, n: float) -> str:
        """`400 sticks`, `400 支`."""
        whole = round(n)
        return self.words.ngettext("%(n)s stick", "%(n)s sticks", whole, n=self.number(whole))

    def cartons(self, n: float) -> str:
        """A number of sticks in cartons: `2 cartons`, `2 条`."""
        count = n / STICKS_PER_CARTON
        shown = self.number(count, 0 if count == round(count) or count >= 10 else 1)
        return self.words.ngettext("%(n)s carton", "%(n)s cartons", 1 if count == 1 else 2, n=shown)

    def grams(self, grams: float) -> str:
        """`350 g`, from a kilogram on `1.25 kg`."""
        if grams >= 1000:
            return f"{self.number(grams / 1000, 2)} kg"
        return f"{self.number(grams)} g"

    def cny(self, value: float) -> str:
        """`¥1,200.00`."""
        return numbers.format_currency(value, "CNY", "¤#,##0.00", locale="zh_Hans_CN")

    def duration(self, seconds: float | timedelta) -> str:
        """The two largest units: `3 min`, `2 h 5 min`, `6 d 4 h`; without its sign."""
        given = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        whole = abs(int(given))
        say = self.words.gettext
        if whole < MINUTE_S:
            return say("%(n)s s", n=whole)
        if whole < HOUR_S:
            return say("%(n)s min", n=whole // MINUTE_S)
        if whole < DAY_S:
            return self._two(say("%(n)s h", n=whole // HOUR_S), "%(n)s min", whole % HOUR_S // MINUTE_S)
        return self._two(say("%(n)s d", n=whole // DAY_S), "%(n)s h", whole % DAY_S // HOUR_S)

    def ago(self, at: datetime, now: datetime) -> str:
        """`3 min ago`."""
        return self.words.gettext("%(duration)s ago", duration=self.duration(now - at))

    def left(self, at: datetime, now: datetime) -> str:
        """`3 min left`, or by how much it is overdue."""
        if at >= now:
            return self.words.gettext("%(duration)s left", duration=self.duration(at - now))
        return self.words.gettext("%(duration)s overdue", duration=self.duration(now - at))

    def filters(self) -> Mapping[str, Callable[..., str]]:
        """All of these by name."""
        return {name: getattr(self, name) for name in FILTERS}

    def _two(self, first: str, unit: str, rest: int) -> str:
        return f"{first} {self.words.gettext(unit, n=rest)}" if rest else first

    def _local(self, at: datetime | dt.date) -> dt.date:
        return at.astimezone(self.zone).date() if isinstance(at, datetime) else at
