"""The fan beam: wider the nearer to the source, never longer, and the truth stays the mass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.lab.simulator.brush import Brush
from screener.lab.simulator.canvas import CIGARETTES, Canvas
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.matter import MATERIALS
from screener.lab.simulator.scene import ABOVE, Fan, Placed, Scene, project

SIDE_MM = 40.0


def _block(brush: Brush, _: Rng) -> None:
    brush.box((SIDE_MM, SIDE_MM, SIDE_MM), MATERIALS["water"], CIGARETTES)


def _seen(across: float, up: float, fan: Fan) -> Canvas:
    block = Placed(Good("block", (SIDE_MM,) * 3, _block, 0), (0.0, across, up), np.eye(3))
    return project(Scene("carton", (300.0, 300.0, 200.0), (block,), (), np.eye(3)), ABOVE, 0.9, 0.8, fan)


def _extent(canvas: Canvas) -> tuple[int, int]:
    there = canvas.truth[CIGARETTES] > 0.5 * canvas.truth[CIGARETTES].max()
    return int(there.any(1).sum()), int(there.any(0).sum())


SOURCES = st.one_of(st.floats(700, 1300), st.floats(-1300, -700))


@given(source=SOURCES, aside=st.floats(-150, 150), across=st.floats(-120, 120), up=st.floats(-75, 75))
@settings(max_examples=30)
def test_the_truth_is_the_mass_wherever_it_lies(
    source: float, aside: float, across: float, up: float
) -> None:
    canvas = _seen(across, up, Fan(source, aside))
    grams = canvas.truth.sum() * 0.9 * 0.8 / 100
    assert grams == pytest.approx((SIDE_MM / 10) ** 3, rel=0.03)
    assert canvas.mass_g == pytest.approx((SIDE_MM / 10) ** 3, rel=0.03)


@given(source=st.floats(700, 1300))
@settings(max_examples=10)
def test_nearer_to_the_source_is_wider_across_and_not_along(source: float) -> None:
    high, low = (_extent(_seen(0.0, up, Fan(source, 0.0))) for up in (75.0, -75.0))
    assert high[0] > low[0]
    assert high[1] == low[1]
    below = [_extent(_seen(0.0, up, Fan(-source, 0.0)))[0] for up in (75.0, -75.0)]
    assert below[0] < below[1]


def test_what_lies_aside_shows_its_flank() -> None:
    middle, aside = (
        int((_seen(across, 0.0, Fan(800.0, 0.0)).truth[CIGARETTES] > 0.01).any(1).sum())
        for across in (0.0, 120.0)
    )
    assert aside > middle + 3


@given(source=st.floats(700, 1300), height=st.floats(500, 2500))
@settings(max_examples=20)
def test_no_parcel_reaches_the_source_that_looks_down_on_it(source: float, height: float) -> None:
    block = Placed(Good("block", (SIDE_MM,) * 3, _block, 0), (0.0, 0.0, height / 2 - SIDE_MM), np.eye(3))
    scene = Scene("carton", (300.0, 300.0, height), (block,), (), np.eye(3))
    rows, cols = _extent(project(scene, ABOVE, 0.9, 0.8, Fan(source, 0.0)))
    assert cols == pytest.approx(SIDE_MM / 0.8, abs=2)
    assert cols * 0.8 < rows * 0.9 < 1.3 / 0.3 * SIDE_MM * 1.1
