"""The typeface of papers: what it has, and what stands for a character that it has not."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FILE: Final = Path(__file__).with_name("fonts") / "screener-sans-sc.ttf"
MISSING: Final = "□"
"""What Chinese print sets for a character that it lacks."""


def shown(text: str) -> str:
    """The text as it can be printed: each character that the typeface lacks is a visible box."""
    has = _characters()
    return "".join(one if one == "\n" or ord(one) in has else _instead(one) for one in text)


def _instead(character: str) -> str:
    return " " if character in "\t\r\u200b" else MISSING


@cache
def _characters() -> frozenset[int]:
    with TTFont(FILE, lazy=True) as font:
        return frozenset(font.getBestCmap())
