"""A simulated year: a world that stands still, and the year in it, in which smugglers learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from screener.lab.year.columns import DAY_S, NOBODY, with_chances
from screener.lab.year.honest import honest
from screener.lab.year.people import Parties, parties
from screener.lab.year.settings import WorldSettings
from screener.lab.year.smuggling import Smugglers, loads, rings

TIP_DAYS: Final = 60


@dataclass(frozen=True)
class Tipped:
    """A tip as it comes in: a phone or an address by its number, in force from `day` for `TIP_DAYS`."""

    day: int
    what: str
    number: int
    true: bool


@dataclass(frozen=True)
class World:
    """A year's parcels in the order of time, in the records of `columns.PARCEL`; nothing here changes.

    `starts[d]` is the first parcel of day d. Illegal parcels have their loads and times; how they are sent
    is settled day by day, in a `Year`.
    """

    settings: WorldSettings
    people: Parties
    table: np.ndarray
    starts: np.ndarray

    @staticmethod
    def make(settings: WorldSettings) -> World:
        """The world of these settings; the same settings give the same world."""
        people = parties(settings, np.random.default_rng([settings.seed, 1]))
        smuggled = loads(settings, np.random.default_rng([settings.seed, 2]))
        rng = np.random.default_rng([settings.seed, 3])
        ordinary = honest(settings, people, settings.parcels - len(smuggled), rng)
        table = with_chances(np.concatenate([ordinary, smuggled]), rng)
        table = table[np.argsort(table["at_s"], kind="stable")]
        starts = np.searchsorted(table["at_s"], np.arange(settings.days + 1) * DAY_S)
        return World(settings, people, table, starts)

    @property
    def smuggled(self) -> np.ndarray:
        """The rows of illegal parcels."""
        return np.flatnonzero(self.table["illegal"])


class Year:
    """One course of a world's year: its days in order, and at the end of each what was opened."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.table = world.table.copy()
        self._smugglers = Smugglers(world.settings, world.people)
        self._rng = np.random.default_rng([world.settings.seed, 6])
        self._tips = _tip_days(world.settings, world.table, np.random.default_rng([world.settings.seed, 7]))

    def day(self, day: int) -> np.ndarray:
        """The rows of this day's parcels; those of smugglers are as they are sent today."""
        rows = np.arange(self.world.starts[day], self.world.starts[day + 1])
        self._smugglers.dress(self.table, rows[self.table["illegal"][rows]], day)
        return rows

    def tips(self, day: int) -> list[Tipped]:
        """The tips that come in on the morning of this day."""
        return [tip for about in self._tips.get(day, []) if (tip := self._tip(day, about)) is not None]

    def learn(self, rows: np.ndarray, opened: np.ndarray) -> None:
        """`opened` of this day's `rows` were opened; the smugglers among their senders notice."""
        mine = rows[self.table["illegal"][rows]]
        seen = np.isin(mine, opened)
        self._smugglers.learn(self.table, mine[seen], mine[~seen])

    def _tip(self, day: int, ring: int) -> Tipped | None:
        """About a band, what it uses now; about nobody (-1), somebody honest."""
        what = "phone" if self._rng.random() < 0.7 else "address"
        if ring != NOBODY:
            number = self._smugglers.contact(ring, what)
            return None if number == NOBODY else Tipped(day, what, number, true=True)
        people = self.world.people
        number = int(getattr(people, what)[self._rng.integers(people.licensed, len(people))])
        return None if number == NOBODY else Tipped(day, what, number, true=False)


def _tip_days(settings: WorldSettings, table: np.ndarray, rng: np.random.Generator) -> dict[int, list[int]]:
    """By day, which bands are told on; -1 stands for somebody honest."""
    found: dict[int, list[int]] = {}
    smuggled = table[table["illegal"]]
    bands, first = np.unique(smuggled["ring"], return_index=True)
    for ring, at_s in zip(bands, smuggled["at_s"][first], strict=True):
        alone = ring >= rings(settings)
        if rng.random() >= (settings.tipped_lone if alone else settings.tipped_rings):
            continue
        for _ in range(1 if alone else 1 + rng.poisson(1.5)):
            day = int(at_s // DAY_S) + 1 + int(rng.exponential(4.0 if alone else 90.0))
            found.setdefault(day, []).append(int(ring))
    true = sum(len(about) for about in found.values())
    for day in rng.integers(settings.days, size=round(true * settings.false_tips)):
        found.setdefault(int(day), []).append(NOBODY)
    return found


def quiet(world: World) -> np.ndarray:
    """The table of a year in which nothing is opened: all parcels with everything that they declare."""
    year = Year(world)
    for day in range(world.settings.days):
        rows = year.day(day)
        year.learn(rows, rows[:0])
    return year.table
