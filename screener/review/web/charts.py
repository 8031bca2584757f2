"""Which charts the page of figures has; each is its table, drawn by `figures.js`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from urllib.parse import quote

from screener.review.ledger.crossed import Crossed
from screener.review.ledger.measures import OURS_ALONE, Figures, Measure
from screener.review.ledger.points import Series
from screener.review.ledger.spans import Span
from screener.review.web import measured, spans
from screener.review.web.formats import Formats
from screener.review.web.words import Words, msg

Shape = Literal["line", "bar", "stack", "pale"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart before there are values: what it compares, and with what of the year before."""

    name: str
    title: str
    shape: Shape
    measures: tuple[Measure, ...]
    before: tuple[Measure, ...]


CHARTS: Final = (
    Drawn(
        "found",
        msg("Opened and found over the limit"),
        "bar",
        (Measure.OPENED, Measure.FOUND),
        (Measure.FOUND,),
    ),
    Drawn("hit_rate", msg("Hit rate"), "line", (Measure.HIT_RATE,), (Measure.HIT_RATE,)),
    Drawn(
        "sticks",
        msg("Cigarettes found, by origin"),
        "stack",
        (Measure.GENUINE, Measure.COUNTERFEIT, Measure.SMUGGLED, Measure.OTHER),
        (Measure.STICKS,),
    ),
    Drawn("value", msg("Value of what was found"), "bar", (Measure.VALUE,), (Measure.VALUE,)),
    Drawn("recall", msg("Recall, estimated"), "line", (Measure.RECALL,), (Measure.RECALL,)),
    Drawn("prevalence", msg("Prevalence, estimated"), "line", (Measure.PREVALENCE,), (Measure.PREVALENCE,)),
    Drawn(
        "tobacco",
        msg("Leaf and cut tobacco"),
        "bar",
        (Measure.LEAF, Measure.CUT),
        (Measure.LEAF, Measure.CUT),
    ),
    Drawn("e_cigarettes", msg("E-cigarettes"), "bar", (Measure.E_CIGARETTES,), (Measure.E_CIGARETTES,)),
    Drawn("screened", msg("Screened and held"), "bar", (Measure.SCREENED, Measure.HELD), (Measure.SCREENED,)),
    Drawn("cases", msg("Cases filed"), "bar", (Measure.CASES, Measure.LARGE_CASES), (Measure.CASES,)),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is drawn and as it is written, and where the parcels behind it are."""

    amount: measured.Amount
    shown: str
    interval: str
    behind: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A column of a chart's table."""

    name: str
    shape: Shape
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its table: a row for each label."""

    name: str
    title: str
    unit: str
    labels: tuple[str, ...]
    curves: tuple[Curve, ...]


def charts(found: Series, formats: Formats, words: Words) -> tuple[Chart, ...]:
    """Those of which there is anything to show."""
    seen = [one for one in CHARTS if _told(found, one)]
    labels = tuple(label(found.span, point.start) for point in found.points)
    return tuple(
        Chart(
            one.name,
            words.gettext(one.title),
            words.gettext(measured.unit(one.measures[0])),
            labels,
            tuple(_curves(one, found, formats, words)),
        )
        for one in seen
    )


def label(span: Span, start: date) -> str:
    """`2026`, `2026-11` or `2026-11-23`."""
    return str(start)[: {"year": 4, "month": 7, "day": 10}[span.by]]


def heat(found: Crossed, span: Span, formats: Formats) -> list[tuple[str, list[Cell]]]:
    """A row for each hub, a cell for each kind: how many were found there."""
    return [(hub, [_hits(found, span, formats, hub, kind) for kind in found.kinds]) for hub in found.hubs]


def behind(measure: Measure, span: Span) -> str:
    """Where the parcels behind a figure are listed."""
    return f"/figures/behind?measure={quote(measure)}&{spans.query(span)}"


def _told(found: Series, one: Drawn) -> bool:
    if not found.ours and OURS_ALONE.intersection(one.measures):
        return False
    return any(point.now.value(measure) is not None for point in found.points for measure in one.measures)


def _curves(one: Drawn, found: Series, formats: Formats, words: Words) -> Iterator[Curve]:
    for measure in one.measures:
        yield _curve(words.gettext(measured.short(measure)), one.shape, measure, found, formats)
    for measure in one.before:
        name = words.gettext("a year before")
        if one.measures != (measure,):
            name = words.gettext("%(figure)s, a year before", figure=words.gettext(measured.short(measure)))
        yield _curve(name, "pale", measure, found, formats)


def _curve(name: str, shape: Shape, measure: Measure, found: Series, formats: Formats) -> Curve:
    before = shape == "pale"
    points = (point.before if before else point.now for point in found.points)
    asked = (part.year_before if before else part for part in spans.parts(found.span))
    pairs = zip(points, asked, strict=True)
    return Curve(name, shape, tuple(_cell(some, measure, part, formats) for some, part in pairs))


def _cell(some: Figures, measure: Measure, asked: Span, formats: Formats) -> Cell:
    amount = measured.amount(some, measure)
    shown, interval = (one(formats, measure, amount) for one in (measured.shown, measured.interval))
    return Cell(amount, shown, interval, behind(measure, asked))


def _hits(found: Crossed, span: Span, formats: Formats, hub: str, kind: str) -> Cell:
    hits = found.at(hub, kind)
    asked = spans.narrowed(span, hub, kind)
    return Cell(measured.Amount(hits.found), formats.number(hits.found), "", behind(Measure.FOUND, asked))
