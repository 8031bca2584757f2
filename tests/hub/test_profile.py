"""A hub's day brings as many parcels in each hour as its profile says, as chance has it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.cli.cargo import Run
from screener.cli.timetable import Timetable, by_profile, steady
from screener.errors import BadConfig
from screener.hub.profile import DAY, FLAT, HOUR_S, HOURS, Profile, arrivals, read

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
DAY_S = HOURS * HOUR_S


def in_a_day(profile: Profile, seed: int, start: datetime = MIDNIGHT) -> list[float]:
    return list(takewhile(lambda at_s: at_s < DAY_S, arrivals(profile, start, seed)))


@pytest.mark.parametrize("shape", [DAY, FLAT])
def test_each_hour_brings_what_the_profile_says(shape: Profile) -> None:
    profile = shape.scaled(600)
    days = 10
    counts = Counter(int(at_s // HOUR_S) for seed in range(days) for at_s in in_a_day(profile, seed))
    for hour, rate in enumerate(profile.per_hour):
        assert abs(counts[hour] - days * rate) < 4.5 * (days * rate) ** 0.5


def test_parcels_within_an_hour_come_by_chance() -> None:
    """Of a Poisson process the gaps vary as much as they are long."""
    times = in_a_day(FLAT.scaled(1000), 7)
    gaps = [later - sooner for sooner, later in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert 0.9 < variance / mean**2 < 1.1


@given(st.integers(0, 2**32), st.floats(0, 23.9))
@settings(max_examples=15, deadline=None)
def test_a_play_that_begins_later_meets_the_same_parcels(seed: int, skipped_h: float) -> None:
    profile = DAY.scaled(20)
    skipped = timedelta(hours=skipped_h)
    later = takewhile(
        lambda at_s: at_s + skipped.total_seconds() < DAY_S, arrivals(profile, MIDNIGHT + skipped, seed)
    )
    whole = [at_s - skipped.total_seconds() for at_s in in_a_day(profile, seed)]
    assert list(later) == pytest.approx([at_s for at_s in whole if at_s >= 0])


def test_hubs_have_days_of_their_own_in_one_sequence() -> None:
    runs = [Run(name, 1, MIDNIGHT, place=place) for place, name in enumerate(("a", "b"))]
    slots = list(by_profile(runs, FLAT.scaled(60), speed=60.0, hours=2.0))
    assert [slot.after_s for slot in slots] == sorted(slot.after_s for slot in slots)
    assert slots[-1].after_s < 120
    for run in runs:
        numbers = [slot.number for slot in slots if slot.run == run]
        assert numbers == list(range(len(numbers)))
        assert abs(len(numbers) - 120) < 4.5 * 120**0.5


def test_a_timetable_says_when_each_step_is_due_and_the_rest_later() -> None:
    table = Timetable(steady([Run("a", 1, MIDNIGHT)], 2.0), 5)
    assert [slot.after_s for slot in table] == [table.due_s(step) for step in range(5)] == [0, 0.5, 1, 1.5, 2]
    assert table.due_s(7) == 3.5


def test_a_file_reads_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("hour,parcels\n# night\n" + "".join(f"{hour},{hour * 10}\n" for hour in range(24)))
    assert read(path).per_hour == tuple(hour * 10.0 for hour in range(24))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0,1\n", "a line for each hour"),
        ("".join(f"{hour},0\n" for hour in range(24)), "parcels in one"),
        ("0,1\n1,many\n", r"day.csv:2: expected `HOUR,PARCELS`"),
        ("24,1\n", r"day.csv:1: expected `HOUR,PARCELS`"),
    ],
)
def test_a_file_that_is_no_day_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "day.csv"
    path.write_text(text)
    with pytest.raises(BadConfig, match=said):
        read(path)
