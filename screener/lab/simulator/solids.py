"""Solids: how long the beam's way through a convex body is, in mm, for every pixel of a window.

A window is a pair of coordinate grids (`u` along the columns, `v` along the rows, in mm, from the body's
centre); the beam runs along the third axis. `turn` is the rotation from the body's axes to the beam's frame.
Chords are exact, so a load is a smooth density at any rotation, never points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator.matter import Floats

Turn = NDArray[np.float64]
Size = tuple[float, float, float]


def rotation(yaw: float, pitch: float, roll: float) -> Turn:
    """The rotation matrix of turns about z, y and x, in radians."""
    cz, sz, cy, sy, cx, sx = (
        np.cos(yaw),
        np.sin(yaw),
        np.cos(pitch),
        np.sin(pitch),
        np.cos(roll),
        np.sin(roll),
    )
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1.0]])
    about_y = np.array([[cy, 0, sy], [0, 1.0, 0], [-sy, 0, cy]])
    about_x = np.array([[1.0, 0, 0], [0, cx, -sx], [0, sx, cx]])
    turned: Turn = about_z @ about_y @ about_x
    return turned


def half_extent(size: Size, turn: Turn) -> NDArray[np.float64]:
    """Half the bounding box of a turned box, in mm, along the beam frame's axes."""
    reach: NDArray[np.float64] = np.abs(turn) @ (np.array(size) / 2)
    return reach


def box(u: Floats, v: Floats, turn: Turn, size: Size) -> Floats:
    """Chord through a box of `size` mm."""
    near, far = _slab(u, v, turn, 0, size[0])
    for axis in (1, 2):
        a, b = _slab(u, v, turn, axis, size[axis])
        near, far = np.maximum(near, a), np.minimum(far, b)
    return np.maximum(far - near, 0)


def cylinder(u: Floats, v: Floats, turn: Turn, size: Size) -> Floats:
    """Chord through an elliptic cylinder along the body's first axis."""
    near, far = _slab(u, v, turn, 0, size[0])
    a, b = _quadric(u, v, turn, (1, 2), size[1:])
    return np.maximum(np.minimum(far, b) - np.maximum(near, a), 0)


def ellipsoid(u: Floats, v: Floats, turn: Turn, size: Size) -> Floats:
    """Chord through an ellipsoid with the given axes."""
    near, far = _quadric(u, v, turn, (0, 1, 2), size)
    return np.maximum(far - near, 0)


def _local(u: Floats, v: Floats, turn: Turn, axis: int) -> tuple[Floats, float]:
    """Coordinate along a body axis where the beam enters the plane z = 0, and its change along the beam."""
    start = u * np.float32(turn[0, axis]) + v * np.float32(turn[1, axis])
    return start, float(turn[2, axis])


def _slab(u: Floats, v: Floats, turn: Turn, axis: int, width: float) -> tuple[Floats, Floats]:
    start, slope = _local(u, v, turn, axis)
    if abs(slope) < 2e-3:
        slope = 2e-3
    middle, reach = -start / np.float32(slope), np.float32(abs(width / 2 / slope))
    return middle - reach, middle + reach


def _quadric(
    u: Floats, v: Floats, turn: Turn, axes: tuple[int, ...], widths: tuple[float, ...]
) -> tuple[Floats, Floats]:
    a = 1e-9
    b, c = np.zeros((1, 1), np.float32), np.full((1, 1), -1, np.float32)
    for axis, width in zip(axes, widths, strict=True):
        start, slope = _local(u, v, turn, axis)
        scale = 2.0 / width
        start, slope = start * np.float32(scale), slope * scale
        a, b, c = a + slope * slope, b + start * np.float32(slope), c + start * start
    inside = b * b - np.float32(a) * c
    root = np.sqrt(np.maximum(inside, 0)) / np.float32(a)
    middle = -b / np.float32(a)
    return (middle - root).astype(np.float32, copy=False), (middle + root).astype(np.float32, copy=False)
