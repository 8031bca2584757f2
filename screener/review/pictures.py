"""The scanner's own pixels for people, and the model's map, as a browser takes them without losing bits.

Browsers cut pictures to 8 bits, so pixels travel raw, little-endian, behind a header of 32 bytes ("SCRP"):

====== ===== =====================================================================================
offset bytes
====== ===== =====================================================================================
0      4     `SCRP`
4      1     version of this layout, 1
5      1     bits of a sample, 8 or 16
6      1     channels, one after the other in each pixel: 1 grey, 2 low and high energy, 3 RGB
7      1     1 single energy: the pixels say nothing of matter; 2 dual
8      4+4   columns (along the belt), rows (across it)
16     4+4   pitch along and across the belt, mm on the object, float32
24     2+2   level of air of the first and of the second channel (of grey and pairs of 16 bits), or the top
28     2     how many pixels of the scan, each way, make one here: 1, but for what is larger than `LARGEST_PX`
30     2     0
====== ===== =====================================================================================
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.contracts.wire import Energy, Findings, FlaggedScan
from screener.errors import BadInput
from screener.evidence.errors import Damaged, NotStored
from screener.imaging.prepare import AIR_PERCENTILE, Pixels, coloured
from screener.review.errors import Hidden
from screener.review.service import Service

HEADER: Final = struct.Struct("<4sBBBBIIffHHHH")
MAGIC, VERSION = b"SCRP", 1
CODES: Final = {Energy.SINGLE: 1, Energy.DUAL: 2}

LARGEST_PX: Final = 8192
"""A side that every WebGL2 browser takes; longer ones are shown at a half, a third, ..."""

AIR_MM: Final = 1.5
"""Air is measured at about the pitch of the model, so that noise does not lift it."""

THUMB_PX: Final = 160


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Samples uint8 or uint16 [rows, cols, channels]: grey, low and high energy, or RGB.

    Rows lie across the belt, columns along it. `air` is the level of empty belt of the first two channels;
    `shrunk` how many pixels of the scan make one, each way.
    """

    samples: Pixels
    energy: Energy
    pitch_along_mm: float
    pitch_across_mm: float
    air: tuple[int, int]
    shrunk: int = 1

    @property
    def top(self) -> int:
        """The largest value of a sample."""
        return int(np.iinfo(self.samples.dtype).max)


def pixels(service: Service, one: FlaggedScan) -> Raster:
    """The pixels of a view as its scanner sent it, decoded in a process of their own.

    Raises `Hidden` where the image is gone, `BadInput` where it is damaged or cannot be decoded, and
    `Unavailable`.
    """
    pitch = one.scan.pitch_mm
    return raster(unpacked(service, one), one.scan.energy, pitch.along, pitch.across)


def unpacked(service: Service, one: FlaggedScan) -> Pixels:
    """The pixels of a view as `screener.imaging.decode` gives them. Raises as `pixels` does."""
    result = service.sandbox.unpack(content_of(service, one), one.scan.image.content_type).result()
    if isinstance(result, BadInput):
        raise result
    return result


def raster(decoded: Pixels, energy: Energy, along_mm: float, across_mm: float) -> Raster:
    """Pixels as `screener.imaging.decode` gives them: grey [H, W], RGB(A) [H, W, 3 or 4], pair [2, H, W]."""
    samples, shrunk = _shrunk(_interleaved(decoded))
    along, across = along_mm * shrunk, across_mm * shrunk
    return Raster(samples, energy, along, across, _air(samples, along, across), shrunk)


def heat(findings: Findings) -> Raster:
    """The model's map: RGB are the probabilities of cigarettes, loose tobacco, e-cigarettes; 255 is 1.0.

    Raises `Hidden` where it is none.
    """
    png = np.frombuffer(findings.map_png, np.uint8)
    cells = cv2.imdecode(png, cv2.IMREAD_COLOR_RGB) if png.size else None
    if cells is None:
        raise Hidden("the model's map: there is none")
    pitch = findings.map_pitch_mm
    return Raster(np.asarray(cells, np.uint8), Energy.SINGLE, pitch, pitch, (255, 255))


