from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from screener.cli.lab.needs import needs_torch
from screener.errors import BadConfig
from screener.lab import truth
from screener.lab.simulator.concealment import WAYS
from tests.cli.shell import Shell
from tests.lab.test_evaluation import write_scans

MODEL = "models/screener.onnx"


def test_simulated_scans_come_with_the_truth_and_can_be_scored(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    shell.ok("lab", "simulate", str(folder), "--count", "2", "--load", "5 cartons", "--seed", "7")
    lines = truth.read(folder)
    assert {(one.load, one.form, one.sticks, one.tobacco_g) for one in lines} == {
        ("5 cartons", "carton", 1000, 0.0)
    }
    assert {one.source for one in lines} == {"parcel-7", "parcel-8"}
    scored = shell.objects("score", str(folder), "--jsonl", "--model", MODEL)
    assert {Path(one["path"]).name for one in scored} == {one.file for one in lines}
    assert not any("error" in one for one in scored)


def test_the_same_seed_gives_the_same_bytes(shell: Shell, tmp_path: Path) -> None:
    for name in ("a", "b"):
        shell.ok("lab", "simulate", str(tmp_path / name), "--count", "1", "--seed", "3")
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / n).iterdir()} for n in ("a", "b"))
    assert first == second


def test_hidden_loads_of_the_test_stock_say_so(shell: Shell, tmp_path: Path) -> None:
    folder = str(tmp_path)
    shell.ok(
        "lab",
        "simulate",
        folder,
        "--count",
        "1",
        "--load",
        "1 carton",
        "--stock",
        "test",
        "--conceal",
        WAYS[1],
    )
    assert {one.concealment for one in truth.read(tmp_path)} == {WAYS[1]}


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


def test_evaluation_reports_on_a_folder_and_leaves_the_card_alone(shell: Shell, tmp_path: Path) -> None:
    before = Path(MODEL).with_suffix(".json").read_bytes()
    folder, out = tmp_path / "scans", tmp_path / "out"
    write_scans(folder)
    measure = ("lab", "evaluate", MODEL, "--scans", str(folder), "--report", str(out), "--workers", "1")
    said = shell.ok(*measure)
    assert "3 cartons" in said
    assert "How sure this set lets one be (n = 20)" in said
    assert "data:image/jpeg" in (out / "report.html").read_text("utf-8")
    assert {one["key"] for one in json.loads((out / "figures.json").read_bytes())} >= {"sticks", "limit"}
    scores = (out / "scores.jsonl").read_bytes()
    assert len(scores.splitlines()) == 20
    assert shell.ok(*measure) == said
    assert (out / "scores.jsonl").read_bytes() == scores
    assert Path(MODEL).with_suffix(".json").read_bytes() == before


def test_evaluation_on_simulated_parcels_that_no_training_has_seen(shell: Shell) -> None:
    said = shell.ok("lab", "evaluate", MODEL, "--simulated", "20", "--workers", "1")
    assert "8 cartons" in said
    assert "(n = 20)" in said


def test_two_sets_are_measured_one_after_the_other(shell: Shell, tmp_path: Path) -> None:
    refused = shell.run("lab", "evaluate", MODEL, "--simulated", "20", "--scans", str(tmp_path))
    assert refused.exit_code == 2
    assert "one after the other" in refused.stderr


@pytest.mark.parametrize("wrong", ["scanner-a", "=0.9", "scanner-a=", "scanner-a=wide"])
def test_a_pitch_needs_a_name_and_a_number(shell: Shell, wrong: str) -> None:
    result = shell.run("lab", "evaluate", MODEL, "--pitch", wrong)
    assert result.exit_code == 2
    assert "NAME=MM" in result.stderr
