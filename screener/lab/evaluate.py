"""Evaluation: what a model finds of simulated parcels it has never seen, and how ordinary scans score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from rich.progress import track

from screener.contracts.wire import Energy
from screener.errors import BadConfig
from screener.imaging.prepare import prepare
from screener.lab import card, measures, samples
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.parcel import Truth, simulate
from screener.lab.simulator.scene import Crowding
from screener.scoring.card import read_verified
from screener.scoring.model import padded

TEST_LOADS = (
    *("1 carton", "2 cartons", "3 cartons", "5 cartons", "10 packs", "200 loose sticks"),
    *("1 kg cut tobacco", "10 e-cigarettes"),
)
FALSE_ALARM_RATES = (0.005, 0.01, 0.05)
SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


@dataclass(frozen=True)
class Answer:
    """What the model says of one scan."""

    alarm: float
    p: tuple[float, float, float]
    sticks: tuple[float, float, float]
    tobacco_g: tuple[float, float, float]
    maps: Floats


class Scorer:
    """An exported model, run as serving runs it: one thread, the card's hash checked."""

    def __init__(self, model: Path) -> None:
        data, said = read_verified(model)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        self.threshold = said.threshold

    def score(self, image: Floats) -> Answer:
        """The answer for a prepared picture [3, H, W] of any size."""
        extent = np.array([image.shape[1:]], np.int64)
        inputs = {"image": padded(image)[None], "extent": extent}
        alarm, p, sticks, tobacco, maps = self._session.run(None, inputs)
        return Answer(float(alarm[0]), _three(p[0]), _three(sticks[0]), _three(tobacco[0]), maps[0])


def _three(values: NDArray[np.float32]) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


@dataclass(frozen=True)
class Tested:
    """One simulated parcel of the test and the model's answer to its first view."""

    kind: str
    truth: Truth
    answer: Answer


@dataclass(frozen=True)
class Scans:
    """Ordinary scans: a folder of folders, one per scanner, with a pixel pitch, by name where it differs."""

    folder: Path
    pitch_mm: float = 0.9
    pitches: Mapping[str, float] = field(default_factory=dict)

    @property
    def options(self) -> str:
        """How the command line names them."""
        named = "".join(f" --pitch {name}={pitch:g}" for name, pitch in self.pitches.items())
        return f" --scans DIR --pitch-mm {self.pitch_mm:g}{named}"


def evaluate(
    model: Path, clean: int = 400, each: int = 60, scans: Scans | None = None, record: bool = False
) -> list[card.Card]:
    """Figures of a model: recall by load on held-out simulated parcels; alarms on ordinary scans.

    The seeds lie apart from those of training and validation. With `record` the figures replace those in
    the model's card.
    """
    scorer = Scorer(model)
    command = f"screener lab evaluate --clean {clean} --each {each}"
    tested = [*simulated(scorer, ["clean"] * clean), *simulated(scorer, list(TEST_LOADS) * each, clean)]
    figures = [recall_figures(tested, scorer.threshold, command), amount_figures(tested, command)]
    if scans is not None:
        figures.append(scan_figures(scorer, scans, command + scans.options))
    if record:
        card.write(model, {**card.read(model), "figures": figures})
    return figures


def simulated(scorer: Scorer, kinds: Sequence[str], first: int = 0) -> list[Tested]:
    """Scores the parcels of the test set from seed `TEST_SEEDS + first` on."""
    seeds = range(samples.TEST_SEEDS + first, samples.TEST_SEEDS + first + len(kinds))
    parcels = track(list(zip(seeds, kinds, strict=True)), "simulated parcels")
    return [_tested(scorer, seed, kind) for seed, kind in parcels]


def _tested(scorer: Scorer, seed: int, kind: str) -> Tested:
    parcel = simulate(seed, kind, Crowding(), views=1)
    return Tested(kind, parcel.truth, scorer.score(samples.picture(parcel.scans[0])))


# --- figures --------------------------------------------------------------------------------------


