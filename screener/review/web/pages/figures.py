"""Figures of days, months and years, and the parcels behind each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection

from screener.errors import BadInput
from screener.review.audit import Deed, record
from screener.review.cases import figures as case_figures
from screener.review.database import reading, writing
from screener.review.errors import Denied
from screener.review.ledger import crossed, figures
from screener.review.ledger.measures import Measure
from screener.review.ledger.points import Series
from screener.review.ledger.spans import Span
from screener.review.papers import sheet
from screener.review.rights import Verb
from screener.review.web import charts, desk, exported, labels, measured, monthly, spans, words
from screener.review.web.attachments import attachment
from screener.review.web.desk import Desk
from screener.review.web.formats import Formats
from screener.review.web.request import Asked, Page, page, visit_of
from screener.review.web.templating import formats

CARDS: Final = tuple(one for one in Measure if one is not Measure.OTHER)
CASES: Final = frozenset({Measure.CASES, Measure.LARGE_CASES})
CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF: Final = "application/pdf"
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Card:
    """A figure of the whole span, what it was a year before, and where its parcels are."""

    name: str
    unit: str
    shown: str
    interval: str
    before: str
    behind: str


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for what, in which language."""

    at: Desk
    span: Span
    language: str

    @property
    def formats(self) -> Formats:
        return formats(self.language, self.at.settings)

    @property
    def words(self) -> words.Words:
        return words.of(self.language)


@get("/figures", sync_to_thread=True)
def get_figures(request: Asked) -> Page:
    """The figures of a span against the year before."""
    ask = _asking(request)
    at, span = ask.at, ask.span
    with reading(at.engine) as connection:
        found = figures.series(connection, at.who, at.home, span, at.settings)
        hits = crossed.crossed(connection, at.who, at.home, span)
        choices = figures.choices(connection, at.who, at.home)
    _record(at, "figures", "figures", _said(span))
    today = _today(at)
    return page(
        request,
        "figures.html",
        span=span,
        last_day=spans.last_day(span),
        query=spans.query(span),
        by={by: spans.query(spans.by_another(span, by, today)) for by in ("day", "month", "year")},
        cards=_cards(found, ask),
        charts=charts.charts(found, ask.formats, ask.words),
        heat=charts.heat(hits, span, ask.formats),
        kinds=hits.kinds,
        choices=choices,
        ours=found.ours,
        month=_last_month(today),
        labels=labels,
        no_cases=span.of_some,
    )


@get("/figures/behind", sync_to_thread=True)
def get_behind(request: Asked) -> Page:
    """The parcels behind a figure, or the cases."""
    ask, measure = _asking(request), _measure(request)
    at, span = ask.at, ask.span
    given = request.query_params
    some = figures.Parcels((), None)
    filed: tuple[case_figures.CaseSum, ...] = ()
    with reading(at.engine) as connection:
        if measure in CASES:
            filed = () if span.of_some else _filed(connection, ask, measure)
        else:
            place = given.get("after") or None
            some = figures.behind(connection, at.who, at.home, measure, span, place, PAGE)
    _record(at, "figures_behind", f"figures:{measure}", _said(span))
    following = spans.query(span, measure=measure, after=some.next) if some.next else None
    return page(
        request,
        "figures_behind.html",
        span=span,
        last_day=spans.last_day(span),
        query=spans.query(span),
        name=measured.NAMES[measure],
        of_cases=measure in CASES,
        parcels=some.items,
        filed=filed,
        next=following,
        labels=labels,
    )


@get("/figures.csv", sync_to_thread=True)
def get_csv(request: Asked) -> Response[bytes]:
    """What the page shows, a row for each day, month or year."""
    ask, found, _ = _exported(request, "csv")
    header, rows = exported.of_series(found, ask.words)
    return _file(sheet.csv_bytes(header, rows), CSV, f"{_name(ask.span)}.csv")


@get("/figures.xlsx", sync_to_thread=True)
def get_xlsx(request: Asked) -> Response[bytes]:
    """The same with the hits of each hub and kind, and what was asked for."""
    ask, found, hits = _exported(request, "xlsx")
    _ = ask.words.gettext
    about = exported.about(ask.span, ask.words, ask.at.home, ask.at.who.name, ask.at.now)
    tables = {
        _("Figures"): exported.of_series(found, ask.words),
        _("Hubs and kinds"): exported.of_hits(hits, ask.words),
        _("About"): about,
    }
    return _file(sheet.workbook(tables), XLSX, f"{_name(ask.span)}.xlsx")


