"""Training: simulated crops in, a checkpoint out. Reads top to bottom."""

from __future__ import annotations

import ctypes
import multiprocessing as mp
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from queue import Full
from typing import Any

import cv2
import numpy as np
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor
from torch.nn import functional

from screener.lab import graph, samples, weights
from screener.lab import net as nets
from screener.lab.simulator import bank


@dataclass(frozen=True)
class TrainSettings:
    """Everything a run depends on; the checkpoint and the card carry it."""

    # where the run lives: `checkpoint.pt` is replaced as a whole, so a cut at any moment resumes
    run_dir: str = "lab-runs/first"
    checkpoint_every: int = 100  # steps
    start: str = ""  # a model to go on from, weights beside it; "": from ImageNet's weights
    # data: every sample is fresh; sample i of step s has the seed TRAINING_SEEDS + seed + s * batch + i
    seed: int = 0
    bank_goods: int = 7000  # sprites painted beforehand, which crops are composed of (0.5 GB a thousand)
    bank_loads: int = 3500
    bank_parcels: int = 240
    crop_px: int = 192  # 288 mm, of 1.5 mm pixels: a carton; larger crops fall out of the processor's cache
    clean_share: float = 0.45
    ease_until: float = 0.2  # curriculum: crowding grows from sparse to full over this share of the run
    workers: int = 1  # processes that compose crops: 25 to 30 ms a crop
    # optimisation
    steps: int = 4500
    batch: int = 16
    learning_rate: float = 1.0e-3  # AdamW, linear warm-up, then cosine to a fiftieth
    warmup: int = 60  # steps
    since: int = 0  # the step at which the schedule begins: that of the checkpoint, for a run that goes on
    weight_decay: float = 0.02
    frozen: int = 0  # first blocks that keep their weights, as the stem then does: a third less time
    average: float = 0.998  # the exponential mean of the weights is what is exported
    # loss: cells between the two densities (g/cm2) are neither load nor clean
    clean_below: float = 0.03
    load_above: float = 0.12
    positive_weight: float = 2.0
    crop_weight: float = 0.25  # of the alarm of a whole crop: it aims at the highest cells, as the graph
    density_weight: float = 0.5  # of the density where there is tobacco
    grams_weight: float = 0.15  # of the integral over the crop, which is what becomes sticks
    # machine: bfloat16 pays off only where the processor multiplies it in hardware (AMX, AVX512-BF16)
    precision: str = "auto"  # auto, bfloat16, float32
    threads: int = 2
    device: str = "cpu"


def train(settings: TrainSettings) -> Path:
    """Trains or goes on training, and returns the checkpoint, `RUN_DIR/checkpoint.pt`."""
    keep_memory()
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    run = Path(settings.run_dir)
    run.mkdir(parents=True, exist_ok=True)
    path = run / "checkpoint.pt"

    net = _begun(settings).to(settings.device, memory_format=torch.channels_last)
    for kept in (net._conv_stem, net._bn0, *net._blocks)[: settings.frozen and settings.frozen + 2]:
        kept.requires_grad_(False)
    state = State.fresh(settings, net)
    start, seconds = state.resume(path)
    dtype = precision(settings)

    with _progress() as bar, (run / "log.csv").open("a") as log:
        task = bar.add_task("training", total=settings.steps, completed=start, loss="")
        began = time.monotonic() - seconds
        for step, drawn in _numbered(settings, start):
            image, cells = (part.to(settings.device) for part in drawn)
            state.pace(_learning_rate(step, settings))
            net.train()
            with torch.autocast(settings.device, dtype, enabled=dtype is not torch.float32):
                maps = net(image.contiguous(memory_format=torch.channels_last))
            parts = loss(maps.float(), cells, settings)
            total = sum(parts.values(), torch.zeros(()))
            state.step(total)

            seconds = time.monotonic() - began
            figures = ",".join(f"{value.item():.4f}" for value in parts.values())
            print(f"{step},{seconds:.0f},{total.item():.4f},{figures}", file=log, flush=True)
            bar.update(task, advance=1, loss=f"{total.item():.3f}")
            if (step + 1) % settings.checkpoint_every == 0 or step + 1 == settings.steps:
                state.save(path, step + 1, seconds)
    return path


def _begun(settings: TrainSettings) -> nets.Net:
    return weights.read(Path(settings.start)) if settings.start else nets.pretrained()


