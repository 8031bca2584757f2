"""The file meta information of a DICOS file: how its elements and pixels are encoded, and where they begin.

Read here and not by pydicom, which would inflate a deflated file as a whole before we could refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from screener.imaging.reasons import ImageFault, refused

MAGIC_AT: Final = 128
MAGIC: Final = b"DICM"
TRANSFER_SYNTAX: Final = b"\x02\x00\x10\x00"
LONG_KINDS: Final = frozenset({b"OB", b"OW", b"OF", b"OD", b"OL", b"SQ", b"UC", b"UN", b"UR", b"UT"})


@dataclass(frozen=True, slots=True)
class Syntax:
    """A transfer syntax that is read; `codec` packs the pixels, None where they lie open."""

    name: str
    implicit: bool = False
    codec: str | None = None


SYNTAXES: Final = {
    "1.2.840.10008.1.2": Syntax("Implicit VR Little Endian", implicit=True),
    "1.2.840.10008.1.2.1": Syntax("Explicit VR Little Endian"),
    "1.2.840.10008.1.2.4.50": Syntax("JPEG Baseline", codec="jpeg"),
    "1.2.840.10008.1.2.4.51": Syntax("JPEG Extended, 8 bits", codec="jpeg"),
    "1.2.840.10008.1.2.4.90": Syntax("JPEG 2000 Lossless", codec="jpeg2000"),
    "1.2.840.10008.1.2.4.91": Syntax("JPEG 2000", codec="jpeg2000"),
    "1.2.840.10008.1.2.5": Syntax("RLE Lossless", codec="rle"),
}

NOT_READ: Final = {
    "1.2.840.10008.1.2.1.99": "Deflated Explicit VR Little Endian",
    "1.2.840.10008.1.2.2": "Explicit VR Big Endian",
    "1.2.840.10008.1.2.4.57": "JPEG Lossless",
    "1.2.840.10008.1.2.4.70": "JPEG Lossless SV1",
    "1.2.840.10008.1.2.4.80": "JPEG-LS Lossless",
    "1.2.840.10008.1.2.4.81": "JPEG-LS Near-lossless",
    "1.2.840.10008.1.2.4.201": "High-Throughput JPEG 2000 Lossless",
    "1.2.840.10008.1.2.4.202": "High-Throughput JPEG 2000 RPCL Lossless",
    "1.2.840.10008.1.2.4.203": "High-Throughput JPEG 2000",
}
"""Names for refusals; a syntax that is in neither table is refused by its number."""


def is_dicos(data: bytes) -> bool:
    """Whether the file says that it is of this kind."""
    return data[MAGIC_AT : MAGIC_AT + len(MAGIC)] == MAGIC


def file_meta(data: bytes) -> tuple[Syntax, int]:
    """The transfer syntax and where the data set begins. Raises `BadInput` where it is none that is read."""
    at = MAGIC_AT + len(MAGIC)
    found: list[bytes] = []
    while data[at : at + 2] == b"\x02\x00":
        start, length = _value_place(data, at)
        if data[at : at + 4] == TRANSFER_SYNTAX:
            found.append(data[start : start + length])
        at = start + length
    if len(found) != 1 or len(found[0]) > 64:
        raise refused(ImageFault.CORRUPT, f"DICOS: expected one transfer syntax, got {len(found)}")
    return _syntax(found[0].rstrip(b"\x00 ").decode("ascii", "replace")), at


def _value_place(data: bytes, at: int) -> tuple[int, int]:
    if data[at + 4 : at + 6] in LONG_KINDS:
        start, length = at + 12, int.from_bytes(data[at + 8 : at + 12], "little")
    else:
        start, length = at + 8, int.from_bytes(data[at + 6 : at + 8], "little")
    if start + length > len(data):
        raise refused(ImageFault.CORRUPT, f"DICOS: the element at byte {at} reaches beyond the file")
    return start, length


def _syntax(uid: str) -> Syntax:
    if uid not in SYNTAXES:
        known = ", ".join(syntax.name for syntax in SYNTAXES.values())
        got = f"{NOT_READ[uid]} ({uid})" if uid in NOT_READ else ascii(uid)
        raise refused(ImageFault.ENCODING, f"DICOS: transfer syntax: expected {known}, got {got}")
    return SYNTAXES[uid]
