"""Sixty mistakes were made without a look at the rules: they are named; of sound hubs nothing is said.

Every fourth of them here; `python -m bench.hub_check` tries all.
"""

from __future__ import annotations

import pytest

from bench.hub_check.__main__ import Remembering, sound, tried
from bench.hub_check.faults import FAULTS

PARCELS = 16

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # a busy machine breaks no law


def test_there_are_sixty_mistakes_each_with_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) == 60


def test_a_quarter_of_the_mistakes_is_named_but_for_one_at_most(lens: Remembering) -> None:
    found = list(tried(FAULTS[::4], lens, PARCELS, seed=1))
    missed = {one.name: one.found for one in found if not one.named}
    assert len(missed) <= 1, missed
    assert all(one.found for one in found if one.named)


def test_no_complaint_of_sound_hubs_with_other_makers(lens: Remembering) -> None:
    loud = {one.name: one.found for one in sound(lens, PARCELS, seeds=[1], makes=[1]) if one.found}
    assert not loud
