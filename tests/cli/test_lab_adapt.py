"""`screener lab adapt` on simulated scans of one maker, from weights that know nothing yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from screener.errors import BadConfig
from screener.scoring.model import Model
from tests.cli.shell import Shell
from tests.lab import ordinary

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with scans, a bank and a model that was never trained."""
    import torch

    from screener.lab import card, export, weights
    from screener.lab.graph import Calibration, Screener
    from screener.lab.net import Net

    folder = tmp_path_factory.mktemp("scanner")
    ordinary.scans(folder / "scans", ordinary.small_bank(folder / "bank"), 30)
    torch.manual_seed(1)
    net, model = Net(width=16).eval(), folder / "start.onnx"
    export.write(Screener(net, Calibration()), model, "tobacco-test")
    shipped = json.loads(Path("models/screener.json").read_text())
    facts = {
        "model": "tobacco-test",
        "sha256": card.sha256(model),
        "weights_sha256": weights.write(net, model),
    }
    card.path_of(model).write_text(json.dumps({**shipped, **facts}))
    return folder


def _arguments(folder: Path, out: Path, *more: str) -> list[str]:
    named = {"--scans": folder / "scans", "--model": folder / "start.onnx", "--bank": folder / "bank"}
    chosen = [text for name, value in named.items() for text in (name, str(value))]
    return [
        "lab",
        "adapt",
        "--out",
        str(out),
        *chosen,
        "--minutes",
        "0.05",
        "--each",
        "1",
        "--threads",
        "1",
        *more,
    ]


def test_a_cut_run_goes_on_and_ends_with_a_model_or_a_refusal(
    shell: Shell, scanner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from screener.lab.adaptation import commission, tune

    out = tmp_path / "own" / "home.onnx"
    whole = tune.tuned
    done: list[str] = []

    def cut_once(*given: object) -> object:
        done.append(str(given[-1]))
        if len(done) == 2:
            raise KeyboardInterrupt
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(tune, "tuned", cut_once)
    shell.run(*_arguments(scanner, out))
    assert not out.exists()
    first = out.with_suffix(".run") / "tuned-0.pt"
    kept = first.read_bytes()
    ended = shell.run(*_arguments(scanner, out))
    assert first.read_bytes() == kept
    if isinstance(ended.exception, commission.NotBetter):
        assert "mean recall" in str(ended.exception)
        assert not out.exists()
        return
    assert ended.exit_code == 0, ended.exception
    said = json.loads(out.with_suffix(".json").read_text())
    assert said["adapted_from"]["model"] == "tobacco-test"
    assert Model.load(out).id.startswith("tobacco-test+")
    assert {path.name for path in out.with_suffix(".pictures").iterdir()} == {
        "worst-misses.jpg",
        "worst-false-alarms.jpg",
    }


def test_what_measures_no_better_replaces_nothing(
    shell: Shell, scanner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from screener.lab.adaptation import commission, tune

    out = tmp_path / "home.onnx"
    out.write_bytes(b"in use")
    monkeypatch.setattr(tune, "tuned", lambda start, *_: start)
    refused = shell.run(*_arguments(scanner, out))
    assert isinstance(refused.exception, commission.NotBetter)
    assert "before" in str(refused.exception)
    assert out.read_bytes() == b"in use"
    assert not out.with_suffix(".json").exists()


def test_a_threshold_alone_keeps_the_weights(shell: Shell, scanner: Path, tmp_path: Path) -> None:
    out = tmp_path / "home.onnx"
    shell.ok(*_arguments(scanner, out, "--threshold-only", "--false-alarms", "0.1"))
    said = json.loads(out.with_suffix(".json").read_text())
    assert "With 30 scans no rate below 9.5%" in said["threshold_chosen"]
    assert said["weights_sha256"] == json.loads((scanner / "start.json").read_text())["weights_sha256"]
    assert Model.load(out).threshold == said["threshold"]
    other = shell.run(*_arguments(scanner, out, "--threshold-only", "--seed", "9"))
    assert isinstance(other.exception, BadConfig)
    assert "other settings" in str(other.exception)
