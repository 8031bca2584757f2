"""What adaptation gives with more ordinary scans, and what of it carries over to other scanners.

    python -m bench.carry_over real-scans/ out/ --pitch sixray-negatives=0.75 --pitch scanner-a=0.9 \\
        --learn sixray-negatives=30 --learn sixray-negatives=60 --learn scanner-a=30

The last scans of every folder, in the order of their names, are measured on and never learnt from. `--learn
FOLDER=N` goes on from a model with the N scans before those, as `screener lab adapt` does; every such net is
measured on every folder, with loads of the lab's own engine and with the judge's, which nothing learns from.
A run that was cut goes on where it stood. Weights that have learnt from foreign scans stay in OUT.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.judge import __main__ as judge
from screener.config import ImageLimits
from screener.lab import measures, train, truth, weights
from screener.lab.adaptation import scans as reading
from screener.lab.adaptation import trial, tune
from screener.lab.adaptation.answered import Answers
from screener.lab.adaptation.answers import answers
from screener.lab.adaptation.settings import AdaptSettings
from screener.lab.insertion import folder as lab_engine
from screener.lab.insertion.decoder import Decoder
from screener.lab.net import Net
from screener.lab.ordering import natural
from screener.scoring.offline import image_files

LAB_LOADS = ("3 cartons", "1 carton", "10 packs", "200 loose sticks", "1 kg cut tobacco")
JUDGE_LOADS = ("3 cartons", "1 carton", "10 packs", "200 loose", "1 kg shreds")
RATES = (0.01, 0.05, 0.1)


@dataclass(frozen=True)
class Plan:
    """What was asked for, and where it lies."""

    scans: Path
    out: Path
    model: Path
    pitches: dict[str, float]
    learn: tuple[tuple[str, int], ...]
    held: float
    each: int
    minutes: float
    seed: int

    def files(self, folder: str) -> tuple[list[Path], list[Path]]:
        """The scans of a folder that may be learnt from, and those that are measured on."""
        paths = sorted(image_files([self.scans / folder]), key=lambda path: natural(path.name))
        kept = len(paths) - round(self.held * len(paths))
        return paths[:kept], paths[kept:]


def measured_on(plan: Plan) -> dict[str, Path]:
    """The two sets, by engine: held-out scans as they are and with loads."""
    held = plan.out / "held"
    for name in plan.pitches:
        for path in plan.files(name)[1]:
            (held / name).mkdir(parents=True, exist_ok=True)
            (held / name / path.name).write_bytes(path.read_bytes())
    made = {engine: plan.out / f"with-loads-{engine}" for engine in ("lab", "judge")}
    if not (made["lab"] / truth.NAME).exists():
        order = lab_engine.Order(held, made["lab"], LAB_LOADS, plan.each, plan.seed, pitches=plan.pitches)
        with Decoder(ImageLimits()) as decoder:
            lines = list(lab_engine.run(order, lab_engine.jobs(order), decoder))
        truth.write(made["lab"], [one for one in lines if isinstance(one, truth.Truth)])
    if not (made["judge"] / truth.NAME).exists():
        pitches = [part for name, mm in plan.pitches.items() for part in ("--pitch", f"{name}={mm}")]
        given = ["--each", str(plan.each), "--seed", str(plan.seed), "--with-clean", *pitches]
        judge.main([str(held), str(made["judge"]), *given, "--loads", *JUDGE_LOADS])
    return made


def learnt(plan: Plan, folder: str, count: int) -> Net:
    """The model after so many minutes on the last `count` scans of a folder that may be learnt from."""
    chosen = plan.files(folder)[0][-count:]
    if len(chosen) < count:
        raise SystemExit(f"{folder}: expected {count} scans besides those measured on, got {len(chosen)}")
    run = plan.out / f"{folder}-{count}"
    (run / "scans").mkdir(parents=True, exist_ok=True)
    for path in chosen:
        (run / "scans" / path.name).write_bytes(path.read_bytes())
    settings = AdaptSettings(
        scans=run / "scans",
        out=run / "model.onnx",
        model=plan.model,
        run_dir=run,
        bank=plan.out / "painted" / "bank",
        pitch_mm=plan.pitches[folder],
        minutes=plan.minutes,
        seed=plan.seed,
    )
    scanner = reading.read(settings.scans, settings.pitch_mm, None)
    lesson = tune.Lesson(settings, trial.display_of(scanner.clean, settings.scans), scanner.clean, ())
    return tune.tuned(weights.read(plan.model), lesson, plan.minutes, run / "tuned.pt", run.name)


def answered(plan: Plan, name: str, net: Net, engine: str, made: Path) -> Answers:
    """What a net says of a set; kept on disk."""
    kept = plan.out / f"{name}-{engine}.npz"
    if not kept.exists():
        answers(net, (one.picture(one.pixels()) for one in reading.listed(made, 1.0, None))).save(kept)
    return Answers.load(kept)


def rows(plan: Plan, name: str, engine: str, made: Path, found: Answers) -> Iterator[dict[str, object]]:
    """The figures of a net by folder, and of each by load."""
    known = {line.file: line for line in truth.read(made)}
    lines = [known[scan.name] for scan in reading.listed(made, 1.0, None)]
    alarms = found.alarms
    for folder in plan.pitches:
        clean = _alarms(alarms, [line.scanner == folder and line.clean for line in lines])
        for load in ("all", *(LAB_LOADS if engine == "lab" else JUDGE_LOADS)):
            chosen = [one.scanner == folder and not one.clean and load in ("all", one.load) for one in lines]
            loaded = _alarms(alarms, chosen)
            sources = [one.source for one, is_chosen in zip(lines, chosen, strict=True) if is_chosen]
            recall = {f"recall_at_{rate}": _recall(clean, loaded, sources, rate) for rate in RATES}
            facts = {"net": name, "engine": engine, "folder": folder, "load": load, "clean": len(clean)}
            yield {**facts, "loaded": len(loaded), "area": round(measures.area(clean, loaded), 3), **recall}


def _alarms(alarms: measures.Numbers, chosen: Sequence[bool]) -> measures.Numbers:
    return alarms[np.array(chosen)]


def _recall(
    clean: measures.Numbers, loaded: measures.Numbers, sources: list[str], rate: float
) -> list[float]:
    found = measures.share(loaded >= measures.threshold(clean, rate), sources)
    return [round(one, 3) for one in (found.point, found.low, found.high)]


def main() -> None:
    plan = _plan()
    made = measured_on(plan)
    train.keep_memory()
    train.bank_of(AdaptSettings(Path(), Path(), plan.model, plan.out / "painted").training)
    with (plan.out / "figures.jsonl").open("w") as file:
        for folder, count in (("", 0), *plan.learn):
            name = f"{folder}-{count}" if count else plan.model.stem
            net = learnt(plan, folder, count) if count else weights.read(plan.model)
            for engine, where in made.items():
                for row in rows(plan, name, engine, where, answered(plan, name, net, engine, where)):
                    print(json.dumps(row), file=file, flush=True)
                    if row["load"] == "all":
                        print(*(f"{value!s:18}" for value in row.values()))


def _plan() -> Plan:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scans", type=Path, help="a folder with a folder of scans for each scanner")
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", type=Path, default=Path("models/screener.onnx"))
    parser.add_argument("--pitch", action="append", required=True, metavar="FOLDER=MM")
    parser.add_argument("--learn", action="append", default=[], metavar="FOLDER=N")
    parser.add_argument("--held", type=float, default=0.4, help="share of each folder that is measured on")
    parser.add_argument("--each", type=int, default=32, help="scans of each load and folder")
    parser.add_argument("--minutes", type=float, default=12.0, help="of fine-tuning a net")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    return Plan(
        scans=given.scans,
        out=given.out,
        model=given.model,
        pitches={name: float(mm) for name, _, mm in (one.partition("=") for one in given.pitch)},
        learn=tuple((name, int(n)) for name, _, n in (one.partition("=") for one in given.learn)),
        held=given.held,
        each=given.each,
        minutes=given.minutes,
        seed=given.seed,
    )


if __name__ == "__main__":
    main()
