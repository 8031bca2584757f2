"""The worst misses and the worst false alarms, as pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from screener.errors import BadInput
from screener.lab import pictures
from screener.lab.evaluation.cases import Case
from screener.lab.evaluation.groups import Scans, by_load, by_scanner
from screener.lab.evaluation.scoring import Reader, Scored

SHOWN = 12


@dataclass(frozen=True)
class Shown:
    """A scan with its findings laid over it, as a JPEG, and what there is to say of it."""

    jpeg: bytes
    scored: Scored


def misses(scans: Scans, threshold: float, count: int = SHOWN) -> list[Scored]:
    """Loads below the threshold: of each load in turn the one with the lowest alarm, one a source."""
    missed = scans.loaded.where(lambda one: one.alarm < threshold)
    ranked = [sorted(some.each, key=lambda one: one.alarm) for some in by_load(missed).values()]
    return _first_of_sources(_in_turn(ranked), count)


def false_alarms(scans: Scans, threshold: float, count: int = SHOWN) -> list[Scored]:
    """Clean scans that reach the threshold: of each scanner in turn the highest alarm, one a source."""
    wrong = scans.clean.where(lambda one: one.alarm >= threshold)
    ranked = [sorted(some.each, key=lambda one: -one.alarm) for some in by_scanner(wrong).values()]
    return _first_of_sources(_in_turn(ranked), count)


def _in_turn(ranked: Sequence[Sequence[Scored]]) -> Iterable[Scored]:
    """The first of each, then the second of each, and so on."""
    for place in range(max(map(len, ranked), default=0)):
        yield from (some[place] for some in ranked if place < len(some))


def _first_of_sources(scored: Iterable[Scored], count: int) -> list[Scored]:
    found: dict[str, Scored] = {}
    for one in scored:
        found.setdefault(one.source, one)
        if len(found) == count:
            break
    return list(found.values())


def shown(chosen: Sequence[Scored], cases: Mapping[str, Case], model: Path) -> list[Shown]:
    """Pictures of the chosen scans, read and scored again; one that is gone by now is left out."""
    reader = Reader(model)
    return [Shown(jpeg, one) for one in chosen if (jpeg := _jpeg(reader, cases[one.key])) is not None]


def _jpeg(reader: Reader, case: Case) -> bytes | None:
    try:
        _, image, found = reader.seen(case)
    except (BadInput, OSError):
        return None
    return pictures.beside(image, found)
