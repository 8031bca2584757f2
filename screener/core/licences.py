"""What a licence covers: up to its amounts it explains a load, and it explains nothing else.

A load that is covered is not held for its amount, adds to no sum, ties nobody and is not weighed for its
risk. Raising a score or a load never makes it covered.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from msgspec.structs import replace

from screener.contracts.wire import Facts, LicenceMatch, Seen
from screener.core.load import judged
from screener.core.policy import Limits, Policy, Sums


def allowed(limits: Limits, licence: LicenceMatch | None) -> Limits:
    """The limits, raised to what the licence covers where that is more; infinite where it sets no bound."""
    if licence is None:
        return limits
    return replace(
        limits,
        sticks=max(limits.sticks, _bound(licence.sticks)),
        tobacco_g=max(limits.tobacco_g, _bound(licence.tobacco_g)),
        e_cigarettes_over=0.0 if licence.e_cigarettes else limits.e_cigarettes_over,
    )


def licensed(facts: Facts, policy: Policy) -> bool:
    """Whether the parcel meets a licence that covers all that it may hold."""
    if facts.licence is None:
        return False
    return covers(facts.licence, judged(facts.seen), policy.file.sums)


def covers(licence: LicenceMatch, views: Sequence[Seen], sums: Sums) -> bool:
    """Whether what judged views estimate in the middle is within it; a licence for nothing covers nothing.

    Tobacco counts from the probability from which sums are waited for. E-cigarettes, whose bound is none at
    all, count from that from which a load counts.
    """
    if not (_bound(licence.sticks) or _bound(licence.tobacco_g) or licence.e_cigarettes):
        return False
    return all(
        _within(licence.sticks, view.p.cigarettes, view.sticks.mid, sums)
        and _within(licence.tobacco_g, view.p.loose_tobacco, view.tobacco_g.mid, sums)
        and (licence.e_cigarettes or view.p.e_cigarettes < sums.counted_from)
        for view in views
    )


def _within(bound: float | None, p: float, mid: float, sums: Sums) -> bool:
    return mid <= _bound(bound) or p < sums.wait_from


def _bound(amount: float | None) -> float:
    return inf if amount is None else amount
