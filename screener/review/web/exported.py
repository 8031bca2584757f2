"""Figures as tables for spreadsheet programs: values as they are, their intervals, the year before."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from screener.review.ledger.crossed import Crossed
from screener.review.ledger.measures import Figures, Measure
from screener.review.ledger.points import Series
from screener.review.ledger.spans import Span
from screener.review.papers.sheet import Value
from screener.review.web import labels, measured, spans
from screener.review.web.charts import label
from screener.review.web.words import Words, msg

Table = tuple[list[str], list[list[Value]]]
ENDS: Final = (msg("lower end"), msg("upper end"))
PLACES: Final = {"hub": msg("Hub"), "courier": msg("Courier"), "kind": msg("Kind"), "agency": msg("Agency")}
DIGITS: Final = 6
"""Of rates and amounts: more were not measured."""


def of_series(found: Series, words: Words) -> Table:
    """A row for each point, one for all; an empty cell is what nobody can say or the person may not know."""
    _ = words.gettext
    header = [_("Period")]
    for measure in Measure:
        header += [
            _("%(figure)s, a year before", figure=one) if before else one
            for before in (False, True)
            for one in _titles(measure, words)
        ]
    rows = [[label(found.span, point.start), *_values(point.now, point.before)] for point in found.points]
    return header, [*rows, [_("In all"), *_values(found.total, found.before)]]


def of_hits(hits: Crossed, words: Words) -> Table:
    """A row for each hub and kind where anything was opened."""
    _ = words.gettext
    header = [_("Hub"), _("Kind"), _("Opened"), _("Found over the limit"), f"{_('Hit rate')} (%)"]
    return header, [
        [
            hub,
            _(labels.PRODUCTS.get(kind, kind)),
            one.opened,
            one.found,
            round(100 * one.found / one.opened, DIGITS),
        ]
        for (hub, kind), one in sorted(hits.hits.items())
    ]


def about(span: Span, words: Words, home: str, by: str, at: datetime) -> Table:
    """What was asked for, by whom and when."""
    _ = words.gettext
    places = [[_(shown), getattr(span, name) or _("all")] for name, shown in PLACES.items()]
    return [_("Particulars"), ""], [
        [_("Workstation of"), home],
        [_("First day"), span.since],
        [_("Last day"), spans.last_day(span)],
        *places,
        [_("Exported by"), by],
        [_("Exported at"), at],
        [_("Intervals"), "95 %"],
    ]


def _titles(measure: Measure, words: Words) -> list[str]:
    _ = words.gettext
    name = f"{_(measured.NAMES[measure])} ({_(measured.unit(measure))})"
    if measure not in measured.RATES:
        return [name]
    return [name, *(_("%(figure)s, %(end)s", figure=name, end=_(end)) for end in ENDS)]


def _values(now: Figures, before: Figures) -> list[Value]:
    found: list[Value] = []
    for measure in Measure:
        for one in (measured.amount(now, measure), measured.amount(before, measure)):
            ends = (one.low, one.high) if measure in measured.RATES else ()
            found += [
                value if value is None or isinstance(value, int) else round(value, DIGITS)
                for value in (one.value, *ends)
            ]
    return found
