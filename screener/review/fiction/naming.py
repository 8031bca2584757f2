"""Numbers of parcels that never were: like those of real ones, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np

TRIES: Final = 50
MOST_DIGITS: Final = 6
"""So many of the last digits are other ones; what stands before them is the hub's own way of numbering."""

SHORTEST_RUN: Final = 3
"""Fewer digits stand in another number by chance."""

_POSTAL: Final = re.compile(r"^([A-Z]{2})(\d{8})(\d)([A-Z]{2})$")
_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)


class Exhausted(Exception):
    """All numbers like the one that was asked for are taken."""


def like(known: str, rng: np.random.Generator, is_taken: Callable[[str], bool]) -> str:
    """A number that looks like `known` and is not taken; longer by a digit where all of those are.

    Raises `Exhausted`.
    """
    for attempt in range(TRIES):
        found = _varied(known, rng) + ("" if attempt < TRIES // 2 else str(rng.integers(10)))
        if found != known and not is_taken(found):
            return found
    raise Exhausted(f"expected a number like one of {len(known)} characters, all of them are taken")


def along(text: str, known: str, new: str) -> str | None:
    """A number that was made from the parcel's, made from the new one likewise; None where it was not."""
    if known in text:
        return text.replace(known, new)
    old_run, new_run = _run(known), _run(new)
    if len(old_run) >= SHORTEST_RUN and len(new_run) == len(old_run) and old_run in text:
        return text.replace(old_run, new_run)
    return None


def _run(text: str) -> str:
    """The longest run of digits."""
    return max(re.findall(r"\d+", text), key=len, default="")


def _varied(known: str, rng: np.random.Generator) -> str:
    """The last digits drawn anew, the check digit of a postal number made to fit."""
    postal = _POSTAL.match(known)
    if postal is not None:
        serial = postal[2][:2] + f"{int(rng.integers(10**6)):06}"
        return f"{postal[1]}{serial}{check_digit(serial)}{postal[4]}"
    places = [at for at, character in enumerate(known) if character in "0123456789"]
    drawn = list(known)
    for at in places[-min(MOST_DIGITS, max(1, len(places) - len(places) // 2)) :]:
        drawn[at] = str(rng.integers(10))
    return "".join(drawn)


def check_digit(serial: str) -> int:
    """The check digit of the eight digits of a postal number (UPU S10)."""
    left = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(left, left)
