"""One course of a year: each day the parcels of the highest rank are opened, and smugglers learn from it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bench.year.knowledge import Ranker, Sample, trees, weights, with_outcomes
from screener.core.policy import Policy
from screener.core.risk import NAMES, SUMMED
from screener.lab.year.figures import SUMMED_COLUMNS, Books, Seen, seen
from screener.lab.year.response import Response
from screener.lab.year.world import TIP_DAYS, World, Year, quiet

REFIT_DAYS = 30
THIN = 5
"""For the monthly fits one in so many of the honest parcels known before is enough."""

METADATA = tuple(name for name in NAMES if name not in SUMMED)


@dataclass(frozen=True)
class Arm:
    """A way of choosing: by these signals or by chance; with lists; with a part drawn by chance; refitted."""

    name: str
    signals: tuple[str, ...]
    lists: bool = False
    explore: float = 0.0
    refit: bool = False
    peer: bool = False


ARMS = (
    Arm("at random", ()),
    Arm("score alone", ("alarm",)),
    Arm("score and load", ("alarm", "over_limit")),
    Arm("+ metadata", METADATA),
    Arm("+ tips and lists", METADATA, lists=True),
    Arm("+ adding up", NAMES, lists=True),
    Arm("+ random exploration", NAMES, lists=True, explore=0.1, refit=True),
    Arm("refitted, no exploration", NAMES, lists=True, refit=True),
    Arm("boosted trees (peer)", NAMES, lists=True, explore=0.1, refit=True, peer=True),
)


@dataclass(frozen=True)
class Ground:
    """What all courses of one world share: it is worked out once.

    `figures` are those of all parcels in a year in which nothing is opened; only honest ones are taken
    from it. `books` hold the honest parcels alone.
    """

    world: World
    figures: np.ndarray
    known: Seen
    books: Books
    response: Response
    policy: Policy

    @staticmethod
    def of(world: World, response: Response, policy: Policy) -> Ground:
        """The ground of a world."""
        table = quiet(world)
        known = seen(table, response, policy)
        rows = np.arange(len(table))
        figures = known.own.copy()
        figures[:, SUMMED_COLUMNS] = Books(known, rows, policy).figures(known, rows)
        honest = np.flatnonzero(~world.table["illegal"])
        return Ground(world, figures, known, Books(known, honest, policy), response, policy)


@dataclass(frozen=True)
class Course:
    """What came of a year: the rows opened, those of them that chance chose, the parcels as they were."""

    opened: np.ndarray
    by_chance: np.ndarray
    table: np.ndarray


@dataclass
class _Outcomes:
    """What was found so far."""

    parts: list[Sample] = field(default_factory=list)
    days: list[np.ndarray] = field(default_factory=list)

    def add(self, sample: Sample, day: int) -> None:
        self.parts.append(sample)
        self.days.append(np.full(len(sample.over), float(day)))


def run(ground: Ground, arm: Arm, rate: float, before: Sample, ranker: Ranker | None) -> Course:
    """A year in which `rate` of each day's parcels are opened. `ranker` is what was known before."""
    year, rng = Year(ground.world), np.random.default_rng([ground.world.settings.seed, 9])
    figures, books = ground.figures.copy(), ground.books.fresh()
    outcomes, tips = _Outcomes(), _Tips()
    opened, by_chance = [], []
    for day in range(ground.world.settings.days):
        rows = year.day(day)
        _smuggled(ground, year, rows, figures, books)
        if arm.refit and day and day % REFIT_DAYS == 0:
            ranker = _refitted(arm, before, outcomes, day)
        tips.add(year, day)
        here = year.table[rows]
        risk = None if ranker is None else ranker.log_odds(figures[rows], here["origin"], here["destination"])
        listed = tips.name(here).astype(float) - ground.known.licensed[rows]
        rank = _ranks(risk, listed if arm.lists else np.zeros(len(rows)), rng)
        capacity = int(rate * len(rows) + rng.random())
        drawn = int(arm.explore * capacity + rng.random()) if arm.explore else 0
        order = rows[np.argsort(-rank, kind="stable")]
        chosen, rest = order[: capacity - drawn], order[capacity - drawn :]
        chance = rng.choice(rest, min(drawn, len(rest)), replace=False)
        today = np.concatenate([chosen, chance])
        if arm.refit:
            stands_for = np.concatenate(
                [np.ones(len(chosen)), np.full(len(chance), len(rest) / max(len(chance), 1))]
            )
            outcomes.add(_found(ground, year, figures, today, stands_for), day)
        year.learn(rows, today)
        opened.append(today)
        by_chance.append(chance)
    return Course(np.concatenate(opened), np.concatenate(by_chance), year.table)


def _smuggled(ground: Ground, year: Year, rows: np.ndarray, figures: np.ndarray, books: Books) -> None:
    """Works out the figures of the smugglers' parcels of today, as they are sent today."""
    mine = rows[year.table["illegal"][rows]]
    if not len(mine):
        return
    known = seen(year.table[mine], ground.response, ground.policy)
    figures[mine] = known.own
    others = books.others(known, np.arange(len(mine)))
    for number, row in enumerate(mine):
        figures[row, SUMMED_COLUMNS] = books.add(known, number, others[number])


def _ranks(risk: np.ndarray | None, listed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tips (1) first, then by risk; whom a licence covers (-1) comes last. Ties are broken by chance."""
    chance = rng.random(len(listed))
    return chance if risk is None else np.asarray(risk + 1e-9 * chance + 1e6 * listed)


def _refitted(arm: Arm, before: Sample, outcomes: _Outcomes, day: int) -> Ranker:
    own, days = Sample.joined(outcomes.parts), np.concatenate(outcomes.days)
    sample, counts = with_outcomes(before.thinned(THIN), own, day - days)
    return trees(sample, counts) if arm.peer else weights(sample, arm.signals, counts)


def _found(
    ground: Ground, year: Year, figures: np.ndarray, rows: np.ndarray, stands_for: np.ndarray
) -> Sample:
    here, unexplained = year.table[rows], ~ground.known.licensed[rows]
    return Sample(
        figures[rows][unexplained],
        here["origin"][unexplained],
        here["destination"][unexplained],
        here["illegal"][unexplained],
        stands_for[unexplained],
    )


class _Tips:
    """The phones and addresses that tips name, while they are in force."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, int], int] = {}

    def add(self, year: Year, day: int) -> None:
        self._until |= {(tip.what, tip.number): day + TIP_DAYS for tip in year.tips(day)}
        self._until = {key: until for key, until in self._until.items() if until > day}

    def name(self, here: np.ndarray) -> np.ndarray:
        """Whether a tip names anything of each parcel."""
        named = np.zeros(len(here), bool)
        for what in ("phone", "address"):
            numbers = [number for kind, number in self._until if kind == what]
            for side in ("from", "to"):
                named |= np.isin(here[f"{side}_{what}"], numbers)
        return named
