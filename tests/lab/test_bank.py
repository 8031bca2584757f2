"""The bank and the crops that training composes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.lab import samples
from screener.lab.simulator import bank
from screener.lab.simulator.bank import Bank, BankSettings, Crowd
from tests.lab import ordinary

SIDE_PX = 256


@pytest.fixture(scope="module")
def sprites(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return ordinary.small_bank(tmp_path_factory.mktemp("bank"))


def test_a_painted_bank_is_taken_as_it_is_and_other_settings_paint_anew(tmp_path: Path) -> None:
    first = ordinary.small_bank(tmp_path)
    written = (tmp_path / "sprites.i16").stat().st_mtime_ns
    assert ordinary.small_bank(tmp_path).entries == first.entries
    assert (tmp_path / "sprites.i16").stat().st_mtime_ns == written
    other = bank.painted(tmp_path, BankSettings(8, 3, 3, 2, samples.LOADS), workers=1)
    assert len(other.by_role[bank.PARCEL]) == 2


def test_a_bank_that_was_cut_is_painted_again(tmp_path: Path) -> None:
    whole = ordinary.small_bank(tmp_path)
    (tmp_path / "settings.json").unlink()
    (tmp_path / "sprites.i16").write_bytes(b"")
    assert ordinary.small_bank(tmp_path).entries == whole.entries


@given(seed=st.integers(0, 2**31), loaded=st.integers(0, 3), fill=st.floats(0.0, 1.0))
@settings(max_examples=15)
def test_crops_hold_tobacco_where_they_are_loaded_alone(
    sprites: Bank, seed: int, loaded: int, fill: float
) -> None:
    crowd = Crowd(fill, 12)
    basis, truth = bank.compose(sprites, SIDE_PX, loaded, crowd, np.random.default_rng(seed))
    again, _ = bank.compose(sprites, SIDE_PX, loaded, crowd, np.random.default_rng(seed))
    assert basis.shape == truth.shape == (3, SIDE_PX, SIDE_PX)
    assert np.array_equal(basis, again)
    assert truth.min() > -1e-3
    assert loaded or not truth.any()


@given(seed=st.integers(0, 2**31), loaded=st.integers(0, 2))
@settings(max_examples=15)
def test_drapery_adds_matter_and_no_tobacco(sprites: Bank, seed: int, loaded: int) -> None:
    bare, truth = bank.compose(sprites, SIDE_PX, loaded, Crowd(0.3, 8), np.random.default_rng(seed))
    full, same = bank.compose(
        sprites, SIDE_PX, loaded, Crowd(0.3, 8, draped=True), np.random.default_rng(seed)
    )
    assert np.array_equal(truth, same)
    added = (full - bare).sum(0)  # a material may have a negative share of one basis material
    assert added.min() > -1e-3


@given(number=st.integers(0, 10_000), ease=st.sampled_from([0.0, 1.0]))
@settings(max_examples=12)
def test_a_training_crop_follows_from_its_seed(sprites: Bank, number: int, ease: float) -> None:
    crop, again = (samples.draw(sprites, samples.TRAINING_SEEDS + number, ease, 96, 0.5) for _ in range(2))
    assert np.array_equal(crop.image, again.image)
    assert np.array_equal(crop.cells, again.cells)
    assert crop.image.shape == (3, 96, 96)
    assert crop.cells.shape == (3, 12, 12)
    assert 0 <= crop.image.min() <= crop.image.max() <= 1


def test_what_the_beam_does_not_reach_and_what_is_a_trace_is_untold() -> None:
    cells = np.zeros((3, 1, 4), np.float32)
    cells[0] = [[0.5, 0.5, 0.5, 0.01]]
    basis = np.zeros((3, 1, 4), np.float32)
    basis[0] = [[1.0, 1.0, 20.0, 1.0]]
    passed = np.array([[[0.5, 0.001, 0.5, 0.5]]] * 2, np.float32)
    told = samples._told(cells, basis, passed)
    assert told[0, 0].tolist() == pytest.approx([0.5, samples.UNTOLD, samples.UNTOLD, 0.01])
