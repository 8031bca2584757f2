"""Laws of the simulated year's bench: capacity is kept, nothing is opened twice, the same comes out again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from bench.year import tally
from bench.year.course import ARMS, Arm, Course, Ground, run
from bench.year.knowledge import Sample, weights, whole_figures
from bench.year.tally import Line, Part, together
from screener.core.policy import read
from screener.core.risk import NAMES
from screener.lab.year.response import Response
from screener.lab.year.settings import FITTING_WORLDS
from screener.lab.year.world import World

RATE = 0.05


@pytest.fixture(scope="module")
def ground() -> Ground:
    world = World.make(replace(FITTING_WORLDS[2], parcels=2_000, days=65, break_day=30))
    return Ground.of(world, Response.read(), read(Path("configs/policy.toml")))


@pytest.fixture(scope="module")
def before(ground: Ground) -> Sample:
    table = ground.world.table
    figures = whole_figures(ground.known, ground.policy)
    ones = np.ones(len(table))
    return Sample(figures, table["origin"], table["destination"], table["illegal"], ones).thinned(10)


def course(ground: Ground, before: Sample, arm: Arm) -> Course:
    return run(ground, arm, RATE, before, weights(before, arm.signals) if arm.signals else None)


@pytest.mark.parametrize("name", ["at random", "score alone", "+ adding up", "+ random exploration"])
def test_capacity_is_kept_and_nothing_is_opened_twice(ground: Ground, before: Sample, name: str) -> None:
    """As many are opened as the share allows, and a tenth of them by chance where that is said."""
    arm = next(arm for arm in ARMS if arm.name == name)
    found = course(ground, before, arm)
    assert len(np.unique(found.opened)) == len(found.opened)
    assert len(found.opened) == pytest.approx(RATE * len(found.table), rel=0.1)
    assert len(found.by_chance) == pytest.approx(arm.explore * len(found.opened), abs=6)
    assert np.isin(found.by_chance, found.opened).all()


def test_the_same_year_comes_out_again(ground: Ground, before: Sample) -> None:
    """Another course in between leaves no trace."""
    arm = next(arm for arm in ARMS if arm.name == "+ adding up")
    first = course(ground, before, arm)
    course(ground, before, ARMS[0])
    again = course(ground, before, arm)
    assert (first.opened == again.opened).all()
    assert first.table.tobytes() == again.table.tobytes()


def test_every_arm_takes_what_the_one_before_it_has() -> None:
    """From the score on, signals are only ever added."""
    ladder = [set(arm.signals) for arm in ARMS[1:7]]
    assert all(less <= more for less, more in pairwise(ladder))
    assert ladder[-1] == set(NAMES)


def test_worlds_are_brought_together_by_their_means(tmp_path: Path) -> None:
    """Recall is the mean of worlds, seasons are of all worlds together; lines survive their file."""
    lines = [_line("a", found=10), _line("b", found=30)]
    for one in lines:
        tally.keep(tmp_path / "results.jsonl", one)
    assert tally.kept(tmp_path / "results.jsonl") == lines
    (both,) = together(lines)
    assert both.recall == pytest.approx(0.2)
    assert both.before == pytest.approx(40 / 200)


def _line(world: str, found: int) -> Line:
    part = Part(parcels=100, opened=found, sticks=100, sticks_opened=found)
    seasons = dict.fromkeys(("before", "after", "rings_before", "rings_after"), part)
    return Line(
        response="made up",
        world=world,
        year_parcels=1000,
        arm="score alone",
        rate=RATE,
        opened=50,
        by_chance=0,
        all=part,
        rings=part,
        **seasons,
    )
