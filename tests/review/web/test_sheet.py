"""Reasons as sentences, and load against limit: laws of what the page of a parcel says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts import examples
from screener.contracts.wire import Estimate, Reason, Signal
from screener.core.signals import SIGNALS
from screener.review.web import sentences, words
from screener.review.web.sheet import WIDTH, Bar, contrast

CORE = Path("screener/core")
figures = st.dictionaries(
    st.sampled_from(re.findall(r"%\((\w+)\)s", " ".join(sentences.REASONS.values()))),
    st.none() | st.floats(0, 1e9) | st.integers(0, 10**9) | st.text("abc 条", max_size=20),
)
amounts = st.floats(0, 1e9)


def test_every_reason_of_the_core_has_a_sentence() -> None:
    said = " ".join(path.read_text() for path in CORE.glob("*.py"))
    codes = set(re.findall(r'(?:code=|_plain\(|_failures\()"(\w+)"', said))
    assert codes >= {"sum_over_limit", "no_barcode", "image_unreadable"}
    assert codes <= set(sentences.REASONS)
    assert set(SIGNALS) == set(sentences.SIGNALS)


@pytest.mark.parametrize("language", ["zh", "en"])
@given(code=st.sampled_from([*sentences.REASONS, "of_a_newer_policy"]), given_figures=figures)
def test_a_reason_is_always_said_in_full(
    language: str, code: str, given_figures: dict[str, float | int | str | None]
) -> None:
    reason = Reason(code=code, figures=given_figures, text="as the policy said it")
    said = sentences.of_reason(reason, words.of(language).gettext)
    assert said and "%(" not in said


def test_what_lacks_a_figure_is_said_as_the_decision_says_it() -> None:
    reason = Reason(code="sticks_over_limit", figures={"sticks_mid": 800.0}, text="too many")
    assert sentences.of_reason(reason, words.of("zh").gettext) == "too many"


@pytest.mark.parametrize("name", sorted(SIGNALS))
def test_a_signal_without_its_facts_is_said_as_the_decision_says_it(name: str) -> None:
    decision = replace(examples.DECISION, load=None, facts=None)
    signal = Signal(name=name, figure=0.5, weight=1.0, added=0.5, text="its own words")
    said = sentences.of_signal(signal, decision, words.of("en").gettext)
    assert said and "%(" not in said


@given(low=amounts, mid=amounts, high=amounts, limit=amounts)
def test_interval_and_limit_are_always_on_the_bar(low: float, mid: float, high: float, limit: float) -> None:
    low, mid, high = sorted((low, mid, high))
    bar = Bar("sticks", Estimate(low=low, mid=mid, high=high), limit)
    places = [bar.at(one) for one in (low, mid, high)]
    assert 0 <= places[0] <= places[1] <= places[2] < WIDTH
    assert 0 <= bar.at(limit) < WIDTH
    assert (bar.at(mid) >= bar.at(limit)) or not bar.over


def test_a_parcel_that_was_not_judged_contrasts_nothing() -> None:
    flagged = replace(examples.FLAGGED, decision=replace(examples.DECISION, facts=None, load=None))
    assert not contrast(flagged).odd and contrast(flagged).p is None
