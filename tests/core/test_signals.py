"""Laws of the signals and of the risk that they add up to."""

from __future__ import annotations

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.wire import (
    Amount,
    ClassProbabilities,
    Estimate,
    Facts,
    Identity,
    Money,
    Risk,
    Seen,
)
from screener.core.quantities import amount, duration, share, weight
from screener.core.risk import LARGEST_LOG_ODDS, NAMES, NEVER_NEGATIVE, log_odds, probability, read_risk
from screener.core.scene import Scene
from screener.core.signals import SIGNALS, figures_of, risk_of
from screener.errors import BadConfig
from tests.core.scenes import (
    books,
    facts,
    policy_with,
    some_facts,
    some_views,
    some_weights,
    total,
    view,
)

ALL_ONE = policy_with(dict.fromkeys(NAMES, 1.0))


def scene(of: Facts, weights: dict[str, float] | None = None) -> Scene:
    return Scene.of("h1", of, ALL_ONE if weights is None else policy_with(weights))


def said(of: Facts) -> dict[str, str]:
    return {one.name: one.text for one in risk_of(scene(of)).signals}


def raised(seen: Seen, more: Seen) -> Seen:
    """`seen` with every figure at least that of `more`."""
    return replace(
        seen,
        alarm=max(seen.alarm, more.alarm),
        p=ClassProbabilities(
            **{name: max(getattr(seen.p, name), getattr(more.p, name)) for name in seen.p.__struct_fields__}
        ),
        sticks=_larger(seen.sticks, more.sticks),
        tobacco_g=_larger(seen.tobacco_g, more.tobacco_g),
    )


def _larger(one: Estimate, other: Estimate) -> Estimate:
    return Estimate(low=max(one.low, other.low), mid=max(one.mid, other.mid), high=max(one.high, other.high))


@given(some_facts(), some_views(), st.integers(0, 2), some_weights())
def test_raising_any_score_or_load_never_lowers_the_risk(
    before: Facts, more: Seen, which: int, weights: dict[str, float]
) -> None:
    views = tuple(raised(one, more) if i == which else one for i, one in enumerate(before.seen))
    after = replace(before, seen=views)
    assert risk_of(scene(after, weights)).log_odds >= risk_of(scene(before, weights)).log_odds


@given(some_facts(), some_weights())
def test_being_asked_for_sums_never_lowers_the_risk(of: Facts, weights: dict[str, float]) -> None:
    """A parcel waits for its sums because of its load, so what they say may only add."""
    without = replace(of, totals=())
    assert risk_of(scene(of, weights)).log_odds >= risk_of(scene(without, weights)).log_odds


@given(some_facts(), some_weights())
def test_what_each_signal_added_can_be_added_up_again(of: Facts, weights: dict[str, float]) -> None:
    shown = scene(of, weights)
    risk, figures = risk_of(shown), figures_of(shown)
    assert risk.log_odds == fsum([risk.base, *(one.added for one in risk.signals)])
    assert risk.p == probability(risk.log_odds)
    for one in risk.signals:
        assert one.figure == figures[one.name]
        assert (one.weight, one.added) == (weights[one.name], weights[one.name] * one.figure)
    unsaid = set(NAMES) - {one.name for one in risk.signals}
    assert all(not figures[name] or not weights[name] for name in unsaid)


@given(some_facts())
def test_every_sentence_is_one_line_that_ends_without_a_stop(of: Facts) -> None:
    for text in said(of).values():
        assert 10 < len(text) < 160
        assert text.isprintable()
        assert not text.endswith(".")
        assert "nan" not in text.split()


def test_there_is_a_signal_for_every_name() -> None:
    assert set(SIGNALS) == set(NAMES)


def test_whose_parcel_it_is_weighs_nothing() -> None:
    """Identities link parcels to sums; by themselves they say nothing."""
    one, other = (facts(view(), declared=books(), totals=(total(link=link),)) for link in ("0a", "ff"))
    assert risk_of(scene(one)) == risk_of(scene(other))


def test_the_order_of_the_weights_changes_nothing() -> None:
    of = facts(view(0.9), declared=books(weight_g=100.0), totals=(total(),))
    there = dict.fromkeys(NAMES, 0.7)
    back = dict(reversed(there.items()))
    assert risk_of(scene(of, there)) == risk_of(scene(of, back))


def test_what_is_not_known_says_nothing() -> None:
    assert set(figures_of(scene(facts())).values()) == {None}
    risk = risk_of(scene(facts()))
    assert risk == Risk(p=probability(-6.0), log_odds=-6.0, base=-6.0, signals=())


