"""Scans that look alike: a parcel that comes back turned is found among others, by those who may see it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sqlalchemy import Engine, insert, select, update

from screener.contracts.wire import Energy
from screener.review import database, likeness
from screener.review.likeness import BYTES, NOTHING, Similar
from screener.review.pictures import Raster
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import scan
from tests.review.stations import HOME, a_parcel

ALL = Reviewer(1, "p", "zh", (Grant(Role.READER),))
EAST = Reviewer(1, "p", "zh", (Grant(Role.READER, "east"),))
AIR = 60_000


def packed(seed: int) -> NDArray[np.float64]:
    """Boxes in a parcel, as the share of rays that pass, on a wide belt."""
    dice = np.random.default_rng(seed)
    belt = np.ones((200, 300))
    inside = np.full((100, 140), 0.8)
    for _ in range(6):
        row, col = dice.integers(0, 70), dice.integers(0, 110)
        inside[row : row + dice.integers(15, 40), col : col + dice.integers(15, 40)] *= dice.uniform(0.3, 0.8)
    belt[40:140, 60:200] = inside
    return belt


def raster(passed: NDArray[np.float64], pitch_mm: float = 2.0) -> Raster:
    samples = np.rint(passed * AIR).astype(np.uint16)[..., None]
    return Raster(samples, Energy.SINGLE, pitch_mm, pitch_mm, (AIR, AIR))


def alike(one: Raster, other: Raster) -> float:
    found = likeness.likenesses([likeness.signature(one)], [likeness.signature(other)])
    return float(found[0])


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 99), quarter=st.integers(0, 3), mirrored=st.booleans(), at=st.integers(-30, 30))
def test_a_parcel_that_comes_back_turned_and_elsewhere_is_the_same(
    seed: int, quarter: int, mirrored: bool, at: int
) -> None:
    belt = np.roll(packed(seed), (at, at), axis=(0, 1))
    again = np.rot90(belt[:, ::-1] if mirrored else belt, quarter)
    assert alike(raster(packed(seed)), raster(np.ascontiguousarray(again))) > 0.97


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 99), other=st.integers(100, 199))
def test_it_is_more_alike_to_itself_with_noise_than_to_another(seed: int, other: int) -> None:
    noise = np.random.default_rng(seed + 1000).normal(0, 0.01, (200, 300))
    again = (packed(seed) + noise).clip(0, 1)
    assert alike(raster(packed(seed)), raster(again)) > alike(raster(packed(seed)), raster(packed(other)))


def test_likeness_is_between_0_and_1_and_the_same_is_1() -> None:
    said = likeness.signature(raster(packed(1)))
    assert len(said) == BYTES
    assert likeness.likenesses([said], [said])[0] == pytest.approx(1.0)
    assert 0 <= likeness.likenesses([bytes(BYTES)], [b"\xff" * BYTES])[0] < 0.01


def test_an_empty_belt_looks_like_nothing() -> None:
    assert likeness.signature(raster(np.ones((50, 50)))) == NOTHING


def keep(engine: Engine, item_id: int, said: Sequence[bytes | None]) -> None:
    with database.writing(engine) as connection:
        for number, one in enumerate(said):
            row = {
                "parcel": item_id,
                "number": number,
                "scan_id": f"S-{item_id}-{number}",
                "sha256": "0" * 64,
            }
            connection.execute(insert(scan).values(row | {"signature": one}))


def similar(engine: Engine, item_id: int, who: Reviewer = ALL) -> list[Similar]:
    with database.reading(engine) as connection:
        return list(likeness.similar(connection, who, HOME, item_id))


def test_the_likest_come_first_each_parcel_once_and_only_what_may_be_seen(engine: Engine) -> None:
    here, near, far, hidden, unseen = (
        a_parcel(engine, f"P-{n}", hub="west" if n == 3 else "east") for n in range(5)
    )
    base = np.zeros(BYTES, np.uint8)
    keep(engine, here, [NOTHING, base.tobytes()])
    keep(engine, near, [(base + 40).tobytes(), (base + 2).tobytes()])
    keep(engine, far, [(base + 255).tobytes()])
    keep(engine, hidden, [base.tobytes()])
    keep(engine, unseen, [None, NOTHING])
    assert [one.item.id for one in similar(engine, here)] == [hidden, near]
    (found,) = similar(engine, here, EAST)
    assert (found.item.id, found.number, found.scan_id) == (near, 1, f"S-{near}-1")
    assert similar(engine, unseen) == []
    with database.writing(engine) as connection:
        connection.execute(update(scan).where(scan.c.parcel == here).values(signature=None))
        assert connection.scalars(select(scan.c.signature).where(scan.c.parcel == here)).all() == [None, None]
    assert similar(engine, here) == []
