"""Answers of a net to whole pictures, before calibration, and what they say at a false alarm rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from screener.imaging.prepare import Picture
from screener.lab.graph import Calibration, OnePicture, Raw
from screener.lab.measures import Numbers
from screener.lab.net import Net


def answer(net: Net, picture: Picture) -> Raw:
    """Scores [4], grams [2] and maps [4, h, w] of one picture."""
    with torch.inference_mode():
        return OnePicture(net, Calibration()).eval().raw(torch.from_numpy(picture))


@dataclass(frozen=True, eq=False)
class Answers:
    """Of some pictures: scores [n, 4] (three classes, any of them) and grams [n, 2]."""

    scores: Numbers
    grams: Numbers

    @property
    def alarms(self) -> Numbers:
        """The score that thresholds apply to, a logit."""
        return self.scores[:, 3]

    def save(self, path: Path) -> None:
        """Writes them as a whole, so that a cut leaves none half written."""
        fresh = path.with_suffix(".new.npz")
        np.savez(fresh, scores=self.scores, grams=self.grams)
        fresh.replace(path)

    @staticmethod
    def load(path: Path) -> Answers:
        """What `save` wrote."""
        with np.load(path, allow_pickle=False) as kept:
            return Answers(kept["scores"], kept["grams"])

    @staticmethod
    def joined(several: Iterable[Answers]) -> Answers:
        """One after the other."""
        parts = list(several)
        return Answers(np.concatenate([p.scores for p in parts]), np.concatenate([p.grams for p in parts]))


def answers(net: Net, pictures: Iterable[Picture]) -> Answers:
    """The answers of a net to pictures."""
    raws = [answer(net, picture) for picture in pictures]
    return Answers(
        np.stack([raw.scores.double().numpy() for raw in raws]),
        np.stack([raw.grams.double().numpy() for raw in raws]),
    )
