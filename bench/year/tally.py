"""What a course of a year comes to, and what the courses of several worlds come to together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from bench.year.course import Course
from screener.lab.year.columns import DAY_S, Kind
from screener.lab.year.settings import WorldSettings

SEASON_DAYS: Final = 90
"""So many days before the rings change their ways are compared with as many after."""


class Part(Struct, frozen=True):
    """Of some illegal parcels: how many there were and were opened, and their sticks."""

    parcels: int
    opened: int
    sticks: int
    sticks_opened: int


class Line(Struct, frozen=True, kw_only=True):
    """One course: where, how, and what it found; `rings` are the parcels of rings alone.

    `before` and `after` are the seasons before and after the rings change their ways.
    """

    response: str
    world: str
    year_parcels: int
    arm: str
    rate: float
    opened: int
    by_chance: int
    all: Part
    rings: Part
    before: Part
    after: Part
    rings_before: Part
    rings_after: Part

    @property
    def precision(self) -> float:
        """The share of opened parcels that were illegal."""
        return self.all.opened / max(self.opened, 1)


def line(course: Course, settings: WorldSettings, arm: str, rate: float, response: str) -> Line:
    """What a course comes to."""
    table = course.table
    opened = np.zeros(len(table), bool)
    opened[course.opened] = True
    day, rings = table["at_s"] // DAY_S, table["illegal"] & (table["kind"] == Kind.RING)
    since = day - settings.break_day
    before, after = (since >= -SEASON_DAYS) & (since < 0), (since >= 0) & (since < SEASON_DAYS)
    return Line(
        response=response,
        world=settings.name,
        year_parcels=settings.parcels,
        arm=arm,
        rate=rate,
        opened=len(course.opened),
        by_chance=len(course.by_chance),
        all=_part(table, table["illegal"], opened),
        rings=_part(table, rings, opened),
        before=_part(table, table["illegal"] & before, opened),
        after=_part(table, table["illegal"] & after, opened),
        rings_before=_part(table, rings & before, opened),
        rings_after=_part(table, rings & after, opened),
    )


def _part(table: np.ndarray, which: np.ndarray, opened: np.ndarray) -> Part:
    sticks = table["sticks"].astype(np.int64)
    return Part(
        parcels=int(which.sum()),
        opened=int((which & opened).sum()),
        sticks=int(sticks[which].sum()),
        sticks_opened=int(sticks[which & opened].sum()),
    )


class Together(Struct, frozen=True, kw_only=True):
    """Several worlds of one arm and rate: means, and the deviation from world to world.

    `recall` is of illegal sticks, `recall_parcels` of illegal parcels; `before` and `after` are recalls of
    sticks in the season before and after the rings change, of all worlds together, `rings_before` and
    `rings_after` those of their sticks alone.
    """

    arm: str
    rate: float
    worlds: int
    precision: float
    recall: float
    recall_sd: float
    recall_parcels: float
    recall_rings: float
    before: float
    after: float
    rings_before: float
    rings_after: float


def together(lines: Iterable[Line]) -> list[Together]:
    """All lines of one response by arm and rate, in the order in which they come."""
    groups: dict[tuple[str, float], list[Line]] = defaultdict(list)
    for one in lines:
        groups[one.arm, one.rate].append(one)
    return [_together(arm, rate, same) for (arm, rate), same in groups.items()]


def _together(arm: str, rate: float, lines: Sequence[Line]) -> Together:
    recalls = np.array([_recall(one.all) for one in lines])
    return Together(
        arm=arm,
        rate=rate,
        worlds=len(lines),
        precision=float(np.mean([one.precision for one in lines])),
        recall=float(recalls.mean()),
        recall_sd=float(recalls.std(ddof=1)) if len(lines) > 1 else 0.0,
        recall_parcels=float(np.mean([one.all.opened / max(one.all.parcels, 1) for one in lines])),
        recall_rings=float(np.mean([one.rings.opened / max(one.rings.parcels, 1) for one in lines])),
        before=_pooled([one.before for one in lines]),
        after=_pooled([one.after for one in lines]),
        rings_before=_pooled([one.rings_before for one in lines]),
        rings_after=_pooled([one.rings_after for one in lines]),
    )


def _recall(part: Part) -> float:
    return part.sticks_opened / max(part.sticks, 1)


def _pooled(parts: Sequence[Part]) -> float:
    return sum(part.sticks_opened for part in parts) / max(sum(part.sticks for part in parts), 1)


def kept(path: Path) -> list[Line]:
    """The lines of a file; none where there is none."""
    if not path.exists():
        return []
    return [msgspec.json.decode(one, type=Line) for one in path.read_bytes().splitlines()]


def keep(path: Path, one: Line) -> None:
    """Adds a line to the file, so that a run that is cut goes on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(one) + b"\n")
