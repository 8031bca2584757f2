from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from screener.scoring.heatmap import INKS, MAX_PNG_BYTES, decode_map, encode_map, overlay


@settings(max_examples=50)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 1 << 32))
def test_a_map_comes_back_to_8_bits_and_equal_maps_give_equal_bytes(rows: int, cols: int, seed: int) -> None:
    cells = np.random.default_rng(seed).random((3, rows, cols), dtype=np.float32)
    png = encode_map(cells)
    np.testing.assert_allclose(decode_map(png), cells, atol=0.5 / 255 + 1e-6)
    assert encode_map(cells.copy()) == png


@pytest.mark.parametrize("shape", [(3, 125, 250), (3, 200, 156)])
def test_the_largest_map_of_pure_noise_still_fits(shape: tuple[int, int, int]) -> None:
    cells = np.random.default_rng(0).random(shape, dtype=np.float32)
    png = encode_map(cells)
    assert len(png) <= MAX_PNG_BYTES
    np.testing.assert_allclose(decode_map(png), cells, atol=16.5 / 255)


def shown(cells: NDArray[np.float32], rows: int = 60, cols: int = 90) -> NDArray[np.uint8]:
    return overlay(np.full((3, rows, cols), 0.6, np.float32), encode_map(cells))


def test_an_overlay_without_findings_is_the_scan_in_grey() -> None:
    picture = shown(np.zeros((3, 8, 12), np.float32))
    assert picture.dtype == np.uint8
    assert np.all(picture[:120, :180] == 153)


@pytest.mark.parametrize("number", range(3))
def test_a_finding_is_drawn_in_its_own_colour_where_it_lies(number: int) -> None:
    cells = np.zeros((3, 8, 12), np.float32)
    cells[number, 2:5, 3:6] = 1.0
    picture = shown(cells).astype(int)
    inked = np.abs(picture[:120, :180] - np.array(INKS[number].rgb)).sum(2) < 12
    rows, cols = np.nonzero(inked)
    assert int(rows.min()) >= 16
    assert int(rows.max()) <= 100
    assert int(cols.min()) >= 32
    assert int(cols.max()) <= 120
    assert np.all(picture[:10, :10] == 153)


@pytest.mark.parametrize(("rows", "cols"), [(16, 16), (17, 333), (600, 16)])
def test_any_size_can_be_drawn(rows: int, cols: int) -> None:
    cells = np.ones((3, -(-rows // 8), -(-cols // 8)), np.float32)
    picture = shown(cells, rows, cols)
    assert picture.shape == (rows * 2 + 22, max(cols * 2, 330), 3)
