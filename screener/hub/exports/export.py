"""One image file of a scanner as content that a scan message may carry, and what the file says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from screener.config import ImageLimits
from screener.contracts.reading import RESERVED_PREFIX
from screener.contracts.times import EARLIEST, LATEST
from screener.contracts.wire import Identifier, PitchMm
from screener.errors import BadInput
from screener.hub.exports.bitmap import bitmap_pixels, is_bitmap
from screener.hub.exports.lossless import lossless
from screener.hub.exports.resolution import pitch_hint
from screener.hub.exports.samples import missing_air, raw_pixels
from screener.hub.exports.sidecar import RawLayout, Sidecar
from screener.imaging.announced import Announced, check_bytes
from screener.imaging.decode import announce, sniffed
from screener.imaging.dicos.header import Dicos
from screener.imaging.reasons import ImageFault, refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Export:
    """What is sent of a file, and what it says of itself in a sidecar's words.

    `content` is the file as it lies, or a lossless conversion of it; `content_type` is one of the contract's.
    `says` holds what the format states (a DICOS file), `hints` what it merely mentions (a PNG's resolution).
    `doubts` are for a log or a report, one sentence each.
    """

    content: bytes
    content_type: str
    says: Sidecar
    hints: Sidecar
    doubts: tuple[str, ...] = ()


def exported(path: Path, sidecar: Sidecar, limits: ImageLimits) -> Export:
    """The file at `path` as a scan message may carry it.

    Raises `BadInput` with a code of `ImageFault` where it is none of the formats that are read, damaged or
    beyond the limits, and `OSError` where it cannot be read. With `sidecar.raw` it is a raw file, whatever
    it begins with. Nothing is decoded here: what is compressed is decoded behind the stream, in a sandbox.
    """
    with path.open("rb") as file:
        data = file.read(limits.max_bytes + 1)
    check_bytes(data, limits)
    if sidecar.raw is not None:
        return _raw(data, sidecar.raw, limits)
    if is_bitmap(data):
        content, content_type = lossless(bitmap_pixels(data, limits))
        return Export(content, content_type, Sidecar(), Sidecar(pitch_mm=pitch_hint(data)))
    kind = _kind(data)
    announced = announce(data, kind, limits)
    if isinstance(announced, Dicos):
        return _dicos(data, announced)
    return Export(data, kind, Sidecar(), Sidecar(pitch_mm=pitch_hint(data)))


def _kind(data: bytes) -> str:
    try:
        return sniffed(data).value
    except BadInput as error:
        if error.reason != ImageFault.FORMAT:
            raise
        detail = f"expected JPEG, PNG, TIFF, DICOS, BMP, or a raw file with a sidecar, got {data[:8].hex()}"
        raise refused(ImageFault.FORMAT, detail) from None


def _raw(data: bytes, layout: RawLayout, limits: ImageLimits) -> Export:
    pixels = raw_pixels(data, layout, limits)
    content, content_type = lossless(pixels)
    doubt = missing_air(pixels, layout)
    return Export(content, content_type, Sidecar(), Sidecar(), (doubt,) if doubt else ())


def _dicos(data: bytes, announced: Dicos) -> Export:
    """What is the hub's to name (scanner, view) and the pitch on the detector are hints, no statements."""
    facts = announced.facts
    parcel_id = _first(facts.parcel_ids)
    time = facts.time if facts.time and EARLIEST <= facts.time < LATEST else None
    pitch = _pitch(announced)
    sure = pitch is not None and not announced.says.at_detector
    says = Sidecar(
        parcel_id=parcel_id,
        scan_id=_first([facts.scan_id] if facts.scan_id else []),
        energy=announced.says.energy,
        pitch_mm=pitch if sure else None,
        time=time,
    )
    hints = Sidecar(
        view=facts.view,
        views=facts.views,
        scanner=_first([facts.scanner] if facts.scanner else []),
        pitch_mm=None if sure else pitch,
    )
    unfit = parcel_id is None and facts.parcel_ids
    doubts = ("its object of inspection has an id that no parcel can have",) if unfit else ()
    return Export(data, announced.format.value, says, hints, doubts)


def _pitch(announced: Announced) -> PitchMm | None:
    if announced.says.pitch_mm is None:
        return None
    across, along = announced.says.pitch_mm
    return _fitting({"across": across, "along": along}, PitchMm)


def _first(texts: Iterable[str]) -> str | None:
    """The first text that is an identifier of the contract, and not one of ours."""
    fit = (_fitting(text, Identifier) for text in texts if not text.startswith(RESERVED_PREFIX))
    return next((text for text in fit if text is not None), None)


def _fitting(value: object, kind: type[T]) -> T | None:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
