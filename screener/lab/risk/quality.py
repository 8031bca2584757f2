"""How good stated risks are, on cases that each stand for so many parcels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit

from screener.lab.measures import Flags, Numbers

BINS: Final = 10
INSPECTED: Final = (0.01, 0.02, 0.05, 0.1)
"""Shares of all parcels that could be opened."""


@dataclass(frozen=True)
class Quality:
    """Figures of one way to judge.

    `log_loss` is in nats a parcel, `explained` the share of it that a bare base rate would lose and this
    does not. `recalls` is the share of parcels over the limit among those of the highest risk, for each
    share of `INSPECTED`.
    """

    log_loss: float
    explained: float
    calibration_error: float
    area: float
    recalls: tuple[float, ...]


@dataclass(frozen=True)
class RiskBin:
    """Parcels of about the same risk: `parcels` of the stream, what was expected of them, what was found.

    `cases` over the limit were seen; `found` counts what they stand for.
    """

    parcels: float
    expected: float
    found: float
    cases: int


def quality(log_odds: Numbers, over: Flags, stands_for: Numbers) -> Quality:
    """The figures of stated log-odds on cases of which at least one is over the limit and one is not."""
    share = np.average(over, weights=stands_for)
    bare = log_loss(np.full(len(over), np.log(share / (1.0 - share))), over, stands_for)
    loss = log_loss(log_odds, over, stands_for)
    return Quality(
        log_loss=loss,
        explained=1.0 - loss / bare,
        calibration_error=calibration_error(reliability(log_odds, over, stands_for)),
        area=area(log_odds, over, stands_for),
        recalls=tuple(recall(log_odds, over, stands_for, part) for part in INSPECTED),
    )


def log_loss(log_odds: Numbers, over: Flags, stands_for: Numbers) -> float:
    """The mean negative log-likelihood of what was found."""
    return float(np.average(np.logaddexp(0.0, log_odds) - over * log_odds, weights=stands_for))


def recall(log_odds: Numbers, over: Flags, stands_for: Numbers, inspected: float) -> float:
    """The share of parcels over the limit in the `inspected` share of highest risk; the last one in part."""
    order = np.argsort(-log_odds, kind="stable")
    counts = stands_for[order]
    left = inspected * counts.sum() - (np.cumsum(counts) - counts)
    opened = np.clip(left, 0.0, counts)
    return float(opened @ over[order] / (stands_for @ over))


def reached(log_odds: Numbers, stands_for: Numbers, share: float) -> float:
    """The log-odds that this share of the parcels reach."""
    order = np.argsort(-log_odds, kind="stable")
    counts = np.cumsum(stands_for[order])
    return float(log_odds[order][np.searchsorted(counts, share * counts[-1])])


def area(log_odds: Numbers, over: Flags, stands_for: Numbers) -> float:
    """The chance that a parcel over the limit has the higher risk than one that is not; ties count half."""
    values, at = np.unique(log_odds, return_inverse=True)
    bad = np.bincount(at, stands_for * over, len(values))
    good = np.bincount(at, stands_for * ~over, len(values))
    below = np.cumsum(good) - good / 2
    return min(float(bad @ below / (bad.sum() * good.sum())), 1.0)


def reliability(log_odds: Numbers, over: Flags, stands_for: Numbers, bins: int = BINS) -> list[RiskBin]:
    """Bins from low to high risk, of each of which about as many over the limit are expected."""
    order = np.argsort(log_odds, kind="stable")
    expected = (stands_for * expit(log_odds))[order]
    place = np.minimum((np.cumsum(expected) / expected.sum() * bins).astype(int), bins - 1)
    counts, held = stands_for[order], over[order]
    return [_bin(place == number, counts, expected, held) for number in np.unique(place)]


def _bin(here: Flags, counts: Numbers, expected: Numbers, held: Flags) -> RiskBin:
    return RiskBin(
        parcels=float(counts[here].sum()),
        expected=float(expected[here].sum()),
        found=float(counts[here] @ held[here]),
        cases=int(held[here].sum()),
    )


def calibration_error(bins: Sequence[RiskBin]) -> float:
    """The mean gap between stated and found probability, over all parcels."""
    return sum(abs(one.expected - one.found) for one in bins) / sum(one.parcels for one in bins)
