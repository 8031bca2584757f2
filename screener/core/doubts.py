"""What in a policy is allowed, and hardly meant: told by `screener policy check`, refused by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from screener.contracts.wire import Grade
from screener.core.policy import Capacity, Hold, HubPolicy, Policy, PolicyFile, Priorities
from screener.core.quantities import share
from screener.core.risk import RARE

FEWEST_IN_MEMORY = 10
"""A budget of fewer parcels than this in a half-life says too little of a stream to follow it."""

MANY = 0.5


class Doubt(Struct, frozen=True):
    """Where in the policy, and what comes of it."""

    path: str
    text: str


def doubts(policy: Policy) -> tuple[Doubt, ...]:
    """What hardly is meant, in the order of the file."""
    file = policy.file
    return tuple(
        Doubt(path, text)
        for found in (
            _limits(policy),
            _hold(file),
            _sums(file),
            _draws(file),
            _capacities(file),
            _priorities(file.priorities),
            _risk(policy),
            _thresholds(file),
            _hubs(file),
        )
        for path, text in found
    )


Found = Iterator[tuple[str, str]]


def _limits(policy: Policy) -> Found:
    used = {policy.file.jurisdiction, *(policy.jurisdiction(hub) for hub in policy.file.hubs)}
    for name, limits in policy.file.limits.items():
        if name not in used:
            yield f"$.limits.{name}", "no hub is in this jurisdiction"
        for what in ("sticks", "tobacco_g"):
            if getattr(limits, what) == 0.0:
                yield f"$.limits.{name}.{what}", "a limit of 0: any trace of it is over the limit"


def _hold(file: PolicyFile) -> Found:
    for name in Hold.__struct_fields__:
        p = getattr(file.hold, name)
        if p == 0.0:
            yield f"$.hold.{name}", "from probability 0 every parcel is held that this looks at"
        if p == 1.0:
            yield f"$.hold.{name}", "from probability 1 almost nothing is held: no load is that certain"
    if file.hold.hard_over_limit < file.hold.over_limit:
        text = "below over_limit: where there is a capacity more is held for certain than elsewhere"
        yield "$.hold.hard_over_limit", text
    if file.capacity is not None and file.hold.risk != Hold().risk:
        text = "there is a capacity: this applies only until enough of a hub's stream was seen"
        yield "$.hold.risk", text


def _sums(file: PolicyFile) -> Found:
    sums = file.sums
    least = min((limits.sticks for limits in file.limits.values()), default=0.0)
    if sums.sticks < least:
        yield "$.sums.sticks", f"below the limit of one parcel ({least:g}): one legal parcel may be over it"
    if sums.wait_from > sums.counted_from:
        yield "$.sums.wait_from", "above counted_from: loads that count are decided without their sums"
    if sums.answer_within_s >= file.patience_s:
        yield "$.sums.answer_within_s", "not below patience_s, which ends the wait first"
    if sums.over_limit == 0.0:
        yield "$.sums.over_limit", "from probability 0 every parcel is held whose sum is known"


def _draws(file: PolicyFile) -> Found:
    blind = "nothing is drawn at random: no estimate of what is missed, blind to change"
    rates = {"$.sampling.rate": file.sampling.rate}
    rates |= {f"$.sampling.grades.{grade.value}": rate for grade, rate in file.sampling.grades.items()}
    rates |= {
        f"$.hubs.{hub}.random_rate": own.random_rate
        for hub, own in file.hubs.items()
        if own.random_rate is not None
    }
    if file.sampling.licensed is not None:
        rates["$.sampling.licensed"] = file.sampling.licensed
    for path, rate in rates.items():
        if rate == 0.0:
            yield path, blind
        if rate > MANY:
            yield path, f"{rate:.0%} of all that nothing speaks against is held"
    graded = [(grade, file.sampling.grades[grade]) for grade in Grade if grade in file.sampling.grades]
    for (better, low), (worse, high) in pairwise(graded):
        if high < low:
            yield f"$.sampling.grades.{worse.value}", f"drawn less often than {better.value}, a better grade"


def _capacities(file: PolicyFile) -> Found:
    places: dict[str, Capacity | None] = {"$.capacity": file.capacity}
    places |= {f"$.hubs.{hub}.capacity": own.capacity for hub, own in file.hubs.items()}
    for path, capacity in places.items():
        if capacity is None:
            continue
        if capacity.per_hour * capacity.half_life_h < FEWEST_IN_MEMORY:
            text = "too few parcels in a half-life for a threshold to follow: set a longer half_life_h"
            yield f"{path}.half_life_h", text
        if max(capacity.least, file.hold.risk) > file.hold.over_limit:
            text = (
                "hold.risk or least is above it: loads likely over the limit pass while the budget is unspent"
            )
            yield "$.hold.over_limit", text
        if capacity.least >= file.hold.risk:
            text = "not below hold.risk: the threshold can only rise, and the budget is never spent"
            yield f"{path}.least", text


def _priorities(places: Priorities) -> Found:
    if places.tip <= max(places.unjudged, places.random):
        yield "$.priorities.tip", "not above unjudged and random: tips are not looked at first"
    if places.drawn == 0.0:
        text = "what was drawn too is opened no sooner: how many of a cause are right may not be known"
        yield "$.priorities.drawn", text


def _risk(policy: Policy) -> Found:
    if not any(policy.risk.weights.values()):
        yield "$.risk", "no signal has a weight: no parcel is held for its risk"
    reached, held_from = policy.risk.figures.get(RARE), policy.file.hold.risk
    if policy.file.capacity is None and reached is not None and reached < held_from < 1.0:
        text = f"where the weights were tried one parcel in 1,000 reached {share(reached)}"
        yield "$.hold.risk", f"{text}: hardly any is held for its risk"
    rate = policy.file.currencies.get("CNY")
    if policy.risk.goods and rate != 1.0:
        told = "no rate" if rate is None else f"a rate of {rate:g}"
        yield "$.currencies.CNY", f"{told}: usual values of goods are in CNY, so it must be 1"


def _thresholds(file: PolicyFile) -> Found:
    for scanner, threshold in file.thresholds.items():
        if threshold == 0.0:
            yield f"$.thresholds.{scanner}", "at 0 every scan of this scanner alarms"
        if threshold == 1.0:
            yield f"$.thresholds.{scanner}", "at 1 no scan of this scanner alarms"


def _hubs(file: PolicyFile) -> Found:
    for hub, own in file.hubs.items():
        if own == HubPolicy():
            yield f"$.hubs.{hub}", "nothing differs here"
        if own.patience_s is not None and own.patience_s <= file.sums.answer_within_s:
            yield f"$.hubs.{hub}.patience_s", "not above sums.answer_within_s: it ends that wait first"
