"""Laws of fitting: known weights are found again, whatever was selected; little data is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scipy.special import expit

from screener.contracts.wire import Money
from screener.core.policy import read
from screener.core.risk import read_risk
from screener.lab.risk.cases import Case, Cases
from screener.lab.risk.fit import fitted, log_odds, told_by, with_model
from screener.lab.risk.goods import usual_goods
from screener.lab.risk.quality import INSPECTED, area, log_loss, quality, recall, reliability
from screener.lab.risk.regression import Problem, solve
from screener.lab.risk.result import Refused, content, fit_risk
from screener.lab.risk.trial import NEW, OLD, SCORE_ALONE, TREES
from tests.core.scenes import books, facts
from tests.lab.outcomes import POLICY, TRUTH, outcomes, selected

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cases() -> Cases:
    return outcomes(2500)


@pytest.fixture(scope="module")
def later() -> Cases:
    return outcomes(2500, seed=7)


def test_known_weights_are_found_again(cases: Cases, later: Cases) -> None:
    """Not each by itself, since alarm and load say nearly the same, but what they add up to."""
    model = fitted(cases, POLICY, "a test")
    said, true = (log_odds(one, later, POLICY) for one in (model, TRUTH))
    assert np.corrcoef(said, true)[0, 1] > 0.9
    assert log_loss(said, later.over, later.stands_for) < 1.1 * log_loss(true, later.over, later.stands_for)
    assert model.weights["undeclared"] == pytest.approx(1.5, abs=0.7)
    assert model.routes["530100>*"] > 0.5
    assert model.routes["*>310000"] < -0.3


def test_as_many_are_expected_as_were_found(cases: Cases) -> None:
    """The base rate is that of the stream, where the parcels that were opened are not."""
    for some in (cases, selected(cases, 0.2)):
        expected = some.stands_for @ expit(log_odds(fitted(some, POLICY, ""), some, POLICY))
        assert expected == pytest.approx(some.stands_for @ some.over, rel=0.02)


def test_what_was_selected_biases_nothing(cases: Cases, later: Cases) -> None:
    every, chosen = (fitted(some, POLICY, "") for some in (cases, selected(cases, 0.25)))
    blind = Cases.of([dataclasses.replace(one, stands_for=1.0) for one in selected(cases, 0.25).each])
    unweighted = fitted(blind, POLICY, "")
    means = [float(expit(log_odds(one, later, POLICY)).mean()) for one in (every, chosen, unweighted)]
    assert means[1] == pytest.approx(means[0], rel=0.25)
    assert means[2] > 1.25 * means[0]


def test_no_weight_is_negative_whatever_was_found(cases: Cases) -> None:
    turned = Cases.of([dataclasses.replace(one, over=not one.over) for one in cases.each])
    model = fitted(turned, POLICY, "")
    assert min(model.weights.values()) >= 0.0


def test_a_route_seen_thrice_tells_next_to_nothing(cases: Cases) -> None:
    odd = replace(cases.each[0].facts, declared=books(consignor_region="999999", consignee_region="430100"))
    rare = [Case("h1", 10**9, odd, over=True) for _ in range(3)]
    model = fitted(Cases.of([*cases.each, *rare]), POLICY, "")
    assert model.routes["530100>*"] > model.routes.get("999999>430100", 0.0)


@given(
    st.lists(st.tuples(st.booleans(), st.floats(1, 200)), min_size=2).filter(lambda s: any(o for o, _ in s))
)
def test_a_drawn_parcel_stands_for_many_and_tells_no_more_than_one(seen: list[tuple[bool, float]]) -> None:
    over, stands_for = np.array([o for o, _ in seen]), np.array([w for _, w in seen])
    told = told_by(over, stands_for)
    assert told[over].sum() <= over.sum() * (1 + 1e-9)
    np.testing.assert_allclose(told / told[0], stands_for / stands_for[0])


def test_the_effects_of_nothing_are_nothing() -> None:
    rng = np.random.default_rng(3)
    groups = [rng.integers(0, 20, 4000)]
    problem = Problem(np.zeros((4000, 1)), rng.random(4000) < 0.1, np.ones(4000), groups)
    assert np.abs(solve(problem).effects[0]).max() < 0.25


def test_what_is_usual_is_not_moved_by_a_tenth_that_lies() -> None:
    rng = np.random.default_rng(5)
    worths = np.exp(rng.normal(4.0, 0.5, 1000))
    worths[:100] = 0.1
    seen = [
        Case(
            "h1",
            0,
            facts(declared=books(weight_g=1000.0, value=Money(amount=float(w), currency="CNY"))),
            False,
        )
        for w in worths
    ]
    usual = usual_goods(seen, {"CNY": 1.0})["49"]
    assert usual.log_value_per_kg == pytest.approx(4.0, abs=0.1)
    assert usual.log_value_per_kg_sd == pytest.approx(0.5, abs=0.12)
    assert usual_goods(seen[:20], {"CNY": 1.0}) == {}


def test_a_whole_fit_is_better_later_than_score_alone_and_is_read_again(cases: Cases, tmp_path: Path) -> None:
    result = fit_risk(cases, POLICY, "a test")
    qualities = result.trial.qualities
    assert set(qualities) == {NEW, OLD, SCORE_ALONE, TREES}
    assert qualities[NEW].log_loss < min(qualities[SCORE_ALONE].log_loss, qualities[TREES].log_loss)
    written = tmp_path / "risk.json"
    written.write_bytes(content(result.model))
    again = read_risk(written.read_bytes(), "risk.json")
    assert replace(again, id="") == result.model
    policy = tmp_path / "policy.toml"
    policy.write_text(
        Path("configs/policy.toml").read_text().replace('# file = "risk.json"', 'file = "risk.json"')
    )
    assert read(policy).risk.weights == result.model.weights


def test_the_same_outcomes_give_the_same_bytes(cases: Cases) -> None:
    part = cases.part(0, 1200)
    assert content(fitted(part, POLICY, "x")) == content(fitted(Cases.of(part.each[::-1]), POLICY, "x"))


def test_too_few_outcomes_are_refused_with_how_many_are_needed() -> None:
    with pytest.raises(Refused, match=r"parcels over the limit and .* expected at least 70 and 700"):
        fit_risk(outcomes(300), POLICY, "")


def test_weights_that_are_no_better_later_are_refused(cases: Cases) -> None:
    with pytest.raises(Refused, match="nats a parcel on later outcomes, those so far"):
        fit_risk(cases, with_model(POLICY, TRUTH), "", with_peer=False)


@given(
    st.lists(st.tuples(st.floats(-9, 5), st.booleans(), st.floats(0.5, 100)), min_size=4).filter(
        lambda seen: {over for _, over, _ in seen} == {True, False}
    )
)
def test_figures_of_quality_are_shares(seen: list[tuple[float, bool, float]]) -> None:
    said, over, stands_for = (np.array(column) for column in zip(*seen, strict=True))
    found = quality(said, over, stands_for)
    assert found.log_loss >= 0.0
    assert 0.0 <= found.area <= 1.0
    assert list(found.recalls) == sorted(found.recalls)
    assert all(0.0 <= one <= 1.0 + 1e-9 for one in found.recalls)
    bins = reliability(said, over, stands_for)
    assert sum(one.parcels for one in bins) == pytest.approx(stands_for.sum())
    assert sum(one.found for one in bins) == pytest.approx(stands_for @ over)


def test_recall_counts_what_each_case_stands_for() -> None:
    said, over = np.array([3.0, 2.0, 1.0, 0.0]), np.array([True, False, True, False])
    stands_for = np.array([1.0, 9.0, 1.0, 89.0])
    assert recall(said, over, stands_for, 0.01) == pytest.approx(0.5)
    assert recall(said, over, stands_for, 0.11) == pytest.approx(1.0)
    assert area(said, over, stands_for) == pytest.approx((98 + 89) / (2 * 98))
    assert INSPECTED[0] == 0.01
