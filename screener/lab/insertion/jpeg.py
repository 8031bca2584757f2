"""The quality that a JPEG file was written with, so that what is made of it is written with the same."""

from __future__ import annotations

import numpy as np

TABLES = b"\xff\xdb"
STANDARD_SUM = 3685
"""Sum of the standard luminance table (ITU-T T.81, Annex K) at quality 50."""

USUAL = 90


def quality(data: bytes) -> int:
    """The quality 1 to 100 of the file's first quantisation table, as libjpeg counts it."""
    at = data.find(TABLES)
    table = data[at + 5 : at + 69]
    if at < 0 or data[at + 4] >> 4 or len(table) < 64:
        return USUAL
    scale = 100 * float(np.frombuffer(table, np.uint8).sum()) / STANDARD_SUM
    found = 5000 / scale if scale > 100 else (200 - scale) / 2
    return int(np.clip(round(found), 1, 100))
