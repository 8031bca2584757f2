"""The headers of a PNG file (W3C PNG, third edition), walked from chunk to chunk down to its end."""

from __future__ import annotations

from collections.abc import Iterator

from screener.imaging.announced import Announced, ImageFormat
from screener.imaging.reasons import ImageFault, refused

MAGIC = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 3, GREY_ALPHA: 4, RGB_ALPHA: 4}
"""Channels as OpenCV decodes them: alpha always comes with three colours, a transparent grey is left out."""


def announced_png(data: bytes) -> Announced:
    """What the file announces; raises `BadInput` where it is cut short or animated."""
    header: bytes | None = None
    kinds: set[bytes] = set()
    for kind, body in _chunks(data):
        if header is None and kind != b"IHDR":
            raise refused(ImageFault.CORRUPT, "PNG: expected IHDR first")
        header = body if header is None else header
        kinds.add(kind)
    if header is None or b"IDAT" not in kinds:
        raise refused(ImageFault.CORRUPT, "PNG: it ends without a picture")
    if b"acTL" in kinds:
        raise refused(ImageFault.TOO_MANY_PAGES, "PNG: expected one picture, got an animation")
    return _header(header, transparent=b"tRNS" in kinds)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every chunk up to IEND; of data chunks only an empty body, so that nothing large is copied."""
    at, kind = len(MAGIC), b""
    while kind != b"IEND":
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            raise refused(ImageFault.CORRUPT, f"PNG: cut short after {len(data)} bytes")
        yield kind, data[at + 8 : at + 8 + length] if kind == b"IHDR" else b""
        at += 12 + length


def _header(body: bytes, *, transparent: bool) -> Announced:
    if len(body) != 13 or body[9] not in CHANNELS:
        raise refused(ImageFault.CORRUPT, "PNG: IHDR is not one")
    cols, rows = int.from_bytes(body[0:4], "big"), int.from_bytes(body[4:8], "big")
    channels = 4 if transparent and body[9] != GREY else CHANNELS[body[9]]
    return Announced(ImageFormat.PNG, rows, cols, channels, bits=body[8])
