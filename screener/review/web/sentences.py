"""Reasons and signals as sentences in the page's language, from their codes and figures.

The English text that a decision carries is what is shown where a code is not known here, or a figure that
its sentence needs is missing: a newer policy never leaves an investigator without its reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp
from typing import Final

from screener.contracts.wire import Decision, Figures, Reason, Signal
from screener.core.quantities import amount, share, weight
from screener.core.risk import LARGEST_LOG_ODDS, probability
from screener.review.web.words import msg

Tell = Callable[[str], str]
"""A text of ours in the page's language (gettext)."""


REASONS: Final[Mapping[str, str]] = {
    "tip": msg("Tip %(tip)s names the %(kind)s of the %(role)s."),
    "sticks_over_limit": msg(
        "About %(sticks_mid)s sticks (%(sticks_low)s to %(sticks_high)s); over the limit of"
        " %(limit_sticks)s with probability %(p_over_limit)s."
    ),
    "tobacco_over_limit": msg(
        "About %(tobacco_g_mid)s g of loose tobacco (%(tobacco_g_low)s to %(tobacco_g_high)s); over the limit"
        " of %(limit_tobacco_g)s g with probability %(p_over_limit)s."
    ),
    "e_cigarettes": msg(
        "E-cigarettes with probability %(p)s; over the limit of %(limit)s with probability %(p_over_limit)s."
    ),
    "load_within_limit": msg("The load seen is over the limit with probability %(p_over_limit)s only."),
    "sum_over_limit": msg(
        "%(loaded)s parcels of the same %(identity)s in %(window_days)s days add up to about"
        " %(sticks_mean)s sticks and %(tobacco_g_mean)s g of loose tobacco; over the limit with"
        " probability %(p_over_limit)s."
    ),
    "risk": msg("Load and metadata together: over the limit with probability %(p)s."),
    "random_inspection": msg("Nothing speaks against it: drawn at random for inspection (%(rate)s)."),
    "no_alarm": msg("No alarm: %(alarm)s is below the threshold %(threshold)s."),
    "licensed": msg("Licence %(licence)s covers the load."),
    "kept_on_hold": msg("Held since an earlier decision (%(was)s); only a person clears it."),
    "no_scan": msg("No scan came in time."),
    "image_unreadable": msg("%(scans)s scan(s) could not be read: %(causes)s."),
    "not_scored": msg("%(scans)s scan(s) could not be judged: %(causes)s."),
    "too_many_views": msg("More than %(views)s views came; those beyond were not judged."),
    "views_missing": msg("%(views)s of %(announced)s views came in time."),
    "sums_missing": msg("What the same people sent before was not answered in time."),
    "no_barcode": msg("The scan names no parcel: no barcode was read."),
    "no_manifest": msg("No manifest came in time."),
    "late": msg("It happened so long ago that an earlier decision is forgotten."),
}
"""Of every reason code its sentence, with the names of its figures."""

SIGNALS: Final[Mapping[str, str]] = {
    "alarm": msg("The alarm is %(alarm)s."),
    "over_limit": msg("The load seen is over the limit with probability %(p)s."),
    "weight_seen": msg("About %(seen)s of tobacco seen in a parcel declared with %(declared)s."),
    "unlike_declared": msg("Shows what is not declared with probability %(p)s."),
    "sums": msg("%(loaded)s of %(parcels)s parcels of the same %(identity)s show a load."),
    "consignor_new": msg("The consignor's parcel number %(parcels)s in the window."),
    "contents_new": msg("Parcel number %(parcels)s of the same people with such contents."),
    "like_contents": msg("One of %(parcels)s parcels of the same people with the same contents."),
    "like_from_new": msg("A new consignor for what the same people sent or got before."),
    "weight_for_contents": msg("The weight of a piece is %(deviations)s deviations from what is usual."),
    "value_for_weight": msg("The value of a kilogram is %(deviations)s deviations from what is usual."),
    "undeclared": msg("Contents are not declared."),
    "manifest_late": msg("The manifest came %(hours)s h after the scan."),
    "route": msg("A route where the odds are %(times)s times the average."),
}

