"""The order of names as people count: `P9` before `P10`."""

from __future__ import annotations

import re


def natural(name: str) -> list[tuple[int, str]]:
    """What names are sorted by."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]
