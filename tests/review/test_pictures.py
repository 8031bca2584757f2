"""Pictures as browsers take them: no bit is lost, air is where it is, and what is gone is said to be gone."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from msgspec.structs import replace

from screener.contracts import examples
from screener.contracts.wire import Energy
from screener.imaging.prepare import LUMA, Pixels, coloured, prepare
from screener.review import pictures
from screener.review.errors import Hidden
from screener.review.shelf import Shelf
from screener.scoring.heatmap import encode_map

SIDES = st.integers(1, 24)


@st.composite
def decoded(draw: st.DrawFn) -> Pixels:
    """Pixels in every layout that decoding gives."""
    kind = draw(st.sampled_from([np.uint8, np.uint16]))
    rows, cols = draw(SIDES), draw(SIDES.filter(lambda side: side not in {3, 4}))
    shape = draw(st.sampled_from([(rows, cols), (rows, cols, 3), (2, rows, cols)]))
    made: Pixels = draw(arrays.arrays(kind, shape))
    return made


@settings(max_examples=60, deadline=None)
@given(decoded())
def test_every_sample_arrives_as_it_was(pixels: Pixels) -> None:
    made = pictures.raster(pixels, Energy.DUAL, 0.8, 1.3)
    packed = pictures.packed(made)
    magic, version, bits, channels, energy, cols, rows, along, across, *_ = pictures.HEADER.unpack(
        packed[: pictures.HEADER.size]
    )
    assert (magic, version, energy) == (b"SCRP", 1, 2)
    assert (along, across) == pytest.approx((0.8, 1.3))
    kind = np.dtype(f"<u{bits // 8}")
    samples = np.frombuffer(packed[pictures.HEADER.size :], kind).reshape(rows, cols, channels)
    if pixels.ndim == 3 and pixels.shape[2] != 3:
        samples = np.moveaxis(samples, -1, 0)
    np.testing.assert_array_equal(samples.reshape(pixels.shape), pixels)


def test_air_is_the_level_that_the_model_takes_for_it() -> None:
    rng = np.random.default_rng(3)
    pair = rng.normal(52_000, 900, (2, 200, 300)).astype(np.uint16)
    pair[:, 60:140, 60:200] = 9_000
    made = pictures.raster(pair, Energy.DUAL, 1.0, 1.0)
    model = np.tensordot(LUMA, prepare(pair, 1.0, 1.0, Energy.DUAL), 1)
    ours = (pair[:, 100, 100] / np.array(made.air)).mean()
    assert ours == pytest.approx(float(model[model.shape[0] // 2, model.shape[1] // 3]), abs=0.01)


def test_a_picture_made_for_people_has_its_air_at_the_top() -> None:
    dark = np.full((20, 30), 7, np.uint8)
    assert pictures.raster(dark, Energy.SINGLE, 1, 1).air == (255, 255)
    assert pictures.raster(np.full((20, 30, 3), 7, np.uint16), Energy.DUAL, 1, 1).air == (65535, 65535)


def test_what_is_transparent_lies_on_white() -> None:
    rgba = np.zeros((4, 6, 4), np.uint8)
    rgba[:, 3:, 3] = 255
    samples = pictures.raster(rgba, Energy.DUAL, 1, 1).samples
    assert samples[:, :3].min() == 255
    assert samples[:, 3:].max() == 0


def test_a_picture_beyond_what_browsers_take_is_shown_smaller_and_says_so() -> None:
    long = np.zeros((10, 3 * pictures.LARGEST_PX - 5), np.uint8)
    made = pictures.raster(long, Energy.SINGLE, 0.4, 0.5)
    assert made.shrunk == 3
    assert made.samples.shape[1] <= pictures.LARGEST_PX
    assert made.pitch_along_mm == pytest.approx(1.2)


def test_the_map_keeps_its_probabilities_and_its_pitch() -> None:
    cells = np.linspace(0, 1, 3 * 5 * 7, dtype=np.float32).reshape(3, 5, 7)
    found = examples.SCAN_EVIDENCE.findings
    assert found is not None
    made = pictures.heat(replace(found, map_png=encode_map(cells), map_pitch_mm=12.0))
    np.testing.assert_allclose(np.moveaxis(made.samples, -1, 0) / 255, cells, atol=0.5 / 255 + 1e-6)
    assert made.pitch_along_mm == made.pitch_across_mm == 12.0


@pytest.mark.parametrize("map_png", [b"", b"png"])
def test_a_map_that_is_none_is_not_there(map_png: bytes) -> None:
    found = examples.SCAN_EVIDENCE.findings
    assert found is not None
    with pytest.raises(Hidden):
        pictures.heat(replace(found, map_png=map_png))


def test_a_small_picture_keeps_proportions_and_colours_of_matter() -> None:
    pair = np.full((2, 40, 80), 50_000, np.uint16)
    pair[0, 10:30, 20:60], pair[1, 10:30, 20:60] = 18_000, 22_000
    made = pictures.raster(pair, Energy.DUAL, 1.0, 2.0)
    small = cv2.imdecode(np.frombuffer(pictures.thumbnail(made, 80), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert small is not None
    assert small.shape == (80, 80, 3)
    matter = coloured(np.full((1, 1), 0.36, np.float32), np.full((1, 1), 0.44, np.float32))[:, 0, 0]
    np.testing.assert_allclose(small[40, 40], matter * 255, atol=1)


def test_a_shelf_keeps_what_was_asked_for_last_and_no_more_than_it_may() -> None:
    shelf = Shelf(room_bytes=250)
    made: list[str] = []

    def make(key: str) -> bytes:
        made.append(key)
        return bytes(100)

    for key in "ababcba":  # c pushes a out
        assert shelf.taken(key, partial(make, key)) == bytes(100)
    assert made == ["a", "b", "c", "a"]
