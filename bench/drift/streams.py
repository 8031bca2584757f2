"""What a scanner sends over a day: shifts, pallets of equal parcels, two views, a bad scan now and then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from bench.drift.shown import Shown, Stock
from screener.contracts.wire import Look

START = datetime(2026, 11, 1, tzinfo=UTC)
SHIFT = 1500
"""Scans of a shift."""

BAD = 0.003


@dataclass
class Stream:
    """Scans without end. `views` of 2 show the same parcel, one after the other."""

    stock: Stock
    seed: int
    views: int = 1
    model: str = "screener-1"

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, 0x57])
        self.sent = int(self.rng.integers(2 * SHIFT))
        self.pallet: tuple[Shown, ...] = ()
        self.left = 0

    def scans(self, count: int) -> Iterator[Look]:
        """So many scans, after those that were sent before."""
        for _ in range(count // self.views):
            shown = self._next()
            for view in range(1, self.views + 1):
                yield self._look(shown, view)

    def _next(self) -> Shown:
        """Of a pallet while one is being unloaded, two in three; else of the shift."""
        if not self.left and self.stock.pallets and self.rng.random() < 1 / 200:
            self.pallet = self.stock.pallets[self.rng.integers(len(self.stock.pallets))]
            self.left = int(min(400, self.rng.geometric(1 / 80)))
        if self.left and self.rng.random() < 2 / 3:
            self.left -= 1
            return self.pallet[self.rng.integers(len(self.pallet))]
        by_night = self.sent // SHIFT % 2 == 1
        share = 0.85 if by_night else 0.15
        pool = self.stock.night if self.stock.night and self.rng.random() < share else self.stock.day
        return pool[self.rng.integers(len(pool))]

    def _look(self, shown: Shown, view: int) -> Look:
        self.sent += 1
        at = START + timedelta(seconds=4 * self.sent)
        bad = self.rng.random() < BAD
        return Look(
            hub="bench",
            scanner="x",
            view=view,
            energy=shown.energy,
            pitch_mm=shown.pitch_mm,
            at=at,
            size_px=None if bad else shown.size_px,
            glance=None if bad else shown.glance,
            model=None if bad else self.model,
            alarm=None if bad else float(1 / (1 + np.exp(-self.rng.normal(-4, 1.5)))),
            failure="image_corrupt" if bad else None,
        )
