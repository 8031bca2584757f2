"""A section of a report: one table of texts with what must be known to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from screener.lab.evaluation.groups import Scans
from screener.lab.evaluation.scoring import Unscored

Row = Mapping[str, str]


@dataclass(frozen=True)
class Evaluation:
    """A set of scored scans, the model's own threshold, and what the set is called."""

    name: str
    model: str
    command: str
    threshold: float
    scans: Scans
    unscored: tuple[Unscored, ...] = ()


@dataclass(frozen=True)
class Section:
    """One table with what must be known to read it; `key` names it, `compact` ones go into a card."""

    key: str
    title: str
    count: int
    rows: Sequence[Row]
    notes: Sequence[str] = field(default_factory=list)
    compact: bool = False


def counted(scans: Scans) -> str:
    """How many scans, and of how many sources where these are fewer."""
    fewer = scans.source_count < len(scans)
    return f"{len(scans)} of {scans.source_count} sources" if fewer else f"{len(scans)}"
