"""Matter: what things are made of, and how strongly each weakens X-rays.

Every material is expressed as areal amounts of three basis materials (polyethylene, aluminium, iron), so
that a scene of any number of materials is three images. The fit is within 1 % of the tabulated attenuation
between 30 and 160 keV for elements up to zinc, within 4 % for silver and tin (`tests/lab/test_matter.py`);
from iodine on absorption edges spoil it, and no material here holds more than traces of those.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BASIS: tuple[Mapping[str, float], ...] = ({"C": 0.8563, "H": 0.1437}, {"Al": 1.0}, {"Fe": 1.0})
ENERGIES_KEV = np.arange(20.0, 165.0, 5.0)


@dataclass(frozen=True)
class Material:
    """A material: density in g/cm3 and areal amounts of the basis materials per g/cm2 of it."""

    name: str
    density: float
    basis: tuple[float, float, float]


@cache
def elements() -> dict[str, NDArray[np.float64]]:
    """Mass attenuation in cm2/g of each element at `ENERGIES_KEV`, from `attenuation.csv`."""
    with Path(__file__).with_name("attenuation.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    table = np.array(rows, dtype=np.float64)
    return {name: table[:, column] for column, name in enumerate(header) if column > 0}


def attenuation(composition: Mapping[str, float]) -> NDArray[np.float64]:
    """Mass attenuation in cm2/g at `ENERGIES_KEV` of a mixture given by mass fractions (normalised)."""
    total = sum(composition.values())
    return np.sum([elements()[name] * part / total for name, part in composition.items()], axis=0)


@cache
def basis_attenuation() -> NDArray[np.float64]:
    """Mass attenuation of the basis materials, [3, energies]."""
    return np.stack([attenuation(composition) for composition in BASIS])


def material(name: str, density: float, composition: Mapping[str, float]) -> Material:
    """A material fitted to the basis by least squares of relative errors above 30 keV."""
    mu = attenuation(composition)
    seen = ENERGIES_KEV >= 30
    scaled = (basis_attenuation()[:, seen] / mu[seen]).T
    a, b, c = np.linalg.lstsq(scaled, np.ones(scaled.shape[0]), rcond=None)[0]
    return Material(name, density, (float(a), float(b), float(c)))


CELLULOSE = {"C": 0.444, "H": 0.062, "O": 0.494}
WATER = {"H": 0.112, "O": 0.888}

MATERIALS: dict[str, Material] = {
    made.name: made
    for made in (
        material("paper", 0.80, {**CELLULOSE, "Ca": 0.05}),
        material("card", 0.65, {**CELLULOSE, "Ca": 0.02}),
        material("corrugated", 0.13, CELLULOSE),
        material("wood", 0.60, CELLULOSE),
        material("acetate", 0.12, {"C": 0.49, "H": 0.056, "O": 0.454}),
        material("cotton", 0.25, CELLULOSE),
        material("polyester", 0.22, {"C": 0.625, "H": 0.042, "O": 0.333}),
        material("wool", 0.20, {"C": 0.50, "H": 0.07, "O": 0.22, "N": 0.16, "S": 0.035}),
        material("leather", 0.90, {"C": 0.50, "H": 0.07, "O": 0.25, "N": 0.16, "Cr": 0.02}),
        material("rubber", 1.10, {"C": 0.80, "H": 0.09, "S": 0.02, "Zn": 0.02, "O": 0.07}),
        material("polyethylene", 0.94, BASIS[0]),
        material("abs", 1.05, {"C": 0.855, "H": 0.081, "N": 0.064}),
        material("pvc", 1.38, {"C": 0.384, "H": 0.048, "Cl": 0.568}),
        material("foam", 0.04, {"C": 0.92, "H": 0.08}),
        material("water", 1.00, WATER),
        material("drink", 1.04, {**WATER, "C": 0.04}),
        material("oil", 0.92, {"C": 0.77, "H": 0.12, "O": 0.11}),
        material("cream", 0.98, {**WATER, "C": 0.35, "Ti": 0.004}),
        material("glycerine", 1.20, {"C": 0.391, "H": 0.088, "O": 0.521}),
        material("chocolate", 1.25, {"C": 0.56, "H": 0.08, "O": 0.33, "K": 0.005, "Ca": 0.002, "P": 0.003}),
        material("starch", 0.75, {**CELLULOSE, "N": 0.02, "K": 0.002}),
        material("dried leaf", 0.25, {**CELLULOSE, "N": 0.03, "K": 0.015, "Ca": 0.006}),
        material("coffee", 0.40, {**CELLULOSE, "N": 0.02, "K": 0.018, "Mg": 0.002}),
        material("meat", 1.00, {"C": 0.25, "H": 0.09, "O": 0.60, "N": 0.05, "Cl": 0.02, "Na": 0.013}),
        material("salt", 1.20, {"Na": 0.393, "Cl": 0.607}),
        material("sugar", 0.85, {"C": 0.421, "H": 0.065, "O": 0.514}),
        material("pill", 1.30, {**CELLULOSE, "Ca": 0.10, "P": 0.05, "Mg": 0.01}),
        material("glass", 2.50, {"Si": 0.336, "O": 0.46, "Na": 0.10, "Ca": 0.07, "Mg": 0.02, "Al": 0.01}),
        material("ceramic", 2.30, {"Si": 0.31, "Al": 0.12, "O": 0.50, "K": 0.03, "Ca": 0.02, "Fe": 0.01}),
        material("aluminium", 2.70, {"Al": 1.0}),
        material("steel", 7.85, {"Fe": 1.0}),
        material("stainless", 7.90, {"Fe": 0.70, "Cr": 0.19, "Ni": 0.11}),
        material("copper", 8.96, {"Cu": 1.0}),
        material("brass", 8.50, {"Cu": 0.63, "Zn": 0.37}),
        material("zinc", 6.60, {"Zn": 0.96, "Al": 0.04}),
        material("solder", 8.00, {"Sn": 0.99, "Cu": 0.01}),
        material("board", 1.85, {"Si": 0.17, "O": 0.35, "C": 0.30, "H": 0.03, "Ca": 0.08, "Br": 0.05}),
        material("chip", 2.00, {"Si": 0.40, "O": 0.38, "C": 0.20, "Cu": 0.02}),
        material("lithium cell", 2.40, {"C": 0.25, "O": 0.22, "Co": 0.25, "Li": 0.03, "Al": 0.1, "Cu": 0.15}),
        material(
            "alkaline cell", 2.90, {"Mn": 0.30, "Zn": 0.20, "Fe": 0.20, "O": 0.22, "K": 0.05, "H": 0.03}
        ),
        material("gypsum", 0.90, {"Ca": 0.23, "S": 0.19, "O": 0.56, "H": 0.02}),
    )
}


def tobacco(rng: np.random.Generator, density: float) -> Material:
    """Tobacco as it varies: 9 to 16 % water, 7 to 13 % minerals rich in potassium, calcium, chlorine."""
    dry = {"C": 0.45, "H": 0.06, "O": 0.43, "N": 0.03, "S": 0.006, "P": 0.003}
    minerals = {
        "K": rng.uniform(0.015, 0.04),
        "Ca": rng.uniform(0.015, 0.04),
        "Cl": rng.uniform(0.004, 0.016),
        "Mg": rng.uniform(0.003, 0.008),
        "Si": rng.uniform(0.003, 0.015),
    }
    water = rng.uniform(0.09, 0.16)
    mixture = {name: part * (1 - water) for name, part in {**dry, **minerals}.items()}
    mixture["H"] += water * WATER["H"]
    mixture["O"] += water * WATER["O"]
    return material("tobacco", density, mixture)
