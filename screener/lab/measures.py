"""Measures: threshold for a false alarm rate, shares with their intervals, area under the curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def threshold(alarms: Numbers, false_alarm_rate: float) -> float:
    """An alarm that at most this share of clean parcels reaches: halfway between the two it parts."""
    falling = np.concatenate([[1.0], np.sort(alarms)[::-1]])
    allowed = int(np.floor(false_alarm_rate * len(alarms)))
    return float((falling[allowed] + falling[allowed + 1]) / 2)


def share(hits: NDArray[np.bool_]) -> str:
    """A share with its 95 % Wilson interval, as `.93 [.84, .97]`."""
    low, high = wilson(int(hits.sum()), len(hits))
    return f"{hits.mean():.2f} [{low:.2f}, {high:.2f}]"


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a proportion."""
    p = hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * np.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, float(middle - reach)), min(1.0, float(middle + reach))


def area(clean: Numbers, loaded: Numbers) -> float:
    """Area under the receiver operating curve; ties count half."""
    above = (loaded[:, None] > clean[None, :]).mean()
    return float(above + 0.5 * (loaded[:, None] == clean[None, :]).mean())
