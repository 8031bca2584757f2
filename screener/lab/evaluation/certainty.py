"""Certainty: what a set of this size can show, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from screener.lab import measures
from screener.lab.evaluation.alarms import RATES, at_one_rate
from screener.lab.evaluation.groups import Scans
from screener.lab.evaluation.section import Evaluation, Row, Section


def certainty(done: Evaluation) -> Section:
    """How many scans and sources of each kind there are, and what they can show."""
    rows, notes = _sure(done)
    return Section("certainty", "How sure this set lets one be", len(done.scans), rows, notes)


def _sure(done: Evaluation) -> tuple[list[Row], list[str]]:
    scans = done.scans
    rows: list[Row] = [
        {"scans": name, "n": f"{len(some)}", "sources": f"{some.source_count}"}
        for name, some in (("clean", scans.clean), ("loaded", scans.plain), ("hidden", scans.hidden))
        if len(some)
    ]
    return rows, [*_clean_certainty(scans), *_recall_certainty(scans), *_left_out(done)]


def _clean_certainty(scans: Scans) -> Iterator[str]:
    count = scans.clean.source_count
    if not count:
        yield "There is no clean scan: false alarms, and recall at a rate of them, cannot be said."
        return
    provable = measures.provable_rate(count)
    yield (
        f"With clean scans of {count} sources a false alarm rate below {provable:.1%} cannot be shown,"
        " even where none alarms."
    )
    if beyond := [rate for rate in RATES if rate < provable]:
        said = " and ".join(f"{rate:.1%}" for rate in beyond)
        yield f"So the thresholds for {said} may in truth let more false alarms pass than stated."


def _recall_certainty(scans: Scans) -> Iterator[str]:
    if not (len(scans.clean) and len(scans.loaded)):
        return
    found = at_one_rate(scans, RATES[1]).values()
    reach = [(one.high - one.low) / 2 for one in found]
    counts = [one.count for one in found]
    yield (
        f"Recall by load (n = {_span(counts, '{:d}')}) is known to ± {_span(reach, '{:.2f}')}, the threshold"
        " taken as given."
    )


def _span(values: Sequence[float], form: str) -> str:
    low, high = form.format(min(values)), form.format(max(values))
    return low if low == high else f"{low} to {high}"


def _left_out(done: Evaluation) -> Iterator[str]:
    if done.unscored:
        named = "; ".join(f"{one.file}: {one.reason}" for one in done.unscored[:3])
        yield f"{len(done.unscored)} scans could not be scored and are not counted: {named}."
