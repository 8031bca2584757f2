"""Milliseconds a parcel of the float32 and the int8 model on one thread, and what int8 costs in recall.

    .venv/bin/python -m bench.model_speed                   both, 400 simulated parcels for the recall
    .venv/bin/python -m bench.model_speed --parcels 0       the speed alone, seconds

The two models and a bare multiplication of matrices take turns in one process. Time is the processor's, not
the clock's, so that others on the machine count little; even so the ratios, taken turn by turn, mean more
than the milliseconds. The parcel is 600 x 400 mm; the time does not depend on what is in it. Recall is read
at a fixed false alarm rate, of each model with its own threshold, on parcels of the test seeds.
Writes a table to the terminal and `bench/model_speed.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is imported

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from screener.imaging.prepare import Picture
from screener.lab import measures, samples
from screener.lab.simulator.parcel import simulate
from screener.lab.simulator.scene import Crowding
from screener.scoring.model import Model, padded

REPOSITORY = Path(__file__).resolve().parents[1]
PARCEL_MM = (400, 600)
SIDE = 768  # of the matrices: 0.45 G multiplications, about as many as the net needs
LOADS = ("1 carton", "3 cartons", "10 packs", "200 loose sticks", "1 kg cut tobacco", "10 e-cigarettes")
FALSE_ALARM_RATE = 0.05
INSTRUCTIONS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
Numbers = NDArray[np.float64]
Run = Callable[[], object]


def main() -> None:
    asked = _asked()
    files = {"float32": asked.float32, "int8": asked.int8}
    models = {name: Model.load(path) for name, path in files.items()}
    figures: dict[str, object] = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "models": {name: model.id for name, model in models.items()},
        "processor": processor(),
        "parcel_mm": PARCEL_MM,
        "rounds": asked.rounds,
        "speed": speed({name: _alone(path) for name, path in files.items()}, asked.rounds),
    }
    if asked.parcels:
        figures["recall"] = recall(models, asked.parcels)
    show(figures)
    asked.out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--float32", type=Path, default=REPOSITORY / "models" / "screener.onnx")
    parser.add_argument("--int8", type=Path, default=REPOSITORY / "models" / "screener-int8.onnx")
    parser.add_argument("--rounds", type=int, default=60, help="how often each takes its turn")
    parser.add_argument("--parcels", type=int, default=400, help="simulated, half of them clean; 0 for none")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "bench" / "model_speed.json")
    return parser.parse_args()


def processor() -> dict[str, object]:
    """Its name and which instructions that matter here it has, by Linux."""
    said = Path("/proc/cpuinfo")
    lines = said.read_text("utf-8").splitlines() if said.exists() else []
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    told = {name.strip(): value.strip() for name, value in told.items()}
    flags = set((told.get("flags") or told.get("Features") or "").split())
    return {
        "name": told.get("model name", "unknown"),
        "instructions": [name for name in INSTRUCTIONS if name in flags],
        "int8_dot_products": bool(flags & set(INSTRUCTIONS[2:])),
    }


# --- speed ----------------------------------------------------------------------------------------


def speed(models: dict[str, Run], rounds: int) -> dict[str, dict[str, float]]:
    """Median and lowest milliseconds of each, and how many times as fast as float32, round by round."""
    matrix = np.random.default_rng(1).random((SIDE, SIDE), np.float32)
    turns: dict[str, Run] = {**models, f"matrices of {SIDE}": lambda: matrix @ matrix}
    taken = {name: np.empty(rounds) for name in turns}
    for turn in range(-3, rounds):
        for name, run in turns.items():
            began = time.process_time()
            run()
            if turn >= 0:
                taken[name][turn] = 1000 * (time.process_time() - began)
    return {
        name: {
            "median_ms": round(float(np.median(ms)), 2),
            "lowest_ms": round(float(ms.min()), 2),
            "times_as_fast_as_float32": round(float(np.median(taken["float32"] / ms)), 2),
        }
        for name, ms in taken.items()
    }


def _alone(path: Path) -> Run:
    """The model on one thread as serving runs it, on the parcel, without reading or encoding pictures."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    rows, cols = (round(side / samples.PITCH_MM) for side in PARCEL_MM)
    picture = np.random.default_rng(0).random((3, rows, cols), np.float32)
    inputs = {"image": padded(picture)[None], "extent": np.array([[rows, cols]], np.int64)}
    return lambda: session.run(None, inputs)


# --- recall ---------------------------------------------------------------------------------------


def recall(models: dict[str, Model], parcels: int) -> dict[str, object]:
    """Recall of each at the same false alarm rate, and the loss in points with its 95 % interval."""
    clean = _alarms(models, ["clean"] * (parcels // 2), 0)
    loaded = _alarms(models, [LOADS[n % len(LOADS)] for n in range(parcels - parcels // 2)], parcels // 2)
    found = {name: loaded[name] >= measures.threshold(clean[name], FALSE_ALARM_RATE) for name in models}
    lost = 100.0 * (found["float32"].astype(float) - found["int8"])
    reach = 1.96 * float(lost.std()) / np.sqrt(len(lost))
    exact, coarse = (np.argsort(np.argsort(np.append(clean[name], loaded[name]))) for name in models)
    return {
        "parcels": {"clean": parcels // 2, "loaded": parcels - parcels // 2},
        "false_alarm_rate": FALSE_ALARM_RATE,
        "recall": {name: round(float(hits.mean()), 3) for name, hits in found.items()},
        "area": {name: round(measures.area(clean[name], loaded[name]), 4) for name in models},
        "lost_points": round(float(lost.mean()), 1),
        "lost_points_from_to": [round(float(lost.mean()) - reach, 1), round(float(lost.mean()) + reach, 1)],
        "rank_correlation": round(float(np.corrcoef(exact, coarse)[0, 1]), 4),
    }


def _alarms(models: dict[str, Model], kinds: Sequence[str], first: int) -> dict[str, Numbers]:
    """The alarms of each model for the same parcels."""
    found: dict[str, list[float]] = {name: [] for name in models}
    for seed, kind in enumerate(track(kinds, "parcels"), start=samples.TEST_SEEDS + first):
        picture = _picture(seed, kind)
        for name, model in models.items():
            found[name].append(model.score([picture])[0].alarm)
    return {name: np.array(alarms) for name, alarms in found.items()}


def _picture(seed: int, kind: str) -> Picture:
    return samples.picture(simulate(seed, kind, Crowding(), views=1).scans[0])


# --- what is shown --------------------------------------------------------------------------------


def show(figures: dict[str, object]) -> None:
    console = Console()
    console.print(figures["processor"])
    rows = figures["speed"]
    assert isinstance(rows, dict)
    table = Table("", *next(iter(rows.values())))
    for name, row in rows.items():
        table.add_row(name, *(f"{value:.2f}" for value in row.values()))
    console.print(table)
    if "recall" in figures:
        console.print(figures["recall"])


if __name__ == "__main__":
    main()
