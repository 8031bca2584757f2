"""A small scanner, one of whose files is spoilt, and a shell with a shared model that only sees darkness."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.lab import ordinary
from tests.scoring import tiny_model

SETTINGS = """
run_dir = "{folder}/run"
scanners = "{folder}/scanners"
[score]
model = "{folder}/tiny.onnx"
[metrics]
port = 0
"""
SPOILT = "P99999.jpeg"


@dataclass(frozen=True)
class Hall:
    """Where a scanner is commissioned: its scans, a shell, and what was put where."""

    folder: Path
    scans: Path
    shell: Shell

    @staticmethod
    def at(folder: Path, scans: Path) -> Hall:
        tiny_model.write(folder, card={"threshold": 0.5})
        return Hall(folder, scans, Shell.at(folder, SETTINGS))

    @property
    def file(self) -> Path:
        return self.folder / "scanners" / "h1.x1.toml"

    @property
    def run_dir(self) -> Path:
        return self.folder / "commission" / "h1.x1"

    def arguments(self, *more: str) -> list[str]:
        named = {
            "--hub": "h1",
            "--scanner": "x1",
            "--scans": str(self.scans),
            "--each": "1",
            "--threads": "1",
        }
        chosen = [text for pair in named.items() for text in pair]
        return ["hub", "commission", *chosen, "--yes", *more]


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scanner")
    ordinary.scans(folder / "scans", ordinary.small_bank(folder / "bank"), 52)
    (folder / "scans" / SPOILT).write_bytes((folder / "scans" / "P00001.jpeg").read_bytes()[:900])
    return folder / "scans"


@pytest.fixture
def hall(tmp_path: Path, scans: Path) -> Hall:
    return Hall.at(tmp_path, scans)
