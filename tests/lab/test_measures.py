"""Measures: a threshold keeps its promise, an interval holds its share, an area is a probability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.lab.measures import area, threshold, wilson


@given(seed=st.integers(0, 1000), rate=st.sampled_from([0.01, 0.05, 0.2]))
@settings(max_examples=30, deadline=None)
def test_no_more_clean_parcels_than_stated_reach_the_threshold(seed: int, rate: float) -> None:
    alarms = np.random.default_rng(seed).random(200)
    assert rate - 0.006 < (alarms >= threshold(alarms, rate)).mean() <= rate


@given(count=st.integers(1, 500), hits=st.data())
def test_an_interval_holds_its_share_and_narrows(count: int, hits: st.DataObject) -> None:
    found = hits.draw(st.integers(0, count))
    low, high = wilson(found, count)
    assert 0 <= low <= found / count + 1e-12
    assert found / count - 1e-12 <= high <= 1
    wider = wilson(found * 4, count * 4)
    assert wider[1] - wider[0] < high - low


def test_the_area_counts_pairs_in_order() -> None:
    clean, loaded = np.array([0.1, 0.2, 0.3]), np.array([0.25, 0.3])
    assert area(clean, loaded) == pytest.approx((2 + 2.5) / 6)
