"""The state of a waiting parcel is bounded, whatever names the contract allows."""

from __future__ import annotations

from bench.deciding import GOAL_BYTES, GOAL_BYTES_A_VIEW, KINDS, parcel_of, state
from screener.core.parcel import Parcel


def test_a_waiting_parcel_stays_within_its_bytes() -> None:
    sizes = state()
    views = 2 * GOAL_BYTES_A_VIEW
    assert all(size <= GOAL_BYTES_A_VIEW for said, size in sizes.items() if "a view more" in said)
    assert all(size <= GOAL_BYTES + views for size in sizes.values())
    assert all(size <= GOAL_BYTES for said, size in sizes.items() if "longest" not in said)


def test_of_usual_names_all_members_are_kept() -> None:
    parcel = parcel_of(KINDS["over the limit, 6 sums, tips"], 1, members=8)
    assert [len(total.members) for total in parcel.totals] == [8] * 6
    assert Parcel.decode(parcel.encode()) == parcel
