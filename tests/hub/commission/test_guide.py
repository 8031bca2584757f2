"""A scanner is commissioned without PyTorch: refused, cut, gone on with, put into service, and replaced."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from screener.cli.hub.commission.guide import NotReady
from screener.core import scanners
from screener.core.drift.reference import read as read_reference
from screener.errors import BadConfig
from screener.scoring.model import Model
from screener.scoring.own import Models
from tests.hub.commission.conftest import SPOILT, Hall

pytestmark = pytest.mark.slow

REASON = "<b>one file</b> was cut off"
KEPT = ("check.json", "reference.json", "adaptation.json", "measured.json", "threshold.json", "report.json")


@pytest.fixture
def torchless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, scans: Path) -> Hall:
    """A hall whose scanner was commissioned in one go."""
    hall = Hall.at(tmp_path_factory.mktemp("hall"), scans)
    hall.shell.ok(*hall.arguments("--despite", REASON, "--threshold-only", "--false-alarms", "0.1"))
    return hall


def test_a_folder_with_errors_is_refused_at_the_first_step(hall: Hall) -> None:
    refused = hall.shell.run(*hall.arguments())
    assert isinstance(refused.exception, NotReady)
    assert "image_corrupt" in str(refused.exception)
    assert not (hall.run_dir / "reference.json").exists()
    assert not hall.file.exists()


def test_what_is_written_is_what_score_serves_and_drift_compares_with(done: Hall) -> None:
    scanner = scanners.read(done.file)
    shared = Model.load(done.folder / "tiny.onnx")
    refused: list[BadConfig] = []
    models = Models(lambda: shared, done.file.parent, most=1, refused=refused.append)
    own = models.of("h1", "x1")
    assert scanner.model is not None
    assert scanner.model.threshold is not None
    assert own.threshold == scanner.model.threshold != shared.threshold
    assert models.of("h1", "x2").threshold == shared.threshold
    assert refused == []
    assert scanner.reference is not None
    content = scanners.verified(done.file, scanner.reference.file, scanner.reference.sha256)
    reference = read_reference(content, "reference")
    assert (reference.scans, reference.model) == (53, own.id)
    assert reference.failures == pytest.approx(1 / 53)


def test_the_report_holds_what_is_signed_and_escapes_what_it_was_told(done: Hall) -> None:
    scanner = scanners.read(done.file)
    assert scanner.report is not None
    assert scanner.model is not None
    report = (done.file.parent / scanner.report).read_bytes()
    text = report.decode()
    assert hashlib.sha256(report).hexdigest()[:8] in scanner.report
    assert "&lt;b&gt;one file&lt;/b&gt;" in text
    assert "<b>one file" not in text
    assert scanner.model.sha256 in text
    assert hashlib.sha256((done.scans / SPOILT).read_bytes()).hexdigest() in text
    assert text.count("signature</p>") == 2
    assert not re.search(r"(src|href)=\"(?!data:)", text)


def test_a_run_that_was_killed_goes_on_and_ends_as_one_that_was_not(hall: Hall, done: Hall) -> None:
    wanted = hall.arguments("--despite", REASON, "--threshold-only", "--false-alarms", "0.1")
    _killed_after(hall, wanted, "reference.json")
    first = {name: (hall.run_dir / name).read_bytes() for name in KEPT[:2]}
    hall.shell.ok(*wanted, "--until", "adaptation")
    assert not (hall.run_dir / "measured.json").exists()
    fitted = (hall.run_dir / "adaptation.json").read_bytes()
    # nothing that was answered is asked again
    hall.shell.ok("hub", "commission", "--run-dir", str(hall.run_dir), "--yes")
    assert {name: (hall.run_dir / name).read_bytes() for name in first} == first
    assert (hall.run_dir / "adaptation.json").read_bytes() == fitted
    whole, cut = scanners.read(done.file), scanners.read(hall.file)
    assert cut.model == whole.model
    assert cut.reference == whole.reference


def test_a_scanner_in_service_is_replaced_only_when_asked(done: Hall) -> None:
    before = done.file.read_bytes()
    report = scanners.read(done.file).report
    again = done.shell.ok("hub", "commission", "--run-dir", str(done.run_dir), "--yes")
    assert "in service" in again
    assert done.file.read_bytes() == before
    other = [*done.arguments("--false-alarms", "0.2"), "--run-dir", str(done.run_dir)]
    refused = done.shell.run(*other)
    assert isinstance(refused.exception, BadConfig)
    assert "--replace" in str(refused.exception)
    assert done.file.read_bytes() == before
    done.shell.ok(*other, "--replace")
    assert done.file.read_bytes() != before
    assert report is not None
    assert (done.file.parent / report).exists()


def test_whoever_sits_there_is_asked_and_may_sign_first(hall: Hall, torchless: None) -> None:
    typed = f"h1\nx1\n{hall.scans}\n5000\nthe file is known\n0.05\nn\n"
    result = hall.shell.run("hub", "commission", "--each", "1", "--threads", "1", typed=typed)
    assert result.exit_code == 0, (result.output, result.exception)
    assert "PyTorch is not installed here" in result.stderr
    assert "at 5,000 scans a day" in result.stdout
    assert "SHA-256" in result.stdout
    assert not hall.file.exists()
    hall.shell.ok("hub", "commission", "--run-dir", str(hall.run_dir), "--yes")
    assert hall.file.exists()


def _killed_after(hall: Hall, arguments: list[str], name: str) -> None:
    """The command in a process of its own, killed with all its children as soon as a step is on disk."""
    environment = {**os.environ, **hall.shell.env}
    process = subprocess.Popen(
        [sys.executable, "-m", "screener", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and not (hall.run_dir / name).exists():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not hall.file.exists()
