"""Voxel volumes: boxes, shells and rods painted with exact shares at their edges, and smooth noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.judge.materials import Array, Matter

Point = tuple[float, float, float]
Span = tuple[int, Array]


@dataclass(frozen=True)
class Volume:
    """Matter on a grid: `voxels` is (x, y, z, 3), the sums of density, low and high; edges at 0 and size."""

    voxels: Array
    voxel_mm: float

    @property
    def size_mm(self) -> Array:
        return np.array(self.voxels.shape[:3], np.float32) * np.float32(self.voxel_mm)

    @property
    def mass_g(self) -> float:
        return float(self.voxels[..., 0].sum(dtype=np.float64)) * (self.voxel_mm / 10.0) ** 3


def empty(size_mm: Point, voxel_mm: float) -> Volume:
    """A volume of air, at least this large."""
    shape = [int(np.ceil(side / voxel_mm)) for side in size_mm]
    return Volume(np.zeros((*shape, 3), np.float32), voxel_mm)


def box(volume: Volume, corner: Point, size: Point, filled: Matter, grain: Array | None = None) -> None:
    """Paints a solid box; `grain` (the volume's shape) multiplies its density."""
    spans = _spans(volume, corner, size)
    _add(volume, spans, _product(spans), filled, grain)


def shell(volume: Volume, corner: Point, size: Point, wall_mm: float, filled: Matter) -> None:
    """Paints the six walls of a box, `wall_mm` thick, inside its size."""
    outer = _spans(volume, corner, size)
    inner = _spans(
        volume,
        (corner[0] + wall_mm, corner[1] + wall_mm, corner[2] + wall_mm),
        (size[0] - 2 * wall_mm, size[1] - 2 * wall_mm, size[2] - 2 * wall_mm),
    )
    share = _product(outer)
    cut = tuple(
        slice(start - first, start - first + len(line))
        for (first, _), (start, line) in zip(outer, inner, strict=True)
    )
    share[cut] -= _product(inner)
    _add(volume, outer, share, filled, None)


def rod(
    volume: Volume,
    centre: tuple[float, float],
    ends: tuple[float, float],
    radius_mm: float,
    filled: Matter,
    *,
    wall_mm: float | None = None,
    grain: Array | None = None,
) -> None:
    """Paints a rod along z, or its wall alone; `grain` multiplies its density."""
    (x, y), reach = centre, 2 * (radius_mm + volume.voxel_mm)
    corner = (x - reach / 2, y - reach / 2, ends[0])
    spans = _spans(volume, corner, (reach, reach, ends[1] - ends[0]))
    disc = _disc(volume, spans, centre, radius_mm)
    if wall_mm is not None:
        disc = disc - _disc(volume, spans, centre, radius_mm - wall_mm)
    _add(volume, spans, disc[:, :, None] * spans[2][1][None, None, :], filled, grain)


def noise(shape: tuple[int, ...], reach: Point, rng: np.random.Generator) -> Array:
    """Smooth noise of mean 0 and variance 1; `reach` is its Gaussian width along each axis, in voxels."""
    spectrum = np.fft.rfftn(rng.standard_normal(shape, np.float32))
    lines = [np.fft.fftfreq(shape[0]), np.fft.fftfreq(shape[1]), np.fft.rfftfreq(shape[2])]
    for axis, (line, width) in enumerate(zip(lines, reach, strict=True)):
        spread = np.exp(-2 * (np.pi * line * width) ** 2)
        spectrum *= spread.reshape([-1 if axis == at else 1 for at in range(3)])
    field = np.fft.irfftn(spectrum, shape, axes=(0, 1, 2))
    return np.asarray(field / field.std(), np.float32)


def _spans(volume: Volume, corner: Point, size: Point) -> list[Span]:
    sides = zip(corner, size, volume.voxels.shape, strict=False)
    return [_covered(low, low + side, count, volume.voxel_mm) for low, side, count in sides]


def _covered(low_mm: float, high_mm: float, count: int, voxel_mm: float) -> Span:
    """The first voxel an interval touches, and the share of each voxel it covers."""
    low, high = np.clip([low_mm / voxel_mm, high_mm / voxel_mm], 0, count)
    first, last = int(np.floor(low)), max(int(np.ceil(high)), int(np.floor(low)))
    at = np.arange(first, last)
    share = np.minimum(at + 1, high) - np.maximum(at, low)
    return first, np.asarray(share, np.float32)


def _product(spans: list[Span]) -> Array:
    (_, x), (_, y), (_, z) = spans
    return np.asarray(x[:, None, None] * y[None, :, None] * z[None, None, :], np.float32)


def _disc(volume: Volume, spans: list[Span], centre: tuple[float, float], radius_mm: float) -> Array:
    x, y = (
        (first + np.arange(len(line)) + 0.5) * volume.voxel_mm - middle
        for (first, line), middle in zip(spans[:2], centre, strict=True)
    )
    away = np.hypot(x[:, None], y[None, :])
    return np.asarray(np.clip((radius_mm - away) / volume.voxel_mm + 0.5, 0, 1), np.float32)


def _add(volume: Volume, spans: list[Span], share: Array, filled: Matter, grain: Array | None) -> None:
    where = tuple(slice(first, first + len(line)) for first, line in spans)
    if grain is not None:
        share = share * grain[where]
    volume.voxels[where] += share[..., None] * filled.channels
