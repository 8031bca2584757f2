"""Goods: every kind paints, stays within reach of its box, and kinds for tests are kept apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.lab.simulator import clutter, solids
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.sketch import Sketch
from screener.lab.simulator.sprites import sprite

EVERY = [painter for painter, _ in (*clutter.KINDS, *clutter.HELD_OUT)]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_kind_paints_matter_the_same_each_time(kind: type) -> None:
    rng = np.random.default_rng(3)
    good: Good = kind(rng)
    turn = solids.rotation(0.3, 0.1, 0.0)
    first, again = sprite(good, turn, 1.5, 1.5), sprite(good, turn, 1.5, 1.5)
    assert np.array_equal(first.basis, again.basis)
    assert np.isfinite(first.basis).all()
    assert first.mass_g > 0.1
    assert not first.truth.any()


def test_kinds_for_tests_are_never_trained_on() -> None:
    trained = {painter for painter, _ in clutter.KINDS}
    kept = {painter for painter, _ in clutter.HELD_OUT}
    assert len(kept) >= 8
    assert not trained & kept


def test_the_training_stock_holds_none_of_them() -> None:
    def kinds(stock: clutter.Stock) -> set[str]:
        rng = np.random.default_rng(1)
        return {clutter.good(rng, stock).paint.__module__ for _ in range(200)}

    held_out = clutter.HELD_OUT[0][0].__module__
    assert held_out not in kinds("training")
    assert held_out in kinds("test")


@given(seed=st.integers(0, 2**31), yaw=st.floats(0, 3.14))
@settings(max_examples=15)
def test_a_face_lays_the_mass_that_is_sketched(seed: int, yaw: float) -> None:
    def paint(brush: object, own: Rng) -> None:
        from screener.lab.simulator.brush import Brush
        from screener.lab.simulator.matter import MATERIALS

        assert isinstance(brush, Brush)
        face = brush.face((90.0, 60.0, 20.0))
        sketch = face.sketch()
        sketch.slab(own.uniform(-9, 9), 0, 60, 40, 10)
        face.lay(sketch, MATERIALS["water"])

    canvas = sprite(Good("slab", (90.0, 60.0, 20.0), paint, seed), solids.rotation(yaw, 0, 0), 0.8, 0.8)
    assert canvas.mass_g == pytest.approx(6 * 4 * 1.0, rel=0.01)


@given(x=st.floats(-15, 15), width=st.floats(1, 20), depth=st.floats(0.1, 30))
@settings(max_examples=30)
def test_a_slab_holds_its_volume_wherever_it_lies(x: float, width: float, depth: float) -> None:
    sketch = Sketch(60, 40, 0.8)
    sketch.slab(x, 0.3, width, 12.5, depth)
    assert sketch.thick.sum() * 0.8**2 == pytest.approx(width * 12.5 * depth, rel=1e-3)
