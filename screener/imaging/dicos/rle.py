"""RLE Lossless of DICOM (PS3.5, annex G): byte planes of a frame, each packed as PackBits."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from screener.imaging.reasons import ImageFault, refused


def unpacked_planes(frame: bytes, planes: int, pixels: int) -> NDArray[np.uint8]:
    """The byte planes [planes, pixels], the most significant byte of each sample first; raises `BadInput`."""
    if len(frame) < 64:
        raise refused(ImageFault.CORRUPT, f"RLE: expected a header of 64 bytes, got {len(frame)}")
    count, *offsets = struct.unpack("<16I", frame[:64])
    if count != planes:
        raise refused(ImageFault.CORRUPT, f"RLE: expected {planes} planes, got {count}")
    ends = [*offsets[1:planes], len(frame)]
    packed = [frame[start:end] for start, end in zip(offsets[:planes], ends, strict=True)]
    return np.stack([np.frombuffer(_unpacked(one, pixels), np.uint8) for one in packed])


def _unpacked(packed: bytes, length: int) -> bytes:
    out = bytearray()
    at = 0
    while at < len(packed) and len(out) < length:
        head = packed[at]
        if head < 128:
            out += packed[at + 1 : at + 2 + head]
            at += 2 + head
        elif head > 128:
            out += packed[at + 1 : at + 2] * (257 - head)
            at += 2
        else:
            at += 1
    if len(out) != length:
        raise refused(ImageFault.CORRUPT, f"RLE: expected a plane of {length} bytes, got {len(out)}")
    return bytes(out)