def loss(maps: Tensor, cells: Tensor, settings: TrainSettings) -> dict[str, Tensor]:
    """What the maps [N, 4, h, w] are off from the true cells [N, 3, h, w], by part."""
    tobacco = cells[:, :2].sum(1, keepdim=True)
    pooled = graph.pool(maps)
    return {
        "cells": _cell_loss(maps[:, :3], cells, settings),
        "crop": settings.crop_weight * _crop_loss(pooled.scores, cells, settings),
        "density": settings.density_weight * _density_loss(maps[:, 3:], tobacco, settings),
        "grams": settings.grams_weight * _grams_loss(pooled.grams, cells),
    }


def _cell_loss(logits: Tensor, cells: Tensor, settings: TrainSettings) -> Tensor:
    """Cross-entropy of the three probabilities of every cell."""
    target = (cells > settings.load_above).float()
    known = (cells < settings.clean_below) | (cells > settings.load_above)
    weight = known * (1 + (settings.positive_weight - 1) * target)
    return len(nets.CLASSES) * functional.binary_cross_entropy_with_logits(logits, target, weight)


FEW_CELLS = 6
"""A crop with fewer loaded cells than this is neither clean nor loaded."""


def _crop_loss(scores: Tensor, cells: Tensor, settings: TrainSettings) -> Tensor:
    """Cross-entropy of the alarms [N, 4] of whole crops: each class, and any of them."""
    kinds = torch.cat([cells, cells.amax(1, keepdim=True)], 1)
    loaded = (kinds > settings.load_above).sum((2, 3))
    target = (loaded >= FEW_CELLS).float()
    known = ((loaded == 0) | (loaded >= FEW_CELLS)).float()
    return functional.binary_cross_entropy_with_logits(scores, target, known)


def _density_loss(density: Tensor, tobacco: Tensor, settings: TrainSettings) -> Tensor:
    """Relative error of the density on cells that hold tobacco: over all cells it would learn to doubt."""
    held = (tobacco > settings.load_above).float()
    error = functional.smooth_l1_loss(density, tobacco, reduction="none", beta=0.1) / (0.2 + tobacco)
    return (error * held).sum() / held.sum().clamp(min=1.0)


def _grams_loss(grams: Tensor, cells: Tensor) -> Tensor:
    """Relative error of the tobacco of whole crops: [N, 2] cigarettes and loose, in grams."""
    truth = cells[:, :2].sum((2, 3)) * graph.CELL_CM2
    return functional.smooth_l1_loss(grams / (60 + truth), truth / (60 + truth), beta=0.1)


def weights_of(checkpoint: Path) -> tuple[nets.Net, dict[str, Any]]:
    """The averaged net of a checkpoint, in evaluation mode, and the checkpoint's other fields."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    net = nets.Net()
    net.load_state_dict(saved["mean"])
    return net.eval(), {name: saved[name] for name in ("settings", "step", "seconds", "machine")}


# --- the parts ------------------------------------------------------------------------------------


def keep_memory() -> None:
    """Lets the C library keep what it freed: giving tensors back each step costs a third of the time."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):  # glibc; the numbers are M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
        for parameter, value in ((-4, 0), (-1, 2**31 - 1), (-2, 1 << 28)):
            library.mallopt(parameter, value)


def bank_of(settings: TrainSettings) -> bank.Bank:
    """The bank of a run, painted where it is not there yet."""
    wanted = bank.BankSettings(
        settings.seed,
        settings.bank_goods,
        settings.bank_loads,
        settings.bank_parcels,
        load_weights=samples.LOADS,
    )
    return bank.painted(Path(settings.run_dir) / "bank", wanted)


def _groups(net: nets.Net, decay: float) -> list[dict[str, Any]]:
    matrices = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def _learning_rate(step: int, settings: TrainSettings) -> float:
    step, steps = step - settings.since, settings.steps - settings.since
    if step < settings.warmup:
        return settings.learning_rate * (step + 1) / settings.warmup
    done = (step - settings.warmup) / max(steps - settings.warmup, 1)
    return settings.learning_rate * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * done))))


def precision(settings: TrainSettings) -> torch.dtype:
    if settings.precision == "auto":
        capable = settings.device != "cpu" or (torch.backends.mkldnn.is_available() and _has_bfloat16())
        return torch.bfloat16 if capable else torch.float32
    return {"bfloat16": torch.bfloat16, "float32": torch.float32}[settings.precision]


def _has_bfloat16() -> bool:
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


