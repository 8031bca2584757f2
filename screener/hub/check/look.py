"""What an image shows of its scanner: a few figures of its pixels, and a thumbnail for the report.

All luminances are shares of the empty belt's, 0 to 1. Shapes in pixels are (across, along): rows, columns.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from screener.imaging.prepare import AIR_PERCENTILE, LUMA, Pixels

SIDE_PX: Final = 512
THUMBNAIL_PX: Final = 168
FAINT: Final = 0.035
"""Matter is what is darker than the belt by this; a sheet of cardboard is."""

FLAT_LEVELS: Final = (0.08, 0.93)
HULL_POINTS: Final = 48
SAMPLE: Final = 200_000

Plane = NDArray[np.float32]


class Look(Struct, frozen=True, kw_only=True):
    """Figures of one image.

    `air` is the level of the brightest large area; `spread` the deviation of all pixels, in levels of
    255; `matter` the share of pixels that is not belt; `dark` and `white` are shares of black and of white
    pixels; `flat` is the largest share of one and the same level between; `edges` how much matter lies on
    the first column, last column, first row, last row. `vivid` is the share of matter with a colour, `warm`
    how much more of that is reddish than bluish (-1 to 1). `ratio` is R = ln T of page 1 over ln T of page 2,
    `levels` the distinct values of 16-bit samples. `hull` are corners of the matter's outline in pixels of
    the original (along, across); `mass_px` is its density in g/cm2 summed over original pixels, by a mean
    display curve.
    """

    rows: int
    cols: int
    bits: int
    pages: int
    channels: int
    jpeg_quality: int | None
    air: float
    spread: float
    matter: float
    dark: float
    white: float
    flat: float
    edges: tuple[float, float, float, float]
    vivid: float
    coloured: bool
    warm: float
    ratio: float | None
    levels: int | None
    print: bytes
    hull: tuple[tuple[float, float], ...]
    mass_px: float


def look_at(pixels: Pixels, jpeg_quality: int | None) -> Look:
    """The figures of decoded pixels: grey, RGB(A), or a pair [2, H, W]; uint8 or uint16."""
    small = small_planes(pixels)
    rows, cols = pixels.shape[1:] if len(small) == 2 else pixels.shape[:2]
    luminance = _luminance(small)
    inner = _without_frame(luminance)
    air = _air(luminance[inner])
    mask = _matter(luminance, inner, air)
    factor = rows / luminance.shape[0]
    share = luminance / np.float32(air)
    return Look(
        rows=rows,
        cols=cols,
        bits=8 * pixels.dtype.itemsize,
        pages=2 if len(small) == 2 else 1,
        channels=len(small),
        jpeg_quality=jpeg_quality,
        air=air,
        spread=float(small.std(axis=(1, 2)).max() * 255),
        matter=float(mask[inner].mean()),
        dark=float((luminance[inner] < 0.12).mean()),
        white=float((small.min(axis=0)[inner] > 0.8).mean()),
        flat=_flat(luminance),
        edges=_edges(mask[inner]),
        vivid=_vivid(small, mask),
        coloured=len(small) == 3 and bool((_chroma(small) > 24 / 255).mean() > 0.002),
        warm=_warm(small, mask),
        ratio=_ratio(small, mask) if len(small) == 2 else None,
        levels=_levels(pixels) if pixels.dtype == np.uint16 else None,
        print=_print(luminance),
        hull=_hull(mask, factor),
        mass_px=float((_density(share, len(small) == 2) * mask).sum()) * factor**2,
    )


def thumbnail(pixels: Pixels) -> bytes:
    """A small JPEG for people."""
    small = small_planes(pixels)
    shown = small if len(small) == 3 else small.mean(axis=0, keepdims=True)
    scale = min(1.0, THUMBNAIL_PX / max(shown.shape[1:]))
    size = (max(1, round(shown.shape[2] * scale)), max(1, round(shown.shape[1] * scale)))
    sized = cv2.resize(shown.transpose(1, 2, 0), size, interpolation=cv2.INTER_AREA)
    eight = np.clip(sized * 255, 0, 255).astype(np.uint8)
    if eight.ndim == 3:
        eight = np.asarray(cv2.cvtColor(eight, cv2.COLOR_RGB2BGR))
    return bytes(cv2.imencode(".jpg", eight, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())


def small_planes(pixels: Pixels) -> Plane:
    """Planes [1, 2 or 3, h, w], at most 512 px a side, 0 to 1: of raw readings shares of the brightest."""
    if pixels.ndim == 2:
        planes = [pixels]
    elif pixels.shape[2] in (3, 4):
        planes = list(cv2.split(_shrunk(pixels[..., :3])))
    else:
        planes = list(pixels)
    small = np.stack([_shrunk(plane) for plane in planes]).astype(np.float32)
    if pixels.dtype == np.uint8:
        return small / np.float32(255)
    if len(small) == 3:
        return small / np.float32(65535)
    tops = [max(float(np.percentile(plane, AIR_PERCENTILE)), 1.0) for plane in small]
    return np.asarray(np.minimum(small / np.array(tops, np.float32)[:, None, None], np.float32(1)))


def _shrunk(plane: Any) -> Any:
    scale = min(1.0, SIDE_PX / max(plane.shape[:2]))
    size = (max(1, round(plane.shape[1] * scale)), max(1, round(plane.shape[0] * scale)))
    return (
        np.ascontiguousarray(plane) if scale == 1 else cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    )


def _luminance(planes: Plane) -> Plane:
    weights = LUMA if len(planes) == 3 else np.full(len(planes), 1 / len(planes), np.float32)
    summed: Plane = np.einsum("chw,c->hw", planes, weights)
    return summed


def _without_frame(luminance: Plane) -> tuple[slice, slice]:
    """The picture without what a viewer draws around it: lines of one level that is not the belt's."""
    return _inside(luminance), _inside(luminance.T)


