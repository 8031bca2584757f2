"""The guided run: seven steps, each kept when it is done, so that it leads back to where it was left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from screener import __version__
from screener.cli import terminal
from screener.cli.hub.commission import asked as asking
from screener.cli.hub.commission import checked as checking
from screener.cli.hub.commission import figured, fitted, page, pictures, rates, seen, service, strips, told
from screener.cli.hub.commission.asked import USUAL_RATE, Asked
from screener.cli.hub.commission.checked import Checked
from screener.cli.hub.commission.figured import Figures
from screener.cli.hub.commission.fitted import Bench, Fitted, NotBetter
from screener.cli.hub.commission.inventory import File, inventory
from screener.cli.hub.commission.journal import Journal, Left
from screener.cli.hub.commission.journal import digest as digest_of
from screener.cli.hub.commission.rates import Chosen
from screener.cli.hub.commission.seen import Seen
from screener.cli.hub.commission.service import Package, Placed
from screener.config import Config
from screener.core.drift.reference import LEAST
from screener.errors import BadConfig, ScreenerError
from screener.lab.adaptation import scans
from screener.lab.adaptation.scans import FEWEST, Scan
from screener.lab.truth import NAME as TRUTH
from screener.scoring.card import read_verified
from screener.scoring.model import Model
from screener.scoring.placing import sha256_of, write


class NotReady(ScreenerError):
    """The scanner's pictures have errors, and nobody gave a reason to go on all the same."""


class Reported(Struct, frozen=True, kw_only=True):
    """The report and the drift's reference, below the run folder, with their SHA-256."""

    report: str
    sha256: str
    reference: str | None
    reference_sha256: str | None


