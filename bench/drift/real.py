"""The looks of real scans, where a folder of them lies beside the project."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bench.drift.shown import Shown
from screener.config import ImageLimits
from screener.contracts.wire import PitchMm
from screener.imaging.glance import glance
from screener.imaging.picture import Request, read_picture
from screener.scoring.offline import SUFFIXES

PITCHES_MM = {"sixray-negatives": 0.75}
"""Estimates, as their README has them; 0.9 for the others."""


@cache
def folders(at: Path) -> dict[str, tuple[Shown, ...]]:
    """The looks of each folder's scans, in the order of their names: neighbours may be one bag twice."""
    return {folder.name: _looks(folder) for folder in sorted(at.iterdir()) if folder.is_dir()}


def _looks(folder: Path) -> tuple[Shown, ...]:
    pitch_mm = PITCHES_MM.get(folder.name, 0.9)
    images = sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES)
    return tuple(_shown(one, pitch_mm) for one in images)


def _shown(image: Path, pitch_mm: float) -> Shown:
    kind = "image/png" if image.suffix.lower() == ".png" else "image/jpeg"
    read = read_picture(Request(image.read_bytes(), kind, pitch_mm, pitch_mm, None), ImageLimits(), 1.5)
    pitch = PitchMm(across=pitch_mm, along=pitch_mm)
    return Shown(glance(read.image), read.original_px, pitch, read.energy)
