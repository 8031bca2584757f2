"""What signals and rules look at: a parcel's facts and load at one hub, under one policy."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts.wire import Facts, Load, Seen
from screener.core.counting import alarming, counting
from screener.core.licences import allowed, covers
from screener.core.load import judged, load_of, over_limit
from screener.core.policy import Limits, Policy


class Scene(Struct, frozen=True):
    """What is asked of a parcel more than once, looked up once.

    `load` is that over all `judged` views (those that the model could judge), None where there is none;
    `alarming` are those of them whose alarm reaches the threshold of their scanner, `counting` those whose
    load counts in sums, none where a licence covers it. `allowed` are the limits with what a licence covers;
    `p_over` is how likely an alarming view is over them, 0 without any. `licensed` says that a licence covers
    all that is seen.
    """

    hub: str
    facts: Facts
    policy: Policy
    limits: Limits
    allowed: Limits
    load: Load | None
    judged: tuple[Seen, ...]
    alarming: tuple[Seen, ...]
    counting: tuple[Seen, ...]
    p_over: float
    licensed: bool

    @staticmethod
    def of(hub: str, facts: Facts, policy: Policy) -> Scene:
        limits = policy.limits(hub)
        seen = judged(facts.seen)
        alarmed = alarming(hub, seen, policy)
        raised = allowed(limits, facts.licence)
        licensed = facts.licence is not None and covers(facts.licence, seen, policy.file.sums)
        return Scene(
            hub=hub,
            facts=facts,
            policy=policy,
            limits=limits,
            allowed=raised,
            load=load_of(seen, limits),
            judged=seen,
            alarming=alarmed,
            counting=() if licensed else counting(alarmed, policy.file.sums),
            p_over=max([over_limit(view, raised) for view in alarmed], default=0.0),
            licensed=licensed,
        )

    def threshold(self, view: Seen) -> float:
        return self.policy.threshold(self.hub, view.scanner, view.threshold)
