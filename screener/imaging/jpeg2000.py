"""The headers of a JPEG 2000 codestream (ITU-T T.800), walked from tile-part to tile-part down to its end."""

from __future__ import annotations

from typing import NamedTuple

from screener.imaging.reasons import ImageFault, refused

MAGIC = b"\xff\x4f\xff\x51"
START_OF_TILE, END = b"\xff\x90", b"\xff\xd9"
MAX_TILE_PARTS = 65_535


class Codestream(NamedTuple):
    """Size, components and bits of each."""

    rows: int
    cols: int
    components: int
    bits: int


def announced_jpeg2000(data: bytes) -> Codestream:
    """What the codestream announces; raises `BadInput` where it is cut short, signed or subsampled."""
    if not data.startswith(MAGIC):
        raise refused(ImageFault.CORRUPT, "JPEG 2000: expected a codestream")
    size = _size(data)
    _check_tile_parts(data, _first_tile_part(data))
    return size


def _size(data: bytes) -> Codestream:
    length = int.from_bytes(data[4:6], "big")
    count = int.from_bytes(data[40:42], "big")
    if len(data) < 4 + length or length != 38 + 3 * count or not 1 <= count <= 4:
        raise refused(ImageFault.CORRUPT, "JPEG 2000: SIZ is not one")
    right, bottom, left, top = (int.from_bytes(data[at : at + 4], "big") for at in range(8, 24, 4))
    parts = {data[at : at + 3] for at in range(42, 42 + 3 * count, 3)}
    depth, across, down = next(iter(parts))
    if len(parts) != 1 or depth > 0x7F or (across, down) != (1, 1):
        raise refused(ImageFault.ENCODING, "JPEG 2000: expected equal, unsigned components of full size")
    return Codestream(bottom - top, right - left, count, depth + 1)


def _first_tile_part(data: bytes) -> int:
    at = 2
    while data[at : at + 2] != START_OF_TILE:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at : at + 1] != b"\xff" or length < 2 or at + 2 + length > len(data):
            raise refused(ImageFault.CORRUPT, f"JPEG 2000: expected a marker at byte {at} of {len(data)}")
        at += 2 + length
    return at


def _check_tile_parts(data: bytes, at: int) -> None:
    """A codestream that was cut short would be filled with grey."""
    for _ in range(MAX_TILE_PARTS):
        if data[at : at + 2] == END:
            return
        length = int.from_bytes(data[at + 6 : at + 10], "big")
        if data[at : at + 2] != START_OF_TILE or at + length + 2 > len(data):
            break
        if length == 0:  # the last one, up to the end
            at = data.rstrip(b"\x00").rfind(END)
        elif length < 14:
            break
        else:
            at += length
    raise refused(ImageFault.CORRUPT, f"JPEG 2000: cut short or damaged at byte {at} of {len(data)}")
