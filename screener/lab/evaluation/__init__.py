"""Evaluation: what a model finds of scans that it has never seen, and how sure they let one be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from screener.lab import card
from screener.lab.evaluation import report, worst
from screener.lab.evaluation.cases import Case, FileCase, Pitches, SimulatedCase, folder_cases, simulated
from screener.lab.evaluation.figures import for_card, sections
from screener.lab.evaluation.groups import Scans
from screener.lab.evaluation.scoring import Result, Scored, Unscored, only_scored, score
from screener.lab.evaluation.section import Evaluation, Section
from screener.scoring.card import read_verified

SCORES, PAGE, FIGURES = "scores.jsonl", "report.html", "figures.json"

Watch = Callable[[Iterable[Result]], Iterable[Result]]
"""Passes results on as they come, to show how far the work is."""


def evaluate(
    model: Path,
    cases: Sequence[Case],
    name: str,
    command: str,
    *,
    workers: int = 1,
    kept: Path | None = None,
    watch: Watch = iter,
) -> Evaluation:
    """Scores the cases with a model; `name` is what the set is called, `command` what measures it again.

    Scores are kept in the file `kept`, from which a run that was cut goes on. Raises `BadConfig` where the
    model is not in order or no scan could be scored.
    """
    said = read_verified(model)[1]
    results = list(watch(score(cases, model, workers, kept)))
    return Evaluation(
        name=name,
        model=said.model,
        command=command,
        threshold=said.threshold,
        scans=Scans(tuple(only_scored(results))),
        unscored=tuple(one for one in results if isinstance(one, Unscored)),
    )


def write_report(folder: Path, done: Evaluation, cases: Sequence[Case], model: Path) -> Path:
    """Writes the page with pictures of the worst scans, and the tables as JSON; returns the page's path."""
    by_key = {case.key: case for case in cases}
    missed = worst.shown(worst.misses(done.scans, done.threshold), by_key, model)
    wrong = worst.shown(worst.false_alarms(done.scans, done.threshold), by_key, model)
    (folder / FIGURES).write_bytes(msgspec.json.format(msgspec.json.encode(sections(done))))
    (folder / PAGE).write_text(report.page(done, missed, wrong), "utf-8")
    return folder / PAGE


def record(model: Path, done: Evaluation) -> None:
    """Writes the compact tables into the model's card, in place of earlier ones of the same set."""
    said = card.read(model)
    others = [figures for figures in said["figures"] if figures.get("of", done.name) != done.name]
    card.write(model, {**said, "figures": [*others, *for_card(done)]})


__all__ = [
    "Case",
    "Evaluation",
    "FileCase",
    "Pitches",
    "Scans",
    "Scored",
    "Section",
    "SimulatedCase",
    "evaluate",
    "folder_cases",
    "record",
    "score",
    "sections",
    "simulated",
    "write_report",
]