def packed(picture: Raster) -> bytes:
    """The picture as browsers take it: header and samples."""
    rows, cols, channels = picture.samples.shape
    header = HEADER.pack(
        MAGIC,
        VERSION,
        8 * picture.samples.itemsize,
        channels,
        CODES[picture.energy],
        cols,
        rows,
        picture.pitch_along_mm,
        picture.pitch_across_mm,
        *picture.air,
        picture.shrunk,
        0,
    )
    return header + picture.samples.astype(picture.samples.dtype.newbyteorder("<")).tobytes()


def thumbnail(picture: Raster, side_px: int = THUMB_PX) -> bytes:
    """A small PNG of the whole picture in its true proportions, pairs in the colours of matter."""
    rows, cols = picture.samples.shape[:2]
    wide, high = cols * picture.pitch_along_mm, rows * picture.pitch_across_mm
    scale = side_px / max(wide, high)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    shown = cv2.resize(_shown(picture), size, interpolation=cv2.INTER_AREA)
    flipped = np.rint(shown[..., ::-1] * 255).astype(np.uint8)
    return bytes(cv2.imencode(".png", np.ascontiguousarray(flipped))[1].tobytes())


def content_of(service: Service, one: FlaggedScan) -> bytes:
    """The image of a view as it was sent. Raises `Hidden`, `BadInput` where it is damaged, `Unavailable`."""
    where = f"scan {one.scan.scan_id}, view {one.scan.view}"
    if one.stored.address is None:
        raise Hidden(f"{where}: its image is gone ({one.stored.gone or 'nobody said why'})")
    return stored(service, one.stored.address, where)


def stored(service: Service, address: str, where: str) -> bytes:
    """An image of the evidence store, which `where` names for people.

    Raises `Hidden` where it is gone, `BadInput` where it is damaged, and `Unavailable`.
    """
    try:
        return service.store.get(address)
    except NotStored:
        raise Hidden(f"{where}: its image is no longer in the evidence store") from None
    except Damaged as error:
        raise BadInput("image_damaged", f"{where}: {error}") from None


def _interleaved(decoded: Pixels) -> Pixels:
    if decoded.ndim == 2:
        return decoded[..., None]
    if decoded.shape[2] == 4:
        return _on_white(decoded)
    return decoded if decoded.shape[2] == 3 else _as(np.moveaxis(decoded, 0, -1), decoded.dtype)


def _on_white(rgba: Pixels) -> Pixels:
    top = float(np.iinfo(rgba.dtype).max)
    opacity = rgba[..., 3:].astype(np.float32) / np.float32(top)
    mixed = rgba[..., :3] * opacity + np.float32(top) * (1 - opacity)
    return _as(np.rint(mixed), rgba.dtype)


def _shrunk(samples: Pixels) -> tuple[Pixels, int]:
    rows, cols, channels = samples.shape
    by = -(-max(rows, cols) // LARGEST_PX)
    if by == 1:
        return samples, 1
    size = (max(1, cols // by), max(1, rows // by))
    small = cv2.resize(samples, size, interpolation=cv2.INTER_AREA)
    return _as(small.reshape(size[1], size[0], channels), samples.dtype), by


def _as(values: NDArray[Any], kind: np.dtype[Any]) -> Pixels:
    return values.astype(np.uint8, order="C") if kind == np.uint8 else values.astype(np.uint16, order="C")


def _air(samples: Pixels, along_mm: float, across_mm: float) -> tuple[int, int]:
    """The levels of empty belt: the top of a picture made for people, else what is brightest in each."""
    rows, cols, channels = samples.shape
    top = int(np.iinfo(samples.dtype).max)
    if samples.dtype == np.uint8 or channels == 3:
        return top, top
    size = (max(1, round(cols * along_mm / AIR_MM)), max(1, round(rows * across_mm / AIR_MM)))
    coarse = cv2.resize(samples.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    levels = np.percentile(coarse.reshape(-1, channels), AIR_PERCENTILE, axis=0)
    first, last = (max(1, round(float(level))) for level in (levels[0], levels[-1]))
    return first, last


def _shown(picture: Raster) -> NDArray[np.float32]:
    """RGB 0 to 1 [rows, cols, 3]: what people see first."""
    samples, channels = picture.samples.astype(np.float32), picture.samples.shape[2]
    if channels == 3:
        return samples / np.float32(picture.top)
    levels = np.minimum(samples / np.array(picture.air[:channels], np.float32), np.float32(1.0))
    if channels == 2:
        return np.moveaxis(coloured(levels[..., 0], levels[..., 1]), 0, -1)
    return np.repeat(levels, 3, axis=2)