def _inside(lines: Plane) -> slice:
    drawn = (lines.std(axis=1) < 0.012) & (lines.mean(axis=1) < 0.88)
    limit = len(lines) * 2 // 5
    first = next((at for at in range(limit) if not drawn[at]), limit)
    last = next((at for at in range(limit) if not drawn[-1 - at]), limit)
    if first == limit and last == limit:  # all is of one level
        return slice(0, len(lines))
    # lines next to a frame are mixed with it where the picture was made smaller
    return slice(first + bool(first), len(lines) - last - bool(last))


def _air(luminance: Plane) -> float:
    """The commonest of the bright levels; 1 for a picture that is nowhere bright."""
    counts, edges = np.histogram(luminance, bins=64, range=(0.0, 1.0))
    counts[edges[:-1] < 0.7] = 0
    most = int(counts.argmax())
    return float(edges[most] + 1 / 128) if counts[most] > 0.01 * luminance.size else 1.0


def _matter(luminance: Plane, inner: tuple[slice, slice], air: float) -> NDArray[np.bool_]:
    """What is darker than the belt, without lines, seams and specks."""
    smooth = cv2.GaussianBlur(luminance, (0, 0), 1.2)
    inside = np.zeros(luminance.shape, np.uint8)
    inside[inner] = smooth[inner] < air - FAINT
    wide = max(3, round(min(luminance.shape) * 0.02)) | 1
    opened = cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((wide, wide), np.uint8))
    return np.asarray(opened, dtype=np.bool_)


def _flat(luminance: Plane) -> float:
    counts, edges = np.histogram(luminance, bins=256, range=(0.0, 1.0))
    between = (edges[:-1] > FLAT_LEVELS[0]) & (edges[1:] < FLAT_LEVELS[1])
    return float((counts[:-1] + counts[1:])[between[:-1]].max() / luminance.size)


def _edges(mask: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    # one step in: openings and resampling blur the outermost lines
    left, right, top, bottom = mask[:, 2:5], mask[:, -5:-2], mask[2:5], mask[-5:-2]
    return float(left.mean()), float(right.mean()), float(top.mean()), float(bottom.mean())


def _chroma(planes: Plane) -> Plane:
    return np.asarray(planes.max(axis=0) - planes.min(axis=0))


def _vivid(planes: Plane, mask: NDArray[np.bool_]) -> float:
    if len(planes) != 3 or not mask.any():
        return 0.0
    return float((_chroma(planes)[mask] > 0.12).mean())


def _warm(planes: Plane, mask: NDArray[np.bool_]) -> float:
    """Of coloured light matter, which is organic in most parcels: reddish less bluish."""
    if len(planes) != 3:
        return 0.0
    luminance = _luminance(planes)
    thin = mask & (luminance > 0.35) & (_chroma(planes) > 0.08)
    if thin.mean() < 0.005:
        return 0.0
    difference = (planes[0] - planes[2])[thin]
    return float((difference > 0.04).mean() - (difference < -0.04).mean())


def _ratio(planes: Plane, mask: NDArray[np.bool_]) -> float | None:
    mean = planes.mean(axis=0)
    chosen = mask & (mean > 0.2) & (mean < 0.9)
    if chosen.sum() < 50:
        return None
    first, second = (-np.log(np.clip(plane[chosen], 1e-4, 1)).sum() for plane in planes)
    return float(first / max(float(second), 1e-6))


def _levels(pixels: Pixels) -> int:
    flat: Any = pixels.reshape(-1)
    return len(np.unique(flat[:: max(1, flat.size // SAMPLE)]))


def _print(luminance: Plane) -> bytes:
    """256 bits that equal pictures share, whatever they were encoded with."""
    cells = cv2.resize(luminance, (17, 16), interpolation=cv2.INTER_AREA)
    return np.packbits(np.diff(cells, axis=1) > 0.004).tobytes()


def _hull(mask: NDArray[np.bool_], factor: float) -> tuple[tuple[float, float], ...]:
    """The outline of the larger pieces, without what hangs far off."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return ()
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = 1 + np.flatnonzero(areas > 0.04 * areas.max())
    points = cv2.findNonZero(np.isin(labels, large).astype(np.uint8))
    corners = cv2.convexHull(points).reshape(-1, 2)
    kept = corners[:: max(1, -(-len(corners) // HULL_POINTS))]
    return tuple((float(x * factor), float(y * factor)) for x, y in kept)


def _density(share: Plane, raw: bool) -> Plane:
    """g/cm2 behind each pixel: raw readings by their mean attenuation, pictures by a mean display curve."""
    if raw:
        return np.asarray(-np.log(np.clip(share, 0.02, 1)) / 0.217, np.float32)
    passed = 1 - (1 - np.clip(share, 0.12, 1)) / np.float32(0.92)
    return np.asarray((-np.log(np.maximum(passed, 0.03)) / 0.237) ** 0.92, np.float32)
