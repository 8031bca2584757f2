"""The trial: weights fitted on the past are measured on what came after, and against three others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from screener.core.policy import Policy
from screener.lab.measures import Flags, Numbers
from screener.lab.risk import peer
from screener.lab.risk.cases import Cases
from screener.lab.risk.fit import fitted, log_odds, with_model
from screener.lab.risk.quality import Quality, RiskBin, quality, reliability

PARTS: Final = 5
"""Of the time, each with as many over the limit; all but the first are judged by what was fitted before."""

SCORE: Final = ("alarm", "over_limit")
"""What the model says of the scan, without any metadata."""

NEW, OLD, SCORE_ALONE, TREES = "fitted weights", "weights so far", "score alone", "boosted trees"


@dataclass(frozen=True, eq=False)
class Trial:
    """What the later parts showed: log-odds by who judged, what was found, and for how many it stands."""

    log_odds: Mapping[str, Numbers]
    over: Flags
    stands_for: Numbers

    @property
    def qualities(self) -> dict[str, Quality]:
        return {name: quality(said, self.over, self.stands_for) for name, said in self.log_odds.items()}

    @property
    def bins(self) -> list[RiskBin]:
        """The calibration of the fitted weights."""
        return reliability(self.log_odds[NEW], self.over, self.stands_for)


def trial(cases: Cases, policy: Policy, names: Collection[str], *, with_peer: bool) -> Trial:
    """The trial of these signals over all parts but the first. `policy` has the weights so far."""
    edges = _edges(cases)
    said = [
        _said(cases.part(0, start), cases.part(start, stop), policy, names, with_peer)
        for start, stop in pairwise(edges)
    ]
    later = cases.part(edges[0], edges[-1])
    together = {name: np.concatenate([one[name] for one in said]) for name in said[0]}
    return Trial(together, later.over, later.stands_for)


def _edges(cases: Cases) -> list[int]:
    """Where the second part begins, and where it and the later ones end."""
    ends = [part[-1] + 1 for part in np.array_split(np.flatnonzero(cases.over), PARTS)]
    return [*(int(end) for end in ends[:-1]), len(cases)]


def _said(
    past: Cases, future: Cases, policy: Policy, names: Collection[str], with_peer: bool
) -> dict[str, Numbers]:
    new = fitted(past, policy, "", names)
    models = {NEW: new, OLD: policy.risk, SCORE_ALONE: fitted(past, policy, "", SCORE)}
    said = {name: log_odds(model, future, policy) for name, model in models.items()}
    if with_peer:
        said[TREES] = peer.log_odds(past, future, with_model(policy, new))
    return said
