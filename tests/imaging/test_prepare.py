from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from screener.contracts.wire import Energy
from screener.errors import BadInput
from screener.imaging.prepare import LUMA, MAX_PIXELS, MAX_SIDE_PX, MIN_SIDE_PX, coloured, prepare
from screener.imaging.reasons import ImageFault

SIDES = st.integers(1, 90)
PITCHES = st.floats(0.2, 4.0)
KINDS = st.sampled_from([np.uint8, np.uint16])


@st.composite
def pixel_arrays(draw: st.DrawFn) -> NDArray[np.uint8] | NDArray[np.uint16]:
    rows, cols, kind = draw(SIDES), draw(SIDES), draw(KINDS)
    layout = draw(st.sampled_from(["grey", "rgb", "rgba", "pair"]))
    shape = {"grey": (rows, cols), "rgb": (rows, cols, 3), "rgba": (rows, cols, 4), "pair": (2, rows, cols)}
    seed = draw(st.integers(0, 1 << 32))
    top = 256 if kind is np.uint8 else 65_536
    noise: NDArray[np.uint16] = np.random.default_rng(seed).integers(0, top, shape[layout], dtype=np.uint16)
    return noise.astype(np.uint8) if kind is np.uint8 else noise


@settings(max_examples=150)
@given(pixel_arrays(), PITCHES, PITCHES, st.sampled_from(Energy))
def test_any_pixels_give_a_picture_in_bounds_or_a_named_refusal(
    pixels: NDArray[np.uint8], across_mm: float, along_mm: float, energy: Energy
) -> None:
    try:
        picture = prepare(pixels, across_mm, along_mm, energy)
    except BadInput as error:
        assert error.reason in set(ImageFault)
        return
    channels, height, width = picture.shape
    assert channels == 3
    assert picture.dtype == np.float32
    assert min(height, width) >= MIN_SIDE_PX
    assert max(height, width) <= MAX_SIDE_PX
    assert height * width <= MAX_PIXELS
    assert 0.0 <= float(picture.min()) <= float(picture.max()) <= 1.0
    assert picture.flags.c_contiguous


@settings(max_examples=50)
@given(st.integers(20, 200), st.integers(20, 200), st.floats(0.5, 3.0), st.floats(0.5, 3.0))
def test_a_picture_has_the_size_of_the_object_and_empty_belt_stays_white(
    rows: int, cols: int, across_mm: float, along_mm: float
) -> None:
    belt = np.full((rows, cols, 3), 255, np.uint8)
    try:
        picture = prepare(belt, across_mm, along_mm, Energy.DUAL)
    except BadInput as error:
        assert error.reason == ImageFault.TOO_SMALL
        return
    assert picture.shape == (3, round(rows * across_mm / 1.5), round(cols * along_mm / 1.5))
    assert float(picture.min()) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("pitch_mm", [0.5, 0.75, 1.5, 2.0])
def test_the_mean_brightness_does_not_change_with_the_pitch(pitch_mm: float) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (120, 120, 3), dtype=np.uint8)
    picture = prepare(pixels, pitch_mm, pitch_mm, Energy.DUAL)
    assert float(picture.mean()) == pytest.approx(float(pixels.mean()) / 255, abs=0.005)


@pytest.mark.parametrize("used_bits", [10, 12, 14, 16])
def test_raw_grey_is_the_same_picture_whatever_gain_and_bits_the_detector_uses(used_bits: int) -> None:
    transmission = np.ones((100, 100))
    transmission[30:60, 30:60] = 0.5
    raw = np.round(transmission * (2**used_bits - 1)).astype(np.uint16)
    picture = prepare(raw, 1.5, 1.5, Energy.SINGLE)
    assert picture[:, 45, 45] == pytest.approx(0.5, abs=0.001)
    assert picture[:, 5, 5] == pytest.approx(1.0, abs=0.001)


def test_a_hot_row_of_the_detector_does_not_darken_the_picture() -> None:
    raw = np.full((400, 300), 30_000, np.uint16)
    raw[7] = 65_535
    assert prepare(raw, 1.5, 1.5, Energy.SINGLE)[0, 200, 200] == pytest.approx(1.0)


@settings(max_examples=50)
@given(
    arrays.arrays(np.float32, (2, 8, 8), elements=st.floats(0, 1, width=32)),
)
def test_the_palette_keeps_the_luminance_and_stays_in_gamut(pair: NDArray[np.float32]) -> None:
    picture = coloured(pair[0], pair[1])
    assert 0.0 <= float(picture.min()) <= float(picture.max()) <= 1.0
    np.testing.assert_allclose(np.einsum("chw,c->hw", picture, LUMA), pair.mean(0), atol=1e-5)


@pytest.mark.parametrize(
    ("ratio", "strongest", "weakest"),
    [(1.2, 0, 2), (1.44, 0, 2), (1.95, 1, 0), (2.7, 2, 0)],
    ids=["polyethylene", "tobacco", "aluminium", "iron"],
)
def test_organic_is_orange_middle_is_green_metal_is_blue(ratio: float, strongest: int, weakest: int) -> None:
    depth = np.full((1, 1), 0.6, np.float32)
    colour = coloured(np.exp(-depth * np.float32(ratio)), np.exp(-depth))[:, 0, 0]
    assert (int(colour.argmax()), int(colour.argmin())) == (strongest, weakest)


def test_a_large_picture_gives_the_same_values_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (211, 307, 3), dtype=np.uint8)
    at_once = prepare(pixels, 0.9, 0.7, Energy.DUAL)
    monkeypatch.setattr("screener.imaging.prepare.AT_ONCE", 0)
    assert np.array_equal(prepare(pixels, 0.9, 0.7, Energy.DUAL), at_once)


def test_single_energy_is_never_coloured() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    picture = prepare(pixels, 1.5, 1.5, Energy.SINGLE)
    assert np.array_equal(picture[0], picture[1])
    assert np.array_equal(picture[0], picture[2])


def test_what_is_transparent_is_empty_belt() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    assert np.all(prepare(pixels, 1.5, 1.5, Energy.DUAL) == 1.0)


GREY = np.zeros((200, 200), np.uint16)


@pytest.mark.parametrize(
    ("pixels", "pitch_mm", "energy", "reason"),
    [
        (GREY, 1.0, Energy.DUAL, "image_energy"),
        (np.zeros((2, 200, 200), np.uint16), 1.0, Energy.SINGLE, "image_energy"),
        (GREY, 0.1, Energy.SINGLE, "image_too_small"),
        (np.zeros((2000, 2000), np.uint8), 1.5, Energy.SINGLE, "image_too_large"),
        (GREY, 4.5, Energy.SINGLE, "pitch_too_coarse"),
        (GREY, 0.0, Energy.SINGLE, "pitch_invalid"),
        (GREY, float("nan"), Energy.SINGLE, "pitch_invalid"),
        (np.zeros((200, 200, 2), np.uint8), 1.0, Energy.DUAL, "image_shape"),
        (np.zeros((200, 200), np.float32), 1.0, Energy.SINGLE, "image_bit_depth"),
        (np.zeros((0, 200), np.uint8), 1.0, Energy.SINGLE, "image_too_small"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    pixels: NDArray[np.uint8], pitch_mm: float, energy: Energy, reason: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        prepare(pixels, pitch_mm, pitch_mm, energy)
    assert refusal.value.reason == reason
