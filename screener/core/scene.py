"""What signals and rules look at: a parcel's facts and load at one hub, under one policy."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts.wire import Facts, Load, Seen
from screener.core.load import load_of
from screener.core.policy import Limits, Policy


class Scene(Struct, frozen=True):
    """What is asked of a parcel more than once, looked up once.

    `load` is that over all `judged` views (those that the model could judge), None where there is none;
    `alarming` are those of them whose alarm reaches the threshold of their scanner.
    """

    hub: str
    facts: Facts
    policy: Policy
    limits: Limits
    load: Load | None
    judged: tuple[Seen, ...]
    alarming: tuple[Seen, ...]

    @staticmethod
    def of(hub: str, facts: Facts, policy: Policy) -> Scene:
        limits = policy.limits(hub)
        judged = tuple([view for view in facts.seen if view.failure is None])
        alarming = [
            view for view in judged if view.alarm >= policy.threshold(hub, view.scanner, view.threshold)
        ]
        return Scene(hub, facts, policy, limits, load_of(judged, limits), judged, tuple(alarming))

    def threshold(self, view: Seen) -> float:
        return self.policy.threshold(self.hub, view.scanner, view.threshold)