@pytest.mark.parametrize(
    ("name", "of", "text"),
    [
        ("alarm", facts(view(0.9)), "alarm 0.90, above the threshold 0.50 of its scanner"),
        ("alarm", facts(view(0.2), view(0.4)), "alarm 0.40, below the threshold 0.50 of its scanner"),
        (
            "over_limit",
            facts(view(0.9, (0.9, 0, 0), (400.0, 900.0, 2000.0), (0, 0, 0))),
            "the load seen is over the limit with probability 81%",
        ),
        (
            "weight_seen",
            facts(view(0.9, (0.5, 0, 0), (400.0, 4000.0, 5000.0)), declared=books(weight_g=900.0)),
            "about 1.9 kg of tobacco seen in a parcel with a declared weight of 900 g",
        ),
        (
            "unlike_declared",
            facts(view(0.9, (0.2, 0.7, 0.1)), declared=books()),
            "shows loose tobacco with probability 70%, declared HS 4901",
        ),
        (
            "unlike_declared",
            facts(view(0.9, (0.2, 0.7, 0.1)), declared=books(hs_codes=("2402",))),
            "shows e-cigarettes with probability 10%, declared HS 2402",
        ),
        (
            "unlike_declared",
            facts(view(0.9, (0.995, 0, 0)), declared=books(hs_codes=())),
            "shows cigarettes with probability over 99%, declared without an HS code",
        ),
        (
            "sums",
            facts(totals=(total(Identity.PHONE, parcels=6, loaded=5, sticks=Amount(mean=1000.0, sd=1.0)),)),
            "5 of 6 parcels of one phone show a load in 14 days, together 2.5 times the limit",
        ),
        ("consignor_new", facts(totals=(total(parcels=1),)), "the consignor's first parcel in 14 days"),
        (
            "consignor_new",
            facts(totals=(total(parcels=1700),)),
            "one of the consignor's 1,700 parcels in 14 days",
        ),
        (
            "like_contents",
            facts(totals=(total(like_contents=12), total(Identity.PHONE, like_contents=30))),
            "one of 30 parcels of the same people with the same contents",
        ),
        (
            "like_from_new",
            facts(totals=(total(parcels=1), total(Identity.PHONE, like_contents=30))),
            "the consignor's first parcel in 14 days; 30 of the same people have the same contents",
        ),
        (
            "contents_new",
            facts(totals=(total(like_contents=1), total(Identity.PHONE, like_contents=0))),
            "the first parcel of the same people with such contents",
        ),
        (
            "contents_new",
            facts(totals=(total(like_contents=0),)),
            "without contents that others of the same people could be compared with",
        ),
        (
            "weight_for_contents",
            facts(declared=books(pieces=30)),
            "24 g a piece, usual for such goods are 91 g to 657 g",
        ),
        (
            "value_for_weight",
            facts(declared=books(weight_g=13_000.0)),
            "worth 3.1 CNY a kilogram, usual for such goods are 15 to 204",
        ),
        ("undeclared", facts(declared=books(lines=0, described=0)), "contents are not declared"),
        ("manifest_late", facts(declared=books(late_s=7200.0)), "the manifest came 2 hours after the scan"),
        (
            "route",
            facts(declared=books(consignor_region="530100", consignee_region="GB-LND")),
            "route 530100>GB-LND, where the odds are 3.3 times the average",
        ),
    ],
)
def test_a_signal_says_what_it_saw_in_natural_units(name: str, of: Facts, text: str) -> None:
    assert said(of)[name] == text


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("unlike_declared", facts(view(0.9, (0.9, 0.9, 0)), declared=books(hs_codes=("2402",)))),
        ("weight_for_contents", facts(declared=books(hs_codes=("4901", "6109")))),
        ("weight_for_contents", facts(declared=books(pieces=None))),
        ("value_for_weight", facts(declared=books(weight_g=None))),
        ("value_for_weight", facts(declared=books(value=Money(amount=1.0, currency="XXX")))),
        ("value_for_weight", facts(declared=books(value=Money(amount=0.0, currency="CNY")))),
        ("sums", facts(totals=(total(parcels=5000, loaded=5000),))),
        ("sums", facts(totals=(total(parcels=200, loaded=90, sticks=Amount(mean=9000.0, sd=1.0)),))),
        ("sums", facts(totals=(total(parcels=1, loaded=1),))),
        ("consignor_new", facts(totals=(total(Identity.PHONE, parcels=1),))),
        ("like_from_new", facts(totals=(total(Identity.PHONE, parcels=1, like_contents=30),))),
        ("like_from_new", facts(totals=(total(parcels=1, like_contents=1),))),
        ("undeclared", facts(declared=books())),
        ("manifest_late", facts(declared=books())),
        ("route", facts(declared=books())),
    ],
)
def test_a_signal_without_ground_is_silent(name: str, of: Facts) -> None:
    assert name not in said(of)


@given(st.floats(0, 1), st.floats(0, 1))
def test_log_odds_rise_with_the_probability(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert -LARGEST_LOG_ODDS <= log_odds(low) <= log_odds(high) <= LARGEST_LOG_ODDS


@pytest.mark.parametrize("name", NEVER_NEGATIVE)
def test_a_weight_that_would_clear_for_showing_more_is_refused(name: str) -> None:
    content = f'{{"fitted_on": "t", "base": -5, "weights": {{"{name}": -0.1}}}}'.encode()
    with pytest.raises(BadConfig, match=rf"weights risk\.json: {name}: expected a weight of 0 or more"):
        read_risk(content, "risk.json")


def test_quantities_are_written_as_a_person_would() -> None:
    assert [share(p) for p in (0.0, 0.0005, 0.004, 0.12, 0.999)] == [
        *("under 0.1%", "under 0.1%", "0.4%", "12%", "over 99%")
    ]
    assert [amount(x) for x in (0.0, 0.314, 4.21, 31.4, 12_345.6)] == ["0", "0.31", "4.2", "31", "12,346"]
    assert [weight(g) for g in (0.5, 310.0, 1900.0)] == ["0.5 g", "310 g", "1.9 kg"]
    assert [duration(h) for h in (0.5, 5.0, 72.0)] == ["30 minutes", "5 hours", "3 days"]
