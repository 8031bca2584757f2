"""Figures of whole columns are those of the pure core, and the response gives what was measured."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from screener.core.licences import licensed
from screener.core.policy import Policy, read
from screener.core.risk import NAMES
from screener.core.scene import Scene
from screener.core.signals import figures_of, risk_of
from screener.core.sums import LARGEST, NEWEST
from screener.lab.risk.cases import Case
from screener.lab.risk.goods import usual_goods
from screener.lab.year.figures import COLUMN, SUMMED_COLUMNS, Books, risk, seen
from screener.lab.year.response import CLEAN, SAID, SHIPPED, Measured, Response, hypothetical
from screener.lab.year.settings import FITTING_WORLDS, smaller
from screener.lab.year.stream import Passing, licences, passing
from screener.lab.year.world import World, quiet

Made = tuple[World, np.ndarray, list[Passing], Policy, Response]


@pytest.fixture(scope="module")
def made() -> Made:
    """A small year through the pure core, and the policy with what is usual for its goods."""
    world, response = World.make(smaller(FITTING_WORLDS[0], 3_000)), Response.read()
    table, policy = quiet(world), read(Path("configs/policy.toml"))
    passed = list(passing(world.settings, table, response, policy, licences(world)))
    goods = usual_goods([Case("south", 0, one.facts, False) for one in passed], policy.file.currencies)
    routes = {"350000>*": 0.5, "*>430102": -0.25, "440000>430103": 1.0}
    model = replace(policy.risk, goods=goods, routes=routes, weights=dict.fromkeys(NAMES, 0.5))
    return world, table, passed, replace(policy, risk=model), response


def test_figures_of_columns_are_those_of_the_pure_core(made: Made) -> None:
    """Every signal of every parcel, to the last digits; sums where an identity is kept parcel by parcel."""
    _, table, passed, policy, response = made
    known, rows = seen(table, response, policy), np.arange(len(table))
    mine = known.own.copy()
    mine[:, SUMMED_COLUMNS] = Books(known, rows, policy).figures(known, rows)
    core = np.array([_figures(one, policy) for one in passed])
    few = np.array([all(total.parcels <= NEWEST + LARGEST for total in one.facts.totals) for one in passed])
    assert few.mean() > 0.2
    for name in set(NAMES) - {"route"}:
        which = few if COLUMN[name] in SUMMED_COLUMNS else np.ones(len(few), bool)
        np.testing.assert_allclose(
            mine[which, COLUMN[name]], core[which, COLUMN[name]], atol=1e-9, err_msg=name
        )


def test_who_is_licensed_is_asked_of_the_core(made: Made) -> None:
    """What the year's bench leaves out is what no decision weighs."""
    _, table, passed, policy, response = made
    core = [licensed(one.facts, policy) for one in passed]
    assert any(core)
    assert seen(table, response, policy).licensed.tolist() == core


def test_the_risk_of_columns_is_that_of_the_pure_core(made: Made) -> None:
    """The same log-odds, routes included."""
    _, table, passed, policy, _ = made
    figures = np.array([_figures(one, policy) for one in passed])
    mine = risk(policy.risk, figures, table["origin"], table["destination"])
    core = [risk_of(Scene.of(one.parcel.hub, one.facts, policy)).log_odds for one in passed]
    np.testing.assert_allclose(mine, core, atol=1e-9)


def test_parcels_added_one_by_one_are_summed_like_all_at_once(made: Made) -> None:
    """Honest parcels stand still, smugglers' come one after the other: the same figures."""
    world, table, _, policy, response = made
    known, mine = seen(table, response, policy), world.smuggled
    at_once = Books(known, np.arange(len(table)), policy).figures(known, mine)
    books = Books(known, np.flatnonzero(~table["illegal"]), policy).fresh()
    others = books.others(known, mine)
    added = [books.add(known, int(row), others[number]) for number, row in enumerate(mine)]
    np.testing.assert_allclose(added, at_once, atol=1e-9)


def test_the_response_gives_rows_as_they_were_measured(made: Made) -> None:
    """Amounts of clean parcels are those of one measured scan; probabilities stay probabilities."""
    _, table, _, _, response = made
    said = response.to(table)
    assert said.shape == (len(table), SAID)
    assert ((said[:, :4] > 0) & (said[:, :4] < 1)).all()
    clean = {row.said[4:] for row in response.measured.rows if row.load == CLEAN}
    assert {tuple(row[4:]) for row in said[table["form"] == 0]} <= clean


def test_an_invented_response_says_so_and_reaches_its_area() -> None:
    """It names itself hypothetical, and leaves clean scans as they were."""
    measured = msgspec.json.decode(SHIPPED.read_bytes(), type=Measured)
    invented = hypothetical(measured, 0.95)
    assert measured.hypothetical is None
    assert invented.hypothetical is not None
    clean = [row for row in measured.rows if row.load == CLEAN]
    assert [row for row in invented.rows if row.load == CLEAN] == clean


def _figures(one: Passing, policy: Policy) -> list[float]:
    found = figures_of(Scene.of(one.parcel.hub, one.facts, policy))
    return [np.nan if found[name] is None else float(found[name] or 0.0) for name in NAMES]
