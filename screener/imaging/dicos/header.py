"""What a DICOS file announces, bounded by its own length before anything is allocated for its pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from screener.imaging.announced import Announced, ImageFormat
from screener.imaging.dicos.elements import Elements, elements
from screener.imaging.dicos.facts import Facts, facts, low_is_first, said
from screener.imaging.dicos.file import Syntax, file_meta
from screener.imaging.reasons import ImageFault, refused

SOP_CLASSES: Final = {
    "1.2.840.10008.5.1.4.1.1.501.2.1": "DICOS digital X-ray for presentation",
    "1.2.840.10008.5.1.4.1.1.501.2.2": "DICOS digital X-ray for processing",
    "1.2.840.10008.5.1.4.1.1.1.1": "digital X-ray for presentation (DICONDE too)",
    "1.2.840.10008.5.1.4.1.1.1.1.1": "digital X-ray for processing (DICONDE too)",
}
COLOURS: Final = {
    None: frozenset({"RGB"}),
    "rle": frozenset({"RGB"}),
    "jpeg": frozenset({"YBR_FULL", "YBR_FULL_422"}),
    "jpeg2000": frozenset({"RGB", "YBR_RCT", "YBR_ICT"}),
}
"""The colours that each codec's decoder brings to RGB."""


@dataclass(frozen=True, slots=True)
class Upright:
    """How stored values come to grow with the intensity: `offset` plus them, or minus them if it `falls`."""

    falls: bool
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dicos(Announced):
    """A DICOS file: where its pixels lie and how. `length` is None where they are encapsulated."""

    syntax: Syntax
    at: int
    length: int | None
    stored_bits: int
    allocated_bits: int
    planar: bool
    upright: Upright
    low_first: bool
    facts: Facts


def announced_dicos(data: bytes) -> Dicos:
    """What the file announces; raises `BadInput` where it is damaged, no digital X-ray, or not read."""
    syntax, begin = file_meta(data)
    found = elements(data, syntax, begin)
    _check_class(found)
    samples, frames = found.whole("SamplesPerPixel"), found.whole("NumberOfFrames", default=1)
    stored, allocated = found.whole("BitsStored"), found.whole("BitsAllocated")
    _check_bits(found, stored, allocated)
    _check_colour(found, syntax, samples)
    announced = Dicos(
        format=ImageFormat.DICOS,
        rows=found.whole("Rows"),
        cols=found.whole("Columns"),
        channels=samples,
        bits=8 if stored == 8 else 16,
        pages=frames,
        says=said(found, frames, samples),
        syntax=syntax,
        at=found.at,
        length=found.length,
        stored_bits=stored,
        allocated_bits=allocated,
        planar=samples == 3 and found.whole("PlanarConfiguration", default=0) == 1,
        upright=_upright(found, stored) if samples == 1 else Upright(falls=False, offset=0),
        low_first=low_is_first(found),
        facts=facts(found),
    )
    _check_length(announced)
    return announced


def _check_class(found: Elements) -> None:
    uid = found.text("SOPClassUID")
    if uid not in SOP_CLASSES:
        expected = "a digital X-ray object (DICOS DX or DICOM DX)"
        raise refused(ImageFault.ENCODING, f"DICOS: expected {expected}, got SOP class {ascii(uid)[:80]}")


def _check_bits(found: Elements, stored: int, allocated: int) -> None:
    if allocated not in (8, 16) or not 8 <= stored <= allocated:
        got = f"{stored} bits stored in {allocated}"
        raise refused(ImageFault.BIT_DEPTH, f"DICOS: expected 8 to 16 bits in 8 or 16, got {got}")
    if found.whole("HighBit", default=stored - 1) != stored - 1:
        raise _variant("the high bit just above the others", found.whole("HighBit"))
    if found.whole("PixelRepresentation", default=0) != 0:
        raise _variant("unsigned values", found.whole("PixelRepresentation"))


def _check_colour(found: Elements, syntax: Syntax, samples: int) -> None:
    photometric = found.text("PhotometricInterpretation") or ""
    read = {1: frozenset({"MONOCHROME1", "MONOCHROME2"}), 3: COLOURS[syntax.codec]}.get(samples, frozenset())
    if photometric not in read:
        expected = " or ".join(sorted(read)) or "1 or 3 samples"
        raise _variant(f"{expected} in {syntax.name}", f"{samples} sample(s), {ascii(photometric)[:40]}")
    if samples == 1 and (found.lut or found.text("PixelIntensityRelationship") == "LOG"):
        raise _variant("values linear in the intensity", "a table or logarithms")


def _upright(found: Elements, stored: int) -> Upright:
    """From rescale, the sign of the relation to the intensity, and the photometric interpretation.

    The gain of a rescale is left out, since air is found in the picture; its direction and offset count. The
    sign, where given, is what decides; where not, MONOCHROME1 means that more is darker.
    """
    slope, intercept = _number(found, "RescaleSlope", 1.0), _number(found, "RescaleIntercept", 0.0)
    if slope == 0 or not (math.isfinite(slope) and math.isfinite(intercept)):
        raise _variant("a rescale that keeps the values apart", f"slope {slope}, intercept {intercept}")
    offset = round(max(min(intercept / abs(slope), 1e6), -1e6))
    sign = _number(found, "PixelIntensityRelationshipSign", 0.0)
    dark = found.text("PhotometricInterpretation") == "MONOCHROME1"
    falls = sign < 0 if sign else dark != (slope < 0)
    top = (1 << stored) - 1
    if falls:
        return Upright(falls=True, offset=offset if slope < 0 else top)
    return Upright(falls=False, offset=offset if slope > 0 else 0)


def _number(found: Elements, keyword: str, default: float) -> float:
    numbers = found.numbers(keyword, 1)
    return default if numbers is None else numbers[0]


def _check_length(announced: Dicos) -> None:
    """Open pixels have the length that their size asks for, up to one byte of padding."""
    if (announced.length is None) != (announced.syntax.codec is not None):
        raise refused(ImageFault.CORRUPT, f"DICOS: {announced.syntax.name} does not fit how the pixels lie")
    if announced.length is None:
        return
    samples = announced.rows * announced.cols * announced.channels * announced.pages
    expected = samples * announced.allocated_bits // 8
    if announced.length not in (expected, expected + expected % 2):
        detail = f"DICOS: expected {expected} bytes of pixels for {announced}, got {announced.length}"
        raise refused(ImageFault.CORRUPT, detail)


def _variant(expected: str, got: object) -> Exception:
    return refused(ImageFault.ENCODING, f"DICOS: expected {expected}, got {got}")
