"""A logistic regression with bounds, and effects of groups whose spread is learnt from the data.

No weight is negative: a signal says what speaks for a load, and one that seems to speak against it speaks
of something else, and gets nothing. Weights have a normal prior around nothing: figures are in units that
matter, so a weight of a few is much. The effects of a group (routes) have one too; how wide it is comes
from the effects themselves (empirical Bayes, by expectation and maximisation), so that a route seen three
times tells next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from screener.lab.measures import Flags, Indices, Numbers

WEIGHT_SD: Final = 2.0
"""Prior deviation of a weight, in log-odds a unit of its figure."""

ROUNDS: Final = 12
"""Rounds of the spreads; they settle in fewer."""

FIRST_VARIANCE: Final = 0.25
LEAST_VARIANCE: Final = 1e-4


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be explained: `over` by `figures` (cases x signals, no NaN) and by groups of effects.

    `counts` says how much each case weighs; each group has the number of its effect for every case.
    """

    figures: Numbers
    over: Flags
    counts: Numbers
    groups: Sequence[Indices] = ()


@dataclass(frozen=True, eq=False)
class Solution:
    """The base, the weight of each figure, the effects of each group and the deviation that they have."""

    base: float
    weights: Numbers
    effects: Sequence[Numbers]
    spreads: Sequence[float]


def solve(problem: Problem) -> Solution:
    """The most probable weights and effects. The base is free: as many are expected as were found."""
    scale = np.sqrt(np.average(problem.figures**2, axis=0, weights=problem.counts))
    scale[scale < 1e-9] = 1.0
    shapes = _Shapes(problem.figures / scale, 1.0 / (WEIGHT_SD * scale) ** 2, problem)
    variances = [FIRST_VARIANCE] * len(problem.groups)
    at = shapes.start()
    for _ in range(ROUNDS):
        at = shapes.minimised(at, variances)
        before, variances = variances, shapes.variances(at, variances)
        if np.allclose(before, variances, rtol=0.05, atol=LEAST_VARIANCE):
            break
    base, weights, effects = shapes.parts(at)
    return Solution(float(base), weights / scale, effects, [float(np.sqrt(one)) for one in variances])


@dataclass(frozen=True, eq=False)
class _Shapes:
    """The parameters as one vector: base, weights of the scaled figures, effects group by group.

    `stiffness` is the inverse variance of each weight's prior, in units of the scaled figures.
    """

    scaled: Numbers
    stiffness: Numbers
    problem: Problem

    @property
    def sizes(self) -> list[int]:
        return [int(group.max()) + 1 for group in self.problem.groups]

    def start(self) -> Numbers:
        problem = self.problem
        share = np.clip(np.average(problem.over, weights=problem.counts), 1e-9, 1.0 - 1e-9)
        at = np.zeros(1 + self.scaled.shape[1] + sum(self.sizes))
        at[0] = np.log(share / (1.0 - share))
        return at

    def parts(self, at: Numbers) -> tuple[float, Numbers, list[Numbers]]:
        edges = np.cumsum([1, self.scaled.shape[1], *self.sizes])[:-1]
        base, weights, *effects = np.split(at, edges)
        return float(base[0]), weights, effects

    def log_odds(self, at: Numbers) -> Numbers:
        base, weights, effects = self.parts(at)
        found: Numbers = base + np.einsum("cs,s->c", self.scaled, weights)  # a dozen columns: no threads
        for effect, group in zip(effects, self.problem.groups, strict=True):
            found = found + effect[group]
        return found

    def minimised(self, at: Numbers, variances: Sequence[float]) -> Numbers:
        free, positive = (None, None), (0.0, None)
        bounds = [free, *([positive] * self.scaled.shape[1]), *([free] * sum(self.sizes))]
        found = minimize(
            self._cost, at, args=(variances,), jac=True, bounds=bounds, method="L-BFGS-B",
            options={"maxiter": 500},
        )  # fmt: skip
        return np.asarray(found.x)

    def _cost(self, at: Numbers, variances: Sequence[float]) -> tuple[float, Numbers]:
        """The negative logarithm of the posterior, and its gradient."""
        problem, log_odds = self.problem, self.log_odds(at)
        _, weights, effects = self.parts(at)
        loss = float(problem.counts @ (np.logaddexp(0.0, log_odds) - problem.over * log_odds))
        loss += 0.5 * float(self.stiffness @ weights**2)
        off = problem.counts * (expit(log_odds) - problem.over)
        slopes = [np.array([off.sum()]), np.einsum("cs,c->s", self.scaled, off) + self.stiffness * weights]
        for effect, group, variance in zip(effects, problem.groups, variances, strict=True):
            loss += 0.5 * float(effect @ effect) / variance
            slopes.append(np.bincount(group, off, len(effect)) + effect / variance)
        return loss, np.concatenate(slopes)

    def variances(self, at: Numbers, before: Sequence[float]) -> list[float]:
        """How wide the effects of each group are: their mean square, and what is uncertain of each."""
        p = expit(self.log_odds(at))
        told = self.problem.counts * p * (1.0 - p)
        _, _, effects = self.parts(at)
        return [
            max(_mean_square(effect, np.bincount(group, told, len(effect)), variance), LEAST_VARIANCE)
            for effect, group, variance in zip(effects, self.problem.groups, before, strict=True)
        ]


def _mean_square(effect: Numbers, told: Numbers | Indices, variance: float) -> float:
    return float(np.mean(effect**2 + 1.0 / (told + 1.0 / variance)))


def numbered(names: Sequence[str]) -> tuple[list[str], NDArray[np.intp]]:
    """All names once, and the number of each."""
    known, numbers = np.unique(np.asarray(names, dtype=str), return_inverse=True)
    return [str(one) for one in known], numbers.reshape(-1)
