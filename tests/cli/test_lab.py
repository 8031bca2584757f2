from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from screener.cli.lab.needs import needs_torch
from screener.errors import BadConfig
from tests.cli.shell import Shell

MODEL = "models/screener.onnx"


def test_simulated_scans_come_with_the_truth_and_can_be_scored(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    shell.ok("lab", "simulate", str(folder), "--count", "2", "--load", "5 cartons", "--seed", "7")
    truth = Shell.parsed((folder / "truth.jsonl").read_text())
    assert {one["load"] for one in truth} == {"5 cartons"}
    assert all((one["sticks"], one["tobacco_g"]) == (1000, 0) for one in truth)
    scored = shell.objects("score", str(folder), "--jsonl", "--model", MODEL)
    assert {Path(one["path"]).name for one in scored} == {one["file"] for one in truth}
    assert not any("error" in one for one in scored)


def test_the_same_seed_gives_the_same_bytes(shell: Shell, tmp_path: Path) -> None:
    for name in ("a", "b"):
        shell.ok("lab", "simulate", str(tmp_path / name), "--count", "1", "--seed", "3")
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / n).iterdir()} for n in ("a", "b"))
    assert first == second


def test_a_load_that_is_none_says_what_there_is(shell: Shell, tmp_path: Path) -> None:
    refused = shell.run("lab", "simulate", str(tmp_path / "x"), "--load", "contraband")
    assert isinstance(refused.exception, BadConfig)
    assert "5 cartons" in str(refused.exception)


def test_without_pytorch_it_says_what_to_install() -> None:
    with pytest.raises(BadConfig, match=r"screener\[lab\]"), needs_torch():
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    with pytest.raises(ModuleNotFoundError), needs_torch():
        raise ModuleNotFoundError("No module named 'screener.lab.x'", name="screener.lab.x")


def test_the_whole_command_says_so_in_one_line(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    done = subprocess.run(
        [sys.executable, "-m", "screener", "lab", "train", "--run-dir", str(tmp_path / "run")],
        env={**os.environ, **shell.env, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 78
    assert done.stderr.startswith("screener: the lab needs torch")
    assert done.stderr.count("\n") == 1


def test_evaluation_prints_tables_and_leaves_the_card_alone(shell: Shell) -> None:
    card = Path(MODEL).with_suffix(".json").read_bytes()
    said = shell.ok("lab", "evaluate", MODEL, "--clean", "20", "--each", "1")
    assert "200 loose sticks" in said
    assert "n = 28" in said
    assert Path(MODEL).with_suffix(".json").read_bytes() == card
    assert json.loads(card)["model"]


@pytest.mark.parametrize("wrong", ["scanner-a", "=0.9", "scanner-a=", "scanner-a=wide"])
def test_a_pitch_needs_a_name_and_a_number(shell: Shell, wrong: str) -> None:
    result = shell.run("lab", "evaluate", MODEL, "--pitch", wrong)
    assert result.exit_code == 2
    assert "NAME=MM" in result.stderr
