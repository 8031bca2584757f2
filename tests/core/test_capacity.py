"""Laws of the budget: kept on a steady stream, followed by a changed one, never at the cost of certainty."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.core.capacity import ENOUGH, MS_PER_H, NOTHING, Stream
from screener.core.policy import Capacity
from screener.core.risk import log_odds

USUAL = log_odds(0.3)
HOUR_MS = int(MS_PER_H)


@dataclass
class Belt:
    """A hub's parcels over partitions, each with its own stream; counts what is held in each hour."""

    capacity: Capacity
    partitions: int = 1
    certain: float = 0.002
    drawn: float = 0.01
    risk: Callable[[float, random.Random], float] = lambda _, chance: chance.gauss(-6.0, 1.2)
    held: list[int] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)

    def run(self, hours: int, per_hour: Callable[[float], float], seed: int = 1) -> Belt:
        chance, now_h = random.Random(seed), 0.0
        self.streams = [Stream(self.capacity.half_life_h, 0) for _ in range(self.partitions)]
        self.held = [0] * hours
        most = max(per_hour(hour) for hour in range(hours))
        while (now_h := now_h + chance.expovariate(most)) < hours:
            if chance.random() * most < per_hour(now_h):
                self.held[int(now_h)] += self._judge(now_h, chance)
        return self

    def _judge(self, now_h: float, chance: random.Random) -> bool:
        number = chance.randrange(self.partitions)
        stream, risk = self.streams[number], self.risk(now_h, chance)
        taken = chance.random() < self.certain + self.drawn
        held = taken or risk >= stream.threshold(self.capacity, 1 / self.partitions, USUAL)
        self.streams[number] = stream.seen(
            risk, taken=taken, held=held, at_ms=round(now_h * MS_PER_H), capacity=self.capacity
        )
        return held


def mean(figures: list[int]) -> float:
    return sum(figures) / len(figures)


def of(risks: list[float], *, taken: int = 0, capacity: Capacity, gap_ms: int = 10_000) -> Stream:
    stream = Stream(capacity.half_life_h, 0)
    for number, risk in enumerate(risks):
        stream = stream.seen(
            risk, taken=number < taken, held=number < taken, at_ms=number * gap_ms, capacity=capacity
        )
    return stream


@pytest.mark.parametrize(("a_hour", "budget", "partitions"), [(400, 30, 1), (400, 30, 6), (150, 12, 3)])
def test_on_a_stationary_stream_the_holds_are_within_a_tenth_of_the_budget(
    a_hour: int, budget: int, partitions: int
) -> None:
    capacity = Capacity(per_hour=budget, least=0.0005)
    held = Belt(capacity, partitions).run(50, lambda _: a_hour).held[10:]
    assert mean(held) == pytest.approx(budget, rel=0.1)


def test_a_changed_stream_is_followed_within_some_half_lives() -> None:
    belt = Belt(
        Capacity(per_hour=30, least=0.0005),
        risk=lambda now_h, chance: chance.gauss(-6.0 if now_h < 20 else -4.5, 1.2),
    )
    held = belt.run(50, lambda _: 400).held
    assert mean(held[5:20]) == pytest.approx(30, rel=0.1)
    assert mean(held[20:50]) == pytest.approx(30, rel=0.15)
    assert mean(held[26:50]) == pytest.approx(30, rel=0.1)


@pytest.mark.parametrize("at_night", [0.0, 4.0])
def test_the_morning_after_a_night_holds_no_flood(at_night: float) -> None:
    """A night without parcels is a pause; after one with few the first hour brings some budgets, then one."""
    belt = Belt(Capacity(per_hour=30, least=0.0005))
    held = belt.run(36, lambda now_h: 400.0 if now_h % 24 < 12 else at_night).held
    assert held[24] < (1.5 if at_night == 0.0 else 4.0) * 30
    assert mean(held[25:28]) < 1.5 * 30


def test_what_is_certain_is_kept_above_the_budget_and_leaves_nothing_for_risk() -> None:
    capacity = Capacity(per_hour=10, least=0.0005)
    belt = Belt(capacity, certain=0.1, drawn=0.0).run(20, lambda _: 300)
    assert belt.streams[0].threshold(capacity, 1.0, USUAL) == NOTHING
    assert mean(belt.held[5:]) == pytest.approx(30, rel=0.15)


