"""Laws of the simulated year: reproducible, in the order of time, in promised proportions, no give-away."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from screener.core.policy import read
from screener.core.risk import NAMES
from screener.lab.year.columns import DAY_S, NOBODY, Form, Kind
from screener.lab.year.figures import COLUMN, SUMMED_COLUMNS, Books, seen
from screener.lab.year.response import Response
from screener.lab.year.settings import FITTING_WORLDS, VERDICT_WORLDS, WorldSettings, smaller
from screener.lab.year.smuggling import ALLOWED_E_CIGARETTES, ALLOWED_STICKS, ALLOWED_TOBACCO_G
from screener.lab.year.world import World, Year, quiet

PARCELS = 60_000
GOODS = ("weight_for_contents", "value_for_weight")
"""Signals that say nothing without fitted tables; their fields are looked at by themselves."""


@pytest.fixture(scope="module", params=[FITTING_WORLDS[0], VERDICT_WORLDS[3]], ids=lambda one: one.name)
def world(request: pytest.FixtureRequest) -> World:
    settings: WorldSettings = request.param
    return World.make(smaller(settings, PARCELS))


@pytest.fixture(scope="module")
def table(world: World) -> np.ndarray:
    return quiet(world)


def test_the_same_settings_give_the_same_year() -> None:
    """Every byte of it, and of how the smugglers send."""
    settings = smaller(FITTING_WORLDS[1], 5_000)
    assert quiet(World.make(settings)).tobytes() == quiet(World.make(settings)).tobytes()


def test_fitting_and_verdict_share_no_world() -> None:
    """Neither a seed nor a name, and no two worlds have the same parameters but for their seed."""
    worlds = (*FITTING_WORLDS, *VERDICT_WORLDS)
    assert len({one.seed for one in worlds}) == len({one.name for one in worlds}) == len(worlds)
    plain = [(one.illegal, one.hot, one.campaign, one.sharing, one.in_rings, one.late) for one in worlds]
    assert all(one != other for one, other in combinations(plain, 2))


def test_parcels_come_in_the_order_of_time(world: World) -> None:
    """And each day begins where `starts` says."""
    at_s = world.table["at_s"]
    assert (np.diff(at_s) >= 0).all()
    assert at_s[0] >= 0
    assert at_s[-1] < world.settings.days * DAY_S
    assert world.starts[-1] == len(at_s) == PARCELS


def test_proportions_are_as_promised(world: World) -> None:
    """Legal amounts, licensed trade, illegal parcels and those of rings among them."""
    settings, kind = world.settings, world.table["kind"]
    assert np.mean(kind == Kind.LEGAL) == pytest.approx(settings.legal, rel=0.15)
    assert np.mean(kind == Kind.LICENSED) == pytest.approx(settings.licensed, rel=0.25)
    assert np.mean(world.table["illegal"]) == pytest.approx(settings.illegal, rel=0.02)
    rings = np.sum(kind == Kind.RING) / world.table["illegal"].sum()
    assert rings == pytest.approx(settings.in_rings, abs=0.02)


def test_loads_are_what_their_kind_allows(world: World) -> None:
    """Gifts are within the limits, the lone are over one, rings stay below with each parcel."""
    table = world.table
    over = (table["sticks"] > ALLOWED_STICKS) | (table["tobacco_g"] > ALLOWED_TOBACCO_G)
    over |= table["e_cigarettes"] > ALLOWED_E_CIGARETTES
    assert not over[table["kind"] == Kind.LEGAL].any()
    assert over[table["kind"] == Kind.LONE].all()
    assert not over[table["kind"] == Kind.RING].any()
    assert (table["form"][table["kind"] == Kind.CLEAN] == Form.NONE).all()
    assert (table["form"][table["illegal"]] != Form.NONE).all()


def test_no_field_alone_tells_smugglers_from_others(table: np.ndarray) -> None:
    """The area under the curve of any field of the declaration, either way round, stays below .8."""
    illegal = table["illegal"]
    weight, value = table["weight_g"].astype(float), table["value_cny"].astype(float)
    fields = {
        "weight": weight,
        "value": value,
        "value of a kilogram": value / weight,
        "weight of a piece": weight / np.maximum(table["pieces"], 1),
        "pieces": table["pieces"].astype(float),
        "late": table["manifest_s"].astype(float),
        "HS code": table["hs"].astype(float),
        "described": (table["goods"] >= 0).astype(float),
        **{name: _rate(table[name], illegal) for name in ("origin", "destination", "goods", "hub")},
        **{f"parcels of {name}": _parcels(table[name]) for name in table.dtype.names or () if _linking(name)},
    }
    areas = {name: _area(figure, illegal) for name, figure in fields.items()}
    assert {name: area for name, area in areas.items() if not 0.2 < area < 0.8} == {}


def test_no_signal_of_the_metadata_alone_tells_smugglers_from_others(world: World, table: np.ndarray) -> None:
    """Neither does the figure of any signal, with all that [tally] would answer."""
    policy, rows = read(Path("configs/policy.toml")), np.arange(len(table))
    known = seen(table, Response.read(), policy)
    figures = known.own.copy()
    figures[:, SUMMED_COLUMNS] = Books(known, rows, policy).figures(known, rows)
    unlicensed = table["licence"] == NOBODY
    illegal = table["illegal"][unlicensed]
    areas = {
        name: _area(figures[unlicensed, COLUMN[name]], illegal) for name in set(NAMES) - {"route", *GOODS}
    }
    assert {name: area for name, area in areas.items() if not 0.2 < area < 0.8} == {}


def test_loads_and_times_are_the_same_whatever_is_opened(world: World) -> None:
    """Smugglers who are caught change how they send, not what."""
    free, watched = Year(world), Year(world)
    for day in range(150):
        rows = free.day(day)
        free.learn(rows, rows[:0])
        rows = watched.day(day)
        watched.learn(rows, rows)
    mine = world.smuggled[world.smuggled < world.starts[150]]
    for name in ("at_s", "sticks", "tobacco_g", "e_cigarettes", "form", "ring"):
        assert (free.table[name][mine] == watched.table[name][mine]).all()
    assert free.table[mine].tobytes() != watched.table[mine].tobytes()
    honest = ~world.table["illegal"]
    assert free.table[honest].tobytes() == world.table[honest].tobytes()  # NaN is unlike itself


def test_rings_change_their_ways_in_the_middle_of_the_year(table: np.ndarray, world: World) -> None:
    """After the break their loads lie deeper among the goods, and less of them are cartons."""
    rings, day = table["kind"] == Kind.RING, table["at_s"] // DAY_S
    before, after = (
        table[rings & which] for which in (day < world.settings.break_day, day >= world.settings.break_day)
    )
    assert np.mean(after["packing"] == 2) > np.mean(before["packing"] == 2) + 0.1
    assert np.mean(after["form"] == Form.CARTONS) < np.mean(before["form"] == Form.CARTONS) - 0.1


def test_tips_name_what_is_in_use_and_some_are_false() -> None:
    """A tip names a phone or an address; where every ring is told on, some are true and some are not."""
    world = World.make(replace(smaller(FITTING_WORLDS[0], 20_000), tipped_rings=1.0))
    year, found = Year(world), []
    for day in range(world.settings.days):
        rows = year.day(day)
        found += year.tips(day)
        year.learn(rows, rows[:0])
    assert {tip.what for tip in found} <= {"phone", "address"}
    assert {tip.true for tip in found} == {True, False}


def _linking(name: str) -> bool:
    return name.startswith(("from_", "to_"))


def _rate(values: np.ndarray, illegal: np.ndarray) -> np.ndarray:
    """How often each value was illegal among the other half of the parcels: no parcel tells on itself."""
    number = np.unique(values, return_inverse=True)[1]
    halves = np.arange(len(values)) % 2
    rates = np.empty(len(values))
    for half in (0, 1):
        others = halves != half
        bad = np.bincount(number[others], illegal[others], number.max() + 1)
        rates[~others] = (bad / np.maximum(np.bincount(number[others], minlength=len(bad)), 1))[
            number[~others]
        ]
    return rates


def _parcels(values: np.ndarray) -> np.ndarray:
    """How many parcels of the year have the same value."""
    number = np.unique(values, return_inverse=True)[1]
    return np.bincount(number)[number].astype(float)


def _area(figure: np.ndarray, illegal: np.ndarray) -> float:
    """The area under the curve; what is not known stands in the middle."""
    figure = np.where(np.isnan(figure), np.nanmedian(figure), figure)
    number = np.unique(figure, return_inverse=True)[1]
    bad, good = np.bincount(number, illegal), np.bincount(number, ~illegal)
    return float(bad @ (np.cumsum(good) - good / 2) / (bad.sum() * good.sum()))
