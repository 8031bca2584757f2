"""Figures: what the scored scans of a set say of a model, section by section."""

from __future__ import annotations

from collections.abc import Iterator

from screener.lab.card import Card
from screener.lab.evaluation.alarms import false_alarms, recalls, thresholds
from screener.lab.evaluation.amounts import limit, sticks, tobacco
from screener.lab.evaluation.calibration import calibration
from screener.lab.evaluation.certainty import certainty
from screener.lab.evaluation.section import Evaluation, Section


def sections(done: Evaluation) -> list[Section]:
    """Every table that the set has scans for."""
    return [section for section in _all(done) if section.rows]


def _all(done: Evaluation) -> Iterator[Section]:
    scans = done.scans
    yield certainty(done)
    if len(scans.clean):
        yield false_alarms(done)
    if len(scans.clean) and len(scans.loaded):
        yield thresholds(done)
        yield from recalls(done)
    if len(scans.loaded):
        yield sticks(scans)
        yield tobacco(scans)
        yield limit(scans)
    yield calibration(scans)


def for_card(done: Evaluation) -> list[Card]:
    """The compact tables as figures of the model's card; `of` tells which set they belong to."""
    return [
        {
            "of": done.name,
            "set": f"{done.name}: {one.title[0].lower()}{one.title[1:]}",
            "command": done.command,
            "n": one.count,
            "notes": list(one.notes),
            "table": [dict(row) for row in one.rows],
        }
        for one in sections(done)
        if one.compact
    ]