def test_before_enough_was_seen_the_usual_threshold_applies() -> None:
    capacity = Capacity(per_hour=1)
    assert of([0.0] * (ENOUGH - 1), capacity=capacity).threshold(capacity, 1.0, USUAL) == USUAL
    assert of([0.0] * ENOUGH, capacity=capacity).threshold(capacity, 1.0, USUAL) != USUAL


def test_it_never_falls_below_the_least() -> None:
    capacity = Capacity(per_hour=10_000, least=0.05)
    assert of([-7.0] * 500, capacity=capacity).threshold(capacity, 1.0, USUAL) == log_odds(0.05)


risks = st.lists(st.floats(-9, 9), min_size=ENOUGH, max_size=ENOUGH + 50)


@given(risks=risks, budget=st.floats(0.1, 500), more=st.floats(1, 10), share=st.floats(0.01, 1))
def test_a_larger_budget_never_raises_the_threshold(
    risks: list[float], budget: float, more: float, share: float
) -> None:
    small, large = Capacity(per_hour=budget), Capacity(per_hour=budget * more)
    stream = of(risks, capacity=small)
    assert stream.threshold(large, share, USUAL) <= stream.threshold(small, share, USUAL)
    assert stream.threshold(small, 1.0, USUAL) <= stream.threshold(small, share, USUAL)


@given(risks=risks, higher=st.floats(0, 5))
def test_riskier_parcels_never_lower_the_threshold(risks: list[float], higher: float) -> None:
    capacity = Capacity(per_hour=20)
    before = of(risks, capacity=capacity).threshold(capacity, 1.0, USUAL)
    after = of([risk + higher for risk in risks], capacity=capacity).threshold(capacity, 1.0, USUAL)
    assert after >= before - 1e-3


@given(risks=risks, taken=st.integers(0, ENOUGH))
def test_more_that_is_held_in_any_case_never_lowers_the_threshold(risks: list[float], taken: int) -> None:
    capacity = Capacity(per_hour=20)
    without = of([-9.0] * taken + risks[taken:], capacity=capacity)
    with_them = of(risks, taken=taken, capacity=capacity)
    assert with_them.threshold(capacity, 1.0, USUAL) >= without.threshold(capacity, 1.0, USUAL)


@given(risks=risks)
def test_a_stream_survives_its_encoding_in_less_than_a_kilobyte(risks: list[float]) -> None:
    stream = of(risks, capacity=Capacity(per_hour=20))
    assert Stream.decode(stream.encode()) == stream
    assert len(stream.encode()) < 1024


def test_weights_never_outgrow_their_numbers() -> None:
    capacity = Capacity(per_hour=20, half_life_h=0.01)
    stream = of([-3.0] * 5000, capacity=capacity, gap_ms=HOUR_MS // 100)
    assert stream.per_hour(stream.parcels) == pytest.approx(100, rel=0.5)
    assert stream.age < 40


def test_another_half_life_keeps_the_rates() -> None:
    stream = of([-3.0] * 1000, taken=30, capacity=Capacity(per_hour=20, half_life_h=2.0))
    longer = stream.seen(
        -3.0, taken=False, held=False, at_ms=stream.at_ms, capacity=Capacity(per_hour=20, half_life_h=8.0)
    )
    assert longer.half_life_h == 8.0
    assert longer.per_hour(longer.parcels) == pytest.approx(stream.per_hour(stream.parcels), rel=0.01)
    assert longer.per_hour(longer.taken) == pytest.approx(stream.per_hour(stream.taken), rel=0.01)


def test_a_record_with_an_earlier_time_moves_no_clock_back() -> None:
    capacity = Capacity(per_hour=20)
    stream = of([-3.0] * 10, capacity=capacity)
    after = stream.seen(-3.0, taken=False, held=False, at_ms=0, capacity=capacity)
    assert (after.at_ms, after.hours) == (stream.at_ms, stream.hours)