class Guide:
    """Leads through the steps; with `yes` it asks nothing and takes what was asked, or the usual."""

    def __init__(
        self, asked: Asked, config: Config, run_dir: Path, *, until: str, yes: bool, replace: bool
    ) -> None:
        self.asked = asked
        self._config = config
        self._run_dir = run_dir
        self._yes = yes
        self._replace = replace
        self._journal = Journal(run_dir, until, told.step)

    def go(self) -> None:
        """All steps that are due. Raises `NotReady`, `NotBetter`, `BadConfig`."""
        asking.keep(self._run_dir, self.asked)
        placed = self._journal.found("service", Placed)
        service.check_free(self._source, placed, replace=self._replace)
        fitted.check_start(Path(self.asked.model))
        try:
            self._lead()
        except Left as step:
            terminal.note(f"stopped after {step}; the same command goes on")

    def _lead(self) -> None:
        checked = self._check()
        looks = self._reference()
        model = self._adaptation()
        figures = self._measured(model)
        chosen = self._threshold(model)
        reported = self._report(checked, looks, model, figures, chosen)
        self._journal.check_due()
        if self._agreed("Put it into service now? (no: sign first, then run this again)"):
            self._service(model, chosen, reported)

    # --- 1 and 2: what the scans are like

    def _check(self) -> Checked:
        asked = self.asked
        facts = {
            "scanner": asked.name,
            "files": self._files,
            "pitch_mm": asked.pitch_mm,
            "truth": self._sha256_of(TRUTH),
        }
        limits = self._config.score.images
        checked = self._journal.step(
            "check",
            facts,
            Checked,
            lambda: checking.checked(self._files, self._scans, asked.hub, asked.scanner, limits),
        )
        told.findings(checked)
        if checked.readable < FEWEST:
            raise BadConfig(
                f"{asked.scans}: expected at least {FEWEST} readable scans of one scanner, got"
                f" {checked.readable} of {len(checked.files)} files; 100 to 500 are better"
            )
        if checked.wrong and not asked.despite:
            self._ask_despite(checked)
        return checked

    def _ask_despite(self, checked: Checked) -> None:
        reason = "" if self._yes else click.prompt("Why go on all the same? (nothing: stop)", "", err=True)
        if not reason:
            codes = ", ".join(dict.fromkeys(one.code for one in checked.wrong))
            raise NotReady(
                f"{self.asked.scans}: {codes}: mend what is wrong and run this again, or go on with"
                " --despite REASON, which will stand in the report"
            )
        self._asked_anew(despite=reason)

    def _reference(self) -> Seen:
        asked, limits = self.asked, self._config.score.images
        looks = self._journal.step(
            "reference", [], Seen, lambda: seen.seen(self._scans, asked.hub, asked.scanner, limits)
        )
        views = sorted({look.view for look in looks.looks.values()})
        said = f"{len(looks.looks)} scans, view(s) {', '.join(map(str, views))}"
        if len(looks.looks) < LEAST:
            said += f"; a reference needs {LEAST}: the first 300 in service will be it"
        terminal.note(f"  {said}")
        return looks

    # --- 3 and 4: the model

    def _adaptation(self) -> Fitted:
        if not self.asked.threshold_only and not fitted.has_torch():
            terminal.note("  PyTorch is not installed here: a threshold only, no adaptation")
            self.asked = replace(self.asked, threshold_only=True)
        try:
            return self._model()
        except NotBetter as error:
            if self.asked.threshold_only or self._yes:
                raise
            terminal.note(str(error))
            if not self._agreed("Keep the model it began from, with a threshold for this scanner?"):
                raise
        self._asked_anew(threshold_only=True)
        return self._model()

    def _model(self) -> Fitted:
        asked = self.asked
        tuning = () if asked.threshold_only else ("minutes", "bank", "seed")
        facts = {
            **{name: getattr(asked, name) for name in ("threshold_only", "each", *tuning)},
            "model": sha256_of(Path(asked.model)),
            "outcomes": None if asked.outcomes is None else sha256_of(Path(asked.outcomes)),
        }
        place = digest_of([facts, self._files, asked.pitch_mm])[:8]
        bench = Bench(
            self._run_dir, self._run_dir / f"adaptation-{place}", service.standing_model(self._source)
        )
        model = self._journal.step("adaptation", facts, Fitted, lambda: fitted.fitted(asked, bench))
        terminal.note(f"  {model.id}: learnt {model.learnt}")
        return model

    def _measured(self, model: Fitted) -> Figures:
        figures = self._journal.step("measured", [], Figures, lambda: figured.figured(model.kept))
        told.figures(figures)
        return figures

    # --- 5: the threshold

    def _threshold(self, model: Fitted) -> Chosen:
        scans_a_day = self.asked.parcels_a_day * self.asked.views
        self._journal.check_due()
        told.rates(rates.rows(model.kept, scans_a_day), scans_a_day)
        if self.asked.false_alarms is None and not self._yes:
            kind = click.FloatRange(0, 0.5)
            self._asked_anew(false_alarms=click.prompt("False alarm rate", USUAL_RATE, type=kind, err=True))
        rate = self.asked.rate
        chosen = self._journal.step(
            "threshold", [rate, scans_a_day], Chosen, lambda: rates.chosen(model.kept, rate, scans_a_day)
        )
        click.echo(f"threshold {page.alarm(chosen.row.threshold)} for {page.rate(rate)}: {chosen.sureness}")
        return chosen

    # --- 6 and 7: report and service

    def _report(
        self, checked: Checked, looks: Seen, model: Fitted, figures: Figures, chosen: Chosen
    ) -> Reported:
        def made() -> Reported:
            reference = seen.reference(looks, model.kept.clean, model.id)
            running = Model.load(self._run_dir / model.model)
            misses, alarms = pictures.worst(model.kept, chosen.row.threshold, running, self._run_dir)
            facts = page.Facts(
                at=datetime.now(UTC),
                version=__version__,
                asked=self.asked,
                checked=checked,
                reference=reference,
                fitted=model,
                figures=figures,
                chosen=chosen,
                strips=strips.strips(model.kept, chosen.row.threshold),
                misses=tuple(misses),
                alarms=tuple(alarms),
            )
            return self._written(page.html(facts), None if reference is None else reference.encode())

        reported = self._journal.step("report", [self.asked.despite, __version__], Reported, made)
        click.echo(f"report {self._run_dir / reported.report}\nSHA-256 {reported.sha256}")
        return reported

    def _written(self, report: str, reference: bytes | None) -> Reported:
        path = self._run_dir / f"{self.asked.name}.html"
        write(path, report.encode())
        looks = None if reference is None else path.with_suffix(".looks.json")
        if looks is not None and reference is not None:
            write(looks, reference)
        return Reported(
            report=path.name,
            sha256=sha256_of(path),
            reference=None if looks is None else looks.name,
            reference_sha256=None if looks is None else sha256_of(looks),
        )

    def _service(self, model: Fitted, chosen: Chosen, reported: Reported) -> None:
        models = Path(self.asked.models)
        package = Package(
            hub=self.asked.hub,
            scanner=self.asked.scanner,
            model=self._run_dir / model.model,
            model_sha256=model.sha256,
            threshold=chosen.row.threshold,
            report=self._run_dir / reported.report,
            report_sha256=reported.sha256,
            reference=None if reported.reference is None else self._run_dir / reported.reference,
            reference_sha256=reported.reference_sha256,
        )
        placed = self._journal.found("service", Placed)
        if placed is not None and not service.stands(self._source, placed):
            self._journal.forget("service")
        pitch_mm = read_verified(Path(self._config.score.model))[1].pitch_mm
        placed = self._journal.step(
            "service",
            [str(self._source), str(models)],
            Placed,
            lambda: self._placed(package, models, pitch_mm),
        )
        click.echo(f"in service: {placed.file} (model {placed.model})")

    def _placed(self, package: Package, models: Path, pitch_mm: float) -> Placed:
        service.check_free(self._source, None, replace=self._replace)
        return service.into_service(package, self._source.parent, models, pitch_mm)

    # --- what all share

    @property
    def _source(self) -> Path:
        return service.file_of(Path(self._config.scanners), self.asked.hub, self.asked.scanner)

    @cached_property
    def _scans(self) -> Sequence[Scan]:
        outcomes = None if self.asked.outcomes is None else Path(self.asked.outcomes)
        return scans.listed(self.asked.folder, self.asked.pitch_mm, outcomes)

    @cached_property
    def _files(self) -> tuple[File, ...]:
        return inventory(self.asked.folder, [scan.path for scan in self._scans])

    def _sha256_of(self, name: str) -> str | None:
        path = self.asked.folder / name
        return sha256_of(path) if path.exists() else None

    def _agreed(self, question: str) -> bool:
        return self._yes or click.confirm(question, default=True, err=True)

    def _asked_anew(self, **answers: object) -> None:
        self.asked = replace(self.asked, **answers)
        asking.keep(self._run_dir, self.asked)
