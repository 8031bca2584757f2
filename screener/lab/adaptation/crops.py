"""Training crops of one scanner: its ordinary scans, half of them with loads, as serving sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab import samples
from screener.lab.adaptation.scans import Scan
from screener.lab.insertion import Display, insert, placing
from screener.lab.insertion.planes import Layout, Pixels, size, window
from screener.lab.samples import PITCH_MM, Sample
from screener.lab.simulator import bank
from screener.lab.simulator.bank import Bank, Entry
from screener.lab.simulator.canvas import Canvas
from screener.lab.simulator.goods import Rng
from screener.lab.simulator.matter import Floats

CROPS = 0xADA
SMALL_CM2 = 90.0
"""Sprites with a smaller box are packs and sticks: several of them are laid together."""

Cells = NDArray[np.uint8]


@dataclass(frozen=True)
class Place:
    """A point of a scan, mm from its first row and column."""

    scan: int
    row_mm: float
    col_mm: float


@dataclass(frozen=True, eq=False)
class Crops:
    """Batches of crops by step, picklable; the same step gives the same batch.

    `hard` are places of clean scans that alarm. `bank_dir` holds a painted bank.
    """

    scans: tuple[Scan, ...]
    display: Display
    bank_dir: Path
    hard: tuple[Place, ...]
    batch: int
    crop_px: int
    simulated_share: float
    loaded_share: float
    hard_share: float
    seed: int

    def __call__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Pictures [B, 3, S, S] and cells [B, 3, S/8, S/8] in g/cm2."""
        drawn = [self.draw(step * self.batch + index) for index in range(self.batch)]
        return np.stack([one.image for one in drawn]), np.stack([one.cells for one in drawn])

    def draw(self, number: int) -> Sample:
        """One crop: simulated as before, or of a scan, with a load or without."""
        rng = np.random.default_rng([self.seed, CROPS, number])
        if rng.random() < self.simulated_share:
            seed = samples.TRAINING_SEEDS + 900_000_000 + number
            return samples.draw(self._bank, seed, 0.0, self.crop_px, 0.5)
        return self._loaded(rng) if rng.random() < self.loaded_share else self._clean(rng)

    # opened once in the process that draws, never before it is handed over
    @cached_property
    def _bank(self) -> Bank:
        return bank.opened(self.bank_dir)

    @cached_property
    def _small(self) -> tuple[Entry, ...]:
        return tuple(one for one in self._bank.by_role[bank.LOAD] if _box_cm2(one) < SMALL_CM2)

    @cached_property
    def _outlines(self) -> dict[int, NDArray[np.intp]]:
        return {}

    def _clean(self, rng: Rng) -> Sample:
        if self.hard and rng.random() < self.hard_share:
            at = self.hard[int(rng.integers(len(self.hard)))]
        else:
            at = self._within(int(rng.integers(len(self.scans))), rng)
        part = Part.around(self.scans[at.scan], self.display, at, self.crop_px, rng)
        return part.sample(part.pixels, np.zeros((3, *size(part.pixels)), np.float32))

    def _loaded(self, rng: Rng) -> Sample:
        at = self._within(int(rng.integers(len(self.scans))), rng)
        part = Part.around(self.scans[at.scan], self.display, at, self.crop_px, rng)
        pixels, density = part.pixels, np.zeros((3, *size(part.pixels)), np.float32)
        for entry in self._load(rng):
            sprite = _resampled(self._bank, entry, part.scan, rng)
            top, left = part.corner(sprite, rng)
            pixels, truth = insert(pixels, self.display, sprite, top, left, rng)
            density += truth
        return part.sample(pixels, density)

    def _load(self, rng: Rng) -> list[Entry]:
        first = self._bank.pick(bank.LOAD, rng)
        if _box_cm2(first) >= SMALL_CM2 or not self._small:
            return [first] + ([self._bank.pick(bank.LOAD, rng)] if rng.random() < 0.2 else [])
        more = rng.integers(len(self._small), size=int(rng.integers(0, 8)))
        return [first, *(self._small[int(index)] for index in more)]

    def _within(self, scan: int, rng: Rng) -> Place:
        """A point within the outline of a scan's contents, where there is one."""
        if scan not in self._outlines:
            self._outlines[scan] = _outline(self.scans[scan], self.display)
        cells = self._outlines[scan]
        if not len(cells):
            return Place(scan, 0.0, 0.0)
        row, col = (cells[int(rng.integers(len(cells)))] + rng.random(2)) * placing.CELL_MM
        return Place(scan, float(row), float(col))


def _outline(scan: Scan, display: Display) -> NDArray[np.intp]:
    """The cells of a scan that lie within the outline of its contents."""
    luminance = display.planes(scan.pixels())[0]
    return np.argwhere(placing.room(luminance, scan.pitch_across_mm, scan.pitch_along_mm).cells > 0)


def _box_cm2(entry: Entry) -> float:
    return entry.rows * entry.cols * (bank.PITCH_MM / 10) ** 2


