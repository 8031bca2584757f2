"""A rule: what it looks at, its limit, what it says, and how to mend it. A hit: where it was broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final, TypeVar

from screener.hub.check.facts import ManifestFact, Place, ScanFact, Stretch

EXAMPLES: Final = 3
FEWEST: Final = 4
"""Of fewer messages no share is taken."""


class Level(StrEnum):
    """What is wrong must be mended before the hub is ready; what is doubtful should be looked at as well."""

    WRONG = "wrong"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Hit:
    """So many of so many, with a few places; `about` is the scanner or field, `figures` a sentence's end."""

    count: int
    of: int
    places: tuple[Place, ...]
    about: str = ""
    figures: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which a stretch can be wrong."""

    code: str
    level: Level
    looks_at: str
    limit: str
    says: str
    mend: str
    find: Callable[[Stretch], Iterable[Hit]]


Item = TypeVar("Item", ManifestFact, ScanFact)


def share(
    items: Sequence[Item],
    hit: Callable[[Item], bool],
    least: float,
    about: str = "",
    figures: Callable[[Sequence[Item]], str] = lambda _: "",
) -> Iterator[Hit]:
    """A hit where at least this share of the items is one."""
    found = [item for item in items if hit(item)]
    if len(items) >= FEWEST and len(found) >= max(least * len(items), 1):
        yield Hit(len(found), len(items), places(found), about, figures(found))


def places(items: Sequence[ManifestFact | ScanFact]) -> tuple[Place, ...]:
    """Where the first few lie."""
    return tuple(item.place for item in items[:EXAMPLES])


def by_scanner(scans: Iterable[ScanFact]) -> Iterator[tuple[str, list[ScanFact]]]:
    """The scans of each scanner."""
    ordered = sorted(scans, key=lambda scan: scan.scanner)
    for scanner, own in groupby(ordered, key=lambda scan: scan.scanner):
        yield scanner, list(own)
