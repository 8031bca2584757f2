"""What is usual for the goods of an HS chapter, from what was declared: robust against those who lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Final

import numpy as np

from screener.core import declaration
from screener.core.risk import Usual
from screener.lab.measures import Numbers
from screener.lab.risk.cases import Case

ENOUGH: Final = 30
"""Parcels of one chapter that a table needs."""

LEAST_SD: Final = 0.2
"""Spreads below this (a fifth) are not believed."""

Weighed = tuple[float, float]
"""A logarithm, and for how many parcels it stands."""


def usual_goods(cases: Iterable[Case], currencies: Mapping[str, float]) -> dict[str, Usual]:
    """Median and spread (from the median deviation) of value a kilogram and weight a piece, by chapter."""
    values: dict[str, list[Weighed]] = defaultdict(list)
    pieces: dict[str, list[Weighed]] = defaultdict(list)
    for case in cases:
        declared = case.facts.declared
        if declared is None or (chapter := declaration.chapter(declared)) is None:
            continue
        if (cny := declaration.cny_per_kg(declared, currencies)) is not None:
            values[chapter].append((log(cny), case.stands_for))
        if (piece_g := declaration.g_per_piece(declared)) is not None:
            pieces[chapter].append((log(piece_g), case.stands_for))
    both = sorted(values.keys() & pieces.keys())
    return {
        chapter: _usual(values[chapter], pieces[chapter])
        for chapter in both
        if min(len(values[chapter]), len(pieces[chapter])) >= ENOUGH
    }


def _usual(values: Sequence[Weighed], pieces: Sequence[Weighed]) -> Usual:
    (value, value_sd), (piece, piece_sd) = _middle(values), _middle(pieces)
    return Usual(
        log_value_per_kg=value,
        log_value_per_kg_sd=value_sd,
        log_g_per_piece=piece,
        log_g_per_piece_sd=piece_sd,
    )


def _middle(found: Sequence[Weighed]) -> tuple[float, float]:
    """The median, and the standard deviation that the median deviation from it has in a normal spread."""
    figures, counts = np.array(found).T
    middle = _median(figures, counts)
    spread = 1.4826 * _median(np.abs(figures - middle), counts)
    return round(middle, 3), round(max(spread, LEAST_SD), 3)


def _median(figures: Numbers, counts: Numbers) -> float:
    order = np.argsort(figures)
    below = np.cumsum(counts[order])
    return float(figures[order][np.searchsorted(below, below[-1] / 2)])
