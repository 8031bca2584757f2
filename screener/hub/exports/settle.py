"""Who is believed where a sidecar, the file itself and the settings of a folder speak of the same thing."""

from __future__ import annotations

from dataclasses import dataclass

from screener.hub.exports.export import Export
from screener.hub.exports.sidecar import Sidecar


@dataclass(frozen=True, slots=True)
class Settled:
    """What holds of an image, and where its sources disagree: one sentence each, for a log or a report."""

    facts: Sidecar
    doubts: tuple[str, ...]


def settled(sidecar: Sidecar, export: Export, usual: Sidecar) -> Settled:
    """Field by field the first that speaks: the sidecar, the file itself, the folder's settings, its hints.

    `usual` is what holds for every file of a folder or scanner (pitch, energy, scanner, views).
    """
    raise NotImplementedError
