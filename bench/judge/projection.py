"""Projection: volumes in any pose, summed along a slightly diverging beam, slice by slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from bench.judge.materials import Array
from bench.judge.volume import Volume


@dataclass(frozen=True)
class Piece:
    """A volume in its place: `turn` (3 x 3) takes its axes to across, along and beam; `centre` in mm."""

    volume: Volume
    turn: np.ndarray
    centre: np.ndarray

    def moved(self, turn: np.ndarray, by_mm: np.ndarray) -> Piece:
        """The piece turned about the origin, then moved."""
        return Piece(self.volume, turn @ self.turn, turn @ self.centre + by_mm)

    @property
    def corners(self) -> np.ndarray:
        """Its eight corners, (8, 3) in mm."""
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        return np.asarray((signs * self.volume.size_mm / 2) @ self.turn.T + self.centre)


@dataclass(frozen=True)
class Canvas:
    """The detector under a load: mm a pixel, its first pixel's corner in mm, the focus's distance in mm."""

    pitch_mm: float
    corner_mm: np.ndarray
    focus_mm: float

    def magnified(self, depth_mm: float) -> float:
        """How much wider the fan shows what lies this much nearer the source than the belt's middle."""
        return self.focus_mm / (self.focus_mm - depth_mm)


def project(pieces: Sequence[Piece], pitch_mm: float, focus_mm: float = 900.0) -> Array:
    """Areal density (g/cm2) and optical depths at the low and high energy: (rows, columns, 3)."""
    finest = min(piece.volume.voxel_mm for piece in pieces)
    finer = max(1, round(pitch_mm / finest))
    corners = np.concatenate([piece.corners for piece in pieces])
    low = corners[:, :2].min(0) * 1.15 - 3 * pitch_mm
    high = corners[:, :2].max(0) * 1.15 + 3 * pitch_mm
    columns, rows = np.ceil((high - low) / pitch_mm).astype(int)
    sums = np.zeros((rows * finer, columns * finer, 3), np.float32)
    canvas = Canvas(pitch_mm / finer, low, focus_mm)
    for piece in pieces:
        _add(sums, canvas, piece)
    whole = cv2.resize(sums, (int(columns), int(rows)), interpolation=cv2.INTER_AREA) if finer > 1 else sums
    return _cropped(np.asarray(whole, np.float32))


def _add(sums: Array, canvas: Canvas, piece: Piece) -> None:
    """Adds each slice across the axis nearest the beam, sheared to where its rays meet the detector."""
    normal = int(np.abs(piece.turn[2]).argmax())
    down, across = (axis for axis in range(3) if axis != normal)
    voxel, size = piece.volume.voxel_mm, piece.volume.size_mm
    slices = np.ascontiguousarray(np.moveaxis(piece.volume.voxels, normal, 0))
    through_cm = voxel / 10 / abs(piece.turn[2, normal])
    rows, columns = _window(sums, canvas, piece)
    view = sums[rows, columns]
    window_mm = canvas.corner_mm + canvas.pitch_mm * np.array([columns.start, rows.start])
    first = piece.centre - piece.turn @ ((size - voxel) / 2)
    for at, matter in enumerate(slices):
        start = first + piece.turn[:, normal] * voxel * at
        middle = start[2] + piece.turn[2, [across, down]] @ ((size[[across, down]] - voxel) / 2)
        grown = np.array([canvas.magnified(float(middle)), 1.0])
        linear = piece.turn[:2][:, [across, down]] * voxel * grown[:, None] / canvas.pitch_mm
        offset = (start[:2] * grown - window_mm) / canvas.pitch_mm - 0.5
        affine = np.column_stack([linear, offset])
        view += cv2.warpAffine(matter, affine, (view.shape[1], view.shape[0])) * np.float32(through_cm)


def _window(sums: Array, canvas: Canvas, piece: Piece) -> tuple[slice, slice]:
    """The rows and columns that a piece can reach."""
    corners = piece.corners
    grown = canvas.focus_mm / (canvas.focus_mm - corners[:, 2])
    shown = np.column_stack([corners[:, 0] * grown, corners[:, 1]])
    low = np.floor((shown.min(0) - canvas.corner_mm) / canvas.pitch_mm).astype(int) - 3
    high = np.ceil((shown.max(0) - canvas.corner_mm) / canvas.pitch_mm).astype(int) + 3
    low, high = np.maximum(low, 0), np.minimum(high, [sums.shape[1], sums.shape[0]])
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _cropped(sums: Array, margin: int = 4) -> Array:
    """What is not air, with a margin for the scanner's blur."""
    there = sums[..., 0] > 1e-3
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    cut = sums[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.pad(cut, ((margin, margin), (margin, margin), (0, 0)))
