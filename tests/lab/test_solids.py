"""Solids and the canvas: chords are exact, masses are kept, nothing depends on where the window is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.lab.simulator import solids
from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.canvas import CIGARETTES, Canvas
from screener.lab.simulator.matter import MATERIALS

ANGLE = st.floats(-3.1, 3.1)
SIDE = st.floats(8, 60)
WOOD = MATERIALS["wood"]


def _brush(pitch: float = 0.8) -> Brush:
    canvas = Canvas(220, 220, pitch, pitch)
    return Brush(canvas, 110 * pitch, 110 * pitch, np.eye(3))


@given(angles=st.tuples(ANGLE, ANGLE, ANGLE), size=st.tuples(SIDE, SIDE, SIDE))
@settings(max_examples=40)
def test_a_box_weighs_the_same_at_any_turn(
    angles: tuple[float, float, float], size: tuple[float, float, float]
) -> None:
    brush = _brush()
    brush.at(turn=solids.rotation(*angles)).box(size, WOOD)
    assert brush.canvas.mass_g == pytest.approx(np.prod(size) / 1000 * WOOD.density, rel=0.08)


@given(angles=st.tuples(ANGLE, ANGLE, ANGLE), length=SIDE, width=SIDE)
@settings(max_examples=40)
def test_a_rod_weighs_the_same_at_any_turn(
    angles: tuple[float, float, float], length: float, width: float
) -> None:
    brush = _brush()
    brush.at(turn=solids.rotation(*angles)).cylinder(length, width, WOOD)
    volume_cm3 = np.pi * (width / 2) ** 2 * length / 1000
    assert brush.canvas.mass_g == pytest.approx(volume_cm3 * WOOD.density, rel=0.08)


def test_an_ellipsoid_is_as_thick_as_its_axis() -> None:
    brush = _brush()
    brush.ellipsoid((40, 30, 20), WOOD)
    areal = brush.canvas.basis.sum(0).max() / sum(WOOD.basis)
    assert areal == pytest.approx(20 / 10 * WOOD.density, rel=0.01)


def test_laying_a_stamp_is_painting() -> None:
    painted, stamped = _brush(), _brush()
    painted.cylinder(40, 10, WOOD, CIGARETTES)
    stamp, inside = Stamp.blank(stamped, (40, 10, 10))
    inside.cylinder(40, 10, WOOD, CIGARETTES)
    stamp.lay(stamped)
    assert np.allclose(painted.canvas.basis, stamped.canvas.basis, atol=1e-4)
    assert np.allclose(painted.canvas.truth, stamped.canvas.truth, atol=1e-4)


@given(col=st.floats(-60, 260), row=st.floats(-60, 260))
@settings(max_examples=30)
def test_what_lies_partly_outside_the_canvas_is_cut_off(col: float, row: float) -> None:
    brush = _brush()
    Brush(brush.canvas, col, row, np.eye(3)).box((50, 40, 10), WOOD)
    thickest = brush.canvas.basis.sum(0).max() / sum(WOOD.basis)
    assert thickest <= 10 / 10 * WOOD.density * 1.001
