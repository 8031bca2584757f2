from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts.wire import Glance
from screener.imaging.glance import HUES, glance
from screener.imaging.prepare import Picture


def picture(seed: int, rows: int = 60, cols: int = 80) -> Picture:
    """Blocks of a few colours on air, with a little noise."""
    rng = np.random.default_rng(seed)
    shown = np.ones((3, rows, cols), np.float32)
    for _ in range(6):
        top, left = int(rng.integers(rows - 12)), int(rng.integers(cols - 16))
        shown[:, top : top + 12, left : left + 16] = rng.random((3, 1, 1), np.float32)
    return np.clip(shown + rng.normal(0, 0.003, shown.shape).astype(np.float32), 0, 1)


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_it_does_not_matter_which_way_round_a_parcel_lies(seed: int) -> None:
    upright = picture(seed)
    turned = np.ascontiguousarray(upright[:, ::-1, ::-1])
    one, other = glance(upright), glance(turned)
    assert one.colours == other.colours
    assert (one.air, one.matter, one.median, one.dark) == (other.air, other.matter, other.median, other.dark)
    assert one.edges == pytest.approx(other.edges, abs=0.05)


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_along_and_across_change_places_with_the_picture(seed: int) -> None:
    upright = picture(seed)
    lying = glance(np.ascontiguousarray(upright.transpose(0, 2, 1)))
    along, across, coarse_along, coarse_across = glance(upright).edges
    assert lying.edges == pytest.approx((across, along, coarse_across, coarse_along), abs=0.01)


def test_colours_are_counted_as_shares() -> None:
    shown = np.ones((3, 40, 40), np.float32)
    shown[:, :10] = np.array([1.0, 0.0, 0.0], np.float32)[:, None, None]
    shown[:, 10:20] = np.array([0.3, 0.3, 0.3], np.float32)[:, None, None]
    counts = glance(shown).colours
    assert (counts[0], counts[HUES]) == (127, 127)
    assert sum(counts) == pytest.approx(255, abs=2)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_picture_of_nothing_has_a_glance_too(level: float) -> None:
    seen = glance(np.full((3, 16, 16), level, np.float32))
    assert isinstance(seen, Glance)
    assert all(np.isfinite([seen.air, seen.median, seen.dark, seen.noise, *seen.edges, *seen.tint]))
