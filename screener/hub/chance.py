"""Chance from a seed: the same seed and place give the same draws, whatever was drawn elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Rng = np.random.Generator


def chance(seed: int, *place: int) -> Rng:
    """The draws of one place (a parcel's number, then what is drawn for)."""
    return np.random.default_rng([seed, *place])


def one_of(rng: Rng, choices: Sequence[T]) -> T:
    """One of them, each as likely as the others."""
    return choices[int(rng.integers(len(choices)))]
