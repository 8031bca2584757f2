"""Folds: which scans a net learns from and which it is measured on, by blocks of neighbouring names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from screener.lab.adaptation.scans import Scan
from screener.lab.ordering import natural

BLOCKS = 12
HALVES_FROM, FOLDS = 60, 3
"""From so many scans on one half is held out; fewer are cross-validated."""


@dataclass(frozen=True)
class Fold:
    """One division of the scans; `number` names it."""

    number: int
    learnt: tuple[Scan, ...]
    held_out: tuple[Scan, ...]


def folds(scans: Sequence[Scan]) -> list[Fold]:
    """One half held out; of few scans a third at a time, so that every scan is measured once.

    Consecutive names are often one bag scanned again, so whole blocks of neighbours go to one side.
    """
    parts = 2 if len(scans) >= HALVES_FROM else FOLDS
    side = {name: block % parts for name, block in blocks(scan.name for scan in scans).items()}
    measured = range(1, 2) if parts == 2 else range(parts)
    return [_fold(scans, side, number) for number in measured]


def _fold(scans: Sequence[Scan], side: dict[str, int], number: int) -> Fold:
    learnt = tuple(scan for scan in scans if side[scan.name] != number)
    return Fold(number, learnt, tuple(scan for scan in scans if side[scan.name] == number))


def blocks(names: Iterable[str]) -> dict[str, int]:
    """The block of each name: about twelve runs of neighbours in natural order (`P9` before `P10`)."""
    ordered = sorted(set(names), key=natural)
    return {name: place * BLOCKS // len(ordered) for place, name in enumerate(ordered)}
