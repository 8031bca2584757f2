"""Halves: which scans a threshold is set on, and which it is measured on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from screener.lab.ordering import natural

BLOCKS, SMALLEST_BLOCK = 10, 5


def halves(sources: Iterable[str]) -> dict[str, int]:
    """0 or 1 for each source of a scanner: blocks of the sorted names, in turn.

    Scans with consecutive names (`P00012`, `P00013`) are often one bag scanned again. So names are sorted
    with their numbers as numbers and cut into about ten blocks; a block that would end between
    consecutive numbers goes on, up to twice its size.
    """
    ordered = sorted(set(sources), key=natural)
    size = max(SMALLEST_BLOCK, -(-len(ordered) // BLOCKS))
    block, length, found = 0, 0, dict.fromkeys(ordered[:1], 0)
    for before, name in pairwise(ordered):
        length += 1
        if length >= size and (length >= 2 * size or not _consecutive(before, name)):
            block, length = block + 1, 0
        found[name] = block % 2
    return found


def _consecutive(before: str, name: str) -> bool:
    """Whether two names differ by one in their last number alone."""
    first, second = _numbered(before), _numbered(name)
    return first[0] == second[0] and second[1] - first[1] == 1


def _numbered(name: str) -> tuple[str, int]:
    """A name without its last number, and that number."""
    found = re.fullmatch(r"(.*?)(\d+)(\D*)", name)
    return (f"{found[1]}#{found[3]}", int(found[2])) if found else (name, 0)
