"""Insertion (threat image projection): simulated loads laid over given scans, with their truth."""

from screener.lab.insertion.display import Display
from screener.lab.insertion.insert import Inserted, insert, insert_load

__all__ = ["Display", "Inserted", "insert", "insert_load"]
