"""Outcomes with a known law: parcels drawn from made-up traffic, over the limit with a known probability."""

from __future__ import annotations

import dataclasses

import numpy as np
from msgspec.structs import replace

from screener.contracts.wire import Facts, Money
from screener.core.policy import Policy
from screener.core.risk import RiskModel
from screener.core.scene import Scene
from screener.core.signals import risk_of
from screener.lab.risk.cases import Case, Cases
from tests.core.scenes import BOOKS, books, facts, policy_with, view

REGIONS = ("110000", "310000", "430100", "530100")
TRUTH = RiskModel(
    fitted_on="the truth",
    base=-3.2,
    weights={"alarm": 0.8, "value_for_weight": 0.7, "undeclared": 1.5, "route": 1.0},
    routes={"530100>*": 1.5, "*>310000": -1.0},
    goods={"49": BOOKS},
)
"""What makes parcels be over the limit in these outcomes."""

POLICY: Policy = policy_with({"alarm": 0.2}, base=-8.0)


def traffic(rng: np.random.Generator) -> Facts:
    """A parcel of books, one in ten of them odd in value."""
    alarm = float(1 / (1 + np.exp(-rng.normal(-2.0, 1.5))))
    spread = 2.5 if rng.random() < 0.1 else 1.0
    worth = BOOKS.log_value_per_kg + spread * BOOKS.log_value_per_kg_sd * float(rng.standard_normal())
    declared = books(
        weight_g=1000.0,
        pieces=max(1, round(1000.0 / float(np.exp(rng.normal(5.5, 0.6))))),
        value=Money(amount=float(np.exp(worth)), currency="CNY"),
        described=int(rng.random() > 0.05),
        consignor_region=str(rng.choice(REGIONS)),
        consignee_region=str(rng.choice(REGIONS)),
    )
    return facts(view(alarm, (alarm, 0.0, 0.0)), declared=declared)


def outcomes(count: int, seed: int = 0, truth: RiskModel = TRUTH) -> Cases:
    """`count` parcels that were all opened, one a minute."""
    rng = np.random.default_rng(seed)
    policy = replace(POLICY, risk=truth)
    drawn = [traffic(rng) for _ in range(count)]
    return Cases.of(
        [
            Case("h1", 60_000 * number, one, rng.random() < risk_of(Scene.of("h1", one, policy)).p)
            for number, one in enumerate(drawn)
        ]
    )


def selected(cases: Cases, rate: float, seed: int = 1) -> Cases:
    """What is opened where somebody tells of half of those over the limit, and a share is drawn at random."""
    rng = np.random.default_rng(seed)
    told = [rng.random() < (0.5 if case.over else 0.02) for case in cases.each]
    return Cases.of(
        [
            dataclasses.replace(case, stands_for=1.0 if certain else 1.0 / rate)
            for case, certain in zip(cases.each, told, strict=True)
            if certain or rng.random() < rate
        ]
    )
