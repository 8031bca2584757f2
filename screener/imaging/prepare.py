"""From the pixels of a scanner to the picture that the model reads, in training and in serving alike.

What makes scans of different makers comparable, without guessing:

- **Scale.** Every picture is resampled to one pitch on the object, in both directions.
- **Level.** 1.0 is empty belt. A picture made for people (8-bit grey, any RGB) has its air at the top
  of its type. Raw transmissions (16-bit grey, the pages of a low/high pair) come with any gain and any
  number of used bits, so their air is what is brightest in the picture: the 99.5th percentile after
  resampling, which a dead or hot row of the detector does not move. A raw scan without any empty belt
  therefore reads thinner than it is.
- **Curve.** None is applied: luminance is transmission. Makers' display curves lie around that line
  (0.14 to 0.24 of luminance for the first g/cm2, where transmission has 0.17).
- **Colour.** A pair is coloured by one palette (`coloured`); a single-energy scan has no material
  information and is always grey; makers' own colours stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.contracts.wire import Energy
from screener.imaging.reasons import ImageFault, refused

MAX_SIDE_PX = 1600
MAX_PIXELS = 2_000_000
MIN_SIDE_PX = 16
MAX_PITCH_MM = 4.0
AIR_PERCENTILE = 99.5
AT_ONCE = 16_000_000

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Rec. 601 weights of red, green and blue."""

PALETTE_R = (1.0, 1.5, 1.95, 2.7)
PALETTE_RGB = ((1.0, 0.45, 0.0), (1.0, 0.62, 0.0), (0.0, 0.75, 0.1), (0.1, 0.3, 1.0))
"""Hues by R = ln T_low / ln T_high at 160 kV: orange for organic matter (polyethylene 1.2, water 1.3,
tobacco 1.44), green for the middle (glass 1.9, aluminium 2.0, PVC 2.1), blue for metal (iron 2.7)."""

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Picture = NDArray[np.float32]


def prepare(
    pixels: Pixels,
    pitch_across_mm: float,
    pitch_along_mm: float,
    energy: Energy,
    model_pitch_mm: float = 1.5,
) -> Picture:
    """The picture [3, H, W] of `pixels`: RGB in 0 to 1, 1.0 = air, `model_pitch_mm` in both directions.

    `pixels` is uint8 or uint16: grey [H, W], RGB or RGBA [H, W, 3 or 4], or a pair (low, high)
    [2, H, W]. Rows lie across the belt, columns along it. Raises `BadInput` where the shape does not
    fit the energy, or the result would be too large, too small or too coarse.
    """
    _check_layout(pixels, energy)
    rows, cols = _rows_and_cols(pixels)
    size = resampled_size(rows, cols, pitch_across_mm, pitch_along_mm, model_pitch_mm)
    channels = _resampled_channels(pixels, size)
    if _is_pair(pixels):
        return coloured(_transmission(channels[0]), _transmission(channels[1]))
    if len(channels) == 3:
        return _displayed(channels, pixels.dtype, energy)
    grey = channels[0] / np.float32(255.0) if pixels.dtype == np.uint8 else _transmission(channels[0])
    return _grey(grey)


def resampled_size(
    rows: int, cols: int, pitch_across_mm: float, pitch_along_mm: float, model_pitch_mm: float
) -> tuple[int, int]:
    """Rows and columns at the model's pitch; raises `BadInput` where they are out of bounds."""
    height = _resampled_side(rows, pitch_across_mm, model_pitch_mm, "across")
    width = _resampled_side(cols, pitch_along_mm, model_pitch_mm, "along")
    given = f"{cols}x{rows} px at {pitch_along_mm:g} x {pitch_across_mm:g} mm"
    got = f"{given} is {width}x{height} px at {model_pitch_mm:g} mm"
    if min(height, width) < MIN_SIDE_PX:
        raise refused(ImageFault.TOO_SMALL, f"expected at least {MIN_SIDE_PX} px a side, {got}")
    if max(height, width) > MAX_SIDE_PX or height * width > MAX_PIXELS:
        raise refused(
            ImageFault.TOO_LARGE, f"expected at most {MAX_SIDE_PX} px a side and {MAX_PIXELS} px, {got}"
        )
    return height, width


def coloured(low: Picture, high: Picture) -> Picture:
    """The canonical palette: transmissions [H, W] of a pair as RGB [3, H, W].

    Luminance is the mean transmission; the hue follows R, and its strength is bounded by the distance
    to white and to black, so that noise in thin or opaque matter, where R means nothing, stays grey.
    """
    luminance = (low + high) * np.float32(0.5)
    chroma = _chroma_of(_ratio(low, high))
    strength = np.minimum(luminance, 1 - luminance)
    return np.ascontiguousarray(luminance + strength * chroma, dtype=np.float32)


