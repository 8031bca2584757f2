"""The result: a model file with weights, card, page and pictures, put in place only when it is whole."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from screener.lab import calibrate, card, export, weights
from screener.lab.adaptation import figures, shown
from screener.lab.adaptation.figures import Measured
from screener.lab.graph import Calibration, Line, Quantity, Screener
from screener.lab.net import Net

if TYPE_CHECKING:
    from screener.lab.adaptation.commission import Commission

WORST = 12
ENOUGH_LOADS = 20
"""Loads of a class that a calibration needs; with fewer the old one stays."""


def written(run: Commission, net: Net, before: Measured, after: Measured) -> Path:
    """Writes the adapted model in the run folder, then puts it in place: the card last."""
    settings, old = run.settings, card.read(run.settings.model)
    fitted = old_calibration(old) if settings.threshold_only else calibration(old, after)
    threshold = 0.5 + 0.5 * np.tanh((fitted.alarm.slope * after.threshold + fitted.alarm.shift) / 2)
    screener = Screener(net, fitted).eval()
    digest = export.digest(screener) + ("t" if settings.threshold_only else "")
    model_id = f"{str(old['model']).partition('+')[0]}+{digest}"
    staged = settings.run_dir / "result" / settings.out.name
    export.write(screener, staged, model_id)
    facts: card.Card = {
        **old,
        "model": model_id,
        "adapted_from": {"model": old["model"], "sha256": old["sha256"]},
        "sha256": card.sha256(staged),
        "weights_sha256": weights.write(net, staged),
        "threshold": float(threshold),
        "threshold_chosen": f"for {settings.false_alarms:.1%} false alarms on scans of this scanner."
        f" {figures.sureness(after)}",
        "calibration": asdict(fitted),
        "adaptation": _adaptation(run, before, after),
        "data": f"Adapted to one scanner: {_learnt_from(run)} Of the model it began from: {old['data']}",
        "figures": [_recall(run, before, after)],
    }
    card.path_of(staged).write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
    staged.with_suffix(".md").write_text(card.page(facts), "utf-8")
    _pictures(run, net, after)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    for part in (weights.path_of(staged), staged.with_suffix(".md"), staged, card.path_of(staged)):
        part.replace(settings.out.with_suffix(part.suffix))
    return settings.out


def old_calibration(old: card.Card) -> Calibration:
    """The calibration that a card states."""
    said = old["calibration"]
    first, second, third = (Line(**line) for line in said["classes"])
    return Calibration(
        alarm=Line(**said["alarm"]),
        classes=(first, second, third),
        sticks=Quantity(**said["sticks"]),
        tobacco_g=Quantity(**said["tobacco_g"]),
    )


def calibration(old: card.Card, after: Measured) -> Calibration:
    """Fitted on the held-out cases; what no load was laid over for stays as it was."""
    counted = after.kept | after.loaded
    cases = [case for case, one in zip(after.cases, counted, strict=True) if one]
    sticks = np.array([case.sticks for case in cases], float)
    loose = np.array([case.loose_g for case in cases], float)
    scores, grams = after.answers.scores[counted], after.answers.grams[counted]
    stated = old_calibration(old)
    fitted = replace(stated, alarm=calibrate.logistic(scores[:, 3], (sticks + loose) > 0))
    lines = list(stated.classes)
    amounts = [stated.sticks, stated.tobacco_g]
    for place, held in enumerate((sticks, loose)):
        if (held > 0).sum() >= ENOUGH_LOADS:
            lines[place] = calibrate.logistic(scores[:, place], held > 0)
            if grams[held > 0, place].sum() > 0:
                amounts[place] = calibrate.quantity(scores[:, place], grams[:, place], held)
    return replace(fitted, classes=(lines[0], lines[1], lines[2]), sticks=amounts[0], tobacco_g=amounts[1])


def _learnt_from(run: Commission) -> str:
    found = (
        f", and {len(run.scanner.found)} in which investigators found something" if run.scanner.found else ""
    )
    return f"{len(run.scanner.clean)} scans taken as clean, with simulated loads laid over them{found}."


def _adaptation(run: Commission, before: Measured, after: Measured) -> dict[str, Any]:
    settings = run.settings
    return {
        "scans": len(run.scanner.clean),
        "measured_by": "one half held out"
        if len(run.trials) == 1
        else f"{len(run.trials)}-fold cross-validation",
        "minutes": 0 if settings.threshold_only else settings.minutes,
        "seed": settings.seed,
        "false_alarms": settings.false_alarms,
        "to_look_at": figures.all_aside([after]),
        "unreadable": list(run.scanner.unreadable),
        "compared": figures.compared(before, after),
    }


def _recall(run: Commission, before: Measured, after: Measured) -> card.Card:
    notes = [
        f"Recall with its 95 % interval by source scan, at {run.settings.false_alarms:.1%} false alarms, each"
        " model at its own threshold for this scanner. Loads are simulated and laid over held-out scans by"
        " the engine that training uses: of real loads little more than the order of models follows.",
        figures.sureness(after),
    ]
    if aside := figures.all_aside([after]):
        notes.append(f"For a person to look at, since they lie far out: {', '.join(aside)}.")
    return {
        "set": f"held-out scans of this scanner with loads laid over, by {len(run.trials)} fold(s)",
        "command": "screener lab adapt",
        "n": len(run.cases),
        "notes": notes,
        "table": figures.table(before, after),
    }


def _pictures(run: Commission, net: Net, after: Measured) -> None:
    """Sheets of the worst misses and the worst false alarms, beside the model."""
    owners = [one for one in run.trials for _ in one.cases]
    every = list(zip(owners, after.cases, after.answers.alarms.tolist(), strict=True))
    misses = sorted((one for one in every if not one[1].clean), key=lambda one: one[2])[:WORST]
    alarms = sorted((one for one in every if one[1].clean), key=lambda one: -one[2])[:WORST]
    folder = run.settings.out.with_suffix(".pictures")
    shown.sheet(folder / "worst-misses.jpg", net, misses, after.threshold)
    shown.sheet(folder / "worst-false-alarms.jpg", net, alarms, after.threshold)
