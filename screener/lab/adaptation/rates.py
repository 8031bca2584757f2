"""Rates: the threshold for a false alarm rate, and what a number of clean scans can show of one."""

from __future__ import annotations

import numpy as np

from screener.lab.measures import Numbers

CLEARANCE = 0.05
"""Of a threshold above the highest score that may not reach it, in logits: machines round differently."""


def cut(clean: Numbers, false_alarm_rate: float) -> float:
    """The score that at most this share of clean scores reaches: just above the highest that may not."""
    falling = np.sort(clean)[::-1]
    allowed = int(false_alarm_rate * len(falling) + 1e-9)
    refused = float(falling[allowed])
    above = falling[falling > refused]
    return refused + (min(CLEARANCE, float(above.min() - refused) / 2) if len(above) else CLEARANCE)


def upper_bound(hits: int, count: int) -> float:
    """Clopper and Pearson's one-sided 95 % upper bound of a rate, by bisection."""
    if hits >= count:
        return 1.0
    low, high = hits / count, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, count, middle) > 0.05 else (low, middle)
    return high


def _at_most(hits: int, count: int, rate: float) -> float:
    """The chance of so many hits or fewer at a rate."""
    chance = total = (1 - rate) ** count
    for number in range(hits):
        chance *= (count - number) / (number + 1) * rate / max(1 - rate, 1e-12)
        total += chance
    return total
