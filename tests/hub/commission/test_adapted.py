"""A scanner gets a model of its own, or keeps the one it has where adaptation measures no better."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from screener.cli.hub.commission.fitted import NotBetter
from screener.core import scanners
from screener.lab import truth
from screener.scoring.model import Model
from tests.hub.commission.conftest import Hall

pytestmark = [pytest.mark.torch, pytest.mark.slow]
COUNT = 31


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory, scans: Path) -> Path:
    """The first scans alone: enough to adapt, too few for a reference of drift."""
    folder = tmp_path_factory.mktemp("few")
    lines = truth.read(scans)[:COUNT]
    for line in lines:
        shutil.copy(scans / line.file, folder / line.file)
    truth.write(folder, lines)
    return folder


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that was never trained."""
    import torch

    from screener.lab import card, export, weights
    from screener.lab.graph import Calibration, Screener
    from screener.lab.net import Net

    model = tmp_path_factory.mktemp("start") / "start.onnx"
    torch.manual_seed(1)
    net = Net(width=16).eval()
    export.write(Screener(net, Calibration()), model, "tobacco-test")
    facts = {
        "model": "tobacco-test",
        "sha256": card.sha256(model),
        "weights_sha256": weights.write(net, model),
    }
    shipped = json.loads(Path("models/screener.json").read_text())
    card.path_of(model).write_text(json.dumps({**shipped, **facts}))
    return model


def _arguments(hall: Hall, start: Path, scans: Path) -> list[str]:
    chosen = {"--model": str(start), "--bank": str(scans.parent / "bank"), "--minutes": "0.05"}
    return [*hall.arguments(), *(text for pair in chosen.items() for text in pair)]


def test_a_cut_adaptation_goes_on_and_ends_in_service_or_refused(
    tmp_path: Path, few: Path, start: Path, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from screener.lab.adaptation import tune

    hall, whole, done = Hall.at(tmp_path, few), tune.tuned, list[object]()

    def cut_once(*given: object) -> object:
        done.append(given)
        if len(done) == 2:
            raise KeyboardInterrupt
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(tune, "tuned", cut_once)
    hall.shell.run(*_arguments(hall, start, scans))
    (first,) = hall.run_dir.glob("adaptation-*/lab/tuned-0.pt")
    kept = first.read_bytes()
    ended = hall.shell.run(*_arguments(hall, start, scans))
    assert first.read_bytes() == kept
    if isinstance(ended.exception, NotBetter):
        assert not hall.file.exists()
        return
    assert ended.exit_code == 0, (ended.output, ended.exception)
    scanner = scanners.read(hall.file)
    assert scanner.model is not None
    assert scanner.reference is None
    assert Model.load(hall.file.parent / scanner.model.file).id.startswith("tobacco-test+")


def test_what_measures_no_better_is_refused_and_a_threshold_offered(
    tmp_path: Path, few: Path, start: Path, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from screener.lab.adaptation import tune

    hall = Hall.at(tmp_path, few)
    monkeypatch.setattr(tune, "tuned", lambda start, *_: start)
    wanted = _arguments(hall, start, scans)
    refused = hall.shell.run(*wanted)
    assert isinstance(refused.exception, NotBetter)
    assert not hall.file.exists()
    asked = [*(one for one in wanted if one != "--yes"), "--parcels-a-day", "100", "--false-alarms", "0.1"]
    result = hall.shell.run(*asked, typed="y\ny\n")
    assert result.exit_code == 0, (result.output, result.exception)
    scanner = scanners.read(hall.file)
    assert scanner.model is not None
    assert Model.load(hall.file.parent / scanner.model.file).id == "tobacco-test"
