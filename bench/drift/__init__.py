"""How soon a changed scanner is alarmed, and how often one that has not changed.

    .venv/bin/python -m bench.drift

Parcels are simulated once, shown by several makers of scanners, and their looks drawn from: shifts of the
day, pallets of equal parcels, two views, a bad scan now and then. Real scans are drawn from where they lie
beside the project. What [drift] lets pass was chosen on makers 1 to 3 and the parcels 0 to 179; the figures
that count are of makers and parcels that it was not chosen on.
"""
