"""Laws of the judgement over any facts: what the decision rests on is all that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.reading import encode
from screener.contracts.wire import ClassProbabilities, Estimate, Facts, Outcome, Seen, Why
from screener.core import judgement
from screener.core.judgement import Judged
from screener.core.policy import Capacity, Policy, read
from tests.core.facts import amounts, facts, probabilities

thresholds = st.floats(-8, 8)
CERTAIN = {Why.TIP, Why.LOAD, Why.SUM, Why.UNJUDGED, Why.RISK}


SHIPPED = read(Path("configs/policy.toml"))
NARROW = replace(SHIPPED, file=replace(SHIPPED.file, capacity=Capacity(per_hour=10)))
policies = st.sampled_from([SHIPPED, NARROW])
over_any_facts = settings(max_examples=60)


@dataclass(frozen=True)
class Raised:
    """By what a view shows more: a higher alarm, higher probabilities, larger loads."""

    alarm: float
    p: tuple[float, float, float]
    more: tuple[float, float, float, float, float, float]

    def of(self, view: Seen) -> Seen:
        return replace(
            view,
            alarm=max(view.alarm, self.alarm),
            p=ClassProbabilities(
                cigarettes=max(view.p.cigarettes, self.p[0]),
                loose_tobacco=max(view.p.loose_tobacco, self.p[1]),
                e_cigarettes=max(view.p.e_cigarettes, self.p[2]),
            ),
            sticks=_more(view.sticks, *self.more[:3]),
            tobacco_g=_more(view.tobacco_g, *self.more[3:]),
        )


def held(judged: Judged) -> bool:
    return judged.outcome is not Outcome.PASS


@settings(max_examples=150)
@given(
    policy=policies,
    known=facts(),
    index=st.integers(0, 2),
    threshold=thresholds,
    raised=st.builds(Raised, probabilities, st.tuples(*[probabilities] * 3), st.tuples(*[amounts] * 6)),
)
def test_raising_any_score_or_load_never_turns_hold_into_pass(
    policy: Policy, known: Facts, index: int, threshold: float, raised: Raised
) -> None:
    seen = [raised.of(view) if number == index else view for number, view in enumerate(known.seen)]
    before = judgement.judge("h1", known, policy, threshold)
    after = judgement.judge("h1", replace(known, seen=tuple(seen)), policy, threshold)
    assert held(after) or not held(before)
    if before.why in CERTAIN:
        assert after.why in CERTAIN


def _more(estimate: Estimate, low: float, mid: float, high: float) -> Estimate:
    return Estimate(low=estimate.low + low, mid=estimate.mid + mid, high=estimate.high + high)


@over_any_facts
@given(policy=policies, known=facts(), threshold=thresholds)
def test_the_same_facts_give_the_same_bytes(policy: Policy, known: Facts, threshold: float) -> None:
    one = judgement.judge("h1", known, policy, threshold)
    other = judgement.judge("h1", known, policy, threshold)
    assert encode(one) == encode(other)


@over_any_facts
@given(policy=policies, known=facts(), threshold=thresholds)
def test_every_hold_says_why_with_figures_and_only_chance_has_a_chance(
    policy: Policy, known: Facts, threshold: float
) -> None:
    judged = judgement.judge("h1", known, policy, threshold)
    assert held(judged) == (judged.why is not Why.NONE)
    assert judged.reasons or not known.seen
    assert (judged.why is Why.RANDOM) <= (known.draw < judged.rate)
    if judged.why is Why.NONE:
        assert known.draw >= judged.rate
        assert not known.tips
        assert judged.risk.log_odds < threshold or known.licence is not None


@over_any_facts
@given(policy=policies, known=facts(), threshold=thresholds)
def test_what_each_signal_added_comes_to_the_risk(policy: Policy, known: Facts, threshold: float) -> None:
    risk = judgement.judge("h1", known, policy, threshold).risk
    assert risk.log_odds == pytest.approx(risk.base + sum(one.added for one in risk.signals))
    for one in risk.signals:
        assert one.added == pytest.approx(one.weight * one.figure)
        assert one.weight == policy.risk.weights[one.name]


@over_any_facts
@given(policy=policies, known=facts(), threshold=thresholds)
def test_a_licence_clears_no_gap_and_no_tip(policy: Policy, known: Facts, threshold: float) -> None:
    without = judgement.judge("h1", replace(known, licence=None), policy, threshold)
    licensed = judgement.judge("h1", known, policy, threshold)
    if without.why in (Why.TIP, Why.UNJUDGED):
        assert held(licensed)
