"""Hardening: the ratio R of thick matter as a maker shows it, who calibrates with wedges of known materials.

A beam that has passed 15 mm of steel is hard, and their R is that of 3 mm of aluminium. Makers measure
wedges and show what lies on one curve in one colour, however thick it is.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from screener.lab.simulator import beam
from screener.lab.simulator.matter import MATERIALS, Floats

WEDGES = ("polyethylene", "water", "aluminium", "steel")
THIN = 0.28
"""The depth at which R is what `palette` speaks of."""

KV = 150.0
"""Of the calibration: between 140 and 160 kV the curves differ by less than makers' colours do."""

_DEPTHS = np.concatenate([[THIN], np.geomspace(0.4, 12, 24)]).astype(np.float32)


def as_thin(low: Floats, high: Floats) -> Floats:
    """R of thin matter of the kind that has these depths (-ln of both transmissions, [H, W] each)."""
    ratio = low / np.maximum(high, np.float32(1e-4))
    at = np.searchsorted(_DEPTHS, np.clip(high, THIN, _DEPTHS[-1])).clip(1, len(_DEPTHS) - 1)
    share = (np.clip(high, THIN, _DEPTHS[-1]) - _DEPTHS[at - 1]) / (_DEPTHS[at] - _DEPTHS[at - 1])
    curves = _curves()
    here = curves[:, at - 1] * (1 - share) + curves[:, at] * share
    thin = curves[:, 0]
    found = thin[0] + (ratio - here[0])
    for one in range(1, len(WEDGES)):
        slope = (thin[one] - thin[one - 1]) / np.maximum(here[one] - here[one - 1], np.float32(1e-3))
        found = np.where(ratio > here[one - 1], thin[one - 1] + (ratio - here[one - 1]) * slope, found)
    corrected: Floats = np.clip(found, 1.0, 3.5).astype(np.float32)
    return corrected


@cache
def _curves() -> Floats:
    """R of each wedge at each of the depths [WEDGES, DEPTHS]."""
    source = beam.beam(KV)
    found = []
    for name in WEDGES:
        mm = np.geomspace(0.02, 3000, 400)
        basis = (
            np.asarray(MATERIALS[name].basis, np.float32)[:, None, None] * mm.astype(np.float32)[None, None]
        )
        low, high = -np.log(np.maximum(beam.transmission(basis, source)[:, 0].astype(np.float64), 1e-12))
        found.append(np.interp(_DEPTHS, high, low / high))
    return np.array(found, np.float32)
