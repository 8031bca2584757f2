"""A model for one scanner: adapted to it, or the one there is with a threshold of its own; and measured."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec import Struct

from screener.cli import terminal
from screener.cli.hub.commission import measured
from screener.cli.hub.commission.asked import USUAL_RATE, Asked
from screener.cli.hub.commission.measured import Kept
from screener.cli.lab.needs import needs_torch
from screener.errors import ScreenerError
from screener.lab.adaptation import figures, scans, trial
from screener.lab.adaptation.scans import Known
from screener.lab.adaptation.trial import Trial
from screener.lab.measures import Numbers
from screener.scoring.card import card_path, read_verified
from screener.scoring.model import Model
from screener.scoring.placing import copy, sha256_of


class NotBetter(ScreenerError):
    """A model measures worse than the one that it would replace."""


class Fitted(Struct, frozen=True, kw_only=True):
    """A model's file below the run folder, what it began from, and what was measured of it."""

    model: str
    id: str
    sha256: str
    began: str
    began_sha256: str
    adapted: bool
    learnt: str
    kept: Kept


@dataclass(frozen=True)
class Bench:
    """Where a model is made: a folder below the run's, and the model in service, if the scanner has one."""

    run_dir: Path
    folder: Path
    standing: Path | None

    def within(self, path: Path) -> str:
        """A path as it is kept: the run folder may be called otherwise tomorrow."""
        return path.relative_to(self.run_dir).as_posix()


def has_torch() -> bool:
    """Whether models can be adapted here."""
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def fitted(asked: Asked, bench: Bench) -> Fitted:
    """The model that was asked for. Raises `NotBetter`; what was done until a cut is found again."""
    return _with_threshold(asked, bench) if asked.threshold_only else _adapted(asked, bench)


# --- the one there is, with a threshold of its own ------------------------------------------------


def _with_threshold(asked: Asked, bench: Bench) -> Fitted:
    scanner = scans.read(asked.folder, asked.pitch_mm, _path(asked.outcomes))
    display = trial.display_of(scanner.clean, asked.folder)
    tried = trial.made(bench.folder / "trial", scanner.clean, display, asked.each, asked.threads)
    trial.check_loaded([tried], asked.folder)
    sure = frozenset(scan.name for scan in scanner.clean if scan.known is Known.NOTHING)
    start = Path(asked.model)
    logits = _logits(start, tried, asked.threads)
    _check_standing(bench, tried, logits, sure, asked.threads)
    model = bench.folder / "model" / f"{asked.name}.onnx"
    copy(start, model)
    card = read_verified(model)[1]
    kept = Kept(
        cases=tried.cases,
        pictures=tuple(bench.within(tried.folder / case.file) for case in tried.cases),
        logits=tuple(logits.tolist()),
        sure=sure,
        table=(),
        how="on all scans: the model learnt from none of them",
    )
    return Fitted(
        model=bench.within(model),
        id=card.model,
        sha256=card.sha256,
        began=card.model,
        began_sha256=card.sha256,
        adapted=False,
        learnt="from nothing of this scanner: it has a threshold of its own",
        kept=kept,
    )


def _logits(path: Path, tried: Trial, threads: int) -> Numbers:
    model = Model.load(path, threads)
    with terminal.progress() as bar:
        cases = bar.track(tried.cases, description=f"measuring {model.id}")
        return np.array([measured.logit(model.score([tried.picture(case)])[0].alarm) for case in cases])


def _check_standing(bench: Bench, tried: Trial, logits: Numbers, sure: frozenset[str], threads: int) -> None:
    if bench.standing is None:
        return
    own = measured.measured(tried.cases, logits, sure, USUAL_RATE)
    theirs = _logits(bench.standing, tried, threads)
    standing = measured.measured(tried.cases, theirs, sure, USUAL_RATE)
    if standing.better_than(own):
        raise NotBetter(
            f"{bench.standing} stays in service, since it measures better on these scans:"
            f" {figures.compared(standing, own)} ('before' is the one in service)"
        )


# --- an adapted one -------------------------------------------------------------------------------


def _adapted(asked: Asked, bench: Bench) -> Fitted:
    with needs_torch():
        from screener.lab.adaptation import commission
        from screener.lab.adaptation.settings import AdaptSettings
    model = bench.folder / "model" / f"{asked.name}.onnx"
    if bench.standing is not None and not model.exists():
        copy(bench.standing, model)  # it is measured against what it would replace
    settings = AdaptSettings(
        scans=asked.folder,
        out=model,
        model=Path(asked.model),
        run_dir=bench.folder / "lab",
        pitch_mm=asked.pitch_mm,
        outcomes=_path(asked.outcomes),
        bank=_path(asked.bank),
        false_alarms=USUAL_RATE,
        minutes=asked.minutes,
        seed=asked.seed,
        each=asked.each,
        threads=asked.threads,
    )
    try:
        done = commission.adapted(settings)
    except commission.NotBetter as error:
        raise NotBetter(str(error)) from error
    card = json.loads(card_path(model).read_text("utf-8"))
    line = card["calibration"]["alarm"]
    files = [one.folder / case.file for one in done.trials for case in one.cases]
    kept = Kept(
        cases=done.after.cases,
        pictures=tuple(map(bench.within, files)),
        logits=tuple((line["slope"] * done.after.answers.alarms + line["shift"]).tolist()),
        sure=done.after.sure,
        table=measured.table(done.before, done.after),
        how=f"by {card['adaptation']['measured_by']}: no scan was measured by a net that learnt from it",
    )
    return Fitted(
        model=bench.within(model),
        id=card["model"],
        sha256=card["sha256"],
        began=card["adapted_from"]["model"],
        began_sha256=card["adapted_from"]["sha256"],
        adapted=True,
        learnt=f"for {asked.minutes:g} minutes from {card['adaptation']['scans']} scans of this scanner",
        kept=kept,
    )


# --- files ----------------------------------------------------------------------------------------


def check_start(path: Path) -> str:
    """The SHA-256 of the model to begin from, which fits its card. Raises `BadConfig`."""
    read_verified(path)
    return sha256_of(path)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
