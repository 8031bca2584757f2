"""What is measured on was never learnt from, and the figures are those of the alarms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from bench.carry_over import LAB_LOADS, RATES, Plan, rows
from screener.lab import truth
from screener.lab.adaptation.answered import Answers

PITCHES = {"one": 0.75, "two": 0.9}


def _plan(folder: Path, held: float = 0.35) -> Plan:
    for name in PITCHES:
        (folder / name).mkdir(parents=True)
        for number in range(20):
            (folder / name / f"P{number}.png").touch()
    model = Path("unused.onnx")
    return Plan(folder, folder / "out", model, PITCHES, (), held=held, each=1, minutes=1.0, seed=1)


@pytest.mark.parametrize("held", [0.1, 0.35, 0.5])
def test_every_scan_is_learnt_from_or_measured_on_and_neighbours_stay_together(
    tmp_path: Path, held: float
) -> None:
    learnt, measured = _plan(tmp_path, held).files("one")
    assert [path.name for path in learnt + measured] == [f"P{number}.png" for number in range(20)]
    assert len(measured) == round(held * 20)


def test_a_net_that_parts_all_scans_of_a_folder_has_all_of_the_recall_there_and_nowhere_else(
    tmp_path: Path,
) -> None:
    plan, made = _plan(tmp_path), tmp_path / "made"
    lines = [
        truth.Truth(
            file=f"{folder}/{source}-{load.replace(' ', '-')}.png",
            source=f"P{source}.png",
            scanner=folder,
            pitch_across_mm=pitch,
            pitch_along_mm=pitch,
            load=load,
            form="x",
        )
        for folder, pitch in PITCHES.items()
        for source in range(10)
        for load in (truth.CLEAN, *LAB_LOADS)
    ]
    for line in lines:
        (made / line.file).parent.mkdir(parents=True, exist_ok=True)
        (made / line.file).touch()
    truth.write(made, lines)
    ordered = sorted(lines, key=lambda line: line.file)
    # in the first folder loads alarm, in the second the scans without
    alarms = np.array([line.clean == (line.scanner == "two") for line in ordered], float)
    found = Answers(np.repeat(alarms[:, None], 4, axis=1), np.zeros((len(alarms), 2)))
    for row in rows(plan, "net", "lab", made, found):
        wanted = float(row["folder"] == "one")
        assert row["area"] == wanted
        assert [row[f"recall_at_{rate}"][0] for rate in RATES] == [wanted] * len(RATES)  # type: ignore[index]
        assert row["clean"] == 10
        assert row["loaded"] == (10 * len(LAB_LOADS) if row["load"] == "all" else 10)
