"""Where lines of mixed Chinese and English text may end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

Width = Callable[[str], float]

NEVER_FIRST: Final = frozenset("，。、；：？！）】》〉」』”’％%℃,.;:?!)]}…·")
NEVER_LAST: Final = frozenset("（【《〈「『“‘([{￥¥$#")


def lines(text: str, room: float, width: Width) -> list[str]:
    """The text in lines of at most `room`; a word that is longer is cut, nothing is left out."""
    return [line for paragraph in text.split("\n") for line in _wrapped(paragraph, room, width)]


def _wrapped(paragraph: str, room: float, width: Width) -> Iterator[str]:
    line = ""
    for piece in _pieces(paragraph):
        if not line or width((line + piece).rstrip()) <= room:
            line += piece
        else:
            yield line.rstrip()
            line = piece.lstrip()
        while width(line.rstrip()) > room and len(line) > 1:
            fits = _fitting(line, room, width)
            yield line[:fits]
            line = line[fits:]
    yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """What is not parted: words with the blank after them, single Chinese characters with their signs."""
    start = 0
    for at in range(1, len(text)):
        if _may_part(text[at - 1], text[at]):
            yield text[start:at]
            start = at
    yield text[start:]


def _may_part(left: str, right: str) -> bool:
    if right in NEVER_FIRST or left in NEVER_LAST or right == " ":
        return False
    return left == " " or _wide(left) or _wide(right) or left in "-/"


def _wide(character: str) -> bool:
    return ord(character) >= 0x2E80


def _fitting(line: str, room: float, width: Width) -> int:
    """How many characters fit; at least one."""
    return next((n for n in range(len(line), 1, -1) if width(line[:n]) <= room), 1)