@get("/figures/report", sync_to_thread=True)
def get_report(request: Asked) -> Response[bytes]:
    """The report of a month as PDF; the same database gives the same bytes."""
    at, given = desk.of(request), request.query_params
    month = spans.month(given["month"]) if given.get("month") else spans.month(_last_month(_today(at)))
    language = given.get("language") or visit_of(request).language
    if language not in words.LANGUAGES:
        raise BadInput("filters", f"language: expected one of {', '.join(words.LANGUAGES)}")
    _check(at)
    with reading(at.engine) as connection:
        found = monthly.gathered(connection, at.who, at.settings, month)
    _record(at, "figures_report", "figures", {"month": f"{month.since:%Y-%m}", "language": language})
    made = monthly.printed(found, words.of(language), formats(language, at.settings))
    return _file(made, PDF, f"report-{month.since:%Y-%m}-{language}.pdf")


def _asking(request: Asked) -> Asking:
    at = desk.of(request)
    _check(at)
    return Asking(at, spans.of(request.query_params, _today(at)), visit_of(request).language)


def _check(at: Desk) -> None:
    if not at.who.anywhere(Verb.SEE):
        raise Denied("figures are for those who may see parcels")


def _exported(request: Asked, kind: str) -> tuple[Asking, Series, crossed.Crossed]:
    ask = _asking(request)
    at = ask.at
    with reading(at.engine) as connection:
        found = figures.series(connection, at.who, at.home, ask.span, at.settings)
        hits = crossed.crossed(connection, at.who, at.home, ask.span)
    _record(at, "figures_export", "figures", {"kind": kind, **_said(ask.span)})
    return ask, found, hits


def _record(at: Desk, what: str, target: str, details: Mapping[str, str]) -> None:
    """Before an answer goes out. Figures take long to compute, and writers wait for one another: they are
    read before."""
    with writing(at.engine) as connection:
        record(connection, Deed(at.now, at.who.name, what, target, details))


def _cards(found: Series, ask: Asking) -> list[Card]:
    return [_card(found, ask, one) for one in CARDS if measured.known(found.total, one)]


def _card(found: Series, ask: Asking, measure: Measure) -> Card:
    formats = ask.formats
    amount = measured.amount(found.total, measure)
    before = measured.amount(found.before, measure)
    return Card(
        name=ask.words.gettext(measured.NAMES[measure]),
        unit=ask.words.gettext(measured.unit(measure)),
        shown=measured.written(formats, measure, amount.value),
        interval=measured.interval(formats, measure, amount),
        before=measured.written(formats, measure, before.value),
        behind=charts.behind(measure, ask.span),
    )


def _filed(connection: Connection, ask: Asking, measure: Measure) -> tuple[case_figures.CaseSum, ...]:
    at, zone = ask.at, ZoneInfo(ask.at.settings.time_zone)
    since, until = (datetime.combine(day, time.min, zone) for day in (ask.span.since, ask.span.until))
    filed = case_figures.totals(connection, since, until, who=at.who, settings=at.settings).filed
    return tuple(one for one in filed if one.large or measure is Measure.CASES)


def _measure(request: Asked) -> Measure:
    given = request.query_params.get("measure", "")
    try:
        return Measure(given)
    except ValueError:
        raise BadInput("filters", f"measure: expected one of {', '.join(Measure)}") from None


def _today(at: Desk) -> date:
    return at.now.astimezone(ZoneInfo(at.settings.time_zone)).date()


def _last_month(today: date) -> str:
    """The month before this one: the last that is whole."""
    before = today.year * 12 + today.month - 2
    return f"{before // 12:04}-{before % 12 + 1:02}"


def _said(span: Span) -> Mapping[str, str]:
    """What the record keeps of what was asked for."""
    given = {name: getattr(span, name) for name in ("by", "since", "until", *spans.PLACES)}
    return {name: str(value) for name, value in given.items() if value is not None}


def _name(span: Span) -> str:
    return f"figures-{span.since}-{spans.last_day(span)}-{span.by}"


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    return Response(content, media_type=media_type, headers=attachment(name))


routes: Final[list[ControllerRouterHandler]] = [get_figures, get_behind, get_csv, get_xlsx, get_report]