def recall_figures(tested: Sequence[Tested], threshold: float, command: str) -> card.Card:
    """Recall by kind of load, read off the curve at fixed false alarm rates, and at the shipped threshold."""
    clean = np.array([one.answer.alarm for one in tested if one.kind == "clean"])
    cuts = {f"at {rate:.1%}": measures.threshold(clean, rate) for rate in FALSE_ALARM_RATES}
    rows = []
    for kind in dict.fromkeys(one.kind for one in tested if one.kind != "clean"):
        alarms = np.array([one.answer.alarm for one in tested if one.kind == kind])
        found = {name: measures.share(alarms >= cut) for name, cut in cuts.items()}
        rows.append(
            {"load": kind, "n": len(alarms), **found, "at the threshold": measures.share(alarms >= threshold)}
        )
    exceeding = measures.share(clean >= threshold)
    return {
        "set": "simulated parcels, seeds never trained or calibrated on, one view",
        "command": command,
        "n": len(tested),
        "notes": [
            f"Recall (95 % Wilson interval) at false alarm rates read off the curve of {len(clean)} clean"
            f" parcels, and at the shipped threshold, which {exceeding} of the clean ones reach.",
            f"Area under the curve, all loads: {measures.area(clean, _alarms(tested)):.3f}.",
        ],
        "table": rows,
    }


def _alarms(tested: Sequence[Tested]) -> NDArray[np.float64]:
    return np.array([one.answer.alarm for one in tested if one.kind != "clean"])


def amount_figures(tested: Sequence[Tested], command: str) -> card.Card:
    """Error of the middle estimate of sticks, how often low to high covers it, and the limit of 400."""
    rows = []
    for kind in dict.fromkeys(one.kind for one in tested if one.truth.sticks or one.kind == "clean"):
        these = [one for one in tested if one.kind == kind]
        truth = np.array([one.truth.sticks for one in these])
        low, mid, high = np.array([one.answer.sticks for one in these]).T
        error = "" if kind == "clean" else f"{np.median(np.abs(mid - truth) / np.maximum(truth, 1)):.2f}"
        rows.append(
            {
                "load": kind,
                "n": len(these),
                "median sticks": f"{np.median(mid):.0f}",
                "median relative error": error,
                "low to high covers": measures.share((low <= truth) & (truth <= high)),
                "judged over 400": measures.share(mid > 400),
            }
        )
    return {
        "set": "the same parcels: sticks",
        "command": command,
        "n": len([one for one in tested if one.truth.sticks or one.kind == "clean"]),
        "table": rows,
    }


def scan_figures(scorer: Scorer, scans: Scans, command: str) -> card.Card:
    """How ordinary scans score, by folder: alarms at the shipped threshold and the level of each maker."""
    rows, count = [], 0
    for folder in sorted(path for path in scans.folder.iterdir() if path.is_dir()):
        pitch = scans.pitches.get(folder.name, scans.pitch_mm)
        alarms = np.array([scorer.score(image).alarm for image in pictures(folder, pitch)])
        count += len(alarms)
        if len(alarms):
            quantiles = " / ".join(f"{value:.2f}" for value in np.quantile(alarms, [0.5, 0.9, 0.99]))
            above = measures.share(alarms >= scorer.threshold)
            rows.append(
                {"folder": folder.name, "n": len(alarms), "false alarms": above, "50/90/99 %": quantiles}
            )
    return {
        "set": "ordinary scans, development set (looked at while building): none known to hold tobacco",
        "command": command,
        "n": count,
        "notes": ["False alarms at the shipped threshold, and quantiles of the alarm."],
        "table": rows,
    }


def pictures(folder: Path, pitch_mm: float) -> Iterable[Floats]:
    """The images of a folder, prepared. Raises `BadConfig` for one that cannot be read."""
    for path in track(sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES), folder.name):
        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if pixels is None:
            raise BadConfig(f"{path}: expected a JPEG, PNG or TIFF image that OpenCV can read")
        energy = Energy.SINGLE if pixels.ndim == 2 else Energy.DUAL
        shown = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
        yield prepare(shown, pitch_mm, pitch_mm, energy)
