"""Cases: what a decision knew of a parcel, what was found in it, and for how many parcels it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from screener.contracts.wire import Facts
from screener.core.policy import Policy
from screener.core.risk import NAMES
from screener.core.scene import Scene
from screener.core.signals import figures_of
from screener.lab.measures import Flags, Numbers


@dataclass(frozen=True, slots=True)
class Case:
    """One parcel that was opened: `stands_for` is 1 / the probability that it would be.

    `over` says whether it was over a limit, `at_ms` when it was decided.
    """

    hub: str
    at_ms: int
    facts: Facts
    over: bool
    stands_for: float = 1.0


@dataclass(frozen=True, eq=False)
class Cases:
    """Cases in the order of time, with their columns."""

    each: Sequence[Case]

    @staticmethod
    def of(found: Sequence[Case]) -> Cases:
        """`found` in the order of time."""
        return Cases(sorted(found, key=lambda one: one.at_ms))

    def __len__(self) -> int:
        return len(self.each)

    def part(self, start: int, stop: int) -> Cases:
        """Those from `start` to before `stop`."""
        return Cases(self.each[start:stop])

    @cached_property
    def over(self) -> Flags:
        return np.array([one.over for one in self.each], bool)

    @cached_property
    def stands_for(self) -> Numbers:
        return np.array([one.stands_for for one in self.each], float)

    def figures(self, policy: Policy) -> Numbers:
        """The figure of every signal, cases x `NAMES`; NaN where it says nothing."""
        rows = [figures_of(Scene.of(one.hub, one.facts, policy)) for one in self.each]
        found = np.array([[row[name] for name in NAMES] for row in rows], float)
        return found.reshape(len(self), len(NAMES))
