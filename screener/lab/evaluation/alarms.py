"""Alarms: thresholds, recall and false alarms of a set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from screener.lab import measures
from screener.lab.evaluation.groups import OwnThresholds, Scans, by_scanner, grouped_all, own_thresholds
from screener.lab.evaluation.section import Evaluation, Row, Section, counted
from screener.lab.measures import Numbers, Share

RATES = (0.005, 0.01, 0.05)
ROUNDS = 200
"""Of the bootstrap where a round takes long."""


def false_alarms(done: Evaluation) -> Section:
    """Clean scans by scanner: how many alarm at the shipped threshold, and at one of their own."""
    own = own_thresholds(done.scans, RATES[1])
    parts = by_scanner(done.scans.clean)
    everything = {"all": done.scans.clean} if len(parts) > 1 else {}
    rows = [_alarming(name, some, done.threshold, own) for name, some in {**parts, **everything}.items()]
    return Section(
        "false alarms",
        "False alarms on clean scans",
        len(done.scans.clean),
        rows,
        [
            f"At the shipped threshold of {done.threshold:.4f}; at a threshold of the scanner's own, set for"
            f" {RATES[1]:.1%} on one half of its clean sources and measured on the other, each half in turn;"
            " and quantiles of the alarm. Halves are blocks of the sorted names, since neighbours are often"
            " one bag again. Provable is the lowest rate that so many clean sources can show."
        ],
        compact=True,
    )


def _alarming(name: str, clean: Scans, shipped: float, own: OwnThresholds) -> Row:
    measured = own.measured(clean)
    return {
        "scanner": name or "unnamed",
        "n": counted(clean),
        "at the shipped threshold": f"{clean.share(clean.alarms >= shipped)}",
        "at its own": f"{measured.share(own.hits(measured))}" if len(measured) else "",
        "provable": f"{measures.provable_rate(clean.source_count):.1%}",
        "50 / 90 / 99 %": " / ".join(f"{value:.2f}" for value in np.quantile(clean.alarms, [0.5, 0.9, 0.99])),
    }


def thresholds(done: Evaluation) -> Section:
    """Thresholds read off the curve of all clean scans, how sure they are, and what they find."""
    clean, loaded = done.scans.clean, done.scans.loaded
    rows = [_threshold_row(rate, clean, loaded) for rate in RATES]
    whole = area(done.scans)
    return Section(
        "thresholds",
        "One threshold for all scanners",
        len(done.scans),
        rows,
        [
            f"Area under the curve, all loads: {whole.point:.3f} [{whole.low:.3f}, {whole.high:.3f}].",
            "Intervals by source; the last column is the recall at the ends of the threshold's own.",
        ],
    )


def _threshold_row(rate: float, clean: Scans, loaded: Scans) -> Row:
    cut = measures.bootstrap(
        lambda index: measures.threshold(clean.alarms[index], rate), clean.groups, rounds=ROUNDS
    )
    ends = sorted(measures.recall(loaded.alarms, end) for end in (cut.low, cut.high))
    return {
        "false alarm rate": f"{rate:.1%}",
        "threshold": f"{cut.point:.4f} [{cut.low:.4f}, {cut.high:.4f}]",
        "recall, all loads": f"{loaded.share(loaded.alarms >= cut.point)}",
        "with the threshold unsure": f"{ends[0]:.2f} to {ends[1]:.2f}",
    }


def area(scans: Scans) -> measures.Interval:
    """Area under the curve of all loads, with its interval over sources."""
    alarms, held = scans.alarms, scans.held

    def figure(index: measures.Indices) -> float:
        clean, loaded = alarms[index][~held[index]], alarms[index][held[index]]
        return measures.area(clean, loaded) if len(clean) and len(loaded) else float("nan")

    return measures.bootstrap(figure, scans.groups, rounds=ROUNDS)


def recalls(done: Evaluation) -> Iterator[Section]:
    """Recall by load, amount, concealment and scanner, with one threshold and with the scanners' own."""
    clean = done.scans.clean.alarms
    cuts = {rate: measures.threshold(clean, rate) for rate in RATES}
    own = {rate: own_thresholds(done.scans, rate) for rate in RATES}
    for way, groups in grouped_all(done.scans).items():
        rows = [
            {way: name or "unnamed", **_recall_row(some, clean, cuts, done.threshold)}
            for name, some in groups.items()
        ]
        yield Section(
            f"recall by {way}",
            f"Recall by {way}, one threshold for all",
            sum(len(some) for some in groups.values()),
            rows,
            [_RECALL_NOTES[way], f"Thresholds are read off the curve of {len(clean)} clean scans."],
            compact=True,
        )
        yield Section(
            f"own recall by {way}",
            f"Recall by {way}, a threshold for each scanner",
            sum(len(some) for some in groups.values()),
            [row for name, some in groups.items() if (row := _own_row(way, name, some, own))],
            ["Thresholds are set on one half of a scanner's clean sources; the other half is measured."],
            compact=way == "load" and len(done.scans.scanners) > 1,
        )


_RECALL_NOTES = {
    "load": "Recall with its 95 % interval by source, of loads that are not hidden.",
    "amount": "Recall of cigarettes that are not hidden, by sticks.",
    "concealment": "Recall of all loads by the way they are hidden.",
    "scanner": "Recall of loads that are not hidden, all kinds together.",
}


def _recall_row(some: Scans, clean: Numbers, cuts: Mapping[float, float], shipped: float) -> Row:
    return {
        "n": counted(some),
        **{f"at {rate:.1%}": f"{some.share(some.alarms >= cut)}" for rate, cut in cuts.items()},
        "at the shipped threshold": f"{some.share(some.alarms >= shipped)}",
        "area": f"{measures.area(clean, some.alarms):.2f}",
    }


def _own_row(way: str, name: str, some: Scans, own: Mapping[float, OwnThresholds]) -> Row:
    """Empty where no scanner has clean scans in both halves."""
    measured = {rate: thresholds.measured(some) for rate, thresholds in own.items()}
    if not all(len(one) for one in measured.values()):
        return {}
    return {
        way: name or "unnamed",
        "n": counted(measured[RATES[0]]),
        **{f"at {rate:.1%}": f"{one.share(own[rate].hits(one))}" for rate, one in measured.items()},
    }


def at_one_rate(scans: Scans, rate: float) -> dict[str, Share]:
    """Recall of each load that is not hidden, with one threshold."""
    cut = measures.threshold(scans.clean.alarms, rate)
    groups = grouped_all(scans).get("load", {})
    return {name: some.share(some.alarms >= cut) for name, some in groups.items()}
