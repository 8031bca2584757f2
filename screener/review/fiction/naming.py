"""Numbers of parcels that never were: like those of real ones, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

TRIES: Final = 60
EACH: Final = 15
"""Tries until one digit more is another one."""

DIGITS: Final = "0123456789"
MOST_DIGITS: Final = 6
"""So many of the last digits are other ones at most; before them stands the hub's own way of numbering."""

SHORTEST_RUN: Final = 3
"""Fewer digits stand in another number by chance."""

_POSTAL: Final = re.compile(r"^([A-Z]{2})(\d{8})(\d)([A-Z]{2})$")
_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)


class Exhausted(Exception):
    """All numbers like the one that was asked for are taken."""


def like(
    known: str, rng: np.random.Generator, is_taken: Callable[[str], bool], among: Iterable[str] = ()
) -> str:
    """A number of the form of `known` that is not taken.

    It differs in the digits in which those `among` which it came differ, so that a running number stays
    near, and in more of them where all of those are taken. Raises `Exhausted`.
    """
    places = [at for at, character in enumerate(known) if character in DIGITS]
    varying = _varying(known, places, among)
    for attempt in range(TRIES):
        found = _varied(known, places[-varying - attempt // EACH :][-MOST_DIGITS:], rng)
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


def _varying(known: str, places: Sequence[int], among: Iterable[str]) -> int:
    """How many of the last digits are other ones in numbers of the same form; half of all where none is."""
    alike = [one for one in among if one != known and _form(one) == _form(known)]
    if not alike:
        return max(1, len(places) - len(places) // 2)
    begins = zip(known, *alike, strict=True)
    first = next(at for at, characters in enumerate(begins) if len(set(characters)) > 1)
    return sum(at >= first for at in places)


def _form(text: str) -> str:
    """What is the same in all numbers of a hub: letters and signs, and where digits are."""
    return re.sub("[0-9]", "0", text)


def _varied(known: str, places: Sequence[int], rng: np.random.Generator) -> str:
    """The digits at these places drawn anew, the check digit of a postal number made to fit."""
    postal = _POSTAL.match(known)
    if postal is not None:
        serial = postal[2][:2] + f"{int(rng.integers(10**6)):06}"
        return f"{postal[1]}{serial}{check_digit(serial)}{postal[4]}"
    drawn = list(known)
    for at in places:
        drawn[at] = str(rng.integers(10))
    return "".join(drawn)


def check_digit(serial: str) -> int:
    """The check digit of the eight digits of a postal number (UPU S10)."""
    left = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(left, left)
