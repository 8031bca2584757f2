"""The whole way of one image, in this process: check, decode, prepare."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from screener.config import ImageLimits
from screener.contracts.wire import Energy, Glance
from screener.imaging.announced import check_energy, check_pitch
from screener.imaging.decode import announce, decode
from screener.imaging.prepare import Picture, Pixels, prepare, resampled_size

COLOUR_STEP = 24 / 255
"""Colours that lie further apart than this are meant; JPEG leaves smaller ones in grey pictures."""

COLOUR_SHARE = 0.002


@dataclass(frozen=True, slots=True)
class Request:
    """An image to be prepared, with what its sender says of it; an `energy` of None is told from it."""

    data: bytes
    content_type: str
    pitch_across_mm: float
    pitch_along_mm: float
    energy: Energy | None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A picture float32 [3, H, W] as the model reads it, the size of its original, and its energy.

    The sandbox gives its glance, too; where a picture is read for nothing but its pixels there is none.
    """

    image: Picture
    original_px: tuple[int, int]
    energy: Energy
    glance: Glance | None = None


def read_picture(request: Request, limits: ImageLimits, model_pitch_mm: float) -> Prepared:
    """Check, decode and prepare one image here and now; for foreign images use `Sandbox`.

    Raises `BadInput` with a code of `ImageFault`, and `MemoryError`.
    """
    announced = announce(request.data, request.content_type, limits)
    if request.energy is not None:
        check_energy(announced, request.energy)
    across, along = request.pitch_across_mm, request.pitch_along_mm
    check_pitch(announced, across, along)
    resampled_size(announced.rows, announced.cols, across, along, model_pitch_mm)
    pixels = decode(request.data, announced)
    energy = request.energy or announced.says.energy or energy_told_from(pixels)
    image = prepare(pixels, across, along, energy, model_pitch_mm)
    return Prepared(image, (announced.rows, announced.cols), energy)


def energy_told_from(pixels: Pixels) -> Energy:
    """A guess for files that come without headers: a pair and real colours are dual, grey is single."""
    if pixels.ndim == 2:
        return Energy.SINGLE
    if pixels.shape[2] not in (3, 4):
        return Energy.DUAL
    step = COLOUR_STEP * float(np.iinfo(pixels.dtype).max)
    first = cv2.extractChannel(pixels, 0)
    apart = max(
        float(np.mean(cv2.absdiff(first, cv2.extractChannel(pixels, other)) > step)) for other in (1, 2)
    )
    return Energy.DUAL if apart > COLOUR_SHARE else Energy.SINGLE
