"""A pitch that is told wrong is found by the sizes of parcels, and a right one is left alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from screener.hub.check.pitch import Outlined, estimate


def parcels(
    seed: int, count: int, *, scale: float = 1.0, aspect: float = 1.0, sized: bool = True
) -> list[Outlined]:
    """Boxes that lie askew, seen a little wider across the belt; told with a pitch that is off."""
    rng = np.random.default_rng(seed)
    return [_box(rng, scale * math.sqrt(aspect), scale / math.sqrt(aspect), sized) for _ in range(count)]


def _box(rng: np.random.Generator, along: float, across: float, sized: bool) -> Outlined:
    size = (rng.uniform(200, 550), rng.uniform(150, 400), rng.uniform(80, 300))
    angle = rng.uniform(0, math.pi)
    corners = np.array([(x * size[0] / 2, y * size[1] / 2) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    seen = corners @ turn.T * (1.0, rng.uniform(1.0, 1.2)) * (along, across)
    hull = tuple((float(x), float(y)) for x, y in seen)
    return Outlined(hull, 1000.0, size if sized else None, None)


@pytest.mark.parametrize("scale", [0.1, 0.4, 1 / 1.5, 1.5, 2.54, 10.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_scale_off_by_half_is_found_and_told(scale: float, seed: int) -> None:
    found = estimate(parcels(seed, 16, scale=scale))
    assert found is not None
    assert found.off(1.35)
    assert found.scale * scale == pytest.approx(1.0, rel=0.2)


@pytest.mark.parametrize("aspect", [0.5, 1.8])
def test_a_skew_is_found_with_its_way(aspect: float) -> None:
    found = estimate(parcels(3, 24, aspect=aspect))
    assert found is not None
    assert found.skewed(1.25)
    assert (found.aspect < 1) is (aspect > 1)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [1, 4, 16])
def test_a_right_pitch_is_left_alone(seed: int, count: int) -> None:
    found = estimate(parcels(seed, count))
    assert found is not None
    assert not found.off(1.35)
    assert not found.skewed(1.25)


def test_without_sizes_less_is_sure_and_inches_for_mm_are_still_found() -> None:
    with_sizes, without = (_sure(parcels(1, 16, sized=sized)) for sized in (True, False))
    assert without > 2 * with_sizes
    far = estimate(parcels(1, 16, scale=1 / 25.4, sized=False))
    assert far is not None
    assert far.doubtful(1.5)


def _sure(scans: Sequence[Outlined]) -> float:
    found = estimate(scans)
    assert found is not None
    return found.seen_sd


def test_nothing_is_said_where_nothing_is_shown() -> None:
    assert estimate([Outlined((), 0.0, None, None)]) is None
