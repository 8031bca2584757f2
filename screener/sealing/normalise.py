"""Names, phones and addresses in the one form that is hashed: what people write differently becomes equal.

Each function is idempotent, and gives None where nothing is left to tell one person from another: an
empty text, or one with masked characters, which would link strangers.

Of addresses nothing is guessed: a province, city or district that is missing stays missing, a road's
number in words (五一路) stays in words, and `3-12` is not `3号12室`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from screener.sealing import numerals

_MASKS: Final = frozenset("*＊●○•■□█")
_MOBILE: Final = re.compile(r"(86)?(1[3-9]\d{9})")
_LANDLINE: Final = re.compile(r"0[1-9]\d{8,10}")
_EXTENSION: Final = re.compile(r"(转|分机|ext|x|#|;).*", re.DOTALL)
_SHORTEST_PHONE: Final = 5
_COUNTRY: Final = "86"
"""The country whose numbers are written without a country code."""

_LONG_SOUND: Final = "\u30fc"
"""A letter of Japanese that is typed for a dash."""

_NUMBER_SIGN: Final = re.compile(r"(?<=\d)#")
_HOUSE: Final = re.compile(r"(?<=[\da-z])(号楼|号栋|号幢|幢)")
_ROOM_WORD: Final = re.compile(r"(?<=[\da-z])(号房间|号室|号房|房间|室|房)(?=[\d-]|$)")
_OUR_COUNTRY: Final = re.compile(
    "^(中华人民共和国|中国)(?=北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南"
    "|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)"
)

_ROOM: Final = re.compile(
    "(?<=[号栋座元层楼])[a-z]?\\d{1,5}[a-z]?$"  # 5栋1201
    "|(?<=\\d)-\\d{3,5}[a-z]?$"  # 5-1201
    "|([a-z]?\\d+[a-z]?|[a-z甲乙丙丁])单元$"
    "|\\d+门$"
    "|(地下|负|b)?\\d{1,3}层$"
    "|(?<=[号栋座厦场心])b?\\d{1,3}(楼|f)$"
)
"""The last of floor, unit and room in a normalised address. `318楼` without a house before it is a house."""

_ROOM_IN_ENGLISH: Final = re.compile(
    r"(?<![a-z\d])(?:room|rm|apartment|apt|flat|suite|ste|unit|floor|level|fl)\.?\s*(?:no\.?\s*)?#?\s*"
    r"(?:[a-z]?-?\d+[a-z]?|[a-z])(?![a-z\d])"
    r"|(?<![a-z\d])\d{1,3}(?:st|nd|rd|th)?(?:\s*floor|\s*/\s*f)(?![a-z\d])"
    r"|(?<!\d)#\s*[a-z]?\d+[a-z]?(?![a-z\d])"
)


def name(text: str) -> str | None:
    """Letters, digits and marks alone, compatibility forms and case folded away."""
    return _settled(_letters, text) if _is_whole(text) else None


def address(text: str) -> str | None:
    """As a name, but numbers stay apart (3-12 and `3 12` are one, 31-2 is another), and houses are alike.

    三号楼, 3幢, 3#楼 and 3栋 are one; so are 1201室, 1201房 and 1201 at the end.
    """
    return _settled(_address, text) if _is_whole(text) else None


def building(text: str) -> str | None:
    """An address without floor, unit and room: 5栋3单元1201室 and 5栋 are one building.

    At the end, a number of three digits or more after a dash is a room: 5-1201.
    """
    return _settled(_building, text) if _is_whole(text) else None


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


def _address(text: str) -> str:
    folded = _NUMBER_SIGN.sub("号", _folded(text).replace(_LONG_SOUND, "-"))
    counted = numerals.in_digits(_apart(folded))
    housed = _ROOM_WORD.sub("-", _HOUSE.sub("栋", _OUR_COUNTRY.sub("", counted)))
    return _apart(housed)


def _building(text: str) -> str:
    return _ROOM.sub("", _address(_ROOM_IN_ENGLISH.sub(" ", _folded(text))))


def _apart(text: str) -> str:
    """The letters of a text; whatever lies between two digits becomes one dash, so that no numbers merge."""
    kept: list[str] = []
    gap = False
    for char in text:
        if not _is_letter(char):
            gap = True
            continue
        if gap and kept and kept[-1].isdecimal() and char.isdecimal():
            kept.append("-")
        kept.append(char)
        gap = False
    return "".join(kept)


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def _is_whole(text: str) -> bool:
    return not _MASKS.intersection(text)
