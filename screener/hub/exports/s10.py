"""Postal item identifiers (UPU standard S10): two letters, eight digits, a check digit, and a country."""

from __future__ import annotations

import re
from typing import Final

FORM: Final = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)


def normal(text: str) -> str:
    """The identifier as it is printed without blanks, in capitals."""
    return "".join(text.split()).upper()


def check_digit(serial: str) -> int:
    """Of eight digits."""
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, serial, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def doubt(item_id: str) -> str | None:
    """What is wrong with an identifier, None where nothing is; a doubt only, since some number freely."""
    if not FORM.fullmatch(item_id):
        return "item id: it is none of S10 (two letters, nine digits, two letters)"
    expected, got = check_digit(item_id[2:10]), int(item_id[10])
    return None if expected == got else f"item id: expected the check digit {expected}, got {got}"
