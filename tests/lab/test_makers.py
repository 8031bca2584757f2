"""Makers: displays show depths as real ones do, and those for tests are of families never trained on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.lab.simulator import beam, maker, palettes, viewer
from screener.lab.simulator.clutter import Stock
from screener.lab.simulator.matter import MATERIALS, Floats
from screener.lab.simulator.tone import drawn_tone

STOCKS: tuple[Stock, ...] = ("training", "test")
SEEDS = st.integers(0, 2**31)


def _depth(name: str, areal: float, kv: int) -> Floats:
    basis = np.array(MATERIALS[name].basis, np.float32)[:, None, None] * np.float32(areal)
    return -np.log(beam.transmission(basis, beam.beam(kv))).mean(0)


@given(seed=SEEDS, stock=st.sampled_from(STOCKS), kv=st.sampled_from([140, 150, 160]))
@settings(max_examples=60)
def test_thin_matter_is_stretched_and_thick_is_pressed(seed: int, stock: Stock, kv: int) -> None:
    """As measured on real scans: 0.14 to 0.24 behind the first g/cm2, 0.6 to 1.0 behind 7 cm of water."""
    tone = drawn_tone(np.random.default_rng(seed), stock)
    assert 0.13 < tone.darkness(_depth("water", 1.0, kv))[0, 0] < 0.26
    assert 0.58 < tone.darkness(_depth("water", 7.0, kv))[0, 0] < 1.0


@given(seed=SEEDS, stock=st.sampled_from(STOCKS))
@settings(max_examples=40)
def test_more_depth_is_never_lighter(seed: int, stock: Stock) -> None:
    depth = np.linspace(0, 8, 200, dtype=np.float32)[None]
    dark = drawn_tone(np.random.default_rng(seed), stock).darkness(depth)
    assert (np.diff(dark) >= -1e-6).all()
    assert dark[0, 0] == pytest.approx(0, abs=1e-3)


@given(seed=SEEDS, stock=st.sampled_from(STOCKS))
@settings(max_examples=20)
def test_a_display_of_colours_grows_darker_with_depth(seed: int, stock: Stock) -> None:
    palette = palettes.drawn(np.random.default_rng(seed), stock)
    shown = palettes.table(palette).reshape(palettes.RATIO_STEPS, palettes.DARK_STEPS, 3)
    assert (shown[:, 0] == 255).all()
    assert (np.diff(shown @ palettes.LUMINANCE, axis=1) < 1.6).all()


@given(seed=SEEDS)
@settings(max_examples=60)
def test_makers_for_tests_are_of_other_families(seed: int) -> None:
    known, unknown = (maker.draw(np.random.default_rng(seed), stock) for stock in STOCKS)
    assert known.tone.family != unknown.tone.family
    assert known.sharpening.kernel != unknown.sharpening.kernel
    assert known.palette.colours[0][0] >= max(known.palette.colours[0][1:])
    assert unknown.palette.colours[0][0] < max(unknown.palette.colours[0][1:])
    shares = [one.pitch_along_mm / one.pitch_across_mm for one in (known, unknown)]
    assert 0.71 < shares[0] < 1.36
    assert not 0.715 < shares[1] < 1.355
    assert all(0.49 < one.pitch_along_mm < 1.61 for one in (known, unknown))


@given(seed=SEEDS, stock=st.sampled_from(STOCKS))
@settings(max_examples=25)
def test_a_picture_is_what_the_style_says_and_air_is_bright(seed: int, stock: Stock) -> None:
    rng = np.random.default_rng(seed)
    make = maker.draw(rng, stock)
    passed = np.ones((2, 64, 80), np.float32)
    passed[:, 20:40, 20:50] = 0.3
    pixels = maker.picture(maker.detect(passed, make, rng), make, rng)
    form = {"pair": ((2, 64, 80), np.uint16), "grey": ((64, 80), np.uint8), "colour": ((64, 80, 3), np.uint8)}
    shape, kind_of_number = form[make.style]
    assert pixels.shape == shape
    assert pixels.dtype == kind_of_number
    data, kind = maker.encode(pixels, make)
    assert data
    assert kind.startswith("image/")
    if make.overlay == viewer.Overlay(0.0, make.overlay.border_level, 0, text=False):
        flat = pixels.astype(np.float32) / np.iinfo(pixels.dtype).max
        flat = flat.mean(-1) if make.style == "colour" else flat if make.style == "grey" else flat.mean(0)
        assert np.median(flat[2:14, 2:]) > np.median(flat[24:36, 24:46]) + 0.1
