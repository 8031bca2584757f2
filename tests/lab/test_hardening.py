"""What a material looks like does not depend on how thick it is, though the beam hardens on its way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.lab.insertion.hardening import THIN, as_thin
from screener.lab.insertion.insert import TUBES_KV
from screener.lab.simulator import beam
from screener.lab.simulator.matter import MATERIALS, Floats

SHOWN = [
    "lithium cell",
    "copper",
    "brass",
    "stainless",
    "chip",
    "dried leaf",
    "paper",
    "cotton",
    "abs",
    "sugar",
]


def _depths(name: str, mm: float, kv: float) -> tuple[Floats, Floats]:
    basis = (np.asarray(MATERIALS[name].basis, np.float32) * np.float32(mm))[:, None, None]
    low, high = -np.log(np.maximum(beam.transmission(basis, beam.beam(kv)), np.float32(1e-6)))
    return low, high


def _thickness(name: str, depth: float) -> float:
    mm = np.geomspace(0.01, 3000, 300, dtype=np.float32)
    high = [float(_depths(name, float(one), 150.0)[1][0, 0]) for one in mm]
    return float(np.interp(depth, high, mm))


@given(name=st.sampled_from(SHOWN), depth=st.floats(THIN, 6.0), kv=st.sampled_from(TUBES_KV))
@settings(max_examples=60)
def test_thick_matter_has_the_ratio_of_thin_matter_of_its_kind(name: str, depth: float, kv: float) -> None:
    thick = as_thin(*_depths(name, _thickness(name, depth), kv))
    thin = as_thin(*_depths(name, _thickness(name, THIN), kv))
    assert float(thick[0, 0]) == pytest.approx(float(thin[0, 0]), abs=0.2)


def test_fifteen_millimetres_of_a_cell_are_metal_and_not_salt() -> None:
    low, high = _depths("lithium cell", 15, 150.0)
    assert float((low / high)[0, 0]) < 1.5
    assert float(as_thin(low, high)[0, 0]) > 2.4
