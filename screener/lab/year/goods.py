"""The goods that parcels of a simulated year declare: price and weight of a piece, and who sends them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np


class Sort(NamedTuple):
    """One sort of goods: HS code, CNY and grams a piece (median), their spread (log), and shares.

    `shops`, `homes` and `covers` say how often shops and households send it, and how often smugglers
    declare it at first.
    """

    name: str
    hs: str
    cny: float
    cny_sd: float
    gram: float
    gram_sd: float
    shops: float
    homes: float
    covers: float


SORTS: Final = (
    Sort("clothing", "610910", 110, 0.7, 380, 0.5, 20, 14, 12),
    Sort("shoes", "640419", 190, 0.6, 850, 0.3, 7, 3, 5),
    Sort("household goods", "392410", 30, 0.8, 420, 0.8, 12, 10, 13),
    Sort("food", "190590", 32, 0.7, 650, 0.7, 9, 14, 14),
    Sort("tea", "090230", 140, 0.8, 350, 0.6, 3, 8, 11),
    Sort("confectionery", "170490", 30, 0.6, 450, 0.6, 4, 4, 6),
    Sort("books", "490199", 35, 0.5, 480, 0.5, 5, 6, 5),
    Sort("stationery", "960810", 14, 0.7, 150, 0.8, 4, 2, 2),
    Sort("toys", "950300", 70, 0.8, 500, 0.7, 5, 5, 5),
    Sort("electronics", "851762", 420, 1.0, 420, 0.7, 7, 5, 3),
    Sort("cable", "854442", 22, 0.6, 90, 0.6, 4, 2, 1),
    Sort("hardware", "731815", 40, 0.9, 700, 0.9, 4, 2, 3),
    Sort("tools", "820559", 90, 0.8, 900, 0.7, 3, 1, 3),
    Sort("medicine", "300490", 60, 0.7, 180, 0.6, 4, 7, 4),
    Sort("tableware", "691110", 60, 0.7, 700, 0.6, 2, 2, 3),
    Sort("gifts", "950590", 90, 0.9, 600, 0.8, 2, 9, 8),
    Sort("drinks", "220299", 20, 0.7, 900, 0.6, 3, 3, 3),
    Sort("batteries", "850760", 60, 0.7, 250, 0.6, 1.5, 0.5, 1),
    Sort("tobacco", "240220", 180, 0.7, 250, 0.4, 0.05, 0.4, 1.5),
    Sort("e-cigarettes", "854340", 120, 0.5, 60, 0.4, 0.1, 0.15, 0.5),
)

TOBACCO: Final = 18
E_CIGARETTES: Final = 19
HS: Final = tuple(sort.hs[:4] for sort in SORTS)
LOG_CNY: Final = np.log([sort.cny for sort in SORTS])
CNY_SD: Final = np.array([sort.cny_sd for sort in SORTS])
LOG_GRAM: Final = np.log([sort.gram for sort in SORTS])
GRAM_SD: Final = np.array([sort.gram_sd for sort in SORTS])


def shares(column: str) -> np.ndarray:
    """The shares of the sorts in one column, adding up to 1."""
    found = np.array([getattr(sort, column) for sort in SORTS], float)
    return found / found.sum()
