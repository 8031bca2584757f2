"""Loads and concealment: what is painted weighs what the truth says, in every form, format and turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.errors import BadConfig
from screener.lab.simulator import cigarettes, concealment, loads, solids, sprites
from screener.lab.simulator.brush import Brush
from screener.lab.simulator.canvas import CIGARETTES, E_CIGARETTES, LOOSE, Canvas
from screener.lab.simulator.cartons import cartons
from screener.lab.simulator.goods import Good
from screener.lab.simulator.solids import Turn

FORMATS = [f" {name}" for name in cigarettes.FORMATS]
NAMES = [
    *[f"1{name} carton" for name in FORMATS],
    *[f"2 opened{name} cartons" for name in FORMATS],
    *[f"7{name} packs" for name in FORMATS],
    *[f"45 loose{name} sticks" for name in FORMATS],
    *("250 heated-tobacco sticks", "0.5 kg cut tobacco", "0.5 kg leaf", "2.5 kg leaf"),
    *("7 e-cigarettes", "10 refill bottles", "5 cartons", "30 packs"),
]
SEEDS = st.integers(0, 2**31)
COARSE_MM, FINE_MM = (0.9, 0.7), (0.2, 0.2)
"""Bodies are sampled at the middles of pixels, so one that stands on edge is right to a row of them: the cell
of an e-cigarette, 5 mm thick, is 10 % too heavy at the coarse pitch and 2 % at the fine one."""
ANGLES = st.floats(0, 2 * np.pi)
TURNS = st.one_of(
    st.builds(solids.rotation, ANGLES, ANGLES, ANGLES),
    st.sampled_from([np.eye(3), solids.rotation(0, np.pi / 2, 0), solids.rotation(0, 0, np.pi / 2)]),
)


def _drawn(name: str, seed: int) -> tuple[loads.Load, list[Good]]:
    rng = np.random.default_rng(seed)
    what = loads.load(name, rng)
    return what, loads.goods(what, rng)


def _grams(good: Good, turn: Turn) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    canvas = sprites.sprite(good, turn, *(FINE_MM if good.load_g[E_CIGARETTES] else COARSE_MM))
    grams: np.ndarray[tuple[int], np.dtype[np.float64]] = canvas.truth.sum((1, 2)) * canvas.pixel_cm2
    return grams


@given(name=st.sampled_from(NAMES), seed=SEEDS, turn=TURNS)
@settings(max_examples=60)
def test_the_truth_of_a_load_weighs_what_it_is_said_to(name: str, seed: int, turn: Turn) -> None:
    _, goods = _drawn(name, seed)
    for good in goods:
        np.testing.assert_allclose(_grams(good, turn), good.load_g, rtol=0.04, atol=1e-3)


@given(name=st.sampled_from(NAMES), seed=SEEDS)
@settings(max_examples=80)
def test_grams_are_those_of_the_amount(name: str, seed: int) -> None:
    what, goods = _drawn(name, seed)
    grams = np.sum([good.load_g for good in goods], 0)
    least, most = (0.2, 0.35) if what.form == "heated stick" else (0.35, 0.9)
    assert what.sticks * least <= grams[CIGARETTES] <= what.sticks * most
    assert grams[LOOSE] == pytest.approx(what.loose_g)
    assert (grams[E_CIGARETTES] > 0) == (what.e_cigarettes > 0)


@given(name=st.sampled_from(NAMES), seed=SEEDS)
@settings(max_examples=15)
def test_a_load_taken_apart_is_the_same_load(name: str, seed: int) -> None:
    _, goods = _drawn(name, seed)
    parts = concealment.hide(goods, np.random.default_rng(seed), "spread")
    assert len(parts) >= len(goods)
    whole, apart = (np.sum([good.load_g for good in some], 0) for some in (goods, parts))
    np.testing.assert_allclose(apart[:2], whole[:2], rtol=1e-6)


@given(
    name=st.sampled_from(["1 carton", "4 packs", "0.5 kg leaf", "5 e-cigarettes"]),
    seed=SEEDS,
    how=st.sampled_from(concealment.WAYS),
    turn=TURNS,
)
@settings(max_examples=30)
def test_a_hidden_load_keeps_its_truth_and_only_adds_matter(
    name: str, seed: int, how: str, turn: Turn
) -> None:
    _, goods = _drawn(name, seed)
    for good in concealment.hide(goods, np.random.default_rng(seed), how):
        np.testing.assert_allclose(_grams(good, turn), good.load_g, rtol=0.04, atol=1e-3)


def test_an_unknown_way_to_hide_is_named() -> None:
    with pytest.raises(BadConfig, match=r"none, foil, .* got `under water`"):
        concealment.hide([], np.random.default_rng(1), "under water")


@pytest.mark.parametrize(("axis", "low", "high"), [(2, 0.75, 1.25), (0, 4.0, 7.0)])
def test_a_carton_is_as_dense_as_notes_say(axis: int, low: float, high: float) -> None:
    """About 1 g/cm2 lying flat, 5 to 6 end-on (all matter, king size)."""
    rng = np.random.default_rng(4)
    make = cigarettes.brand(rng, "king-size")
    while make.columns != 5:
        make = cigarettes.brand(rng, "king-size")
    turn = solids.rotation(0.02, 0.02 if axis == 2 else np.pi / 2, 0.02)
    canvas = sprites.sprite(cartons(1, make, rng), turn, 0.8, 0.8)
    tobacco = canvas.truth[CIGARETTES]
    assert low < np.median(tobacco[tobacco > 0.5 * tobacco.max()]) < high


def test_a_filter_is_lighter_than_tobacco_and_holds_none() -> None:
    rng = np.random.default_rng(2)
    make = cigarettes.brand(rng, "king-size")
    canvas = Canvas(120, 160, 0.8, 0.8)
    cigarettes.pack(Brush(canvas, 64, 48, np.eye(3)), make, rng)
    row = slice(45, 75)
    end, middle = 80 + round((make.length / 2 - 8) / 0.8), 80 - round(20 / 0.8)
    assert canvas.truth[CIGARETTES, row, end].max() == 0
    assert canvas.basis[:, row, end].sum() < 0.8 * canvas.basis[:, row, middle].sum()
