"""From cases to a risk model: tables of goods and routes, and the weights of the signals."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
from msgspec.structs import replace

from screener.core import declaration
from screener.core.policy import Policy
from screener.core.risk import NAMES, RiskModel
from screener.lab.measures import Flags, Numbers
from screener.lab.risk.cases import Case, Cases
from screener.lab.risk.goods import usual_goods
from screener.lab.risk.regression import Problem, numbered, solve

NO_ROUTE: Final = ("-", "-", "-")

LEAST_EFFECT: Final = 0.02
"""Effects of routes below this are left out: they would change odds by 2 % at most."""


def fitted(cases: Cases, policy: Policy, fitted_on: str, names: Collection[str] = NAMES) -> RiskModel:
    """The weights of these signals that fit best; the others have none. `policy` has the limits."""
    goods = usual_goods(cases.each, policy.file.currencies)
    blank = RiskModel(fitted_on=fitted_on, base=0.0, weights={}, goods=goods)
    used = [name for name in NAMES if name in names and name != "route"]
    columns = [NAMES.index(name) for name in used]
    routes = (
        [numbered(ends) for ends in zip(*map(_routes, cases.each), strict=True)] if "route" in names else []
    )
    found = solve(
        Problem(
            figures=np.nan_to_num(cases.figures(with_model(policy, blank))[:, columns]),
            over=cases.over,
            counts=told_by(cases.over, cases.stands_for),
            groups=[numbers for _, numbers in routes],
        )
    )
    weights = {name: round(float(one), 4) for name, one in zip(used, found.weights, strict=True)}
    table = {
        way: round(float(effect), 3)
        for (known, _), effects in zip(routes, found.effects, strict=True)
        for way, effect in zip(known, effects, strict=True)
        if abs(effect) >= LEAST_EFFECT
    }
    return replace(
        blank,
        base=round(found.base, 4),
        weights=weights | ({"route": 1.0} if routes else {}),
        routes=table,
    )


def with_model(policy: Policy, model: RiskModel) -> Policy:
    """The same policy with other weights."""
    return replace(policy, risk=model)


def log_odds(model: RiskModel, cases: Cases, policy: Policy) -> Numbers:
    """The risk of every case under a model, as a decision would have it."""
    weights = np.array([model.weights.get(name, 0.0) for name in NAMES])
    figures = cases.figures(with_model(policy, model))
    return np.asarray(model.base + np.nan_to_num(figures) @ weights)


def told_by(over: Flags, stands_for: Numbers) -> Numbers:
    """How much each case weighs: in proportion to what it stands for, in all no more than was seen.

    One parcel drawn at a rate of 1 % stands for a hundred, and tells no more than one. What is rare tells
    most, so the scale is such that the cases over a limit weigh as many as would tell as much (Kish).
    """
    rare = stands_for[over]
    return np.asarray(stands_for * rare.sum() / (rare**2).sum())


def _routes(case: Case) -> tuple[str, str, str]:
    declared = case.facts.declared
    return NO_ROUTE if declared is None else declaration.routes(declared)
