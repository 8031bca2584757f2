"""The report of a month on paper: its figures against the month and the year before, cases, rewards, and how
all of it was counted. Nothing in it is of the moment: the same database gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from screener.config import ReviewSettings
from screener.review.cases import figures as case_figures
from screener.review.ledger import crossed, figures
from screener.review.ledger.measures import OURS_ALONE, Figures, Measure
from screener.review.ledger.points import Series
from screener.review.ledger.spans import Span
from screener.review.lists import led_to
from screener.review.lists.led_to import LedTo
from screener.review.lists.standing import Listed
from screener.review.papers.grid import Column
from screener.review.papers.pdf import Paper
from screener.review.papers.plots import Curve
from screener.review.rights import Reviewer
from screener.review.web import labels, measured
from screener.review.web.charts import label
from screener.review.web.formats import Formats
from screener.review.web.names import agency_name
from screener.review.web.words import Words, msg


@dataclass(frozen=True, slots=True)
class Month:
    """All that the report says. `year` has the twelve months that end with it.

    `tips` are those that named parcels which came in this month.
    """

    home: str
    zone: ZoneInfo
    span: Span
    series: Series
    last: Figures
    year: Series
    hits: crossed.Crossed
    cases: case_figures.Totals
    tips: tuple[tuple[Listed, LedTo], ...]

    @property
    def dated(self) -> datetime:
        """The end of the month, which the report is of."""
        return datetime.combine(self.span.until, time.min, self.zone)


def gathered(connection: Connection, who: Reviewer, settings: ReviewSettings, span: Span) -> Month:
    """What this person may know of a month."""
    home, zone = settings.agency, ZoneInfo(settings.time_zone)
    year = replace(span, since=_months_before(span.since, 11))
    since, until = (datetime.combine(day, time.min, zone) for day in (span.since, span.until))
    before = replace(span, since=_months_before(span.since, 1), until=span.since)
    return Month(
        home=home,
        zone=zone,
        span=span,
        series=figures.series(connection, who, home, span, settings),
        last=figures.series(connection, who, home, before, settings).total,
        year=figures.series(connection, who, home, year, settings),
        hits=crossed.crossed(connection, who, home, span),
        cases=case_figures.totals(connection, since, until, who=who, settings=settings),
        tips=tuple(_of_month(led_to.of_all(connection, who, home), since, until)),
    )


def printed(month: Month, words: Words, formats: Formats) -> bytes:
    """The report as PDF in this language."""
    return _Report(month, words, formats).printed()


def _of_month(
    found: Iterable[tuple[Listed, LedTo]], since: datetime, until: datetime
) -> Iterable[tuple[Listed, LedTo]]:
    for tip, led in found:
        inside = tuple(one for one in led.parcels if since <= one.at < until)
        if inside:
            yield tip, replace(led, parcels=inside)


def _months_before(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


TIED: Final = frozenset({Measure.RECALL, Measure.PREVALENCE})

HOW: Final = (
    msg(
        "A parcel counts in the month in which it arrived (days of the workstation's time zone), "
        "with its first decision; what is found in it later counts there, too, so a later copy of"
        " this report may say more."
    ),
    msg(
        "Held: any decision said to hold it. Opened: an inspection was recorded. Found: over the "
        "limit by the inspection that counts, corrections included. Hit rate: found, of those "
        "opened; its interval (Wilson, 95 %) is that of as many parcels chosen in the same way."
    ),
    msg(
        "Prevalence is the share of all parcels that are over the limit, recall the share of "
        "these that was held for cause. Nobody can count either: both are estimated from parcels "
        "that were drawn at random and opened. The true value lies within the interval in 95 of "
        "100 such months. Where too few were opened there is no estimate, only the interval, or a"
        " dash where that says nothing."
    ),
    msg(
        "Amounts are of parcels over the limit: cigarettes in units of 10,000 sticks by origin, "
        "as inspectors entered it, tobacco in tonnes, value in units of CNY 10,000. A case counts"
        " in the month in which it was filed; it is large from the criminal threshold on, by "
        "sticks or by value."
    ),
    msg("Parcels made up for training are in none of these figures."),
)


@dataclass(frozen=True, slots=True)
class _Report:
    month: Month
    words: Words
    formats: Formats

    def printed(self) -> bytes:
        _, month = self.words.gettext, self.month
        name = f"{month.span.since:%Y-%m}"
        agency = agency_name(self.words, month.home)
        about = [agency, _("parcels of all hubs that the reader may see")]
        if not month.series.ours:
            about.append(_("as known to another agency"))
        title = _("Parcel screening: report of %(month)s", month=name)
        paper = Paper(title, " · ".join(about), self.words.language, month.dated)
        self._figures(paper)
        self._charts(paper)
        self._hits(paper)
        self._cases(paper)
        self._tips(paper)
        paper.heading(_("How this was counted"))
        for text in HOW:
            paper.note(_(text))
        return paper.to_bytes()

    def _figures(self, paper: Paper) -> None:
        _, found = self.words.gettext, self.month.series
        paper.heading(_("The month"))
        columns = [Column(_("Figure")), Column(_("Unit"))]
        change = _("Difference")
        titles = (_("This month"), _("Month before"), change, _("A year before"), change)
        columns += [Column(one, right=True) for one in titles]
        shown = [one for one in Measure if found.ours or one not in OURS_ALONE]
        paper.table(columns, [self._line(one) for one in shown])

    def _line(self, measure: Measure) -> list[str]:
        month = self.month
        now, last, before = (
            measured.amount(one, measure) for one in (month.series.total, month.last, month.series.before)
        )
        return [
            self.words.gettext(measured.NAMES[measure]),
            self.words.gettext(measured.unit(measure)),
            self._told(measure, now),
            self._told(measure, last),
            self._change(measure, now, last),
            self._told(measure, before),
            self._change(measure, now, before),
        ]

    def _told(self, measure: Measure, one: measured.Amount) -> str:
        interval = measured.interval(self.formats, measure, one)
        value = measured.written(self.formats, measure, one.value)
        return f"{value} ({interval})" if interval else value

    def _change(self, measure: Measure, now: measured.Amount, then: measured.Amount) -> str:
        """In percent, of rates in points."""
        if now.value is None or then.value is None:
            return "–"
        if measure in measured.RATES:
            points = self.words.gettext("%(n)s points", n=f"{now.value - then.value:+.2f}")
            return points.replace("-", "−")
        return "–" if not then.value else f"{100 * (now.value / then.value - 1):+.1f} %".replace("-", "−")

    def _charts(self, paper: Paper) -> None:
        _, year = self.words.gettext, self.month.year
        names = [label(year.span, point.start) for point in year.points]
        paper.heading(_("The last twelve months"), of_figure=True)
        found = (
            self._curve(Measure.OPENED),
            self._curve(Measure.FOUND),
            self._pale(Measure.FOUND, named=True),
        )
        paper.figure_bars(_("Opened and found over the limit"), _("parcels"), names, found)
        rate = (self._curve(Measure.HIT_RATE), self._pale(Measure.HIT_RATE))
        paper.figure_line(_("Hit rate"), "%", names, rate)
        origins = (Measure.GENUINE, Measure.COUNTERFEIT, Measure.SMUGGLED, Measure.OTHER)
        curves = [self._curve(one) for one in origins]
        unit = _(measured.unit(Measure.STICKS))
        paper.figure_bars(_("Cigarettes found, by origin"), unit, names, curves, stacked=True)
        for measure in (Measure.RECALL, Measure.PREVALENCE) if year.ours else ():
            title = _(measured.NAMES[measure])
            paper.figure_line(title, "%", names, (self._curve(measure), self._pale(measure)))

    def _curve(self, measure: Measure) -> Curve:
        found = [measured.amount(one.now, measure) for one in self.month.year.points]
        ends = measure in TIED
        return Curve(
            self.words.gettext(measured.short(measure)),
            [one.value for one in found],
            low=[_end(one, one.low) for one in found] if ends else (),
            high=[_end(one, one.high) for one in found] if ends else (),
        )

    def _pale(self, measure: Measure, *, named: bool = False) -> Curve:
        """The year before; named where it could be that of another figure."""
        found = [measured.amount(one.before, measure) for one in self.month.year.points]
        name = self.words.gettext("a year before")
        if named:
            figure = self.words.gettext(measured.short(measure))
            name = self.words.gettext("%(figure)s, a year before", figure=figure)
        return Curve(name, [one.value for one in found], pale=True)

    def _hits(self, paper: Paper) -> None:
        _, hits = self.words.gettext, self.month.hits
        paper.heading(_("Hits by hub and kind"))
        if not hits.hubs:
            paper.text(_("Nothing was opened in this month."))
            return
        kinds = [_(labels.PRODUCTS.get(one, one)) for one in hits.kinds]
        columns = [Column(_("Hub")), *(Column(one, right=True) for one in (*kinds, _("In all")))]
        columns.append(Column(_("Hit rate"), right=True))
        paper.table(columns, [self._hub(hub) for hub in hits.hubs])
        paper.note(_("In each cell: found over the limit, of how many that were opened."))

    def _hub(self, hub: str) -> list[str]:
        hits = self.month.hits
        whole = hits.of_hub(hub)
        cells = [hits.at(hub, kind) for kind in hits.kinds]
        return [hub, *map(self._of, cells), self._of(whole), f"{100 * whole.found / whole.opened:.1f} %"]

    def _of(self, one: crossed.Hits) -> str:
        found, opened = (self.formats.number(n) for n in (one.found, one.opened))
        return f"{found} / {opened}" if one.opened else "–"

    def _cases(self, paper: Paper) -> None:
        _, cases = self.words.gettext, self.month.cases
        paper.heading(_("Cases"))
        counts = {"begun": cases.begun, "filed": len(cases.filed), "closed": cases.closed}
        more = {"large": cases.large, "serious": cases.serious}
        paper.text(
            _(
                "Begun: %(begun)s. Filed: %(filed)s, of them over the criminal threshold: "
                "%(large)s, especially serious: %(serious)s. Closed: %(closed)s.",
                **counts,
                **more,
            )
        )
        if cases.filed:
            titles = (_("Case"), _("Filed"), _("Closed"), _("Threshold"))
            right = (_("Cigarettes, sticks"), _("Value, CNY"))
            columns = [*map(Column, titles), *(Column(one, right=True) for one in right)]
            paper.table(columns, [self._case(one) for one in cases.filed])

    def _case(self, one: case_figures.CaseSum) -> list[str]:
        _ = self.words.gettext
        reached = _("especially serious") if one.serious else _("criminal") if one.large else "–"
        closed = self.formats.date(one.closed_at) if one.closed_at else "–"
        amounts = (self.formats.number(one.found.sticks), self.formats.number(one.found.value_cny, 2))
        return [one.number, self.formats.date(one.filed_at), closed, reached, *amounts]

    def _tips(self, paper: Paper) -> None:
        _, tips = self.words.gettext, self.month.tips
        paper.heading(_("Tips and rewards"))
        if not tips:
            paper.text(_("No tip named a parcel in this month."))
            return
        titles = (_("Reward reference"), _("Source"), _("Cases"))
        right = (_("Parcels"), _("Opened"), _("Found"), _("Cigarettes, sticks"), _("Value, CNY"))
        columns = [*map(Column, titles), *(Column(one, right=True) for one in right)]
        paper.table(columns, [self._tip(tip, led) for tip, led in tips])
        paper.note(_("What these tips led to in parcels of this month, as recorded last."))

    def _tip(self, tip: Listed, led: LedTo) -> list[str]:
        reference, source, *_ = led_to.lines(tip, led)[0][1:3]
        cases = "、".join(one.number for one in led.cases) or "–"
        counts: Sequence[float] = (len(led.parcels), led.opened, len(led.finds), led.sticks)
        amounts = [*map(self.formats.number, counts), self.formats.number(led.value_cny, 2)]
        return [str(reference) or "–", str(source), cases, *amounts]


def _end(one: measured.Amount, end: float | None) -> float | None:
    """An interval that says nothing is not drawn."""
    says = one.low is not None and one.high is not None and one.high - one.low < 100
    return end if says or one.value is not None else None
