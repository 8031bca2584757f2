"""What is known before the verdict's year begins: weights and trees learnt on the fitting worlds alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from msgspec.structs import replace
from rich.progress import Progress
from sklearn.ensemble import HistGradientBoostingClassifier

from screener.core.policy import Policy
from screener.core.risk import NAMES, RiskModel
from screener.lab.risk.cases import Case
from screener.lab.risk.fit import told_by
from screener.lab.risk.goods import usual_goods
from screener.lab.risk.regression import Problem, solve
from screener.lab.year.figures import COLUMN, SUMMED_COLUMNS, Books, Seen, seen
from screener.lab.year.people import PLACES
from screener.lab.year.response import Response
from screener.lab.year.settings import FITTING_WORLDS, smaller
from screener.lab.year.stream import licences, passing
from screener.lab.year.world import World, quiet

EVERY = 20
"""Of the honest parcels of a fitting world one in so many is kept; it stands for all of them."""

LEARNT_PARCELS = 300
"""Where own outcomes are learnt from, too, the fitting worlds weigh as so many illegal parcels."""

HALF_LIFE_DAYS = 60.0
GOODS_FROM = 8_000


@dataclass(frozen=True)
class Sample:
    """Parcels whose truth is known: figures (parcels x `NAMES`), route, truth, what each stands for."""

    figures: np.ndarray
    origin: np.ndarray
    destination: np.ndarray
    over: np.ndarray
    stands_for: np.ndarray

    @staticmethod
    def joined(parts: Sequence[Sample]) -> Sample:
        """All of them together."""
        columns = zip(
            *((one.figures, one.origin, one.destination, one.over, one.stands_for) for one in parts),
            strict=True,
        )
        return Sample(*(np.concatenate(column) for column in columns))

    def thinned(self, every: int) -> Sample:
        """One in so many of the honest parcels, which then stands for as many more."""
        kept = self.over | (np.cumsum(~self.over) % every == 0)
        stands_for = np.where(self.over, self.stands_for, self.stands_for * every)
        return Sample(
            self.figures[kept], self.origin[kept], self.destination[kept], self.over[kept], stands_for[kept]
        )

    def counts(self) -> np.ndarray:
        """How much each weighs in a fit."""
        return np.asarray(told_by(self.over, self.stands_for))


@dataclass(frozen=True)
class Weights:
    """A weight for each signal (0 where it is not used), and what the route adds by both ends."""

    weights: np.ndarray
    routes: np.ndarray

    def log_odds(self, figures: np.ndarray, origin: np.ndarray, destination: np.ndarray) -> np.ndarray:
        """The order of parcels; the base is left out, since it changes none."""
        return np.asarray(np.nan_to_num(figures) @ self.weights + self.routes[origin, destination])


@dataclass(frozen=True)
class Trees:
    """The peer: gradient-boosted trees on the same figures and both ends of the route."""

    trees: HistGradientBoostingClassifier

    def log_odds(self, figures: np.ndarray, origin: np.ndarray, destination: np.ndarray) -> np.ndarray:
        """Their log-odds."""
        return np.asarray(self.trees.decision_function(_with_ends(figures, origin, destination)))


Ranker = Weights | Trees


def policy_with_goods(policy: Policy, response: Response, parcels: int) -> Policy:
    """The policy with what is usual for goods, learnt on a fitting world by the pure core."""
    world = World.make(smaller(FITTING_WORLDS[0], parcels))
    stream = passing(world.settings, quiet(world), response, policy, licences(world))
    cases = [Case("south", 0, one.facts, False) for one in islice(stream, GOODS_FROM)]
    goods = usual_goods(cases, policy.file.currencies)
    blank = RiskModel(fitted_on="fitting worlds", base=0.0, weights={}, goods=goods)
    return replace(policy, risk=blank)


def fitting_sample(policy: Policy, response: Response, parcels: int, progress: Progress) -> Sample:
    """Parcels of all fitting worlds, in a year in which nothing was opened."""
    task = progress.add_task("fitting worlds", total=len(FITTING_WORLDS))
    parts = []
    for settings in FITTING_WORLDS:
        parts.append(_sample(World.make(smaller(settings, parcels)), policy, response))
        progress.advance(task)
    return Sample.joined(parts)


def whole_figures(known: Seen, policy: Policy) -> np.ndarray:
    """All figures of all parcels of a quiet year."""
    rows = np.arange(len(known.own))
    figures = known.own.copy()
    figures[:, SUMMED_COLUMNS] = Books(known, rows, policy).figures(known, rows)
    return figures


def _sample(world: World, policy: Policy, response: Response) -> Sample:
    table = quiet(world)
    known = seen(table, response, policy)
    figures = whole_figures(known, policy)
    # What a licence covers is never weighed, so it teaches nothing either.
    honest = np.flatnonzero(~table["illegal"] & ~known.licensed)[::EVERY]
    rows = np.sort(np.concatenate([np.flatnonzero(table["illegal"]), honest]))
    stands_for = np.where(table["illegal"][rows], 1.0, EVERY)
    here = table[rows]
    return Sample(figures[rows], here["origin"], here["destination"], here["illegal"], stands_for)


def weights(sample: Sample, names: Iterable[str], counts: np.ndarray | None = None) -> Weights:
    """The weights of these signals by Screener's own regression."""
    used = [COLUMN[name] for name in names if name != "route"]
    by_route = "route" in names
    route = sample.origin.astype(int) * len(PLACES) + sample.destination
    groups = [np.unique(one, return_inverse=True) for one in (route, sample.origin, sample.destination)]
    problem = Problem(
        figures=np.nan_to_num(sample.figures[:, used]),
        over=sample.over,
        counts=sample.counts() if counts is None else counts,
        groups=[numbers for _, numbers in groups] if by_route else [],
    )
    found = solve(problem)
    all_weights = np.zeros(len(NAMES))
    all_weights[used] = found.weights
    added = np.zeros((len(PLACES), len(PLACES)))
    if by_route:
        (ways, _), (begins, _), (ends, _) = groups
        added[ways // len(PLACES), ways % len(PLACES)] += found.effects[0]
        added[begins, :] += found.effects[1][:, None]
        added[:, ends] += found.effects[2][None, :]
    return Weights(all_weights, added)


def trees(sample: Sample, counts: np.ndarray | None = None) -> Trees:
    """The peer, grown on a sample."""
    found = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=200, max_leaf_nodes=15, l2_regularization=5.0, random_state=0,
        categorical_features=[False] * len(NAMES) + [True, True], early_stopping=False,
    )  # fmt: skip
    given = sample.counts() if counts is None else counts
    found.fit(_with_ends(sample.figures, sample.origin, sample.destination), sample.over, sample_weight=given)
    return Trees(found)


def with_outcomes(before: Sample, outcomes: Sample, age_days: np.ndarray) -> tuple[Sample, np.ndarray]:
    """What was known before together with own outcomes, and how much each weighs; old ones weigh less."""
    least = min(1.0, LEARNT_PARCELS / max(before.over.sum(), 1))
    own = outcomes.counts() if outcomes.over.any() else outcomes.stands_for / outcomes.stands_for.max()
    fading = own * 0.5 ** (age_days / HALF_LIFE_DAYS)
    return Sample.joined([before, outcomes]), np.concatenate([before.counts() * least, fading])


def _with_ends(figures: np.ndarray, origin: np.ndarray, destination: np.ndarray) -> np.ndarray:
    shown = figures.copy()
    shown[:, COLUMN["route"]] = 0.0
    return np.column_stack([shown, origin, destination])
