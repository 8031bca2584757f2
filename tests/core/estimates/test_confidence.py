"""Laws of the interval for the number of parcels over the limit."""

from __future__ import annotations

from itertools import combinations, product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from bench.coverage import DRAWS, TARGETING, Draw, covered, simulated
from screener.core.estimates.confidence import number_over, share_of_first


@st.composite
def opened_strata(draw: st.DrawFn) -> tuple[list[int], list[int], list[int]]:
    """Parcels, opened and over the limit of one to five strata."""
    parcels = draw(st.lists(st.integers(1, 50_000), min_size=1, max_size=5))
    opened = [draw(st.integers(1, one)) for one in parcels]
    return parcels, opened, [draw(st.integers(0, min(one, 60))) for one in opened]


def exact(parcels: int, opened: int, over: int) -> tuple[int, int]:
    """The mid-p interval by trying every number, hypergeometric."""
    numbers = np.arange(over, min(parcels - opened + over, 1500) + 1)
    half = 0.5 * hypergeom.pmf(over, parcels, numbers, opened)
    fewer = hypergeom.cdf(over, parcels, numbers, opened) - half
    more = hypergeom.sf(over - 1, parcels, numbers, opened) - half
    held = numbers[(fewer > 0.025) & (more > 0.025)]
    return int(held.min()), int(held.max())


@pytest.mark.parametrize(
    ("parcels", "opened", "over"),
    [
        (100, 60, 40),
        (20, 10, 0),
        (20, 10, 10),
        (300, 240, 1),
        (1000, 100, 5),
        (2000, 1000, 500),
        (10_000, 100, 2),
        (10_000, 100, 0),
    ],
)
def test_one_stratum_agrees_with_the_exact_hypergeometric_interval(
    parcels: int, opened: int, over: int
) -> None:
    low, high = number_over([parcels], [opened], [over]).interval()
    exact_low, exact_high = exact(parcels, opened, over)
    assert abs(low - exact_low) <= 1 + 0.02 * exact_low
    assert abs(high - exact_high) <= 1 + 0.02 * exact_high


@given(opened_strata())
def test_the_interval_holds_the_estimate_and_nothing_impossible(
    strata: tuple[list[int], list[int], list[int]],
) -> None:
    parcels, opened, over = strata
    confidence = number_over(*strata)
    low, high = confidence.interval()
    assert sum(over) <= low <= confidence.estimate <= high <= sum(over) + sum(parcels) - sum(opened)


@given(opened_strata())
def test_what_was_opened_whole_is_known(strata: tuple[list[int], list[int], list[int]]) -> None:
    _, opened, over = strata
    confidence = number_over(opened, opened, over)
    assert [float(end) for end in confidence.interval()] == [sum(over), sum(over)]
    assert confidence.estimate == sum(over)


@given(st.integers(2, 100_000), st.data())
def test_one_more_hit_lowers_neither_end(parcels: int, data: st.DataObject) -> None:
    opened = data.draw(st.integers(1, parcels))
    over = data.draw(st.integers(0, min(opened - 1, 200)))
    low, high = number_over([parcels], [opened], [over]).interval()
    low_then, high_then = number_over([parcels], [opened], [over + 1]).interval()
    assert low <= low_then
    assert high <= high_then


@given(opened_strata(), st.randoms(use_true_random=False))
def test_the_order_of_the_strata_is_irrelevant(
    strata: tuple[list[int], list[int], list[int]], random: Random
) -> None:
    order = list(range(len(strata[0])))
    random.shuffle(order)
    shuffled = [[one[place] for place in order] for one in strata]
    before, after = number_over(*strata), number_over(*shuffled)
    assert after.interval() == pytest.approx(before.interval(), abs=1)
    assert after.estimate == pytest.approx(before.estimate)


@pytest.mark.parametrize(("over", "opened"), [((2, 1), (2, 3)), ((0, 4), (1, 2)), ((3, 5), (3, 1))])
def test_the_estimate_is_unbiased_over_all_samples(over: tuple[int, int], opened: tuple[int, int]) -> None:
    strata = [[1] * over[0] + [0] * (4 - over[0]), [1] * over[1] + [0] * (6 - over[1])]
    samples = product(*(combinations(some, m) for some, m in zip(strata, opened, strict=True)))
    hits = np.array([[sum(one) for one in sample] for sample in samples]).T
    size = np.ones_like(hits)
    drawn = number_over(size * [[4], [6]], size * np.array(opened)[:, None], hits)
    assert drawn.estimate.mean() == pytest.approx(sum(over))


def test_months_side_by_side_are_those_one_by_one() -> None:
    parcels, opened = [[5000, 800], [300, 40]], [[60, 50], [200, 40]]
    over = [[0, 3], [50, 1]]
    low, high = number_over(parcels, opened, over).interval()
    for month in (0, 1):
        alone = number_over(*([stratum[month] for stratum in one] for one in (parcels, opened, over)))
        assert (low[month], high[month]) == alone.interval()


@settings(max_examples=20)
@given(st.integers(0, 300), st.integers(1, 20))
def test_recall_follows_the_number_let_through(held: int, found: int) -> None:
    through = number_over([100_000], [1000], [found])
    low, high = share_of_first(number_over([300], [300], [held]), through)
    least, most = through.interval()
    assert low == pytest.approx(held / (held + most), rel=0.02, abs=0.002)
    assert high == pytest.approx(held / (held + least), rel=0.02, abs=0.002)


@pytest.mark.parametrize("draw", [draw for draw in DRAWS if not draw.stress], ids=lambda draw: str(draw.name))
def test_the_interval_holds_the_truth_as_often_as_it_says(draw: Draw) -> None:
    """400 months of each case; `python bench/coverage.py` does 1,000 of more cases."""
    few: list[float] = []
    many: list[float] = []
    for hits in (0.5, 1, 2, 3, 4, 5, 20, 50, 100):
        rng = np.random.default_rng([20261123, round(10 * hits)])
        targeting = TARGETING["300 held, 30 % right, 80 % opened"]
        within, *_ = covered(simulated(draw, targeting, hits / 1e6 / draw.found, 400, rng))
        (few if hits <= 5 else many).append(within)
    assert min(few) >= 0.93 - 0.015
    assert np.mean(few) >= 0.93
    assert 0.93 <= np.mean(many) <= 0.97
