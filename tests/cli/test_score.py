from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from screener.errors import BadConfig
from screener.lab.simulator import simulate_parcel
from screener.scoring.offline import DEFAULT_PITCH_MM
from tests.cli.shell import Shell

MODEL = ("--model", "models/screener.onnx")
ESTIMATE = {"low", "mid", "high"}


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder with a scan, one deeper, a torn one, and a file that is no scan."""
    folder = tmp_path / "scans"
    (folder / "belt-2").mkdir(parents=True)
    for seed, place in ((1, folder), (2, folder / "belt-2")):
        data, kind = simulate_parcel(seed, "5 cartons").scans[0].encode()
        (place / f"{seed}.{kind.removeprefix('image/')}").write_bytes(data)
    (folder / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    (folder / "notes.txt").write_text("no scan")
    return folder


def test_each_scan_is_one_object_with_exactly_these_names(shell: Shell, scans: Path) -> None:
    told = shell.objects("score", str(scans), "--jsonl", "--pitch-mm", "1", *MODEL)
    judged = [one for one in told if "error" not in one]
    assert [set(one) for one in told if "error" in one] == [{"path", "error"}]
    assert len(judged) == 2
    for one in judged:
        assert list(one) == ["path", "alarm", "p", "sticks", "tobacco_g", "flag", "model"]
        assert set(one["p"]) == {"cigarettes", "loose_tobacco", "e_cigarettes"}
        assert set(one["sticks"]) == set(one["tobacco_g"]) == ESTIMATE
        assert 0 <= one["alarm"] <= 1
        assert isinstance(one["flag"], bool)
        assert Path(one["path"]).exists()


def test_the_table_names_every_scan_and_why_one_has_no_figures(shell: Shell, scans: Path) -> None:
    said = shell.ok("score", str(scans), *MODEL)
    assert "torn.png" in said
    assert "image_" in said
    assert "belt-2" in said
    assert "notes.txt" not in said


def test_pictures_are_written_for_what_was_judged_and_keep_their_folders(
    shell: Shell, scans: Path, tmp_path: Path
) -> None:
    maps = tmp_path / "maps"
    shell.ok("score", str(scans), "--maps", str(maps), *MODEL)
    written = sorted(path for path in maps.rglob("*") if path.is_file())
    assert len(written) == 2
    assert {path.parent for path in written} == {maps, maps / "belt-2"}
    picture = cv2.imread(str(written[0]))
    assert picture is not None
    assert np.ptp(picture) > 0


def test_pictures_never_go_among_the_scans(shell: Shell, scans: Path) -> None:
    result = shell.run("score", str(scans), "--maps", str(scans / "maps"), *MODEL)
    assert result.exit_code == 2
    assert not (scans / "maps").exists()


def test_it_fails_only_if_no_file_could_be_read(shell: Shell, scans: Path, tmp_path: Path) -> None:
    missing, torn = str(tmp_path / "missing.png"), str(scans / "torn.png")
    assert shell.run("score", missing, torn, *MODEL).exit_code == 1
    assert shell.run("score", missing, "--jsonl", *MODEL).exit_code == 1
    assert shell.run("score", str(tmp_path / "scans" / "belt-2"), missing, *MODEL).exit_code == 0


def test_a_folder_without_scans_is_a_failure_that_says_so(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = shell.run("score", str(tmp_path / "empty"), *MODEL)
    assert result.exit_code == 1
    assert "no JPEG, PNG or TIFF" in result.stderr


def test_a_model_that_is_missing_ends_it(shell: Shell, scans: Path) -> None:
    assert isinstance(shell.run("score", str(scans)).exception, BadConfig)


def test_the_default_pitch_is_documented(shell: Shell) -> None:
    assert f"Default: {DEFAULT_PITCH_MM}." in " ".join(shell.ok("score", "--help").split())


def test_results_are_whole_on_stdout_while_a_terminal_shows_the_bar(shell: Shell, scans: Path) -> None:
    terminal, ours = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "screener", "score", "--jsonl", *MODEL, str(scans)],
            stdout=subprocess.PIPE,
            stderr=ours,
            env={**os.environ, **shell.env},
            check=True,
        )
    finally:
        os.close(ours)
        os.close(terminal)
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 3
