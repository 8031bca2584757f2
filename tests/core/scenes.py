"""Scenes for tests of signals: a view, a declaration, a sum, with what is usual of each."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.wire import (
    Amount,
    ClassProbabilities,
    Declared,
    Estimate,
    Facts,
    Identity,
    Money,
    Seen,
    Total,
)
from screener.core.policy import Policy, read
from screener.core.risk import NAMES, NEVER_NEGATIVE, RiskModel, Usual
from tests.core.evidence import at

BOOKS = Usual(log_value_per_kg=4.0, log_value_per_kg_sd=0.8, log_g_per_piece=5.5, log_g_per_piece_sd=0.6)
ROUTE = "530100>GB-LND"


def view(
    alarm: float = 0.2,
    p: tuple[float, float, float] = (0.1, 0.1, 0.1),
    sticks: tuple[float, float, float] = (50.0, 100.0, 200.0),
    tobacco_g: tuple[float, float, float] = (50.0, 100.0, 200.0),
) -> Seen:
    return Seen(
        scan_id="S-1",
        view=1,
        views=1,
        scanner="scanner-1",
        failure=None,
        model="m-1",
        alarm=alarm,
        threshold=0.5,
        p=ClassProbabilities(cigarettes=p[0], loose_tobacco=p[1], e_cigarettes=p[2]),
        sticks=_estimate(sticks),
        tobacco_g=_estimate(tobacco_g),
    )


def _estimate(figures: tuple[float, float, float]) -> Estimate:
    low, mid, high = figures
    return Estimate(low=low, mid=mid, high=high)


def books(**other: object) -> Declared:
    """Three usual books, declared in time."""
    usual = Declared(
        weight_g=735.0,
        value=Money(amount=40.0, currency="CNY"),
        pieces=3,
        lines=1,
        described=1,
        hs_codes=("4901",),
        consignor_region="430100",
        consignee_region="110000",
        late_s=0.0,
    )
    return replace(usual, **other)


def total(identity: Identity = Identity.CONSIGNOR, **other: object) -> Total:
    usual = Total(
        hub="h1",
        parcel_id="P-1",
        identity=identity,
        link="0a",
        window_days=14.0,
        parcels=5,
        loaded=2,
        sticks=Amount(mean=100.0, sd=50.0),
        tobacco_g=Amount(mean=0.0, sd=0.0),
        members=(),
        like_contents=1,
        partners=1,
        hubs=1,
        first_at=at(0),
        counted_at=at(1),
    )
    return replace(usual, **other)


def facts(*seen: Seen, declared: Declared | None = None, totals: tuple[Total, ...] = ()) -> Facts:
    return Facts(identified=True, late=False, more_views=False, seen=seen, declared=declared, totals=totals)


def policy_with(weights: dict[str, float], base: float = -6.0) -> Policy:
    """The policy of the configuration with these weights, one route and one chapter of goods."""
    model = RiskModel(
        fitted_on="a test", base=base, weights=weights, routes={ROUTE: 1.2}, goods={"49": BOOKS}, id="risk-t"
    )
    return replace(read(Path("configs/policy.toml")), risk=model)


def some_weights() -> st.SearchStrategy[dict[str, float]]:
    """Any weights that may be."""
    return st.fixed_dictionaries(
        {name: st.floats(0.0 if name in NEVER_NEGATIVE else -5.0, 5.0) for name in NAMES}
    )


def some_views() -> st.SearchStrategy[Seen]:
    share, amounts = st.floats(0, 1), st.floats(0, 20_000)
    return st.builds(
        view,
        share,
        st.tuples(share, share, share),
        st.tuples(amounts, amounts, amounts),
        st.tuples(amounts, amounts, amounts),
    )


def some_declarations() -> st.SearchStrategy[Declared | None]:
    codes = st.lists(st.sampled_from(["4901", "2402", "2404", "8543", "6109"]), max_size=3, unique=True)
    made = st.builds(
        lambda weight_g, pieces, codes, late_s: books(
            weight_g=weight_g, pieces=pieces, hs_codes=tuple(codes), late_s=late_s
        ),
        st.none() | st.floats(1, 30_000),
        st.none() | st.integers(1, 100),
        codes,
        st.floats(0, 1e6),
    )
    return st.none() | made


def some_totals() -> st.SearchStrategy[tuple[Total, ...]]:
    made = st.builds(
        lambda identity, parcels, without, mean, like: total(
            identity,
            parcels=parcels,
            loaded=max(parcels - without, 0),
            sticks=Amount(mean=mean, sd=mean),
            like_contents=like,
        ),
        st.sampled_from(Identity),
        st.integers(1, 5000),
        st.integers(0, 5000),
        st.floats(0, 1e5),
        st.integers(0, 5000),
    )
    return st.lists(made, max_size=4).map(tuple)


def some_facts() -> st.SearchStrategy[Facts]:
    return st.builds(
        lambda views, declared, totals: facts(*views, declared=declared, totals=totals),
        st.lists(some_views(), max_size=3),
        some_declarations(),
        some_totals(),
    )
