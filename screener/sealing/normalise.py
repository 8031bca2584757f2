"""Names, phones and addresses in the one form that is hashed: what people write differently becomes equal.

Each function is idempotent, and gives None where nothing is left to tell one person from another: an
empty text, or one with masked characters, which would link strangers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

_MASKS: Final = frozenset("*＊●○•■□█")
_DASHES: Final = re.compile("[\u2010-\u2015\u2212\u30fc~_/]")
_LONE_DASH: Final = re.compile(r"(?<!\d)-|-(?!\d)")
_MOBILE: Final = re.compile(r"(86)?(1[3-9]\d{9})")
_LANDLINE: Final = re.compile(r"0[1-9]\d{8,10}")
_EXTENSION: Final = re.compile(r"(转|分机|ext|x|#|;).*", re.DOTALL)
_SHORTEST_PHONE: Final = 5
_COUNTRY: Final = "86"
"""The country whose numbers are written without a country code."""


def name(text: str) -> str | None:
    """Letters, digits and marks alone, compatibility forms and case folded away."""
    return _settled(_letters, text) if _is_whole(text) else None


def address(text: str) -> str | None:
    """As a name, with the dashes between numbers kept: 3-12 is not 31-2."""
    return _settled(_letters_and_dashes, text) if _is_whole(text) else None


def phone(text: str) -> str | None:
    """`+` and all digits with the country code where it is known, else the digits; no extension.

    +86, 0086 and 86 before a number, and none at all, are one; so are a landline's 0731 and +86 731.
    """
    folded = _EXTENSION.sub("", _folded(text))
    digits = "".join(str(unicodedata.decimal(char)) for char in folded if char.isdecimal())
    if not _is_whole(text) or len(digits) < _SHORTEST_PHONE:
        return None
    if folded.lstrip("( ").startswith("+") or digits.startswith("00"):
        return _international(digits.lstrip("0"))
    if mobile := _MOBILE.fullmatch(digits):
        return f"+{_COUNTRY}{mobile[2]}"
    return f"+{_COUNTRY}{digits[1:]}" if _LANDLINE.fullmatch(digits) else digits


def _international(digits: str) -> str | None:
    if digits.startswith(_COUNTRY):
        digits = _COUNTRY + digits.removeprefix(_COUNTRY).lstrip("0")
    return f"+{digits}" if len(digits) >= _SHORTEST_PHONE else None


def _settled(step: Callable[[str], str], text: str) -> str | None:
    """`step` until nothing changes: what a removed space had kept apart may join once more."""
    while (further := step(text)) != text:
        text = further
    return text or None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _letters(text: str) -> str:
    return "".join(char for char in _folded(text) if _is_letter(char))


def _letters_and_dashes(text: str) -> str:
    dashed = "".join(char for char in _DASHES.sub("-", _folded(text)) if _is_letter(char) or char == "-")
    return _LONE_DASH.sub("", re.sub("-+", "-", dashed))


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def _is_whole(text: str) -> bool:
    return not _MASKS.intersection(text)
