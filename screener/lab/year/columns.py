"""The columns of a simulated year: one record a parcel, what it declares and what it truly holds."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

DAY_S: Final = 86_400
NOBODY: Final = -1

PARCEL: Final = np.dtype(
    [
        ("at_s", "f8"),  # of the scan, from the beginning of the year
        ("manifest_s", "f4"),  # how long after the scan the manifest comes, 0 where it was there
        ("hub", "u1"),
        ("origin", "i2"),  # index into PLACES
        ("destination", "i2"),
        ("goods", "i1"),  # index into SORTS; NOBODY where contents are not described
        ("more_goods", "i1"),
        ("hs", "?"),  # whether the HS code is given
        ("contents", "i4"),  # which wording of it
        ("weight_g", "f4"),  # as declared; NaN where it is not
        ("value_cny", "f4"),
        ("pieces", "i2"),  # 0 where it is not said
        *(
            (f"{side}_{what}", "i4")
            for side in ("from", "to")
            for what in ("name", "phone", "address", "building")
        ),
        ("kind", "u1"),
        ("form", "u1"),
        ("packing", "u1"),
        ("sticks", "i4"),
        ("tobacco_g", "f4"),
        ("e_cigarettes", "i2"),
        ("illegal", "?"),
        ("ring", "i4"),
        ("licence", "i4"),
        ("row_u", "f4"),  # chance of its own, so that what the model says does not depend on who asks
        ("size_u", "f4"),
        ("jitter", "f4"),
        ("draw", "f4"),
    ]
)


class Kind(IntEnum):
    """Who sends a parcel, and what for."""

    CLEAN = 0
    LEGAL = 1
    LICENSED = 2
    LONE = 3
    RING = 4


class Form(IntEnum):
    """What a load is; a clean parcel has none."""

    NONE = 0
    CARTONS = 1
    PACKS = 2
    LOOSE_STICKS = 3
    SHREDS = 4
    E_CIGARETTES = 5


class Packing(IntEnum):
    """How a load lies among the goods: those are the judge's three covers."""

    OPEN = 0
    AMONG = 1
    BEHIND = 2


def empty(count: int) -> np.ndarray:
    """`count` parcels that say nothing and hold nothing."""
    table = np.zeros(count, PARCEL)
    for name in ("goods", "more_goods", "ring", "licence", *_PEOPLE):
        table[name] = NOBODY
    table["weight_g"] = table["value_cny"] = np.nan
    return table


_PEOPLE = [name for name in PARCEL.names or () if name.startswith(("from_", "to_"))]


def with_chances(table: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same parcels with the numbers that chance will use for each."""
    for name in ("row_u", "size_u", "draw"):
        table[name] = np.minimum(rng.random(len(table)), np.float32(1 - 2**-24))
    table["jitter"] = rng.standard_normal(len(table))
    return table


def picked(rng: np.random.Generator, weights: np.ndarray, count: int) -> np.ndarray:
    """`count` indices, each as often as its weight says."""
    edges = np.cumsum(weights, dtype=np.float64)
    return np.searchsorted(edges, rng.random(count) * edges[-1], side="right").clip(0, len(weights) - 1)
