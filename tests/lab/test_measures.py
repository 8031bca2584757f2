"""Measures: a threshold keeps its promise, an interval holds its share, an area is a probability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.lab import measures
from screener.lab.measures import Bin, Numbers

ALARMS = st.lists(st.integers(0, 20).map(lambda n: n / 20), min_size=1, max_size=60).map(np.array)
"""Few values, so that ties are common, and both ends occur."""
RATES = st.floats(0, 1)


@given(clean=ALARMS, rate=RATES)
def test_no_more_clean_scans_than_stated_reach_the_threshold(clean: Numbers, rate: float) -> None:
    assert (clean >= measures.threshold(clean, rate)).mean() <= rate + 1e-9


@given(seed=st.integers(0, 1000), rate=st.sampled_from([0.01, 0.05, 0.2]))
def test_without_ties_as_many_as_allowed_reach_it(seed: int, rate: float) -> None:
    alarms = np.random.default_rng(seed).random(200)
    assert (alarms >= measures.threshold(alarms, rate)).sum() == round(rate * 200)


@given(clean=ALARMS, loaded=ALARMS, rates=st.tuples(RATES, RATES))
def test_a_stricter_rate_has_no_lower_threshold_and_no_higher_recall(
    clean: Numbers, loaded: Numbers, rates: tuple[float, float]
) -> None:
    strict, lenient = (measures.threshold(clean, rate) for rate in sorted(rates))
    assert strict >= lenient
    assert measures.recall(loaded, strict) <= measures.recall(loaded, lenient)


@given(clean=ALARMS, loaded=ALARMS, rate=RATES)
def test_a_threshold_lies_on_the_curve(clean: Numbers, loaded: Numbers, rate: float) -> None:
    curve = measures.curve(clean, loaded)
    cut = measures.threshold(clean, rate)
    at = np.array([np.mean(clean >= cut), measures.recall(loaded, cut)])
    points = np.stack([curve.false_alarm_rates, curve.recalls], 1)
    assert np.abs(points - at).max(1).min() < 1e-9
    assert (np.diff(points, axis=0) >= -1e-12).all()
    assert tuple(points[-1]) == (1.0, 1.0)


@given(clean=ALARMS, loaded=ALARMS)
def test_the_area_counts_pairs_in_order_and_lies_under_the_curve(clean: Numbers, loaded: Numbers) -> None:
    pairs = np.sign(loaded[:, None] - clean[None, :]).mean() / 2 + 0.5
    curve = measures.curve(clean, loaded)
    assert measures.area(clean, loaded) == pytest.approx(pairs)
    steps = np.diff(curve.false_alarm_rates) * (curve.recalls[1:] + curve.recalls[:-1]) / 2
    assert steps.sum() == pytest.approx(pairs)


@given(hits=st.lists(st.booleans(), min_size=1, max_size=40), data=st.data())
def test_an_interval_holds_its_share_and_is_widest_where_scans_share_sources(
    hits: list[bool], data: st.DataObject
) -> None:
    sources = [data.draw(st.sampled_from("abcdefgh")) for _ in hits]
    alone = measures.share(np.array(hits))
    together = measures.share(np.array(hits), sources)
    for one in (alone, together):
        assert 0 <= one.low <= one.point <= one.high <= 1
    assert together.high - together.low >= alone.high - alone.low - 1e-9
    assert together.sources == len(set(sources))
    repeated = measures.share(np.repeat(hits, 4), list(np.repeat(np.arange(len(hits)), 4).astype(str)))
    assert repeated.high - repeated.low >= alone.high - alone.low - 0.02


@given(hits=st.lists(st.booleans(), min_size=2, max_size=40))
def test_more_independent_scans_narrow_it(hits: list[bool]) -> None:
    few, many = measures.share(np.array(hits)), measures.share(np.repeat(hits, 4))
    assert many.high - many.low < few.high - few.low


def test_no_scans_have_no_share() -> None:
    with pytest.raises(ValueError, match="none"):
        measures.share(np.array([], bool))


@pytest.mark.parametrize(("count", "rate"), [(110, 0.0269), (59, 0.05), (0, 1.0)])
def test_few_clean_scans_show_no_low_rate(count: int, rate: float) -> None:
    assert measures.provable_rate(count) == pytest.approx(rate, rel=0.02)


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=20), data=st.data())
def test_a_bootstrap_interval_holds_its_figure_and_is_the_same_again(
    values: list[float], data: st.DataObject
) -> None:
    groups = measures.grouped([data.draw(st.sampled_from("abcd")) for _ in values])
    numbers = np.array(values)
    found, again = (
        measures.bootstrap(lambda index: float(np.median(numbers[index])), groups, rounds=20)
        for _ in range(2)
    )
    assert found.low <= found.point <= found.high
    assert found == again


def test_a_bootstrap_over_sources_is_wider_than_over_scans() -> None:
    numbers = np.repeat(np.random.default_rng(0).random(20), 20)
    mean = lambda index: float(numbers[index].mean())  # noqa: E731
    apart = measures.bootstrap(mean, np.arange(400))
    together = measures.bootstrap(mean, np.repeat(np.arange(20), 20))
    assert together.high - together.low > 2 * (apart.high - apart.low)


@given(counts=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 10)), min_size=1, max_size=10))
def test_bins_that_hold_what_they_state_have_no_calibration_error(counts: list[tuple[int, int]]) -> None:
    assert measures.calibration_error([Bin(n, share / 10, share / 10) for n, share in counts]) == 0


@given(pairs=st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50), data=st.data())
def test_calibration_error_does_not_depend_on_the_order(
    pairs: list[tuple[float, bool]], data: st.DataObject
) -> None:
    def error(chosen: list[tuple[float, bool]]) -> float:
        stated, held = np.array([p for p, _ in chosen]), np.array([h for _, h in chosen])
        bins = measures.reliability(stated, held)
        assert sum(one.count for one in bins) == len(chosen)
        return measures.calibration_error(bins)

    assert error(pairs) == pytest.approx(error(data.draw(st.permutations(pairs))))
    assert 0 <= error(pairs) <= 1


def test_what_chance_alone_shows_shrinks_with_the_number_of_scans() -> None:
    rng = np.random.default_rng(0)
    few, many = (measures.chance_calibration_error(rng.random(count)) for count in (50, 5000))
    assert many < few / 5


AMOUNTS = st.lists(st.integers(0, 1000).map(float), min_size=1, max_size=40)


@given(true=AMOUNTS, data=st.data())
def test_a_confusion_adds_up_and_perfect_estimates_confuse_nothing(
    true: list[float], data: st.DataObject
) -> None:
    judged = data.draw(st.permutations(true))
    mixed = measures.confusion(np.array(true), np.array(judged), 400)
    exact = measures.confusion(np.array(true), np.array(true), 400)
    assert mixed.count == exact.count == len(true)
    assert exact.over_judged_under == exact.under_judged_over == 0
    assert mixed.over_judged_over + mixed.over_judged_under == sum(one > 400 for one in true)
