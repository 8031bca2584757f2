"""Fine-tuning on one scanner within a given time; a cut at any moment costs a minute at most."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor
from torch.nn import functional

from screener.imaging.prepare import Picture
from screener.lab import graph, train
from screener.lab.adaptation import odd
from screener.lab.adaptation.answers import answer
from screener.lab.adaptation.crops import Crops, hardest
from screener.lab.adaptation.scans import Known, Scan
from screener.lab.adaptation.settings import AdaptSettings
from screener.lab.insertion import Display
from screener.lab.net import CLASSES, Net

LEGS = (0.3, 0.65, 1.0)
"""Ends of the parts of a run; between them the scans are looked at again, for odd and hard ones."""

CHECKPOINT_S = 30.0
FOUND_EVERY = 4
"""Steps between two scans in which investigators found something: a whole scan costs as much as a batch."""

ENDLESS = 1_000_000


@dataclass(frozen=True)
class Lesson:
    """What a net may learn from: scans taken as clean, and those that hold something, nobody says where."""

    settings: AdaptSettings
    display: Display
    clean: tuple[Scan, ...]
    found: tuple[Scan, ...]


def tuned(start: Net, lesson: Lesson, minutes: float, path: Path, name: str) -> Net:
    """The net after so many minutes, from `path` on where a run was cut; `name` is shown as it goes on.

    Batch-norm statistics stay as they are: those of a batch, a third of it simulated, are no scanner's.
    """
    state = train.State.fresh(lesson.settings.training, deepcopy(start))
    step, seconds = state.resume(path)
    budget = 60.0 * minutes
    with _progress() as bar:
        task = bar.add_task(name, total=budget, completed=int(seconds))
        while seconds < budget:
            leg = min(end * budget for end in LEGS if end * budget > seconds)
            began = time.monotonic() - seconds
            crops = planned(lesson, _mean(state))
            saved = seconds
            with closing(_batches(crops, step)) as batches:
                for image, cells in batches:
                    state.pace(_rate(step, seconds / budget, lesson.settings))
                    state.step(_loss(state, image, cells, lesson, step))
                    step, seconds = step + 1, time.monotonic() - began
                    bar.update(task, completed=min(seconds, budget))
                    if seconds - saved > CHECKPOINT_S:
                        state.save(path, step, seconds)
                        saved = seconds
                    if seconds >= leg:
                        break
            state.save(path, step, seconds)
    return _mean(state)


def _mean(state: train.State) -> Net:
    return cast("Net", state.mean.module).eval()


def _batches(crops: Crops, step: int) -> Generator[tuple[Tensor, Tensor], None, None]:
    yield from train.fed(crops, range(step, ENDLESS))


def _rate(step: int, done: float, settings: AdaptSettings) -> float:
    """A short warm-up by steps, then a cosine over the time that is left."""
    training = settings.training
    rise = min(1.0, (step + 1) / training.warmup)
    return training.learning_rate * rise * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * min(done, 1)))))


def _loss(state: train.State, image: Tensor, cells: Tensor, lesson: Lesson, step: int) -> Tensor:
    net, training = state.net.eval(), lesson.settings.training
    dtype = train.precision(training)
    with torch.autocast(training.device, dtype, enabled=dtype is not torch.float32):
        maps = net(image.contiguous(memory_format=torch.channels_last))
    total = sum(train.loss(maps.float(), cells, training).values(), torch.zeros(()))
    if lesson.found and step % FOUND_EVERY == 0:
        scan = lesson.found[step // FOUND_EVERY % len(lesson.found)]
        total = total + training.crop_weight * found_loss(net, scan.picture(scan.pixels()))
    return total


def found_loss(net: Net, picture: Picture) -> Tensor:
    """Cross-entropy of the alarm of a scan that something was found in: where it lies is unknown."""
    alarm = graph.pool(net(torch.from_numpy(picture)[None]).float()).scores[:, len(CLASSES)]
    return functional.binary_cross_entropy_with_logits(alarm, torch.ones_like(alarm))


def planned(lesson: Lesson, net: Net) -> Crops:
    """The crops to go on with: without the odd scans of this net, and with the places that alarm most."""
    settings, training = lesson.settings, lesson.settings.training
    raws = [answer(net, scan.picture(scan.pixels())) for scan in lesson.clean]
    scores = np.array([float(raw.scores[len(CLASSES)]) for raw in raws])
    aside = set(odd.far_out(scores, _sure(lesson.clean)))
    kept = [place for place in range(len(scores)) if place not in aside]
    return Crops(
        scans=tuple(lesson.clean[place] for place in kept),
        display=lesson.display,
        bank_dir=settings.bank_dir,
        hard=tuple(hardest([raws[place].maps[: len(CLASSES)].numpy() for place in kept])),
        batch=training.batch,
        crop_px=training.crop_px,
        simulated_share=settings.simulated_share,
        loaded_share=settings.loaded_share,
        hard_share=settings.hard_share,
        seed=settings.seed,
    )


def _sure(scans: Sequence[Scan]) -> list[bool]:
    return [scan.known is Known.NOTHING for scan in scans]


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
