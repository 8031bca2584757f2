"""Commissioning: from a scanner's ordinary scans to a model with a threshold of its own, or a refusal."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch
from rich.progress import track

from screener.errors import BadConfig, ScreenerError
from screener.lab import card, measures, train, weights
from screener.lab.adaptation import figures, folds, norms, result, scans, trial, tune
from screener.lab.adaptation.answered import Answers
from screener.lab.adaptation.answers import answers
from screener.lab.adaptation.figures import Measured
from screener.lab.adaptation.folds import Fold
from screener.lab.adaptation.scans import Known, Scanner
from screener.lab.adaptation.settings import AdaptSettings
from screener.lab.adaptation.trial import Trial
from screener.lab.adaptation.tune import Lesson
from screener.lab.insertion import Display
from screener.lab.net import Net
from screener.scoring.card import read_verified

FOLD_SHARE = 0.2
"""Of the time for each fold of a cross-validation; what is left is for the net that is kept."""


class NotBetter(ScreenerError):
    """The adapted model does not measure better than the one it would replace: nothing was written."""


@dataclass(frozen=True)
class Commission:
    """All that the steps of a run share."""

    settings: AdaptSettings
    scanner: Scanner
    display: Display
    divisions: tuple[Fold, ...]
    trials: tuple[Trial, ...]

    @property
    def cases(self) -> tuple[trial.Case, ...]:
        """Of all folds, one after the other."""
        return tuple(case for one in self.trials for case in one.cases)

    def lesson(self, clean: Sequence[scans.Scan]) -> Lesson:
        """What a net may learn from that sees these scans."""
        return Lesson(self.settings, self.display, tuple(clean), self.scanner.found)

    def measured(self, nets: Sequence[Net], name: str) -> Measured:
        """What the nets, one a fold, say of the held-out cases; kept on disk under the name."""
        parts = [self._answers(net, one, name) for net, one in zip(nets, self.trials, strict=True)]
        sure = frozenset(scan.name for scan in self.scanner.clean if scan.known is Known.NOTHING)
        return Measured(self.cases, Answers.joined(parts), sure, self.settings.false_alarms)

    def _answers(self, net: Net, one: Trial, name: str) -> Answers:
        kept = one.folder / f"{name}.npz"
        if not kept.exists():
            answers(net, one.pictures(f"measuring, {name}")).save(kept)
        return Answers.load(kept)


@dataclass(frozen=True)
class Adapted:
    """An adapted model that was written, its trials, and what was measured on them."""

    path: Path
    trials: tuple[Trial, ...]
    before: Measured
    after: Measured


def adapt(settings: AdaptSettings) -> Path:
    """Adapts the model to one scanner and returns `settings.out`, as `adapted` does."""
    return adapted(settings).path


def adapted(settings: AdaptSettings) -> Adapted:
    """Adapts the model to one scanner and writes `settings.out`; resumes in its run folder after a cut.

    Raises `NotBetter`, with nothing written, where the adapted model measures no better on held-out scans.
    """
    train.keep_memory()
    torch.set_num_threads(settings.threads)
    read_verified(settings.model)
    shipped = weights.read(settings.model)
    run = begun(settings)
    before = run.measured([shipped] * len(run.trials), "before")
    if settings.threshold_only:
        check_standing(run, before)
        return Adapted(result.written(run, shipped, before, before), run.trials, before, before)
    start = started(run, shipped)
    nets = fold_nets(run, start)
    after = run.measured(nets, "after")
    if not after.better_than(before):
        raise NotBetter(
            f"not adapted, since it measures no better on {len(run.cases)} held-out cases:"
            f" {figures.compared(before, after)}; nothing was written. `--threshold-only` sets a threshold"
            " for this scanner; more ordinary scans or more minutes may help"
        )
    check_standing(run, after)
    written = result.written(run, final_net(run, start, nets), before, after)
    return Adapted(written, run.trials, before, after)


def check_standing(run: Commission, candidate: Measured) -> None:
    """Raises `NotBetter` where the model that would be replaced measures better.

    It may have learnt from the scans that are held out now, which speaks for it: then the doubt is its.
    """
    out = run.settings.out
    if not weights.path_of(out).exists():
        return
    name = f"standing-{card.sha256(weights.path_of(out))[:8]}"
    standing = run.measured([weights.read(out)] * len(run.trials), name)
    if standing.better_than(candidate):
        raise NotBetter(
            f"{out} is not replaced, since it measures better on {len(run.cases)} held-out cases:"
            f" {figures.compared(standing, candidate)}; to have the new one all the same, name another file"
        )


def begun(settings: AdaptSettings) -> Commission:
    """Reads the scans, divides them and makes the trials."""
    scanner = scans.read(settings.scans, settings.pitch_mm, settings.outcomes)
    _claim(settings, scanner)
    display = trial.display_of(scanner.clean, settings.scans)
    divisions = tuple(folds.folds(scanner.clean))
    trials = tuple(
        trial.made(
            settings.run_dir / f"trial-{fold.number}", fold.held_out, display, settings.each, settings.threads
        )
        for fold in divisions
    )
    trial.check_loaded(trials, settings.scans)
    return Commission(settings, scanner, display, divisions, trials)


def _claim(settings: AdaptSettings, scanner: Scanner) -> None:
    """Keeps what a run depends on in its folder, or checks that it is the same run."""
    facts = {
        **{name: str(value) for name, value in asdict(settings).items() if name != "threads"},
        "model_sha256": hashlib.sha256(settings.model.read_bytes()).hexdigest(),
        "scans": [[scan.name, scan.path.stat().st_size, scan.known] for scan in scanner.clean],
        "found": [scan.name for scan in scanner.found],
    }
    wanted, said = msgspec.json.encode(facts), settings.run_dir / "run.json"
    if said.exists() and said.read_bytes() != wanted:
        raise BadConfig(
            f"{settings.run_dir}: holds a run with other settings or scans; name another folder with"
            " --run-dir, or delete it"
        )
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    said.write_bytes(wanted)


def started(run: Commission, shipped: Net) -> Net:
    """The net to start from: with this scanner's batch-norm statistics, if that serves it on learnt scans.

    The held-out scans have no say: the choice is by the area under the curve of the learnt ones' own trial.
    """
    if len(run.trials) > 1:
        return shipped  # every fold would need a choice of its own; few scans do not bear one
    fold, settings = run.divisions[0], run.settings
    own = trial.made(
        settings.run_dir / "trial-start", fold.learnt[::3], run.display, settings.each // 2, settings.threads
    )
    pictures = (scan.picture(scan.pixels()) for scan in track(fold.learnt[:50], "batch-norm statistics"))
    restated = norms.restated(shipped, pictures)
    areas = [_area(own, net, name) for name, net in (("shipped", shipped), ("restated", restated))]
    return restated if areas[1] > areas[0] else shipped


def _area(own: Trial, net: Net, name: str) -> float:
    alarms = answers(net, own.pictures(f"start, {name}")).alarms
    clean = np.array([case.clean for case in own.cases])
    return measures.area(alarms[clean], alarms[~clean]) if (~clean).any() else 0.0


def fold_nets(run: Commission, start: Net) -> list[Net]:
    """A net for each fold, that learnt from the others alone."""
    if run.settings.bank is None:
        train.bank_of(run.settings.training)
    share = 1.0 if len(run.divisions) == 1 else FOLD_SHARE
    return [
        tune.tuned(
            start,
            run.lesson(fold.learnt),
            share * run.settings.minutes,
            run.settings.run_dir / f"tuned-{fold.number}.pt",
            f"fine-tuning {place} of {len(run.divisions) + (len(run.divisions) > 1)}",
        )
        for place, fold in enumerate(run.divisions, 1)
    ]


def final_net(run: Commission, start: Net, nets: Sequence[Net]) -> Net:
    """The net that is kept: the one that was measured; of a cross-validation one that learns from all."""
    if len(nets) == 1:
        return nets[0]
    minutes = (1 - FOLD_SHARE * len(nets)) * run.settings.minutes
    path, lesson = run.settings.run_dir / "tuned-all.pt", run.lesson(run.scanner.clean)
    name = f"fine-tuning {len(nets) + 1} of {len(nets) + 1}"
    return tune.tuned(start, lesson, minutes, path, name)
