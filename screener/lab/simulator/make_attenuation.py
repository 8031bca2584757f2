"""Writes `attenuation.csv` from xraydb: total mass attenuation in cm2/g of the elements the simulator uses.

Run once, with the `lab` extra: `python -m screener.lab.simulator.make_attenuation`. The simulator itself
only reads the table, so it runs without xraydb.
"""

from __future__ import annotations

import csv
from pathlib import Path

TABLE = Path(__file__).with_name("attenuation.csv")
ELEMENTS = (
    *("H", "Li", "C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Ti", "Cr", "Mn"),
    *("Fe", "Co", "Ni", "Cu", "Zn", "Br", "Ag", "Sn", "I", "Cs", "Ba", "Gd", "W", "Pb"),
)
ENERGIES_KEV = tuple(range(20, 165, 5))


def main() -> None:
    """Rewrites the table beside this file."""
    import xraydb

    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["energy_kev", *ELEMENTS])
        for energy in ENERGIES_KEV:
            row = [float(xraydb.mu_elam(element, energy * 1000.0)) for element in ELEMENTS]
            writer.writerow([energy, *(f"{mu:.5g}" for mu in row)])


if __name__ == "__main__":
    main()