def _check_layout(pixels: Pixels, energy: Energy) -> None:
    if pixels.dtype not in (np.uint8, np.uint16):
        raise refused(ImageFault.BIT_DEPTH, f"expected uint8 or uint16, got {pixels.dtype}")
    if not (pixels.ndim == 2 or _is_colour(pixels) or _is_pair(pixels)):
        raise refused(
            ImageFault.SHAPE, f"expected [H, W], [H, W, 3 or 4] or [2, H, W], got {list(pixels.shape)}"
        )
    if energy is Energy.DUAL and pixels.ndim == 2:
        raise refused(ImageFault.ENERGY, "dual energy: expected RGB or two pages, got one grey page")
    if energy is Energy.SINGLE and _is_pair(pixels):
        raise refused(ImageFault.ENERGY, "single energy: expected one page, got a low/high pair")


def _is_colour(pixels: NDArray[Any]) -> bool:
    return pixels.ndim == 3 and pixels.shape[2] in (3, 4)


def _is_pair(pixels: NDArray[Any]) -> bool:
    return pixels.ndim == 3 and pixels.shape[0] == 2 and not _is_colour(pixels)


def _rows_and_cols(pixels: Pixels) -> tuple[int, int]:
    return (pixels.shape[1], pixels.shape[2]) if _is_pair(pixels) else (pixels.shape[0], pixels.shape[1])


def _resampled_side(side_px: int, pitch_mm: float, model_pitch_mm: float, way: str) -> int:
    if not (math.isfinite(pitch_mm) and pitch_mm > 0):
        raise refused(ImageFault.PITCH_INVALID, f"pitch {way}: expected a positive number, got {pitch_mm}")
    if pitch_mm > MAX_PITCH_MM:
        raise refused(
            ImageFault.PITCH_TOO_COARSE, f"pitch {way}: expected at most {MAX_PITCH_MM} mm, got {pitch_mm:g}"
        )
    return round(side_px * pitch_mm / model_pitch_mm)


def _resampled_channels(pixels: Pixels, size: tuple[int, int]) -> list[Picture]:
    """Three colours at once where that is small, since it is faster; the values are the same."""
    if pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.size <= AT_ONCE:
        return list(cv2.split(_resampled(pixels.astype(np.float32), size)))
    return [_resampled(channel, size) for channel in _channels(pixels)]


def _channels(pixels: Pixels) -> Iterator[Picture]:
    """One full-size float plane at a time: a large picture never exists three times over."""
    if pixels.ndim == 2:
        yield pixels.astype(np.float32)
    elif _is_pair(pixels):
        yield from (page.astype(np.float32) for page in pixels)
    else:
        opacity = _opacity(pixels)
        for number in range(3):
            yield _on_white(cv2.extractChannel(pixels, number).astype(np.float32), opacity, pixels.dtype)


def _opacity(pixels: Pixels) -> Picture | None:
    if pixels.shape[2] == 3:
        return None
    alpha: Picture = cv2.extractChannel(pixels, 3).astype(np.float32)
    alpha /= np.float32(np.iinfo(pixels.dtype).max)
    return alpha


def _on_white(plane: Picture, opacity: Picture | None, kind: np.dtype[Any]) -> Picture:
    """In place: planes of a large picture are large."""
    if opacity is not None:
        white = np.float32(np.iinfo(kind).max)
        plane -= white
        plane *= opacity
        plane += white
    return plane


def _resampled(plane: Picture, size: tuple[int, int]) -> Picture:
    """Area means where a side shrinks, linear where it grows; the sides are independent."""
    height, width = size
    rows, cols = plane.shape[:2]
    smaller = (min(cols, width), min(rows, height))
    if smaller != (cols, rows):
        plane = cv2.resize(plane, smaller, interpolation=cv2.INTER_AREA)
    if smaller != (width, height):
        plane = cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)
    return plane


def _transmission(raw: Picture) -> Picture:
    """Raw detector values over their air level, clipped to 0 to 1."""
    air = np.float32(max(float(np.percentile(raw, AIR_PERCENTILE)), 1.0))
    transmission: Picture = np.minimum(raw / air, np.float32(1.0))
    return transmission


def _displayed(channels: list[Picture], kind: np.dtype[Any], energy: Energy) -> Picture:
    picture = np.stack(channels) / np.float32(np.iinfo(kind).max)
    clipped = np.clip(picture, np.float32(0.0), np.float32(1.0))
    if energy is Energy.SINGLE:
        return _grey(np.minimum(np.einsum("chw,c->hw", clipped, LUMA), np.float32(1.0)))
    return np.ascontiguousarray(clipped)


def _grey(plane: Picture) -> Picture:
    return np.ascontiguousarray(np.broadcast_to(plane, (3, *plane.shape)))


def _ratio(low: Picture, high: Picture) -> Picture:
    floor = np.float32(1 / 65535)
    depth_low: Picture = -np.log(np.maximum(low, floor))
    depth_high: Picture = -np.log(np.maximum(high, floor))
    return np.divide(depth_low, np.maximum(depth_high, np.float32(1e-3)), dtype=np.float32)


def _chroma_of(ratio: Picture) -> Picture:
    """Colour differences [3, H, W] of zero luminance, none beyond 1."""
    hues = np.array(PALETTE_RGB, dtype=np.float64)
    differences = hues - (hues @ LUMA.astype(np.float64))[:, None]
    chroma = differences / np.abs(differences).max()
    planes = [np.interp(ratio, PALETTE_R, chroma[:, channel]) for channel in range(3)]
    return np.stack(planes).astype(np.float32)
