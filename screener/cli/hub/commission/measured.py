"""What was measured of a model on one scanner: alarms of held-out scans, as they are and loaded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from msgspec import Struct

from screener.lab.adaptation import figures
from screener.lab.adaptation.answered import Answers
from screener.lab.adaptation.figures import Measured
from screener.lab.adaptation.trial import Case
from screener.lab.measures import Numbers

CERTAIN = 1e-9
"""An alarm as near to 0 or 1 as this has no log-odds worth more."""


class Kept(Struct, frozen=True, kw_only=True):
    """Cases, the files of their pictures, the log-odds of their alarms, and recall beside that of others.

    `sure` are scans that were opened and held nothing.
    """

    cases: tuple[Case, ...]
    pictures: tuple[str, ...]
    logits: tuple[float, ...]
    sure: frozenset[str]
    table: tuple[dict[str, str], ...]
    how: str

    def at(self, rate: float) -> Measured:
        """The figures at a false alarm rate."""
        return measured(self.cases, np.array(self.logits), self.sure, rate)

    @property
    def clean(self) -> dict[str, float]:
        """The log-odds of the scans that nothing was laid over, by name."""
        return {case.scan: logit for case, logit in zip(self.cases, self.logits, strict=True) if case.clean}


def measured(cases: Sequence[Case], logits: Numbers, sure: frozenset[str], rate: float) -> Measured:
    """Figures of alarms alone: no class, no amounts."""
    scores = np.zeros((len(logits), 4))
    scores[:, 3] = logits
    return Measured(tuple(cases), Answers(scores, np.zeros((len(logits), 2))), sure, rate)


def logit(alarm: float) -> float:
    """The log-odds of an alarm."""
    inside = min(max(alarm, CERTAIN), 1 - CERTAIN)
    return math.log(inside / (1 - inside))


def alarm(logit: float) -> float:
    """The probability of log-odds, whatever they are."""
    return 0.5 + 0.5 * math.tanh(logit / 2)


def table(before: Measured, after: Measured) -> tuple[dict[str, str], ...]:
    """Recall by load before and after, each at its own threshold for the same rate."""
    return tuple(figures.table(before, after))


def at_rate(of: Measured, rate: float) -> Measured:
    """The same alarms at another rate."""
    return replace(of, rate=rate)
