"""Looks of made-up scanners: parcels at random, shown by a palette, at a pitch."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from msgspec import structs

from screener.contracts.wire import Energy, Glance, Look, PitchMm

START = datetime(2026, 11, 1, tzinfo=UTC)
PITCH_MM = PitchMm(across=0.9, along=0.8)
HUES = 25
"""Hues and grey, for dark and again for light matter."""


@dataclass
class Made:
    """A scanner whose parcels follow from a seed; `hue` is where its palette begins."""

    seed: int = 0
    hue: int = 2
    air: float = 0.99
    noise: float = -5.0
    stretch: float = 0.0
    pitch_mm: PitchMm = PITCH_MM
    energy: Energy = Energy.DUAL
    model: str = "screener-1"
    score: float = 0.02
    hub: str = "h1"
    scanner: str = "x1"
    sent: int = 0
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def changed(self, **how: object) -> Made:
        """The scanner after a change, going on where it is."""
        return replace(self, seed=self.seed + 1, **how)  # type: ignore[arg-type]

    def looks(self, count: int, view: int = 1) -> list[Look]:
        """The next scans."""
        return [self.look(view) for _ in range(count)]

    def look(self, view: int = 1) -> Look:
        self.sent += 1
        drawn = self.random.gauss
        rows, cols = round(400 * 2 ** drawn(0, 0.3)), round(500 * 2 ** drawn(0, 0.3))
        glance = Glance(
            air=round(self.air + drawn(0, 0.004), 4),
            tint=(round(drawn(0, 0.003), 4), round(drawn(0, 0.003), 4)),
            matter=round(min(max(drawn(0.5, 0.1), 0.1), 0.9), 4),
            median=round(drawn(0.6, 0.1), 4),
            dark=round(drawn(0.25, 0.05), 4),
            chroma=round(drawn(0.3, 0.04), 4),
            edges=(
                round(drawn(0, 0.1) - self.stretch, 3),
                round(drawn(0, 0.1), 3),
                round(drawn(0, 0.1), 3),
                round(drawn(0, 0.1), 3),
            ),
            noise=round(self.noise + drawn(0, 0.2), 3),
            colours=self._colours(),
        )
        return Look(
            hub=self.hub,
            scanner=self.scanner,
            view=view,
            energy=self.energy,
            pitch_mm=self.pitch_mm,
            at=START + timedelta(seconds=self.sent),
            size_px=(rows, cols),
            glance=glance,
            model=self.model,
            alarm=min(max(self.score * 2 ** drawn(0, 1), 0.0), 1.0),
        )

    def _colours(self) -> bytes:
        """Three materials in shares that differ from parcel to parcel, and some grey."""
        shares = [self.random.random() + 0.1 for _ in range(4)]
        counts = [0] * (2 * HUES)
        for number, share in enumerate(shares[:3]):
            hue = HUES + (self.hue + 6 * number + self.random.choice([0, 1])) % (HUES - 1)
            counts[hue] += round(255 * share / sum(shares))
        counts[HUES - 1] += round(255 * shares[3] / sum(shares))
        return bytes(counts)


def failed(look: Look) -> Look:
    """The look of a scan that could not be decoded."""
    return structs.replace(look, glance=None, size_px=None, model=None, alarm=None, failure="image_corrupt")
