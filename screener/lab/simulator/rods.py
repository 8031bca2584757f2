"""Rods: many alike cylinders that lie parallel, drawn once and laid at each place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator import solids
from screener.lab.simulator.brush import Brush
from screener.lab.simulator.canvas import Window
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.solids import Size

Laid = NDArray[np.float64]
"""Middles in mm in the body's axes, and how full each is, [n, 4]."""


@dataclass(frozen=True)
class Rod:
    """A cylinder along the body's first axis, with a bore where it is hollow, in mm."""

    length: float
    width: float
    bore: float = 0.0

    @property
    def size(self) -> Size:
        """Its box."""
        return self.length, self.width, self.width

    def chord(self, brush: Brush, pitch: NDArray[np.float64]) -> Floats:
        """The beam's way through the rod at the brush's turn, of its true volume, and two pixels around."""
        half = np.ceil(solids.half_extent(self.size, brush.turn)[:2] / pitch) + 2
        u = (np.arange(-half[0], half[0] + 1, dtype=np.float32) * np.float32(pitch[0]))[None, :]
        v = (np.arange(-half[1], half[1] + 1, dtype=np.float32) * np.float32(pitch[1]))[:, None]
        chord = solids.cylinder(u, v, brush.turn, self.size)
        if self.bore:
            chord = chord - solids.cylinder(u, v, brush.turn, (self.length, self.bore, self.bore))
        volume = np.pi / 4 * (self.width**2 - self.bore**2) * self.length
        return chord * np.float32(volume / (float(chord.sum()) * pitch[0] * pitch[1]))


def window(brush: Brush, rod: Rod, laid: Laid) -> Window | None:
    """The part of the canvas that these rods can touch."""
    spots = laid[:, :3] @ brush.turn.T
    low, high = spots.min(0), spots.max(0)
    middle, half = (low + high) / 2, (high - low) / 2 + solids.half_extent(rod.size, brush.turn)
    return brush.canvas.window(
        brush.col_mm + middle[0], brush.row_mm + middle[1], float(half[0]), float(half[1])
    )


def lay(chord: Floats, at: Window, brush: Brush, laid: Laid, rod: Rod) -> None:
    """Adds the beam's way through the rods to that through a window, whose centre is the brush's place.

    The rod is drawn once by its exact chord and moved by parts of a pixel linearly, which keeps its mass.
    """
    pitch = np.array([brush.canvas.pitch_col_mm, brush.canvas.pitch_row_mm])
    drawn = rod.chord(brush, pitch)
    middle = (np.array(drawn.shape[::-1]) - 1) / 2
    origin = np.array([brush.col_mm, brush.row_mm]) / pitch - (at.cols.start + 0.5, at.rows.start + 0.5)
    corners = laid[:, :3] @ brush.turn[:2].T / pitch + origin - middle
    for corner, share in zip(corners, laid[:, 3], strict=True):
        left, top = (int(edge) for edge in np.floor(corner))
        matrix = np.array([[1, 0, corner[0] - left], [0, 1, corner[1] - top]], np.float32)
        _add(chord, cv2.warpAffine(drawn, matrix, drawn.shape[::-1]) * np.float32(share), top, left)


def _add(image: Floats, part: Floats, top: int, left: int) -> None:
    """Adds the part of a picture that meets the image."""
    r0, r1 = max(top, 0), min(top + part.shape[0], image.shape[0])
    c0, c1 = max(left, 0), min(left + part.shape[1], image.shape[1])
    if r0 < r1 and c0 < c1:
        image[r0:r1, c0:c1] += part[r0 - top : r1 - top, c0 - left : c1 - left]
