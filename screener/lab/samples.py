"""Samples: simulated scans through the very image path that serving uses, with the truth for every cell."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.imaging.prepare import prepare
from screener.lab.simulator import beam, maker
from screener.lab.simulator.bank import PITCH_MM as BANK_PITCH_MM
from screener.lab.simulator.bank import Bank, Crowd, compose
from screener.lab.simulator.canvas import faint
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.parcel import SimulatedScan

PITCH_MM, CELL_PX = 1.5, 8

UNTOLD = 0.07
"""g/cm2 that training takes neither for a load nor for none."""

TRAINING_SEEDS = 1_000_000_000
VALIDATION_SEEDS = 2_000_000_000
TEST_SEEDS = 3_000_000_000
"""Where the seeds of the three sets begin: no parcel, maker or palette is shared between them."""

DRAPED = (0.2, 0.8)
"""Share of bags among sparse crops and in the full crowd: cloth and metal all over, few and thin goods."""

LOADS = (
    *(("1 carton", 6), ("2 cartons", 6), ("3 cartons", 6), ("4 cartons", 4), ("5 cartons", 5)),
    *(("8 cartons", 2), ("1 opened carton", 4), ("2 opened cartons", 3)),
    *(("1 pack", 2), ("2 packs", 3), ("5 packs", 5), ("10 packs", 7), ("20 packs", 3)),
    *(("60 loose sticks", 3), ("120 loose sticks", 5), ("200 loose sticks", 7), ("400 loose sticks", 4)),
    *(("200 heated-tobacco sticks", 4), ("400 heated-tobacco sticks", 2)),
    *(("0.25 kg cut tobacco", 3), ("0.5 kg cut tobacco", 6), ("1 kg cut tobacco", 7)),
    *(("2 kg cut tobacco", 3), ("0.5 kg leaf", 4), ("1 kg leaf", 4)),
    *(("3 e-cigarettes", 4), ("10 e-cigarettes", 8), ("10 refill bottles", 4)),
)
"""Loads of training and how often each is drawn."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A crop [3, S, S] (1.0 = air) with its cell truths [3, S/8, S/8] in g/cm2."""

    image: NDArray[np.float16]
    cells: Floats


def picture(scan: SimulatedScan) -> Floats:
    """The scan as serving sees it: encoded by the scanner, decoded again, prepared."""
    decoded = decode(*scan.encode())
    return prepare(decoded, scan.pitch_across_mm, scan.pitch_along_mm, scan.energy, PITCH_MM)


def decode(data: bytes, kind: str) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Our own image bytes as pixels: trusted, unlike those of a hub, which are decoded under bounds."""
    buffer = np.frombuffer(data, np.uint8)
    if kind == "image/tiff":
        _, pages = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED)
        return np.stack(pages)
    pixels = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB) if pixels.ndim == 3 else pixels


def cell_truth(density: Floats, rows: int, cols: int) -> Floats:
    """Mean areal densities of the cells of a picture of `rows` x `cols` pixels; what is left over is air."""
    padded = np.zeros((3, -(-rows // CELL_PX) * CELL_PX, -(-cols // CELL_PX) * CELL_PX), np.float32)
    for channel in range(3):
        padded[channel, :rows, :cols] = cv2.resize(
            density[channel], (cols, rows), interpolation=cv2.INTER_AREA
        )
    high, wide = padded.shape[1] // CELL_PX, padded.shape[2] // CELL_PX
    return padded.reshape(3, high, CELL_PX, wide, CELL_PX).mean((2, 4))


def draw(bank: Bank, seed: int, ease: float, crop_px: int, clean_share: float) -> Sample:
    """The training crop of a seed. `ease` 1 is a clear load in sparse goods, 0 the full crowd."""
    rng = np.random.default_rng([seed, 0x7EA])
    loaded = 0 if rng.random() < clean_share else 1 + int(rng.random() < 0.35) + int(rng.random() < 0.15)
    crowd = _crowd(1 - ease, rng)
    side_px = round(crop_px * PITCH_MM / BANK_PITCH_MM)
    basis, truth = compose(bank, side_px, loaded, crowd, rng)
    make = maker.draw(rng)
    passed = beam.transmission(basis, beam.beam(make.kv))
    image = picture(_scanned(passed, make, rng))
    assert image.shape == (3, crop_px, crop_px), image.shape
    return Sample(image.astype(np.float16), _told(_cells(truth), _cells(basis), _cells(passed)))


def _crowd(full: float, rng: np.random.Generator) -> Crowd:
    """A bag or a parcel, from sparse (0) to full (1)."""
    if rng.random() < DRAPED[0] + (DRAPED[1] - DRAPED[0]) * full:
        fill, most = rng.uniform(0.05, 0.15 + 0.45 * full), 2 + round(30 * full)
        return Crowd(fill, most, draped=True, thinnest=0.1, matter=float(rng.uniform(0.25, 0.9)))
    fill, most = rng.uniform(0.08, 0.15 + 0.9 * full), 3 + round(40 * full)
    return Crowd(fill, most, thinnest=0.4, matter=float(rng.uniform(0.4, 1.0)))


OPAQUE = 0.012
"""Where less of the beam than this passes, nobody can say what lies there: 25 cm of water, 9 mm of steel."""


def _told(cells: Floats, basis: Floats, passed: Floats) -> Floats:
    """The truth of cells, `UNTOLD` where the beam does not come through or the load is too little of all."""
    hidden = (passed[1] < OPAQUE) | faint(basis, cells)
    told: Floats = np.where(hidden & (cells > UNTOLD), np.float32(UNTOLD), cells)
    return told


def _scanned(passed: Floats, make: maker.Maker, rng: np.random.Generator) -> SimulatedScan:
    """The crop as a maker's scan: its pixels are so many that they cover the crop exactly."""
    side_mm = passed.shape[1] * BANK_PITCH_MM
    rows, cols = round(side_mm / make.pitch_across_mm), round(side_mm / make.pitch_along_mm)
    seen = np.stack([cv2.resize(channel, (cols, rows), interpolation=cv2.INTER_AREA) for channel in passed])
    pixels = maker.picture(maker.detect(seen, make, rng), make, rng)
    return SimulatedScan(pixels, side_mm / rows, side_mm / cols, NO_TRUTH, make)


NO_TRUTH = np.zeros((3, 0, 0), np.float32)


def _cells(images: Floats) -> Floats:
    """Means over the cells of images on the bank's grid, [C, S, S] to [C, S/16, S/16]."""
    count = round(CELL_PX * PITCH_MM / BANK_PITCH_MM)
    side = images.shape[1] // count
    cells: Floats = images.reshape(len(images), side, count, side, count).mean((2, 4))
    return cells
