"""What a file says of itself, read and bounded before anything is allocated for its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.imaging.reasons import ImageFault, refused

PITCH_TOLERANCE = 0.1
"""By so much a stated pitch and a given one may differ: a tenth of a cigarette's width is nothing."""

MAX_MAGNIFICATION = 4.0
"""Nearer to the source than a quarter of the way no belt runs."""


class ImageFormat(StrEnum):
    """A format that is read; the value is its content type. Photographs may be WebP, scans never are."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    TIFF = "image/tiff"
    DICOS = "application/dicos"
    WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class Said:
    """What a file states of its pixels' meaning; None where it is silent.

    The pitch is across and along the belt, in mm: of pixels on the object, or with `at_detector` of those on
    the detector, which look smaller on an object before it.
    """

    pitch_mm: tuple[float, float] | None = None
    at_detector: bool = False
    energy: Energy | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """Size, samples and pages by the file's own headers. Channels are as decoded: 1, 3 or 4."""

    format: ImageFormat
    rows: int
    cols: int
    channels: int
    bits: int
    pages: int = 1
    says: Said = Said()

    def __str__(self) -> str:
        return (
            f"{self.format}, {self.cols}x{self.rows} px, "
            f"{self.channels} channel(s) of {self.bits} bits, {self.pages} page(s)"
        )


def check_bytes(data: bytes, limits: ImageLimits) -> None:
    """Raises `BadInput` where there are no bytes or too many."""
    if not data:
        raise refused(ImageFault.EMPTY, "expected an image, got 0 bytes")
    if len(data) > limits.max_bytes:
        raise refused(ImageFault.TOO_LARGE, f"expected at most {limits.max_bytes} bytes, got {len(data)}")


def check_limits(announced: Announced, limits: ImageLimits) -> None:
    """Raises `BadInput` where the file announces more than the limits, or what is not read at all."""
    if announced.pages > min(limits.max_pages, 2):
        raise refused(
            ImageFault.TOO_MANY_PAGES, f"expected at most {min(limits.max_pages, 2)} page(s), got {announced}"
        )
    if announced.bits not in (8, 16):
        raise refused(ImageFault.BIT_DEPTH, f"expected 8 or 16 bits, got {announced}")
    if announced.channels not in (1, 3, 4) or (announced.pages == 2 and announced.channels != 1):
        raise refused(ImageFault.SHAPE, f"expected grey or RGB, or two grey pages, got {announced}")
    if min(announced.rows, announced.cols) < 1:
        raise refused(ImageFault.CORRUPT, f"expected at least one pixel, got {announced}")
    pixels = announced.rows * announced.cols * announced.pages
    if max(announced.rows, announced.cols) > limits.max_side_px or pixels > limits.max_pixels:
        expected = f"at most {limits.max_pixels} px and {limits.max_side_px} px a side"
        raise refused(ImageFault.TOO_LARGE, f"expected {expected}, got {announced}")


def check_energy(announced: Announced, energy: Energy) -> None:
    """Raises `BadInput` where the pages cannot be of that energy: a pair is dual, one grey page single.

    So it does where the file itself states another.
    """
    if energy is Energy.DUAL and announced.pages == 1 and announced.channels == 1:
        raise refused(ImageFault.ENERGY, f"dual energy: expected colour or two pages, got {announced}")
    if energy is Energy.SINGLE and announced.pages == 2:
        raise refused(ImageFault.ENERGY, f"single energy: expected one page, got {announced}")
    if announced.says.energy not in (None, energy):
        raise refused(ImageFault.ENERGY, f"expected {announced.says.energy}, as the file says, got {energy}")


def check_pitch(announced: Announced, across_mm: float, along_mm: float) -> None:
    """Raises `BadInput` where the file itself states another pitch: which of the two is wrong is unknown.

    A pitch on the detector is an upper bound: matter before it is magnified.
    """
    if announced.says.pitch_mm is None:
        return
    least = 1 / MAX_MAGNIFICATION if announced.says.at_detector else 1 - PITCH_TOLERANCE
    for way, said, given in zip(
        ("across", "along"), announced.says.pitch_mm, (across_mm, along_mm), strict=True
    ):
        if not least <= given / said <= 1 + PITCH_TOLERANCE:
            where = "on the detector" if announced.says.at_detector else "on the object"
            detail = f"pitch {way}: expected that of the file, {said:g} mm {where}, got {given:g} mm"
            raise refused(ImageFault.PITCH_CONFLICT, detail)
