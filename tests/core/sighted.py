"""Sightings for tests: one identity, parcels by number, times in hours."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from screener.contracts.wire import Amount, Identity, Sighting
from screener.core.policy import Sums
from screener.core.sums import Window, entry_of, with_entry
from tests.core.evidence import START

LIMITS = Sums()
FAR_MS = 10**14


def sighting(
    number: int = 1,
    *,
    at_h: float = 0.0,
    sticks: float = 0.0,
    sd: float = 0.0,
    tobacco_g: float = 0.0,
    hub: str = "h1",
    contents: str | None = None,
    partner: str | None = None,
    link: str = "1" * 32,
    answer: bool = True,
) -> Sighting:
    return Sighting(
        identity=Identity.PHONE,
        link=link,
        hub=hub,
        parcel_id=f"P-{number}",
        at=START + timedelta(hours=at_h),
        sticks=Amount(mean=sticks, sd=sd),
        tobacco_g=Amount(mean=tobacco_g, sd=0.0),
        contents=contents,
        partner=partner,
        answer=answer,
    )


def window_of(sightings: list[Sighting], limits: Sums = LIMITS) -> Window:
    window: Window | None = None
    for one in sightings:
        window = with_entry(window, entry_of(one, FAR_MS), limits)
    assert window is not None
    return window


def sightings(most: int, numbers: int = 60) -> st.SearchStrategy[list[Sighting]]:
    """Sightings of one identity within 30 days, of parcels that pass one or two hubs."""
    loads = st.one_of(st.just(0.0), st.floats(1, 1000))
    one = st.builds(
        sighting,
        st.integers(1, numbers),
        at_h=st.integers(0, 30 * 24),
        sticks=loads,
        sd=st.floats(0, 300),
        tobacco_g=loads,
        hub=st.sampled_from(["h1", "h2"]),
        contents=st.sampled_from([None, "tea", "shoes"]),
        partner=st.sampled_from([None, "a", "b", "c"]),
    )
    return st.lists(one, min_size=1, max_size=most, unique_by=lambda one: (one.hub, one.parcel_id))
