"""The figures of a model on a scanner: how they were measured, how sure they are, how alarms lie."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from screener.cli.hub.commission.asked import USUAL_RATE
from screener.cli.hub.commission.measured import Kept
from screener.lab import measures
from screener.lab.adaptation import figures
from screener.lab.measures import Indices


class Figures(Struct, frozen=True, kw_only=True):
    """Recall by load at the usual rate with 95 % intervals, and the area under the curve with its own."""

    rate: float
    recalls: dict[str, str]
    mean_recall: float
    area: str
    sureness: str
    aside: tuple[str, ...]
    table: tuple[dict[str, str], ...]
    how: str


def figured(kept: Kept) -> Figures:
    """The figures at the usual rate."""
    at = kept.at(USUAL_RATE)
    return Figures(
        rate=USUAL_RATE,
        recalls={load: str(at.recall(load)) for load in at.loads},
        mean_recall=at.mean_recall,
        area=str(_area(kept)),
        sureness=figures.sureness(at),
        aside=tuple(figures.all_aside([at])),
        table=kept.table,
        how=kept.how,
    )


def _area(kept: Kept) -> measures.Interval:
    """Under the curve of all loads, its interval over scans."""
    clean = np.array([case.clean for case in kept.cases])
    logits = np.array(kept.logits)
    groups = measures.grouped([case.scan for case in kept.cases])

    def of(chosen: Indices) -> float:
        here = clean[chosen]
        if here.all() or not here.any():
            return float("nan")
        return measures.area(logits[chosen][here], logits[chosen][~here])

    return measures.bootstrap(of, groups)
