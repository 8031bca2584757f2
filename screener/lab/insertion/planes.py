"""Planes: a scan of any layout as float planes 0 to 1 that loads are laid on, and back to its pixels.

`colour` is luminance with two colour differences (Y, B - Y, R - Y), `grey` luminance alone (8-bit grey, or
RGB without colours), `raw` transmissions: one page of 16-bit grey, or the two of a low/high pair.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from screener.contracts.wire import Energy
from screener.errors import BadInput
from screener.imaging.picture import energy_told_from
from screener.lab.simulator.matter import Floats

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

_TO_PLANES = np.array([[0.299, 0.587, 0.114], [-0.299, -0.587, 0.886], [0.701, -0.587, -0.114]], np.float32)
_TO_RGB = np.linalg.inv(_TO_PLANES.astype(np.float64)).astype(np.float32)


class Layout(StrEnum):
    """How a scan shows what it measured."""

    COLOUR = "colour"
    GREY = "grey"
    RAW = "raw"


def layout(pixels: Pixels) -> Layout:
    """The layout of a scan. Raises `BadInput` where it is none of them."""
    if pixels.dtype == np.uint8 and pixels.ndim == 2:
        return Layout.GREY
    if pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3:
        return Layout.COLOUR if energy_told_from(pixels) is Energy.DUAL else Layout.GREY
    if pixels.dtype == np.uint16 and (pixels.ndim == 2 or pixels.shape[0] == 2):
        return Layout.RAW
    got = f"{pixels.dtype} {list(pixels.shape)}"
    raise BadInput("layout", f"expected uint8 [H, W] or [H, W, 3], uint16 [H, W] or [2, H, W], got {got}")


def size(pixels: Pixels) -> tuple[int, int]:
    """Rows and columns."""
    paged = pixels.dtype == np.uint16 and pixels.ndim == 3
    rows, cols = pixels.shape[1:] if paged else pixels.shape[:2]
    return rows, cols


def window(pixels: Pixels, rows: slice, cols: slice) -> Pixels:
    """The pixels of a rectangle: a view, so that what is written there is written into the scan."""
    return pixels[:, rows, cols] if pixels.dtype == np.uint16 and pixels.ndim == 3 else pixels[rows, cols]


def planes(pixels: Pixels, how: Layout) -> Floats:
    """Planes [1 to 3, H, W], 1.0 = the top of the pixels' type."""
    top = np.float32(np.iinfo(pixels.dtype).max)
    if how is Layout.COLOUR:
        flat = pixels.reshape(-1, 3).astype(np.float32) @ (_TO_PLANES / top).T
        return np.ascontiguousarray(flat.T.reshape(3, *pixels.shape[:2]))
    one = pixels[..., 0] if how is Layout.GREY and pixels.ndim == 3 else pixels
    return (one if one.ndim == 3 else one[None]).astype(np.float32) / top


def pixels_of(given: Floats, like: Pixels, how: Layout) -> Pixels:
    """Planes as pixels of the same shape and type as `like`."""
    top = np.float32(np.iinfo(like.dtype).max)
    shown = given
    if how is Layout.COLOUR:
        shown = (given.reshape(3, -1).T @ _TO_RGB.T).reshape(like.shape)
    elif how is Layout.GREY:
        shown = given[0] if like.ndim == 2 else np.repeat(given[0][..., None], 3, -1)
    rounded: Pixels = np.clip(shown * top + np.float32(0.5), 0, top).astype(like.dtype).reshape(like.shape)
    return rounded
