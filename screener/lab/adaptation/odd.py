"""Odd scans: ordinary ones whose alarm lies so far out that a person should look at them first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from screener.lab.measures import Numbers

FENCE = 3.0
"""Tukey's far-out fence, in interquartile ranges above the upper quartile: of normal scores one in 10^6."""

MOST = 0.06
"""No more than this share is set aside: where many lie far out it is the scanner, and not the odd scan."""


def far_out(scores: Numbers, sure: Sequence[bool]) -> list[int]:
    """Places of the scores beyond the fence, highest first; scans that are `sure` to be clean never are.

    Scores are logits, so that the distance between .99 and .999 counts.
    """
    if len(scores) < 8:
        return []
    lower, upper = np.quantile(scores, [0.25, 0.75])
    fence = upper + FENCE * max(float(upper - lower), 0.25)
    beyond = [int(i) for i in np.argsort(scores)[::-1] if scores[i] > fence and not sure[int(i)]]
    return beyond[: int(np.ceil(MOST * len(scores)))]
