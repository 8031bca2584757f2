"""Sums over identities for whole columns: what [tally] would answer, a million parcels at a time.

Equal to `screener.core.sums` for identities of up to 40 parcels in a window, and close to it beyond, where
[tally] itself counts like contents only among those it keeps; tests hold the two together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from screener.core.sums import LARGEST, NEWEST

SPAN_MS: Final = 40_000_000_000
"""More than a year and a window: times of different identities never meet."""

NO_KEY: Final = -1


class Counted(NamedTuple):
    """What was counted for each asked: parcels in the window, loads in multiples, and like contents."""

    parcels: np.ndarray
    multiples: np.ndarray
    like: np.ndarray


@dataclass(frozen=True)
class Ledger:
    """All parcels of one kind of identity, by identity and time.

    `keys` are the identities, `places` of each parcel the identity's number and its time as one number,
    in order; `above[i]` is the sum of the loads before the i-th.
    """

    window_ms: int
    keys: np.ndarray
    places: np.ndarray
    above: np.ndarray
    pairs: np.ndarray
    pair_places: np.ndarray

    @staticmethod
    def of(
        keys: np.ndarray, at_ms: np.ndarray, multiples: np.ndarray, contents: np.ndarray, window_ms: int
    ) -> Ledger:
        """The ledger of these parcels, in the order of time; `contents` is `NO_KEY` where nothing is said."""
        known, number = np.unique(keys, return_inverse=True)
        places = number * SPAN_MS + at_ms
        order = np.argsort(places, kind="stable")
        pairs, pair = np.unique(_pair(number, contents), return_inverse=True)
        return Ledger(
            window_ms=window_ms,
            keys=known,
            places=places[order],
            above=np.concatenate([[0.0], np.cumsum(multiples[order])]),
            pairs=pairs,
            pair_places=np.sort(pair * SPAN_MS + at_ms),
        )

    def before(self, keys: np.ndarray, at_ms: np.ndarray, contents: np.ndarray) -> Counted:
        """What of the ledger lies in the window that ends at `at_ms`, that moment included."""
        number, known = _found(self.keys, keys)
        start, stop = _between(self.places, number, at_ms, self.window_ms)
        parcels = np.where(known, stop - start, 0)
        multiples = np.where(known, self.above[stop] - self.above[start], 0.0)
        pair, paired = _found(self.pairs, _pair(number, contents))
        first, last = _between(self.pair_places, pair, at_ms, self.window_ms)
        like = np.where(known & paired & (contents != NO_KEY), last - first, 0)
        return Counted(parcels, multiples, _kept(parcels, like))


def _kept(parcels: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Of like contents, as many as would be among the parcels that are kept one by one."""
    most = NEWEST + LARGEST
    return np.asarray(np.where(parcels > most, np.round(like * most / np.maximum(parcels, 1)), like))


def _pair(number: np.ndarray, contents: np.ndarray) -> np.ndarray:
    """Identity and contents as one number; contents are numbered below 2^26."""
    return np.asarray((number.astype(np.int64) << 26) + contents + 1)


def _found(known: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The place of each key among those known, and whether it is there."""
    place = np.searchsorted(known, keys).clip(0, max(len(known) - 1, 0))
    return place, known[place] == keys if len(known) else np.zeros(len(keys), bool)


def _between(
    places: np.ndarray, number: np.ndarray, at_ms: np.ndarray, window_ms: int
) -> tuple[np.ndarray, np.ndarray]:
    here = number * SPAN_MS + at_ms
    return np.searchsorted(places, here - window_ms, "left"), np.searchsorted(places, here, "right")


@dataclass
class Added:
    """Parcels that come one by one; a question costs as many steps as its identity has parcels."""

    window_ms: int
    entries: dict[int, list[tuple[int, float, int]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: int, at_ms: int, multiples: float, contents: int) -> None:
        """One parcel of this identity."""
        self.entries[key].append((at_ms, multiples, contents))

    def before(self, key: int, at_ms: int, contents: int) -> tuple[int, float, int]:
        """Parcels, multiples and like contents of an identity in the window that ends at `at_ms`."""
        here = [one for one in self.entries.get(key, []) if at_ms - self.window_ms <= one[0] <= at_ms]
        like = sum(one[2] == contents != NO_KEY for one in here)
        return len(here), sum(one[1] for one in here), like
