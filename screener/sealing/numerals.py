"""Chinese numerals before the words that count houses: 三号楼 is 3号楼, 二十一栋 and 二一栋 are 21栋."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = "零一二三四五六七八九"
_TENS: Final = {"十": 10, "百": 100, "千": 1000}
_PLAIN: Final = str.maketrans("〇壹贰叁肆伍陆柒捌玖拾佰仟", "零一二三四五六七八九十百千")

_COUNTED: Final = "号|栋|幢|座|楼|层|室|房|单元|弄|巷|村|组|期|队|排|门"
_RUN: Final = re.compile(rf"(?<!\d)[〇零一二三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟]+(?={_COUNTED})")


def in_digits(text: str) -> str:
    """`text` with the numerals that count houses in digits; what is no well-formed number stays.

    One that follows a digit stays too: `1二号` must not become 12.
    """
    return _RUN.sub(lambda run: _number(run[0].translate(_PLAIN)) or run[0], text)


def _number(numeral: str) -> str | None:
    if not any(char in _TENS for char in numeral):
        return "".join(str(_DIGITS.index(char)) for char in numeral)
    value = digit = 0
    for char in numeral:
        if char in _TENS:
            value, digit = value + (digit or 1) * _TENS[char], 0
        else:
            digit = _DIGITS.index(char)
    value += digit
    usual = _spelt(value)
    return str(value) if numeral in (usual, "一" + usual) and value < 10_000 else None


def _spelt(value: int) -> str:
    """A number from 10 to 9,999 as it is usually written: 十五, 一百零五, 一千零五十."""
    text, skipped = "", False
    for unit, tens in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            text += ("零" if skipped and text else "") + _DIGITS[digit] + tens
        skipped = not digit
    return text.removeprefix("一") if text.startswith("一十") else text