WORDS: Final = (
    msg("name"),
    msg("phone"),
    msg("address"),
    msg("building"),
    msg("waybill"),
    msg("consignor"),
    msg("consignee"),
    msg("parcel"),
    msg("hold"),
    msg("unscanned"),
    msg("unreadable"),
    msg("unscored"),
    msg("incomplete"),
    msg("no_manifest"),
    msg("unidentified"),
    msg("late"),
)
"""Figures that are words of ours, and are translated as such."""


def of_reason(reason: Reason, _: Tell) -> str:
    """The reason in the page's language, or its own English text."""
    text = REASONS.get(reason.code)
    return reason.text if text is None else _filled(_(text), _written(reason.figures, _), reason.text)


def of_signal(signal: Signal, decision: Decision, _: Tell) -> str:
    """What a signal says in the page's language, or its own English text."""
    text, figures = SIGNALS.get(signal.name), _FIGURES.get(signal.name)
    if text is None or figures is None:
        return signal.text
    return _filled(_(text), _written(figures(signal, decision), _), signal.text)


def _filled(text: str, figures: Mapping[str, str], instead: str) -> str:
    try:
        return text % figures
    except KeyError:
        return instead


def _written(figures: Mapping[str, float | int | str | None], _: Tell) -> dict[str, str]:
    """Figures as they are written; those that are missing are left out."""
    return {name: _figure(name, value, _) for name, value in figures.items() if value is not None}


def _figure(name: str, value: float | int | str, _: Tell) -> str:
    if isinstance(value, str):
        return _(value) if value in WORDS else value
    if name in _SHARES:
        return _share(value, _)
    if name in _FINE:
        return f"{value:.2f}"
    return f"{value:,.0f}" if value == int(value) else amount(float(value))


def _share(p: float, _: Tell) -> str:
    """A probability; what is near to certain or impossible is said to be."""
    if p < 0.001:
        return _(msg("under %(p)s")) % {"p": "0.1%"}
    return _(msg("over %(p)s")) % {"p": "99%"} if p >= 0.995 else share(p)


_SHARES: Final = frozenset({"p", "p_over_limit", "rate"})
_FINE: Final = frozenset({"alarm", "threshold"})


def _alarm(_signal: Signal, decision: Decision) -> Figures:
    return {} if decision.load is None else {"alarm": decision.load.alarm}


def _weight_seen(signal: Signal, decision: Decision) -> Figures:
    declared = None if decision.facts is None else decision.facts.declared
    if declared is None or not declared.weight_g:
        return {}
    seen_g = declared.weight_g * (exp(signal.figure) - 1.0)
    return {"seen": weight(seen_g), "declared": weight(declared.weight_g)}


def _sums(_signal: Signal, decision: Decision) -> Figures:
    totals = () if decision.facts is None else decision.facts.totals
    if not totals:
        return {}
    most = max(totals, key=lambda one: 2 * one.loaded - one.parcels)
    return {"loaded": most.loaded, "parcels": most.parcels, "identity": str(most.identity)}


def _one_of(signal: Signal, _decision: Decision) -> Figures:
    return {"parcels": round(1.0 / signal.figure)} if signal.figure else {}


_FIGURES: Final[Mapping[str, Callable[[Signal, Decision], Figures]]] = {
    "alarm": _alarm,
    "over_limit": lambda one, _: {"p": probability(one.figure - LARGEST_LOG_ODDS)},
    "weight_seen": _weight_seen,
    "unlike_declared": lambda one, _: {"p": one.figure},
    "sums": _sums,
    "consignor_new": _one_of,
    "contents_new": _one_of,
    "like_contents": lambda one, _: {"parcels": round(exp(one.figure))},
    "like_from_new": lambda *_: {},
    "weight_for_contents": lambda one, _: {"deviations": one.figure},
    "value_for_weight": lambda one, _: {"deviations": one.figure},
    "undeclared": lambda *_: {},
    "manifest_late": lambda one, _: {"hours": exp(one.figure) - 1.0},
    "route": lambda one, _: {"times": exp(one.figure)},
}
"""What a signal's sentence says, from its figure and the facts it was taken from."""