def _resampled(of: Bank, entry: Entry, scan: Scan, rng: Rng) -> Canvas:
    """A load of the bank at the scan's pitch, turned one of the eight ways of a grid."""
    image = bank.areal(bank.turned(of.image(entry), rng))
    rows = max(1, round(image.shape[1] * bank.PITCH_MM / scan.pitch_across_mm))
    cols = max(1, round(image.shape[2] * bank.PITCH_MM / scan.pitch_along_mm))
    shrinks = rows < image.shape[1] or cols < image.shape[2]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    laid = Canvas(rows, cols, scan.pitch_across_mm, scan.pitch_along_mm)
    for channel in range(3):
        laid.basis[channel] = cv2.resize(image[channel], (cols, rows), interpolation=how)
    if entry.label >= 0:
        laid.truth[entry.label] = cv2.resize(image[3], (cols, rows), interpolation=how)
    return laid


@dataclass(frozen=True, eq=False)
class Part:
    """The pixels of a scan that a crop is cut from, and where the crop lies in them, in the crop's pixels.

    A displayed scan is cut first, which is faster; raw transmissions are levelled by their empty belt, so
    they stay whole.
    """

    scan: Scan
    pixels: Pixels
    top: int
    left: int
    crop_px: int

    @staticmethod
    def around(scan: Scan, display: Display, at: Place, crop_px: int, rng: Rng) -> Part:
        """The crop whose middle is about a third of its side off a place, moved to lie inside the scan."""
        whole, side_mm = scan.pixels(), crop_px * PITCH_MM
        rows, cols = size(whole)
        off = rng.uniform(-0.3, 0.3, 2) * side_mm
        top = _start(at.row_mm + off[0], rows * scan.pitch_across_mm, side_mm)
        left = _start(at.col_mm + off[1], cols * scan.pitch_along_mm, side_mm)
        if display.layout is Layout.RAW:
            return Part(scan, whole, round(top / PITCH_MM), round(left / PITCH_MM), crop_px)
        down = _span(top, side_mm, scan.pitch_across_mm, rows)
        along = _span(left, side_mm, scan.pitch_along_mm, cols)
        return Part(scan, window(whole, down, along), 0, 0, crop_px)

    def corner(self, sprite: Canvas, rng: Rng) -> tuple[int, int]:
        """Where a sprite's canvas begins: its middle in the inner part of the crop, in the scan's pixels."""
        middle = (np.array([self.top, self.left]) + self.crop_px * rng.uniform(0.25, 0.75, 2)) * PITCH_MM
        row = middle[0] / self.scan.pitch_across_mm - sprite.rows / 2
        col = middle[1] / self.scan.pitch_along_mm - sprite.cols / 2
        return round(float(row)), round(float(col))

    def sample(self, pixels: Pixels, density: Floats) -> Sample:
        """The crop as training takes it; beyond the scan lies air."""
        picture = self.scan.picture(pixels)
        fine = np.stack(
            [cv2.resize(one, picture.shape[:0:-1], interpolation=cv2.INTER_AREA) for one in density]
        )
        image = _cut(picture, self.top, self.left, self.crop_px, 1.0)
        truth = _cut(fine, self.top, self.left, self.crop_px, 0.0)
        return Sample(image.astype(np.float16), samples.cell_truth(truth, self.crop_px, self.crop_px))


def _start(middle_mm: float, length_mm: float, side_mm: float) -> float:
    return float(np.clip(middle_mm - side_mm / 2, 0, max(length_mm - side_mm, 0)))


def _span(start_mm: float, side_mm: float, pitch_mm: float, count: int) -> slice:
    first = int(start_mm / pitch_mm)
    return slice(first, min(first + round(side_mm / pitch_mm), count))


def _cut(image: Floats, top: int, left: int, side: int, beyond: float) -> Floats:
    """A square [C, side, side] of an image, filled up where the image ends."""
    cut = np.full((image.shape[0], side, side), beyond, np.float32)
    part = image[:, top : top + side, left : left + side]
    cut[:, : part.shape[1], : part.shape[2]] = part
    return cut


def hardest(maps: Sequence[Floats], most: int = 3) -> list[Place]:
    """The places of the highest cells [3, h, w] of each clean scan, up to `most` a scan, well apart.

    The more a scan alarms, the more of its places are taken.
    """
    cell_mm = samples.CELL_PX * PITCH_MM
    peaks = [cv2.blur(one.max(0), (3, 3)) for one in maps]
    level = float(np.median([peak.max() for peak in peaks]))
    found = []
    for number, peak in enumerate(peaks):
        for _ in range(most if peak.max() > level else 1):
            row, col = np.unravel_index(int(peak.argmax()), peak.shape)
            found.append(Place(number, (float(row) + 0.5) * cell_mm, (float(col) + 0.5) * cell_mm))
            peak[max(row - 6, 0) : row + 7, max(col - 6, 0) : col + 7] = -1
    return found
