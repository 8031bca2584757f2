"""What signals and rules look at: a parcel's facts and load at one hub, under one policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from screener.contracts.wire import Facts, Load, Seen
from screener.core.load import load_of
from screener.core.policy import Limits, Policy


@dataclass(frozen=True, slots=True)
class Scene:
    """`load` is that over all judged views, None where there is none."""

    hub: str
    facts: Facts
    policy: Policy
    load: Load | None

    @staticmethod
    def of(hub: str, facts: Facts, policy: Policy) -> Scene:
        return Scene(hub, facts, policy, load_of(facts.seen, policy.limits(hub)))

    @property
    def limits(self) -> Limits:
        return self.policy.limits(self.hub)

    @property
    def judged(self) -> Iterator[Seen]:
        """The views that the model could judge."""
        return (view for view in self.facts.seen if view.failure is None)

    @property
    def alarming(self) -> list[Seen]:
        """The views whose alarm reaches the threshold of their scanner."""
        return [view for view in self.judged if view.alarm >= self.threshold(view)]

    def threshold(self, view: Seen) -> float:
        return self.policy.threshold(self.hub, view.scanner, view.threshold)
