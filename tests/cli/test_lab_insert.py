from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from screener.errors import BadConfig
from screener.lab import truth
from tests.cli.shell import Shell

LOADS = "5 packs,0.25 kg cut tobacco"


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans of two scanners: a grey one that writes JPEG, and one of low/high pairs."""
    folder = tmp_path_factory.mktemp("scans")
    (folder / "grey").mkdir()
    (folder / "pairs").mkdir()
    rng = np.random.default_rng(0)
    for number in range(2):
        passed = np.ones((260, 340))
        passed[20:240, 20:320] = 0.7 - 0.1 * number
        passed[60:150, 60:200] *= 0.6
        read = passed + rng.normal(0, 0.006, passed.shape)
        shown = np.clip(read * 255, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / "grey" / f"{number}.jpg"), shown, [cv2.IMWRITE_JPEG_QUALITY, 88])
        raw = np.clip(read * 60000, 0, 65535).astype(np.uint16)
        cv2.imwritemulti(str(folder / "pairs" / f"{number}.tiff"), [raw, np.minimum(raw + 2000, 65000)])
    return folder


def test_loads_come_with_their_truth_and_maps(shell: Shell, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shell.ok(
        "lab", "insert", str(scans), str(out), "--loads", LOADS, "--each", "2", "--maps",
        "--pitch-mm", "1", "--pitch", "pairs=1.1",
    )  # fmt: skip
    lines = truth.read(out)
    assert {line.scanner for line in lines} == {"grey", "pairs"}
    assert [sum(line.load == load for line in lines) for load in ("clean", *LOADS.split(","))] == [4, 4, 4]
    for line in lines:
        assert line.source in {"0.jpg", "1.jpg", "0.tiff", "1.tiff"}
        assert line.pitch_along_mm == (1.1 if line.scanner == "pairs" else 1)
        if not line.clean:
            density = np.load((out / line.file).with_suffix(".npz"))["density"]
            assert density.shape == (3, 260, 340)
            grams = density.sum(dtype=np.float64) * line.pitch_along_mm**2 / 100
            assert grams == pytest.approx(line.tobacco_g, rel=0.02) if line.tobacco_g else grams > 20


def test_what_is_written_can_be_scored(shell: Shell, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shell.ok("lab", "insert", str(scans / "pairs"), str(out), "--loads", "5 packs", "--each", "1")
    scored = shell.objects("score", str(out), "--jsonl", "--model", "models/screener.onnx")
    assert len(scored) == 3
    assert not any("error" in one for one in scored)


def test_the_same_seed_gives_the_same_bytes(shell: Shell, scans: Path, tmp_path: Path) -> None:
    def made(name: str, seed: str) -> dict[str, bytes]:
        out = tmp_path / name
        shell.ok(
            "lab", "insert", str(scans / "grey"), str(out), "--loads", LOADS, "--each", "1", "--seed", seed
        )
        return {path.name: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}

    assert made("a", "1") == made("b", "1") != made("c", "2")


def test_a_scan_that_cannot_be_read_is_left_out(shell: Shell, scans: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "0.jpg").write_bytes((scans / "grey" / "0.jpg").read_bytes())
    (folder / "1.jpg").write_bytes(b"no image")
    out = tmp_path / "out"
    result = shell.run("lab", "insert", str(folder), str(out), "--loads", "5 packs", "--each", "1")
    assert result.exit_code == 0
    assert "1.jpg: left out" in result.stderr
    assert {line.source for line in truth.read(out)} == {"0.jpg"}


def test_wrong_loads_and_folders_are_named(shell: Shell, scans: Path, tmp_path: Path) -> None:
    refused = shell.run("lab", "insert", str(scans), str(tmp_path / "out"), "--loads", "5 crates")
    assert isinstance(refused.exception, BadConfig)
    assert "5 crates" in str(refused.exception)
    (tmp_path / "empty").mkdir()
    refused = shell.run("lab", "insert", str(tmp_path / "empty"), str(tmp_path / "out"))
    assert isinstance(refused.exception, BadConfig)
    assert "found none" in str(refused.exception)
