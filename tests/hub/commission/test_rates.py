"""What is told of a rate before it is chosen holds for the scans that it was measured on."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from screener.cli.hub.commission import rates
from screener.cli.hub.commission.measured import Kept, alarm, logit
from screener.cli.hub.commission.strips import WIDTH, strips
from screener.lab.adaptation.trial import KINDS, Case
from screener.lab.truth import CLEAN

LOGITS = st.lists(st.floats(-8, 8), min_size=8, max_size=30)


def _kept(clean: list[float], loaded: list[float]) -> Kept:
    ordinary = [Case(f"s{at}", CLEAN, 0, 0.0, "") for at in range(len(clean))]
    laid = [Case(f"s{at % len(clean)}", KINDS[at % 2], 600, 0.0, "") for at in range(len(loaded))]
    return Kept(
        cases=(*ordinary, *laid),
        pictures=("",) * (len(clean) + len(loaded)),
        logits=(*clean, *loaded),
        sure=frozenset(f"s{at}" for at in range(len(clean))),
        table=(),
        how="",
    )


@settings(max_examples=30)
@given(LOGITS, LOGITS)
def test_more_false_alarms_buy_recall_and_are_never_more_than_allowed(
    clean: list[float], loaded: list[float]
) -> None:
    table = list(rates.rows(_kept(clean, loaded), 1000))
    for row in table:
        assert row.reached == sum(alarm(value) >= row.threshold for value in clean)
        assert row.reached <= row.rate * row.clean + 1e-6
        assert row.reached / row.clean <= row.proven <= 1
        assert row.alarms_a_day <= row.alarms_a_day_at_most
    for strict, lax in pairwise(table):
        assert strict.threshold >= lax.threshold
        assert strict.recall <= lax.recall


@settings(max_examples=20)
@given(LOGITS, st.floats(0, 0.5))
def test_the_rate_that_is_chosen_stands_in_its_table_once(clean: list[float], rate: float) -> None:
    chosen = rates.chosen(_kept(clean, clean), rate, 1000)
    assert [row for row in chosen.rows if row.rate == rate] == [chosen.row]
    assert [row.rate for row in chosen.rows] == sorted({*rates.RATES, rate})


def test_of_no_alarm_among_n_scans_only_so_much_is_proven() -> None:
    row = rates.row(_kept([0.0] * 59, [5.0] * 8), 0.001, 20_000)
    assert (row.reached, row.clean) == (0, 59)
    assert 0.0495 < row.proven < 0.0500
    assert 990 < row.alarms_a_day_at_most < 1000


@given(st.floats(-20, 20))
def test_an_alarm_and_its_log_odds_are_one(value: float) -> None:
    assert abs(logit(alarm(value)) - value) < 1e-4 * max(1, abs(value)) or abs(value) > 16


@given(LOGITS, LOGITS, st.floats(0.01, 0.99))
def test_every_dot_and_the_threshold_lie_on_the_scale(
    clean: list[float], loaded: list[float], threshold: float
) -> None:
    drawn = strips(_kept(clean, loaded), threshold)
    assert sum(len(row.dots) for row in drawn.rows) == len(clean) + len(loaded)
    assert all(0 <= dot <= WIDTH for row in drawn.rows for dot in row.dots)
    assert all(0 <= place <= WIDTH for place in (drawn.threshold, *(place for place, _ in drawn.ticks)))
    clean_dots = drawn.rows[0].dots
    assert len(clean_dots) == len(clean)
