"""Of sixty mistakes, made without a look at the rules, 58 are named; of sound hubs nothing is said."""

from __future__ import annotations

import pytest

from bench.hub_check.__main__ import Remembering, sound, tried
from bench.hub_check.faults import FAULTS

PARCELS = 16

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # a busy machine breaks no law


def test_there_are_sixty_mistakes_each_with_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) == 60


def test_58_of_sixty_mistakes_are_named_and_no_such_hub_is_free_of_complaint(lens: Remembering) -> None:
    found = list(tried(FAULTS, lens, PARCELS, seed=1))
    missed = {one.name: one.found for one in found if not one.named}
    assert len(missed) <= 2, missed
    assert all(one.found for one in found if one.named)


def test_no_complaint_of_sound_hubs_with_other_makers(lens: Remembering) -> None:
    loud = {one.name: one.found for one in sound(lens, PARCELS, seeds=[1], makes=[1, 2]) if one.found}
    assert not loud
