"""Samples: simulated scans through the very image path that serving uses, with the truth for every cell."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.contracts.wire import Energy
from screener.imaging.prepare import prepare
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.parcel import SimulatedScan, simulate
from screener.lab.simulator.scene import Crowding

PITCH_MM, CELL_PX = 1.5, 8
CELL_CM2 = (CELL_PX * PITCH_MM / 10.0) ** 2

TRAINING_SEEDS = 1_000_000_000
VALIDATION_SEEDS = 2_000_000_000
TEST_SEEDS = 3_000_000_000
"""Where the seeds of the three sets begin: no parcel, maker or palette is shared between them."""

LOADS = (
    *(
        ("1 carton", 6),
        ("2 cartons", 6),
        ("3 cartons", 6),
        ("4 cartons", 4),
        ("5 cartons", 5),
        ("8 cartons", 3),
    ),
    *(("2 packs", 3), ("5 packs", 6), ("10 packs", 8), ("20 packs", 4)),
    *(("60 loose sticks", 3), ("120 loose sticks", 5), ("200 loose sticks", 7), ("400 loose sticks", 4)),
    *(
        ("0.25 kg cut tobacco", 3),
        ("0.5 kg cut tobacco", 6),
        ("1 kg cut tobacco", 7),
        ("2 kg cut tobacco", 3),
    ),
    *(("3 e-cigarettes", 3), ("10 e-cigarettes", 6)),
)
"""Loads of training and how often each is drawn."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture [3, H, W] (1.0 = air) with cell truths [3, H/8, W/8] in g/cm2, padded to its extent."""

    image: NDArray[np.float16]
    cells: Floats
    extent: tuple[int, int]


def picture(scan: SimulatedScan) -> Floats:
    """The scan as serving sees it: encoded by the scanner, decoded again, prepared."""
    decoded = decode(*scan.encode())
    return prepare(decoded, scan.pitch_across_mm, scan.pitch_along_mm, Energy(scan.energy), PITCH_MM)


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


def draw(seed: int, ease: float, crop_px: int, clean_share: float) -> Sample:
    """The training crop of a seed. `ease` 1 is a clear load in sparse goods, 0 the full crowd."""
    rng = np.random.default_rng([seed, 0x7EA])
    kind = "clean" if rng.random() < clean_share else _load(rng)
    full = (1 - ease) * 1.1
    crowding = Crowding((0.1 + 0.1 * (1 - ease), 0.15 + full), 5 + round(21 * (1 - ease)))
    scan = simulate(seed, kind, crowding, views=1).scans[0]
    return _cropped(scan, crop_px, rng)


def _load(rng: np.random.Generator) -> str:
    weights = np.array([weight for _, weight in LOADS], dtype=np.float64)
    return LOADS[int(rng.choice(len(LOADS), p=weights / weights.sum()))][0]


def _cropped(scan: SimulatedScan, side: int, rng: np.random.Generator) -> Sample:
    """A crop of whole cells, most often around the load, turned and mirrored at random."""
    image = picture(scan)
    rows, cols = image.shape[1] // CELL_PX, image.shape[2] // CELL_PX
    cells = cell_truth(scan.density, image.shape[1], image.shape[2])[:, :rows, :cols]
    count = side // CELL_PX
    top, left = _corner(cells, count, rng)
    cells = cells[:, top : top + count, left : left + count]
    high, wide = cells.shape[1], cells.shape[2]
    image = image[:, top * CELL_PX : (top + high) * CELL_PX, left * CELL_PX : (left + wide) * CELL_PX]
    return _placed(*_turned(image, cells, rng), side)


def _corner(cells: Floats, count: int, rng: np.random.Generator) -> tuple[int, int]:
    """The first cell of a crop: around a cell of the load four times out of five where there is one."""
    rows, cols = max(cells.shape[1] - count, 0), max(cells.shape[2] - count, 0)
    loaded = np.argwhere(cells.sum(0) > 0.1)
    if len(loaded) and rng.random() < 0.8:
        row, col = loaded[int(rng.integers(len(loaded)))] - rng.integers(0, count, 2)
        return int(np.clip(row, 0, rows)), int(np.clip(col, 0, cols))
    return int(rng.integers(rows + 1)), int(rng.integers(cols + 1))


def _turned(image: Floats, cells: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    flip, mirror, swap = rng.random(3) < 0.5
    for axis, do in ((1, flip), (2, mirror)):
        if do:
            image, cells = np.flip(image, axis), np.flip(cells, axis)
    return (image.swapaxes(1, 2), cells.swapaxes(1, 2)) if swap else (image, cells)


def _placed(image: Floats, cells: Floats, side: int) -> Sample:
    whole = np.ones((3, side, side), np.float16)
    whole[:, : image.shape[1], : image.shape[2]] = image
    truth = np.zeros((3, side // CELL_PX, side // CELL_PX), np.float32)
    truth[:, : cells.shape[1], : cells.shape[2]] = cells
    return Sample(whole, truth, (image.shape[1], image.shape[2]))
