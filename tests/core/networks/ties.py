"""Ties for tests: a small town in which few people send to few, so that they meet again."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from screener.core.networks.note import DAY_MS, TieNote
from screener.core.policy import Networks

SETTINGS = Networks(window_days=10, hub_from=4, parcels=1000, fan_parcels=4, base_parcels=2)


def tie(
    number: int,
    sender: Sequence[str] = ("person:a",),
    receiver: Sequence[str] = ("person:b",),
    *,
    day: float = 100,
    revision: int = 1,
    sticks: float = 150.0,
) -> TieNote:
    return TieNote(
        hub="h1",
        parcel_id=f"P-{number}",
        revision=revision,
        at_ms=round(day * DAY_MS),
        sender=tuple(sender),
        receiver=tuple(receiver),
        regions=("430100", "110105"),
        sticks=(sticks, 10.0),
        tobacco_g=(0.0, 0.0),
        held=False,
    )


def _ends(people: int) -> st.SearchStrategy[tuple[str, ...]]:
    """A person with a phone and an address that others may share; each may be missing."""
    parts = [
        st.none() | st.integers(0, people).map(lambda number, kind=kind: f"{kind}:{number}")  # type: ignore[misc]
        for kind in ("person", "phone", "address")
    ]
    return st.tuples(*parts).map(lambda found: tuple(node for node in found if node is not None))


def towns(people: int = 12, days: int = 8, most: int = 30) -> st.SearchStrategy[list[TieNote]]:
    """Ties of different parcels within so many days."""
    ends = st.tuples(_ends(people), _ends(people)).filter(lambda both: bool(both[0] or both[1]))
    each = st.tuples(ends, st.integers(100, 99 + days), st.integers(0, 500))
    return st.lists(each, max_size=most).map(
        lambda found: [
            tie(number, *both, day=day, sticks=float(sticks))
            for number, (both, day, sticks) in enumerate(found)
        ]
    )
