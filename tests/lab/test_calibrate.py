"""Calibration: what it fits is what was put in."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.torch


def test_the_logistic_line_is_found_again() -> None:
    from screener.lab.calibrate import logistic

    rng = np.random.default_rng(2)
    scores = rng.normal(0, 3, 4000)
    present = rng.random(4000) < 1 / (1 + np.exp(-(0.8 * scores - 0.5)))
    line = logistic(scores, present)
    assert line.slope == pytest.approx(0.8, abs=0.08)
    assert line.shift == pytest.approx(-0.5, abs=0.12)


def test_separable_scores_stay_finite() -> None:
    from screener.lab.calibrate import logistic

    line = logistic(np.array([-3.0, -2.0, 2.0, 3.0] * 20), np.array([False, False, True, True] * 20))
    assert 0 < line.slope < 20
    assert abs(line.shift) < 5


def test_an_amount_is_found_again_although_some_loads_are_missed() -> None:
    from screener.lab.calibrate import quantity

    rng = np.random.default_rng(3)
    truth = np.concatenate([np.zeros(300), rng.uniform(100, 1000, 300)])
    grams = truth * 0.68 * rng.normal(1, 0.1, 600)
    grams[300:330] = 0.5
    found = quantity(grams, grams, truth)
    assert found.per_gram == pytest.approx(1 / 0.68, rel=0.05)
    assert 0.75 < found.low < 1 < found.high < 1.3


def test_loads_that_nobody_sees_do_not_raise_the_amounts_of_the_others() -> None:
    from screener.lab.calibrate import quantity

    rng = np.random.default_rng(4)
    truth = np.concatenate([np.zeros(300), rng.uniform(100, 1000, 300)])
    grams = truth * 0.68
    grams[300:450] *= 0.2  # half of the loads lie under other goods, and score no more than clean parcels do
    scores = np.concatenate([rng.normal(-3, 1, 450), rng.normal(2, 1, 150)])
    assert quantity(scores, grams, truth).per_gram == pytest.approx(1 / 0.68, rel=0.05)
