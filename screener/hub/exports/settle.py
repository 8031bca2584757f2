"""Who is believed where a sidecar, the file itself and the settings of a folder speak of the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from screener.contracts.wire import PitchMm
from screener.hub.exports.export import Export
from screener.hub.exports.sidecar import Sidecar
from screener.imaging.announced import PITCH_TOLERANCE

FIELDS: Final = ("parcel_id", "scan_id", "view", "views", "scanner", "pitch_mm", "energy", "time")
SOURCES: Final = ("the sidecar", "the file", "the folder's settings", "a hint of the file")
COMPARED: Final = ("parcel_id", "pitch_mm", "energy")
"""Fields over which a disagreement is worth a word; hints are not asked."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What holds of an image, and where its sources disagree: one sentence each, for a log or a report."""

    facts: Sidecar
    doubts: tuple[str, ...]


def settled(sidecar: Sidecar, export: Export, usual: Sidecar) -> Settled:
    """Field by field the first that speaks: the sidecar, the file itself, the folder's settings, its hints.

    `usual` is what holds for every file of a folder or scanner (pitch, energy, scanner, views). What nobody
    speaks of stays None: nothing is made up.
    """
    sources = (sidecar, export.says, usual, export.hints)
    chosen = {name: _first(name, sources) for name in FIELDS}
    return Settled(replace(sidecar, **chosen), (*export.doubts, *_disagreements(sources)))


def _first(name: str, sources: tuple[Sidecar, ...]) -> object:
    return next((value for one in sources if (value := getattr(one, name)) is not None), None)


def _disagreements(sources: tuple[Sidecar, ...]) -> Iterator[str]:
    for name in COMPARED:
        said = [
            (source, value)
            for source, one in zip(SOURCES[:3], sources[:3], strict=True)
            if (value := getattr(one, name)) is not None
        ]
        for source, value in said[1:]:
            if not _agree(said[0][1], value):
                yield f"{name}: {said[0][0]} says {_shown(said[0][1])}, {source} says {_shown(value)}"


def _agree(one: object, other: object) -> bool:
    if isinstance(one, PitchMm) and isinstance(other, PitchMm):
        pairs = ((one.across, other.across), (one.along, other.along))
        return all(abs(a / b - 1) <= PITCH_TOLERANCE for a, b in pairs)
    return one == other


def _shown(value: object) -> str:
    return f"{value.across:g} x {value.along:g} mm" if isinstance(value, PitchMm) else str(value)