@dataclass(frozen=True)
class State:
    """What a checkpoint holds, and how a step of the optimiser changes it."""

    settings: TrainSettings
    net: nets.Net
    mean: torch.optim.swa_utils.AveragedModel
    optimizer: torch.optim.Optimizer

    @staticmethod
    def fresh(settings: TrainSettings, net: nets.Net) -> State:
        """At the start of a run from this net."""
        optimizer = torch.optim.AdamW(_groups(net, settings.weight_decay), lr=settings.learning_rate)
        averaged = torch.optim.swa_utils.get_ema_multi_avg_fn(settings.average)
        mean = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=averaged, use_buffers=True)
        return State(settings, net, mean, optimizer)

    def pace(self, learning_rate: float) -> None:
        """Sets the learning rate of the steps to come."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate

    def step(self, total: Tensor) -> None:
        """One step down the gradient of a loss, at most 5 long; the mean follows."""
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.mean.update_parameters(self.net)

    def resume(self, path: Path) -> tuple[int, float]:
        """Loads a checkpoint where there is one; returns its step and the seconds it took so far."""
        if not path.exists():
            return 0, 0.0
        saved = torch.load(path, map_location=self.settings.device, weights_only=True)
        self.net.load_state_dict(saved["net"])
        self.mean.module.load_state_dict(saved["mean"])
        self.mean.n_averaged.fill_(saved["step"])
        self.optimizer.load_state_dict(saved["optimizer"])
        return int(saved["step"]), float(saved["seconds"])

    def save(self, path: Path, step: int, seconds: float) -> None:
        """Writes the checkpoint beside itself first, so that a cut leaves the old one whole."""
        state = {
            "settings": asdict(self.settings),
            "step": step,
            "seconds": seconds,
            "machine": f"{platform.machine()}, {self.settings.threads} threads, torch {torch.__version__}",
            "net": self.net.state_dict(),
            "mean": self.mean.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        fresh = path.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(path)


Batch = tuple[np.ndarray, np.ndarray]
"""Pictures [B, 3, S, S] and cells [B, 3, S/8, S/8]."""


def _numbered(settings: TrainSettings, start: int) -> Iterator[tuple[int, tuple[Tensor, Tensor]]]:
    bank_of(settings)
    steps = range(start, settings.steps)
    return zip(steps, fed(Simulated(settings), steps, settings.workers), strict=True)


def fed(
    make: Callable[[int], Batch], steps: Sequence[int], workers: int = 1
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of these steps, made by worker processes; which worker makes one changes nothing.

    `make` is pickled into each of them.
    """
    context = mp.get_context("spawn")
    queues = [context.Queue(maxsize=4) for _ in range(workers)]
    makers = [
        context.Process(target=_work, args=(make, steps[index::workers], queue), daemon=True)
        for index, queue in enumerate(queues)
    ]
    for maker in makers:
        maker.start()
    try:
        for number in range(len(steps)):
            image, cells = queues[number % workers].get(timeout=300)
            yield torch.from_numpy(image).float(), torch.from_numpy(cells)
    finally:
        for maker in makers:
            maker.terminate()


def _work(make: Callable[[int], Batch], steps: Sequence[int], queue: Any) -> None:
    cv2.setNumThreads(1)
    keep_memory()
    for step in steps:
        _hand_over(make(step), queue)


def _hand_over(batch: Batch, queue: Any) -> None:
    """Waits for room in the queue; ends with the trainer, also where that was killed."""
    trainer = mp.parent_process()
    while trainer is not None and trainer.is_alive():
        try:
            return queue.put(batch, timeout=5)
        except Full:
            continue
    queue.cancel_join_thread()  # its pipe is full and nobody reads it any more
    raise SystemExit


@dataclass(frozen=True)
class Simulated:
    """Batches of simulated crops by step."""

    settings: TrainSettings

    @cached_property
    def _bank(self) -> bank.Bank:
        return bank_of(self.settings)

    def __call__(self, step: int) -> Batch:
        return batch(self.settings, self._bank, step)


def batch(settings: TrainSettings, opened: bank.Bank, step: int) -> Batch:
    """The batch of a step: pictures [B, 3, S, S] and cells [B, 3, S/8, S/8]."""
    ease = max(0.0, 1.0 - step / max(settings.ease_until * settings.steps, 1.0))
    first = samples.TRAINING_SEEDS + settings.seed * 10_000_000 + step * settings.batch
    drawn = [
        samples.draw(opened, first + index, ease, settings.crop_px, settings.clean_share)
        for index in range(settings.batch)
    ]
    return np.stack([sample.image for sample in drawn]), np.stack([sample.cells for sample in drawn])


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}"),
        TimeRemainingColumn(),
    )
