"""The canvas: one view of a parcel as areal densities, on which bodies are laid one after the other."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator.matter import Floats, Material

CIGARETTES, LOOSE, E_CIGARETTES = 0, 1, 2
"""Channels of the truth: tobacco in cigarettes, loose tobacco, e-cigarettes, each in g/cm2."""


@dataclass(frozen=True)
class Window:
    """A rectangle of the canvas with coordinates in mm from a body's centre: `u` a row, `v` a column."""

    rows: slice
    cols: slice
    u: Floats
    v: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.v.shape[0], self.u.shape[1]


@dataclass
class Canvas:
    """Areal densities in g/cm2: of the basis materials [3, H, W] and of the truth [3, H, W]."""

    rows: int
    cols: int
    pitch_row_mm: float
    pitch_col_mm: float
    basis: Floats = field(init=False)
    truth: Floats = field(init=False)
    mass_g: float = 0.0
    truth_share: float = 1.0

    def __post_init__(self) -> None:
        self.basis = np.zeros((3, self.rows, self.cols), np.float32)
        self.truth = np.zeros((3, self.rows, self.cols), np.float32)

    def magnified(self, by: float) -> Canvas:
        """The same picture for a body that a fan of beams shows `by` times as wide across the rows.

        Areal densities stay as they are; the truth is divided by `by`, so that its integral stays the mass.
        """
        view = copy(self)
        view.pitch_row_mm, view.truth_share, view.mass_g = self.pitch_row_mm / by, 1.0 / by, 0.0
        return view

    @property
    def pixel_cm2(self) -> float:
        """Area of a pixel."""
        return self.pitch_row_mm * self.pitch_col_mm / 100.0

    def window(self, col_mm: float, row_mm: float, half_col_mm: float, half_row_mm: float) -> Window | None:
        """The part of the canvas within the given reach of a point, or None where they do not meet."""
        r0, r1 = _span(row_mm, half_row_mm, self.pitch_row_mm, self.rows)
        c0, c1 = _span(col_mm, half_col_mm, self.pitch_col_mm, self.cols)
        if r0 >= r1 or c0 >= c1:
            return None
        v = (np.arange(r0, r1, dtype=np.float32)[:, None] + 0.5) * np.float32(self.pitch_row_mm) - np.float32(
            row_mm
        )
        u = (np.arange(c0, c1, dtype=np.float32)[None, :] + 0.5) * np.float32(self.pitch_col_mm) - np.float32(
            col_mm
        )
        return Window(slice(r0, r1), slice(c0, c1), u, v)

    def add(self, at: Window, areal: Floats, matter: Material, label: int | None = None) -> None:
        """Lays `areal` g/cm2 of a material over a window; with `label` it counts as that kind of load."""
        self._add(at, areal, matter, label, 1.0)

    def add_chord(
        self, at: Window, chord_mm: Floats, matter: Material, label: int | None = None, stretch: float = 1.0
    ) -> None:
        """Lays a body of the material's own density over a window, given the beam's way through it.

        `stretch` lengthens that way, as of a plate that the beam meets at an angle.
        """
        self._add(at, chord_mm, matter, label, stretch * matter.density / 10.0)

    def _add(self, at: Window, drawn: Floats, matter: Material, label: int | None, scale: float) -> None:
        drawn = drawn.astype(np.float32, copy=False)
        for channel, share in enumerate(matter.basis):
            if abs(share) > 1e-4:
                below = self.basis[channel, at.rows, at.cols]
                cv2.scaleAdd(drawn, share * scale, below, dst=below)
        if label is not None:
            below = self.truth[label, at.rows, at.cols]
            cv2.scaleAdd(drawn, scale * self.truth_share, below, dst=below)
        self.mass_g += cv2.sumElems(drawn)[0] * scale * self.pixel_cm2


FAINT = 0.125
"""Where a load is less than this share of the matter in the beam, nobody can tell it: a pack lying flat
under 3 g/cm2 of other goods."""


def faint(basis: Floats, truth: Floats) -> NDArray[np.bool_]:
    """Where too little of the matter is a load to be told: basis [3, H, W] and truth [C, H, W] to [H, W]."""
    mask: NDArray[np.bool_] = truth.sum(0) < FAINT * basis.sum(0)
    return mask


def _span(centre: float, half: float, pitch: float, count: int) -> tuple[int, int]:
    start = int(np.floor((centre - half) / pitch)) - 1
    stop = int(np.ceil((centre + half) / pitch)) + 1
    return max(start, 0), min(stop, count)


def clouds(rng: np.random.Generator, shape: tuple[int, int], grain_px: float, octaves: int = 2) -> Floats:
    """A smooth random field [H, W] of mean 0 and deviation about 1, with grains of the given size."""
    whole = np.zeros(shape, np.float32)
    for octave in range(octaves):
        size = max(grain_px / 2**octave, 1.0)
        whole += _grains(rng, shape, size) * np.float32(1.3 / 1.6**octave)
    return whole


def _grains(rng: np.random.Generator, shape: tuple[int, int], size: float) -> Floats:
    """One octave: cubic up to a few pixels a grain, linear from there, which is as smooth and much faster."""
    rows, cols = int(shape[0] / size) + 4, int(shape[1] / size) + 4
    coarse = rng.standard_normal((rows, cols), dtype=np.float32)
    steps = 4 if size > 6 else 1
    if steps > 1:
        coarse = cv2.resize(coarse, (cols * steps, rows * steps), interpolation=cv2.INTER_CUBIC)
    scale = size / steps
    offset = steps * 1.5
    matrix = np.array([[1 / scale, 0, offset], [0, 1 / scale, offset]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine: Floats = cv2.warpAffine(
        coarse, matrix, (shape[1], shape[0]), flags=flags, borderMode=cv2.BORDER_REFLECT
    )
    return fine


def pillow(
    at: Window, half_col_mm: float, half_row_mm: float, yaw: float, roundness: float = 2.0
) -> NDArray[np.float32]:
    """A smooth pillow profile from 0 at the rim to 1 in the middle; larger `roundness` is squarer."""
    c, s = np.float32(np.cos(yaw)), np.float32(np.sin(yaw))
    x = np.abs(at.u * c + at.v * s) / np.float32(half_col_mm)
    y = np.abs(at.v * c - at.u * s) / np.float32(half_row_mm)
    rim = np.clip(1.0 - x**roundness, 0, None) * np.clip(1.0 - y**roundness, 0, None)
    soft: NDArray[np.float32] = np.sqrt(rim).astype(np.float32)
    return soft
