"""Tone: how dark a display shows a depth, thin matter stretched and thick matter pressed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from screener.lab.simulator.clutter import Stock
from screener.lab.simulator.goods import Rng
from screener.lab.simulator.matter import Floats

THIN_DEPTH, THICK_DEPTH = 0.217, 1.44
"""Mean depth (-ln of transmission) of both detectors behind 1 g/cm2 and 7 cm of water at 150 kV."""

EXPONENTIAL, SIGMOID = "exponential", "sigmoid"


@dataclass(frozen=True)
class Tone:
    """A curve through two points: the darkness behind 1 g/cm2 and behind 7 cm of water, and its end.

    The `family` is how it runs between and beyond them.
    """

    family: str
    thin: float
    thick: float
    end: float

    def darkness(self, depth: Floats) -> Floats:
        """Darkness 0 (air) to `end` of depths from 0 on."""
        power, scale = self._fitted()
        grown = cv2.pow(depth * np.float32(scale), power)
        if self.family == SIGMOID:
            return np.float32(self.end) * (grown / (1 + grown))
        np.negative(grown, out=grown)
        passed = cv2.exp(grown)
        return cv2.addWeighted(passed, -self.end, passed, 0.0, self.end)

    def _fitted(self) -> tuple[float, float]:
        """Power and scale of the curve that meets both points."""
        low, high = self._grown(self.thin), self._grown(self.thick)
        power = float(np.log(high / low) / np.log(THICK_DEPTH / THIN_DEPTH))
        return power, float(low ** (1 / power) / THIN_DEPTH)

    def _grown(self, darkness: float) -> float:
        share = darkness / self.end
        return share / (1 - share) if self.family == SIGMOID else float(-np.log(1 - share))


def drawn_tone(rng: Rng, stock: Stock) -> Tone:
    """A curve drawn at random; tests have a family of their own."""
    thin, thick = float(rng.uniform(0.14, 0.24)), float(rng.uniform(0.60, 0.93))
    end = thick + float(rng.uniform(0.03, 1.0 - thick))
    return Tone(EXPONENTIAL if stock == "training" else SIGMOID, thin, thick, end)
