"""How strongly a JPEG file was compressed, from its own tables: nothing is decoded for it."""

from __future__ import annotations

from typing import Final

STANDARD_SUM: Final = 3688
"""Of the luminance table of ITU-T T.81, annex K: what quality 50 of the IJG library stands for."""

_TABLE, _SCAN = 0xDB, 0xDA


def jpeg_quality(data: bytes) -> int | None:
    """1 to 100 on the scale of the IJG library, below 15 roughly; None where there is no such table."""
    table = _luminance_table(data)
    if table is None:
        return None
    percent = 100.0 * sum(table) / STANDARD_SUM
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    return round(min(100.0, max(1.0, quality)))


def _luminance_table(data: bytes) -> bytes | None:
    """The 64 values of 8-bit table 0, found by walking the segments before the first scan."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _SCAN:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == _TABLE and data[at + 4 : at + 5] == b"\0":
            table = data[at + 5 : at + 69]
            return table if len(table) == 64 else None
        at += 2 + max(length, 2)
    return None
