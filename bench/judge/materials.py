"""What the judge's loads are made of: attenuation at two effective energies, from xraydb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

LOW_EV = 60e3
HIGH_EV = 95e3

Array = NDArray[np.float32]

CELLULOSE = "C6H10O5"
ORGANIC = {CELLULOSE: 1.0}
ACETATE = {"C10H14O7": 1.0}
PAPER = {CELLULOSE: 0.80, "CaCO3": 0.20}
CARD = {CELLULOSE: 0.88, "CaCO3": 0.12}
FOIL = {"Al": 1.0}
FILM = {"C3H6": 1.0}
SHELL = {"C8H8": 1.0}
LIQUID = {"C3H8O3": 0.5, "C3H8O2": 0.45, "H2O": 0.05}
CELL = {"LiCoO2": 0.35, "C": 0.25, "Cu": 0.12, "Al": 0.08, "C3H6O3": 0.20}
STEEL = {"Fe": 1.0}


@dataclass(frozen=True)
class Matter:
    """A substance as it lies in a voxel it fills: g/cm3, and 1/cm at the low and the high energy."""

    density: float
    low: float
    high: float

    @property
    def channels(self) -> Array:
        """The three values a voxel sums: density, low, high."""
        return np.array([self.density, self.low, self.high], np.float32)

    def scaled(self, by: float) -> Matter:
        """The same substance, so much denser."""
        return Matter(self.density * by, self.low * by, self.high * by)


def matter(parts: Mapping[str, float], density: float) -> Matter:
    """The substance of these mass fractions by formula, at a density in g/cm3."""
    low, high = (_mass_attenuation(parts, energy) for energy in (LOW_EV, HIGH_EV))
    return Matter(density, density * low, density * high)


def tobacco(density: float, rng: np.random.Generator) -> Matter:
    """Cured tobacco at a density in g/cm3: water and ash (K, Ca, Cl, Si) differ from field to field."""
    water = rng.uniform(0.10, 0.14)
    ash = {"K": 0.03, "Ca": 0.03, "Cl": 0.01, "SiO2": 0.01}
    minerals = {formula: share * rng.uniform(0.6, 1.4) for formula, share in ash.items()}
    dry = 1.0 - water - sum(minerals.values())
    return matter({CELLULOSE: dry, "H2O": water, **minerals}, density)


def _mass_attenuation(parts: Mapping[str, float], energy_ev: float) -> float:
    weighted = sum(share * _cm2_per_g(formula, energy_ev) for formula, share in parts.items())
    return weighted / sum(parts.values())


@cache
def _cm2_per_g(formula: str, energy_ev: float) -> float:
    import xraydb

    return float(xraydb.material_mu(formula, energy_ev, density=1.0))
