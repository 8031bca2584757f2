"""What of personal data is shown unasked: enough to tell two people apart, too little to find one.

A name to its first character, a telephone number to its last four digits, an address to its street. What
cannot be told apart safely is not shown.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

HIDDEN: Final = "***"
"""Stands for what is not shown, however much it is."""

SHOWN_DIGITS: Final = 4
SHORTEST_NUMBER: Final = 7
"""Of a shorter number the last four digits would be most of it."""

_NUMERAL: Final = "0-9〇零一二三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟"
_STREET: Final = re.compile(r"大道|大街|胡同|国道|省道|公路|街(?!道)|(?<!街)道|[路巷]")
_PLACE: Final = re.compile(r"特别行政区|自治[区州县旗]|街道|[省市州盟区县旗镇乡]")
_HOUSE: Final = re.compile(rf"[0-9]|[{_NUMERAL}A-Za-z]+ *(号|栋|幢|座|楼|层|室|房|单元|村|组|期|队|门|户)")
_LATIN_STREET: Final = re.compile(
    r"\b(?:[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’-]*\.? +){1,2}"
    r"(?:road|rd|street|st|avenue|ave|lane|ln|boulevard|blvd|highway|hwy)\b",
    re.IGNORECASE,
)
_LATIN_HOUSE: Final = re.compile(
    r"\b(?:no|nr|number|room|rm|floor|fl|building|bldg|unit|apt|suite)\b\.?", re.IGNORECASE
)


def name(text: str) -> str:
    """The first character of a name: `李***`, `J***`."""
    kept = _plain(text)
    return kept[:1] + HIDDEN if len(kept) > 1 else HIDDEN


def phone(text: str) -> str:
    """The last four digits of a telephone number: `***8000`."""
    digits = [str(unicodedata.decimal(char)) for char in text if char.isdecimal()]
    return HIDDEN + ("".join(digits[-SHOWN_DIGITS:]) if len(digits) >= SHORTEST_NUMBER else "")


def address(text: str) -> str:
    """An address as far as its street, without any house number: `长沙市开福区示范路***`.

    Without a street it goes to the town or district, and without that nothing is shown.
    """
    plain = _plain(text)
    if latin := _LATIN_STREET.search(_LATIN_HOUSE.sub("0", plain)):
        return f"{HIDDEN} {latin[0]} {HIDDEN}"
    before = _before_house(plain)
    street = _STREET.search(before)
    end = street.end() if street else max((place.end() for place in _PLACE.finditer(before)), default=0)
    return before[:end] + HIDDEN


def _before_house(text: str) -> str:
    """What stands before the first number that may be a house's."""
    house = _HOUSE.search(text)
    return text if house is None else text[: house.start()]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
