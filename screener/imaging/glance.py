"""What a picture looks like in a few figures: of its scanner rather than of what lies in it, and no content.

Computed on the prepared picture, at the pitch of the model, so that scans of all sizes compare.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.contracts.wire import Glance
from screener.imaging.prepare import LUMA, Picture

HUES = 24
"""Bins of 15 degrees each, the first around red."""

SHADES = 2
"""The colours are counted for dark and for light matter, since a palette goes by both."""

AIR_PERCENTILE = 95.0
"""Some air is in nearly every scan; matter that is as bright as air says nothing of colours anyway."""

MATTER = 0.06
"""So much darker than air is matter."""

COLOURED = 0.1
"""Less difference of the strongest and the weakest colour is grey."""


def glance(picture: Picture) -> Glance:
    """The figures of a picture [3, H, W] of `prepare`; the same picture gives the same figures."""
    luminance: Picture = np.tensordot(LUMA, picture, 1)
    air = float(np.percentile(luminance, AIR_PERCENTILE))
    empty, matter = luminance >= air - 0.01, luminance < air - MATTER
    red, green, blue = (float(channel[empty].mean()) for channel in picture)
    seen = luminance[matter] if matter.any() else np.full(1, air, np.float32)
    dark, median = (float(value) for value in np.percentile(seen, [5, 50]))
    chroma = np.ptp(picture, axis=0)
    return Glance(
        air=_rounded(air),
        tint=(_rounded(red - green), _rounded(blue - green)),
        matter=_rounded(float(matter.mean())),
        median=_rounded(median),
        dark=_rounded(dark),
        chroma=_rounded(float(chroma[matter].mean()) if matter.any() else 0.0),
        edges=_edges(luminance),
        noise=_noise(luminance),
        colours=_colours(picture, chroma, luminance, matter),
    )


def _rounded(value: float) -> float:
    return round(value, 4)


def _log(value: float) -> float:
    return round(float(np.log(value + 1e-6)), 3)


def _edges(luminance: Picture) -> tuple[float, float, float, float]:
    """Detail at 1.5 and at 3 mm against that at 6 mm: what is in the parcel weighs on all alike."""
    half = cv2.resize(luminance, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    quarter = cv2.resize(half, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    (fine_x, fine_y), (mid_x, mid_y), (coarse_x, coarse_y) = map(_detail, (luminance, half, quarter))
    coarse = 0.5 * (coarse_x + coarse_y)
    return (
        round(fine_x - coarse, 3),
        round(fine_y - coarse, 3),
        round(mid_x - coarse, 3),
        round(mid_y - coarse, 3),
    )


def _detail(plane: Picture) -> tuple[float, float]:
    """Log mean absolute second difference along the columns and along the rows."""
    along = np.abs(plane[:, 2:] - 2 * plane[:, 1:-1] + plane[:, :-2])
    across = np.abs(plane[2:] - 2 * plane[1:-1] + plane[:-2])
    return _log(float(along.mean())), _log(float(across.mean()))


def _noise(luminance: Picture) -> float:
    """The median deviation from the median of nine: edges are few, noise is everywhere."""
    smooth = cv2.medianBlur(luminance, 3)
    return _log(float(np.mean(np.minimum(np.abs(luminance - smooth), 0.02))))


def _colours(picture: Picture, chroma: Picture, luminance: Picture, matter: NDArray[np.bool_]) -> bytes:
    """Shares of matter in 255ths: dark then light, each `HUES` hues and then grey."""
    hues = cv2.cvtColor(np.ascontiguousarray(picture.transpose(1, 2, 0)), cv2.COLOR_RGB2HSV)[..., 0]
    number = (np.floor(hues[matter] * (HUES / 360) + 0.5)).astype(np.int64) % HUES
    number[chroma[matter] < COLOURED] = HUES
    number += (HUES + 1) * (luminance[matter] >= 0.5)
    counts = np.bincount(number, minlength=SHADES * (HUES + 1))
    shares = np.rint(counts * (255 / max(1, number.size))).astype(np.uint8)
    return bytes(shares)
