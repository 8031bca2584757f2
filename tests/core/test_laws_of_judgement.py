"""Laws of the judgement over any facts: what the decision rests on is all that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.reading import encode
from screener.contracts.wire import (
    Amount,
    ClassProbabilities,
    Decision,
    Estimate,
    Facts,
    LicenceMatch,
    Outcome,
    Seen,
    Total,
    Why,
)
from screener.core import judgement, rules
from screener.core.gaps import unanswered
from screener.core.judgement import Judged, Stance
from screener.core.licences import licensed
from screener.core.load import expected, over_each
from screener.core.parcel import Parcel
from screener.core.policy import Capacity, Policy, read
from screener.core.risk import log_odds
from screener.core.rules import sum_above
from screener.core.scene import Scene
from screener.core.sightings import NOTHING, counted
from tests.core.facts import amounts, facts, probabilities
from tests.core.scenes import books, some_views, total, view
from tests.core.scenes import facts as shown

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


def held(judged: Judged | Decision) -> bool:
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
        assert judged.risk.log_odds < threshold or licensed(known, policy)


@over_any_facts
@given(policy=policies, known=facts(), threshold=thresholds)
def test_what_each_signal_added_comes_to_the_risk(policy: Policy, known: Facts, threshold: float) -> None:
    risk = judgement.judge("h1", known, policy, threshold).risk
    assert risk.log_odds == pytest.approx(risk.base + sum(one.added for one in risk.signals))
    for one in risk.signals:
        assert one.added == pytest.approx(one.weight * one.figure)
        assert one.weight == policy.risk.weights[one.name]


RAISED = st.builds(Raised, probabilities, st.tuples(*[probabilities] * 3), st.tuples(*[amounts] * 6))
licences = st.builds(
    LicenceMatch,
    entry_id=st.just("L-1"),
    sticks=st.none() | st.sampled_from([0.0, 300.0]) | amounts,
    tobacco_g=st.none() | st.sampled_from([0.0, 300.0]) | amounts,
    e_cigarettes=st.booleans(),
)


def one_view(view: Seen, licence: LicenceMatch | None, *, totals: tuple[Total, ...] = ()) -> Facts:
    """A whole parcel that only its load, its sums or its risk can hold."""
    return replace(shown(view, declared=books(), totals=totals), licence=licence, draw=0.999999)


@settings(max_examples=200)
@given(
    under=st.tuples(policies, thresholds),
    view=some_views().map(lambda view: replace(view, alarm=0.9)),
    licence=licences,
    only=st.sampled_from(["cigarettes", "loose_tobacco", "e_cigarettes"]),
    raised=RAISED,
)
@example(
    under=(SHIPPED, 9.0),
    view=view(0.9, (0.25, 0.0, 0.8), (2000.0, 3000.0, 4000.0), (0.0, 0.0, 0.0)),
    licence=LicenceMatch(entry_id="L-1", sticks=None, tobacco_g=None, e_cigarettes=False),
    only="cigarettes",
    raised=Raised(0.9, (1.0, 0.0, 0.0), (0.0,) * 6),
)
def test_where_a_licence_is_met_raising_a_load_never_turns_hold_into_pass(
    under: tuple[Policy, float], view: Seen, licence: LicenceMatch, only: str, raised: Raised
) -> None:
    """Of one product alone or of all: what hides another product must not clear it."""
    everything = raised.of(view)
    alone = replace(view, p=replace(view.p, **{only: getattr(everything.p, only)}))
    before = judgement.judge("h1", one_view(view, licence), *under)
    for more in (alone, everything):
        after = judgement.judge("h1", one_view(more, licence), *under)
        assert held(after) or not held(before)


@pytest.mark.parametrize("p", [0.45, 0.6, 0.8, 0.95, 1.0])
def test_licensed_cigarettes_hide_no_e_cigarettes(p: float) -> None:
    shows = view(0.9, (p, 0.0, 1.0), (2000.0, 3000.0, 4000.0))
    trade = LicenceMatch(entry_id="L-1", sticks=None, tobacco_g=None, e_cigarettes=False)
    judged = judgement.judge("h1", one_view(shows, trade), SHIPPED, 9.0)
    assert (judged.why, judged.reasons[0].code) == (Why.LOAD, "e_cigarettes")


def test_a_licence_exempts_only_what_it_covers() -> None:
    vapes = LicenceMatch(entry_id="L-1", sticks=0.0, tobacco_g=0.0, e_cigarettes=True)
    shows = view(0.9, (1.0, 0.0, 0.0), (150.0, 200.0, 250.0))
    many = total(parcels=9, loaded=9, sticks=Amount(mean=1800.0, sd=50.0))
    assert judgement.judge("h1", one_view(shows, vapes, totals=(many,)), SHIPPED, 9.0).why is Why.SUM
    weighed = judgement.judge("h1", one_view(shows, vapes), SHIPPED, -100.0)
    assert weighed.why is Why.RISK
    assert "licensed" not in {reason.code for reason in weighed.reasons}
    trade = replace(vapes, sticks=200.0)
    cleared = judgement.judge("h1", one_view(shows, trade, totals=(many,)), SHIPPED, -100.0)
    assert (cleared.why, cleared.reasons[0].code) == (Why.NONE, "licensed")


@over_any_facts
@given(view=some_views().map(lambda view: replace(view, alarm=0.9)), licence=st.none() | licences)
def test_with_a_budget_to_spare_every_likely_load_is_held(view: Seen, licence: LicenceMatch | None) -> None:
    """At the floor of the threshold, and before enough of the stream was seen."""
    known = one_view(view, licence)
    likely = Scene.of("h1", known, SHIPPED).p_over >= SHIPPED.file.hold.over_limit
    for threshold in (log_odds(Capacity(per_hour=10).least), judgement.usual_threshold(NARROW)):
        judged = judgement.judge("h1", known, NARROW, threshold)
        assert (judged.why is Why.LOAD) == likely
    if likely:
        assert judged.reasons[0].code in {"sticks_over_limit", "tobacco_over_limit", "e_cigarettes"}


@over_any_facts
@given(known=facts(), threshold=thresholds)
def test_what_competes_is_counted_and_what_is_certain_is_not(known: Facts, threshold: float) -> None:
    judged = judgement.judge("h1", known, NARROW, threshold)
    hard = Scene.of("h1", known, NARROW).p_over >= NARROW.file.hold.hard_over_limit
    assert (judged.risk.rank is None) == (judged.why in CERTAIN - {Why.LOAD, Why.RISK} or hard)
    if judged.risk.rank is not None and judged.why is not Why.RANDOM:
        assert held(judged) == (judged.risk.rank >= threshold)


def test_an_unanswered_sum_sends_a_load_to_a_human() -> None:
    """A parcel without a load is not asked for, and one that a licence covers adds to no sum."""
    shows = view(0.9, (1.0, 0.0, 0.0), (150.0, 200.0, 250.0))
    unanswered = replace(one_view(shows, None), missing_totals=2)
    judged = judgement.judge("h1", unanswered, SHIPPED, 9.0)
    assert (judged.outcome, judged.why) == (Outcome.INCOMPLETE, Why.UNJUDGED)
    assert judged.reasons[0].code == "sums_missing"
    trade = LicenceMatch(entry_id="L-1", sticks=None, tobacco_g=None, e_cigarettes=False)
    assert not held(judgement.judge("h1", replace(unanswered, licence=trade), SHIPPED, 9.0))
    clean = replace(one_view(view(0.1, (0.1, 0.0, 0.0)), None), missing_totals=2)
    assert not held(judgement.judge("h1", clean, SHIPPED, 9.0))
    quiet = replace(one_view(replace(shows, alarm=0.49), None), missing_totals=2)
    assert not held(judgement.judge("h1", quiet, SHIPPED, 9.0))


@over_any_facts
@given(policy=policies, known=facts())
def test_a_sum_holds_only_what_adds_to_it(policy: Policy, known: Facts) -> None:
    """Whoever is told of a load, and whoever is held for its sum: the same views, those that alarm."""
    scene = Scene.of("h1", known, policy)
    loads = counted("h1", known, policy)
    if loads != (NOTHING, NOTHING):
        assert scene.counting
    if scene.counting:
        assert set(scene.counting) <= set(scene.alarming)
        assert loads[0].mean == max(expected(one.p.cigarettes, one.sticks).mean for one in scene.counting)
    else:
        assert not rules.sums(scene)
        assert not unanswered(scene)


@given(
    others=st.tuples(amounts, amounts),
    p=probabilities,
    figures=st.tuples(amounts, amounts, amounts),
    more=st.tuples(probabilities, amounts, amounts, amounts),
    limit=st.sampled_from([0.0, 1.0, 400.0, 5000.0]),
)
def test_raising_a_load_never_makes_a_sum_less_likely_over_its_limit(
    others: tuple[float, float],
    p: float,
    figures: tuple[float, float, float],
    more: tuple[float, float, float, float],
    limit: float,
) -> None:
    low, mid, high = figures
    before = expected(p, Estimate(low=low, mid=mid, high=high))
    raised = Estimate(low=low + more[1], mid=mid + more[2], high=high + more[3])
    after = expected(max(p, more[0]), raised)
    sums = [Amount(mean=others[0] + one.mean, sd=hypot(others[1], one.sd)) for one in (before, after)]
    one, other = (sum_above(amount, limit) for amount in sums)
    assert other >= one
    assert (sums[0].mean > limit) <= (one >= 0.5)


def test_the_queue_counts_what_a_sum_and_what_e_cigarettes_come_to() -> None:
    shows = view(0.9, (1.0, 0.0, 0.0), (150.0, 200.0, 250.0))
    places = [
        _priority(
            replace(
                one_view(shows, None),
                totals=(total(parcels=n, loaded=n, sticks=Amount(mean=200.0 * n, sd=1.0)),),
            )
        )
        for n in (4, 50)
    ]
    assert places == [pytest.approx(1.0 + 1.0), pytest.approx(1.0 + 24.0)]
    vapes = view(0.9, (0.0, 0.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    assert _priority(one_view(vapes, None)) == pytest.approx(
        1.0 + SHIPPED.file.limits["CN"].e_cigarettes_over
    )


@over_any_facts
@given(known=facts(), threshold=thresholds)
def test_of_a_cause_those_come_first_that_were_drawn_too(known: Facts, threshold: float) -> None:
    """They stand for the others of it; and what only chance holds is opened in no order of its load."""
    others, drawn = (_decided(replace(known, draw=draw), threshold) for draw in (0.999999, 0.0))
    places = SHIPPED.file.priorities
    if held(others):
        assert drawn.selection.why is others.selection.why
        first, second = (judgement.priority(one, SHIPPED) for one in (drawn, others))
        assert first == pytest.approx(second + places.drawn)
    elif held(drawn):
        assert judgement.priority(drawn, SHIPPED) == places.random


def _priority(known: Facts) -> float:
    return judgement.priority(_decided(known, 9.0), SHIPPED)


def _decided(known: Facts, threshold: float) -> Decision:
    parcel = Parcel(hub="h1", parcel_id="P-1", identified=True, arrived_ms=0, late=False)
    return judgement.decide(parcel, known, Stance(SHIPPED, threshold, {}), 0)


def test_each_product_has_its_own_probability() -> None:
    shows = view(0.9, (0.5, 0.8, 0.0), (500.0, 600.0, 700.0), (7000.0, 8000.0, 9000.0))
    known = one_view(shows, None)
    each = over_each(shows, SHIPPED.limits("h1"))
    told = {
        one.code: one.figures["p_over_limit"] for one in judgement.judge("h1", known, SHIPPED, 9.0).reasons
    }
    assert told == {"tobacco_over_limit": each[1], "sticks_over_limit": each[0]}
    within = one_view(view(0.9, (0.02, 0.9, 0.0), (0.0, 1.0, 2.0), (3000.0, 4500.0, 6000.0)), None)
    (reason,) = judgement.judge("h1", within, SHIPPED, 9.0).reasons
    assert (reason.code, reason.figures["tobacco_g_mid"]) == ("load_within_limit", 4500.0)


@over_any_facts
@given(policy=policies, known=facts(), threshold=thresholds)
def test_a_licence_clears_no_gap_and_no_tip(policy: Policy, known: Facts, threshold: float) -> None:
    without = judgement.judge("h1", replace(known, licence=None), policy, threshold)
    licensed = judgement.judge("h1", known, policy, threshold)
    if without.why in (Why.TIP, Why.UNJUDGED):
        assert held(licensed)
