"""Ordinary scans of one simulated scanner, and a bank so small that it is painted in a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from screener.lab import samples
from screener.lab.simulator import bank, beam, maker
from screener.lab.simulator.bank import Bank, BankSettings, Crowd
from screener.lab.truth import CLEAN, Truth, write

MAKER_SEED, SIDE_PX, PITCH_MM = 4, 384, 1.2


def small_bank(folder: Path) -> Bank:
    """Twelve goods, ten loads, three empty parcels."""
    return bank.painted(folder, BankSettings(7, 12, 10, 3, samples.LOADS, concealed=0.0), workers=1)


def one_maker() -> maker.Maker:
    """A make that shows colours."""
    drawn = (maker.draw(np.random.default_rng(seed)) for seed in range(MAKER_SEED, 1000))
    make = next(one for one in drawn if one.style == "colour")
    return replace(make, pitch_across_mm=PITCH_MM, pitch_along_mm=PITCH_MM)


def scans(folder: Path, sprites: Bank, count: int, loaded: tuple[int, ...] = ()) -> None:
    """Writes `count` scans of 288 mm with their truth; those numbered in `loaded` hold three loads."""
    folder.mkdir(parents=True)
    make, lines = one_maker(), []
    for number in range(count):
        rng = np.random.default_rng([number, 0xF0])
        held = 3 if number in loaded else 0
        basis, _ = bank.compose(sprites, SIDE_PX, held, Crowd(0.4, 8), rng)
        side_px = round(SIDE_PX * bank.PITCH_MM / PITCH_MM)
        passed = beam.transmission(basis, beam.beam(make.kv))
        seen = np.stack([cv2.resize(one, (side_px, side_px), interpolation=cv2.INTER_AREA) for one in passed])
        pixels = maker.picture(maker.detect(seen, make, rng), make, rng)
        content, kind = maker.encode(pixels, make)
        name = f"P{number:05}.{kind.removeprefix('image/')}"
        (folder / name).write_bytes(content)
        load = "3 cartons" if held else CLEAN
        lines.append(
            Truth(file=name, source=name, pitch_across_mm=PITCH_MM, pitch_along_mm=PITCH_MM, load=load)
        )
    write(folder, lines)
