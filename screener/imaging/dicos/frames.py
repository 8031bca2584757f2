"""The frames of a DICOS file as pixels that grow with the intensity: RGB, or grey pages, low before high."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screener.imaging.dicos.elements import pydicom_errors
from screener.imaging.dicos.header import Dicos
from screener.imaging.dicos.rle import unpacked_planes
from screener.imaging.jpeg import announced_jpeg
from screener.imaging.jpeg2000 import announced_jpeg2000
from screener.imaging.reasons import ImageFault, refused

Array = NDArray[Any]
Decode = Callable[[bytes], Array]


def frames(data: bytes, announced: Dicos, decode: Decode) -> list[Array]:
    """The frames [H, W] or RGB [H, W, 3], uint8 or uint16; `decode` gives those of JPEG and JPEG 2000 as RGB.

    Raises `BadInput` where they are not what the file announced.
    """
    if announced.length is not None:
        stored = _open(data, announced)
    else:
        stored = [_decoded(packed, announced, decode) for packed in _packed(data, announced)]
    pages = [_upright(page, announced) for page in stored]
    return pages if announced.low_first else pages[::-1]


def _open(data: bytes, announced: Dicos) -> list[Array]:
    kind = np.dtype(f"<u{announced.allocated_bits // 8}")
    shape = (announced.rows, announced.cols)
    size = announced.rows * announced.cols * announced.channels
    every = np.frombuffer(data, kind, size * announced.pages, announced.at).reshape(announced.pages, size)
    if announced.channels == 1:
        return [page.reshape(shape) for page in every]
    if announced.planar:
        return [np.moveaxis(page.reshape(3, *shape), 0, 2) for page in every]
    return [page.reshape(*shape, 3) for page in every]


def _packed(data: bytes, announced: Dicos) -> list[bytes]:
    from pydicom.encaps import generate_frames  # noqa: PLC0415 - as in `elements`

    buffer = BytesIO(data)
    buffer.seek(announced.at)
    with pydicom_errors():
        packed = list(generate_frames(buffer, number_of_frames=announced.pages))
    if len(packed) != announced.pages:
        raise refused(ImageFault.CORRUPT, f"DICOS: expected {announced.pages} frame(s), got {len(packed)}")
    return packed


def _decoded(packed: bytes, announced: Dicos, decode: Decode) -> Array:
    if announced.syntax.codec == "rle":
        return _from_rle(packed, announced)
    size: tuple[int, int, int, int]
    if announced.syntax.codec == "jpeg":
        frame = announced_jpeg(packed)
        size = (frame.rows, frame.cols, frame.channels, frame.bits)
    else:
        codestream = announced_jpeg2000(packed)
        size = (codestream.rows, codestream.cols, codestream.components, codestream.bits)
    expected = (announced.rows, announced.cols, announced.channels, announced.stored_bits)
    if size != expected:
        detail = f"DICOS: expected rows, columns, samples and bits {expected} in a frame, got {size}"
        raise refused(ImageFault.CORRUPT, detail)
    return decode(packed)


def _from_rle(packed: bytes, announced: Dicos) -> Array:
    width = announced.allocated_bits // 8
    pixels = announced.rows * announced.cols
    planes = unpacked_planes(packed, announced.channels * width, pixels)
    samples = np.ascontiguousarray(planes.reshape(announced.channels, width, pixels).transpose(2, 0, 1))
    values = samples.view(f">u{width}").astype(f"u{width}")
    shape = (announced.rows, announced.cols)
    return values.reshape(shape if announced.channels == 1 else (*shape, 3))


def _upright(page: Array, announced: Dicos) -> Array:
    """In the type that the file announced; a dark offset may not push values below nothing."""
    kind = np.dtype(f"u{announced.bits // 8}")
    if announced.stored_bits < announced.allocated_bits:
        page = page & page.dtype.type((1 << announced.stored_bits) - 1)
    falls, offset = announced.upright.falls, announced.upright.offset
    if not falls and offset == 0:
        return np.ascontiguousarray(page, dtype=kind)
    values = page.astype(np.int32)
    values = offset - values if falls else offset + values
    if int(values.max()) > np.iinfo(kind).max:
        raise refused(
            ImageFault.ENCODING, f"DICOS: expected rescaled values of {announced.bits} bits, got more"
        )
    return np.maximum(values, 0).astype(kind)
