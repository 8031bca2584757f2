"""Facts of parcels as Hypothesis strategies: any views, sums, tips, grades, licences."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from screener.contracts.wire import (
    Amount,
    ClassProbabilities,
    Declared,
    Estimate,
    Facts,
    Grade,
    Identity,
    LicenceMatch,
    Match,
    Member,
    Money,
    Seen,
    Total,
)

WHEN = datetime(2026, 11, 1, tzinfo=UTC)
probabilities = st.floats(0, 1)
amounts = st.one_of(st.just(0.0), st.floats(0, 20_000))


values = st.builds(Money, amount=st.floats(0, 1e5), currency=st.sampled_from(["CNY", "XXX"]))


def estimates() -> st.SearchStrategy[Estimate]:
    ordered = st.lists(amounts, min_size=3, max_size=3).map(sorted)
    return ordered.map(lambda three: Estimate(low=three[0], mid=three[1], high=three[2]))


def seen() -> st.SearchStrategy[Seen]:
    classes = st.builds(
        ClassProbabilities,
        cigarettes=probabilities,
        loose_tobacco=probabilities,
        e_cigarettes=probabilities,
    )
    return st.builds(
        Seen,
        scan_id=st.sampled_from(["S-1", "S-2"]),
        view=st.integers(1, 2),
        views=st.just(1),
        scanner=st.just("scanner-1"),
        failure=st.sampled_from([None, None, None, "image_corrupt"]),
        model=st.just("m-1"),
        alarm=probabilities,
        threshold=st.sampled_from([0.3, 0.6]),
        p=classes,
        sticks=estimates(),
        tobacco_g=estimates(),
    )


def declared() -> st.SearchStrategy[Declared]:
    return st.builds(
        Declared,
        weight_g=st.none() | st.floats(1, 30_000),
        value=st.none()
        | st.builds(Money, amount=st.floats(0, 1e5), currency=st.sampled_from(["CNY", "XXX"])),
        pieces=st.none() | st.integers(1, 500),
        lines=st.integers(0, 5),
        described=st.integers(0, 5),
        hs_codes=st.sampled_from([(), ("2402",), ("6109",), ("6109", "8517")]),
        consignor_region=st.none() | st.just("CN-43"),
        consignee_region=st.none() | st.just("CN-44"),
        late_s=st.floats(0, 1e6),
    )


def totals() -> st.SearchStrategy[Total]:
    sums = st.builds(Amount, mean=amounts, sd=amounts)
    member = st.builds(
        Member,
        hub=st.just("h1"),
        parcel_id=st.just("P-9"),
        at=st.just(WHEN),
        sticks=amounts,
        tobacco_g=amounts,
    )
    return st.builds(
        Total,
        hub=st.just("h1"),
        parcel_id=st.just("P-1"),
        identity=st.sampled_from(Identity),
        link=st.sampled_from(["0a" * 16, "0b" * 16]),
        window_days=st.just(14.0),
        parcels=st.integers(1, 3000),
        loaded=st.integers(0, 20),
        sticks=sums,
        tobacco_g=sums,
        members=st.lists(member, max_size=3).map(tuple),
        like_contents=st.integers(0, 50),
        partners=st.integers(0, 50),
        hubs=st.integers(1, 5),
        first_at=st.just(WHEN),
        counted_at=st.just(WHEN),
    )


def facts() -> st.SearchStrategy[Facts]:
    tip = st.builds(
        Match,
        entry_id=st.just("T-1"),
        kind=st.just("phone"),
        role=st.just("consignor"),
        source=st.just("12313"),
    )
    licence = st.builds(
        LicenceMatch,
        entry_id=st.just("L-1"),
        sticks=st.none() | st.floats(0, 10_000),
        tobacco_g=st.none() | st.floats(0, 10_000),
        e_cigarettes=st.booleans(),
    )
    return st.builds(
        Facts,
        identified=st.sampled_from([True, True, True, False]),
        late=st.sampled_from([False, False, False, True]),
        more_views=st.just(value=False),
        seen=st.lists(seen(), max_size=3).map(tuple),
        declared=st.none() | declared(),
        totals=st.lists(totals(), max_size=3).map(tuple),
        missing_totals=st.integers(0, 2),
        tips=st.sampled_from([0, 0, 0, 1]).flatmap(lambda n: st.tuples(*[tip] * n)),
        grade=st.none() | st.sampled_from(Grade),
        business=st.none(),
        licence=st.none() | licence,
        draw=probabilities,
    )
