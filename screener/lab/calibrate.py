"""Calibration: from raw scores of held-out simulated parcels to probabilities, amounts and a threshold."""

from __future__ import annotations

import multiprocessing as mp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from screener.lab import samples
from screener.lab.graph import Calibration, Line, OnePicture, Quantity
from screener.lab.net import Net
from screener.lab.simulator.parcel import Truth, simulate
from screener.lab.simulator.scene import Crowding

Numbers = NDArray[np.float64]

VALIDATION_LOADS = (
    *("1 carton", "2 cartons", "3 cartons", "5 cartons", "2 opened cartons", "5 packs", "10 packs"),
    *("20 packs", "200 loose sticks", "400 loose sticks", "200 heated-tobacco sticks"),
    *("0.5 kg cut tobacco", "1 kg cut tobacco", "1 kg leaf", "10 e-cigarettes", "10 refill bottles"),
)


@dataclass(frozen=True, eq=False)
class Validated:
    """A simulated validation parcel: its picture [3, H, W] as serving sees it, and what it holds."""

    picture: NDArray[np.float16]
    truth: Truth

    @property
    def clean(self) -> bool:
        """Whether it holds none of what the model looks for."""
        return not (self.truth.sticks or self.truth.tobacco_g or self.truth.e_cigarettes)


@dataclass(frozen=True)
class Scored:
    """Validation parcels, one view each: scores [N, 4], grams [N, 2], and the true amounts [N]."""

    scores: Numbers
    grams: Numbers
    sticks: Numbers
    loose_g: Numbers
    e_cigarettes: Numbers

    @property
    def present(self) -> NDArray[np.bool_]:
        """Whether each class is there, [N, 4]; the last is any of them."""
        kinds = np.stack([self.sticks > 0, self.loose_g > 0, self.e_cigarettes > 0], 1)
        return np.concatenate([kinds, kinds.any(1, keepdims=True)], 1)


def validation_parcels(count: int) -> Iterator[tuple[int, str]]:
    """Seeds and loads: every second parcel is clean, the others go round the loads."""
    for index in range(count):
        kind = "clean" if index % 2 == 0 else VALIDATION_LOADS[index // 2 % len(VALIDATION_LOADS)]
        yield samples.VALIDATION_SEEDS + index, kind


def parcels(count: int) -> list[Validated]:
    """Simulates `count` validation parcels, one view each, on every core."""
    with mp.get_context("spawn").Pool() as pool:
        made = pool.imap(_validated, validation_parcels(count), chunksize=4)
        return list(track(made, "validation parcels", count))


def _validated(parcel_of: tuple[int, str]) -> Validated:
    cv2.setNumThreads(1)
    seed, kind = parcel_of
    parcel = simulate(seed, kind, Crowding(), views=1)
    return Validated(samples.picture(parcel.scans[0]).astype(np.float16), parcel.truth)


def score(net: Net, validated: Sequence[Validated]) -> Scored:
    """What the net says of validation parcels, before calibration."""
    screener = OnePicture(net, Calibration()).eval()
    rows = [_scored(screener, parcel) for parcel in track(validated, "their scores")]
    return Scored(*(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)))


def _scored(screener: OnePicture, parcel: Validated) -> tuple[Numbers, Numbers, float, float, float]:
    with torch.inference_mode():
        raw = screener.raw(torch.from_numpy(parcel.picture).float())
    truth = parcel.truth
    scores, grams = raw.scores.double().numpy(), raw.grams.double().numpy()
    return scores, grams, float(truth.sticks), truth.tobacco_g, float(truth.e_cigarettes)


def calibration(scored: Scored) -> Calibration:
    """Logistic lines by maximum likelihood; amounts by weighted quantiles of their ratios."""
    lines = [logistic(scored.scores[:, index], scored.present[:, index]) for index in range(4)]
    return Calibration(
        alarm=lines[3],
        classes=(lines[0], lines[1], lines[2]),
        sticks=quantity(scored.scores[:, 0], scored.grams[:, 0], scored.sticks),
        tobacco_g=quantity(scored.scores[:, 1], scored.grams[:, 1], scored.loose_g),
    )


def logistic(scores: Numbers, present: NDArray[np.bool_], rounds: int = 60) -> Line:
    """Slope and shift by Newton's method, with a weak pull to slope 1 so that separable data stays finite."""
    x = np.stack([scores, np.ones_like(scores)], 1)
    w = np.array([1.0, 0.0])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        pull = np.array([0.5 * (w[0] - 1.0), 0.05 * w[1]])
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag([0.5, 0.05])
        w = w - np.linalg.solve(hessian, x.T @ (p - present) + pull)
    return Line(float(max(w[0], 0.05)), float(w[1]))


SEEN_RATE = 0.05
"""A load is seen when its class scores higher than all but this share of the parcels without it."""


def quantity(scores: Numbers, grams: Numbers, truth: Numbers) -> Quantity:
    """The factor from integrated grams to the amount, and bounds that 80 % of the loads seen lie within.

    It is fitted on the loads that are seen, weighed by their grams: with those half hidden it made up for
    what nobody sees, and open loads read twice too high. The others raise the upper bound by a constant.
    """
    loaded = truth > 0
    seen = loaded & (scores >= np.quantile(scores[~loaded], 1 - SEEN_RATE))
    if not seen.any():
        seen = loaded
    found = np.maximum(grams[seen], 1e-3)
    per_gram, low, high = quantiles(truth[seen] / found, found, (0.5, 0.1, 0.9))
    floor = float(np.quantile(grams[~loaded], 0.95)) * low
    missed = float(np.quantile(truth[loaded] - grams[loaded] * high, 0.9))
    return Quantity(per_gram, low / per_gram, high / per_gram, floor, max(missed, 0.0))


def quantiles(values: Numbers, weights: Numbers, shares: Sequence[float]) -> list[float]:
    """Weighted quantiles."""
    order = np.argsort(values)
    below = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
    return [float(np.interp(part, below, values[order])) for part in shares]
