"""Screener finds likely tobacco in the X-ray scans of courier parcels and says how much."""

__version__ = "0.1.0"
