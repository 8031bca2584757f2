"""Matter and the beam: the table, the fit to the basis, and Beer and Lambert's law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.lab.simulator import beam, matter

SEEN = matter.ENERGIES_KEV >= 30
LIGHT = ("H", "C", "N", "O", "Na", "Al", "Si", "Cl", "K", "Ca", "Ti", "Cr", "Fe", "Co", "Cu", "Zn")


@pytest.mark.parametrize("name", LIGHT)
def test_three_basis_materials_stand_for_every_element_up_to_zinc(name: str) -> None:
    fitted = np.array(matter.material(name, 1.0, {name: 1.0}).basis) @ matter.basis_attenuation()
    assert fitted[SEEN] == pytest.approx(matter.attenuation({name: 1.0})[SEEN], rel=0.01)


@pytest.mark.parametrize(
    ("composition", "at_60", "at_100"),
    [
        (matter.CELLULOSE, 0.192, 0.162),
        (matter.WATER, 0.206, 0.171),
        ({"Al": 1.0}, 0.278, 0.170),
        ({"Fe": 1.0}, 1.205, 0.372),
    ],
)
def test_attenuation_is_that_of_the_tables(
    composition: dict[str, float], at_60: float, at_100: float
) -> None:
    mu = matter.attenuation(composition)
    assert mu[matter.ENERGIES_KEV == 60] == pytest.approx(at_60, rel=0.02)
    assert mu[matter.ENERGIES_KEV == 100] == pytest.approx(at_100, rel=0.02)


@given(kv=st.sampled_from([140, 150, 160]), thin=st.floats(0, 20), more=st.floats(0.1, 20))
@settings(max_examples=30)
def test_more_matter_lets_less_through(kv: int, thin: float, more: float) -> None:
    through = beam.beam(kv)
    areal = np.zeros((3, 1, 2), np.float32)
    areal[:, 0, 0] = thin
    areal[:, 0, 1] = thin + more
    passed = beam.transmission(areal, through)
    assert (passed[:, 0, 1] < passed[:, 0, 0]).all()
    assert (passed > 0).all()
    assert (passed <= 1.00001).all()


def test_materials_are_told_apart_by_the_ratio_of_the_two_detectors() -> None:
    def ratio(name: str) -> float:
        areal = np.array(matter.MATERIALS[name].basis, np.float32)[:, None, None]
        low, high = np.log(beam.transmission(areal, beam.beam(160)))[:, 0, 0]
        return float(low / high)

    organic, middle, metal = ratio("polyethylene"), ratio("aluminium"), ratio("steel")
    assert organic < ratio("water") < ratio("glass") < metal
    assert 1.0 < organic < 1.35
    assert 1.6 < middle < 2.3
    assert 2.3 < metal < 4.0


def test_tobacco_lies_between_water_and_glass() -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        areal = np.array(matter.tobacco(rng, 1.0).basis, np.float32)[:, None, None]
        low, high = np.log(beam.transmission(areal, beam.beam(160)))[:, 0, 0]
        assert 1.25 < low / high < 1.7
