"""The simulator: X-ray scans of parcels from physics, with the truth about what they hold.

Needs numpy and OpenCV alone. Everything follows from a seed.
"""

from screener.lab.simulator.parcel import SimulatedParcel, SimulatedScan, Truth, simulate_parcel

__all__ = ["SimulatedParcel", "SimulatedScan", "Truth", "simulate_parcel"]
