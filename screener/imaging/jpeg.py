"""The headers of a JPEG file (ITU-T T.81), walked from marker to marker down to its end."""

from __future__ import annotations

import re
from typing import NamedTuple

from screener.imaging.announced import Announced, ImageFormat
from screener.imaging.reasons import ImageFault, refused

MAGIC = b"\xff\xd8\xff"
MAX_SCANS = 64
"""A hostile progressive file may hold thousands of scans, each as dear as a whole picture."""

HUFFMAN_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
AFTER_ENTROPY = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


class Segment(NamedTuple):
    """One marker with the bytes of its segment and the place where the next one starts."""

    marker: int
    body: bytes
    after: int


def announced_jpeg(data: bytes) -> Announced:
    """What the file announces; raises `BadInput` where it is cut short or not Huffman-coded 8-bit."""
    frame: Announced | None = None
    scans, at = 0, 2
    while (segment := _segment(data, at)).marker != END_OF_IMAGE:
        at = segment.after
        if segment.marker in OTHER_FRAMES:
            raise refused(ImageFault.ENCODING, "JPEG: expected a baseline or progressive Huffman-coded file")
        if segment.marker in HUFFMAN_FRAMES:
            if frame is not None:
                raise refused(ImageFault.CORRUPT, f"JPEG: a second frame header before byte {at}")
            frame = _frame(segment.body)
        if segment.marker == START_OF_SCAN:
            scans, at = scans + 1, _end_of_entropy(data, at)
            if scans > MAX_SCANS:
                raise refused(ImageFault.ENCODING, f"JPEG: expected at most {MAX_SCANS} scans")
    if frame is None or scans == 0:
        raise refused(ImageFault.CORRUPT, "JPEG: it ends without a picture")
    return frame


def _segment(data: bytes, at: int) -> Segment:
    start = at
    while data[at : at + 1] == b"\xff":
        at += 1
    if at == start or at >= len(data):
        raise refused(ImageFault.CORRUPT, f"JPEG: expected a marker at byte {start} of {len(data)}")
    marker = data[at]
    if marker in STANDALONE or marker == END_OF_IMAGE:
        return Segment(marker, b"", at + 1)
    length = int.from_bytes(data[at + 1 : at + 3], "big")
    after = at + 1 + length
    if length < 2 or after > len(data):
        raise refused(ImageFault.CORRUPT, f"JPEG: the segment at byte {start} reaches beyond the file")
    return Segment(marker, data[at + 3 : after], after)


def _frame(body: bytes) -> Announced:
    if len(body) < 6:
        raise refused(ImageFault.CORRUPT, "JPEG: the frame header is too short")
    bits, channels = body[0], body[5]
    if channels == 4:
        raise refused(ImageFault.ENCODING, "JPEG: expected grey or colour, got CMYK")
    rows, cols = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    return Announced(ImageFormat.JPEG, rows, cols, channels, bits)


def _end_of_entropy(data: bytes, at: int) -> int:
    found = AFTER_ENTROPY.search(data, at)
    if found is None:
        raise refused(ImageFault.CORRUPT, f"JPEG: cut short after {len(data)} bytes, inside a scan")
    return found.start()
