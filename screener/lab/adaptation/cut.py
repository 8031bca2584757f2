"""The threshold of a scanner, in logits, for a false alarm rate."""

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
