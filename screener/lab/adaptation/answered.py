"""What a model answered to some pictures; read and written without PyTorch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from screener.lab.measures import Numbers


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
