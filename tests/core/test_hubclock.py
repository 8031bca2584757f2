"""How far a hub's inputs have been read, by the word of workers whose clocks may be wrong."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from screener.contracts import topics
from screener.contracts.wire import Progress, ReadUntil
from screener.core.hubclock import HubClock

INPUTS = {topics.manifests("h1"): 1, topics.scans("h1"): 2}
PLACES = [(topic, number) for topic, count in INPUTS.items() for number in range(count)]
TIMES = st.integers(0, 10_000)
Told = list[tuple[tuple[int, int, int], int]]
"""Words for each place, and when the log took them."""


def said(*times_ms: int) -> Progress:
    words = zip(PLACES, times_ms, strict=True)
    read = tuple(ReadUntil(topic=topic, partition=number, time_ms=ms) for (topic, number), ms in words)
    return Progress(read_until=read, inputs=INPUTS)


def after(told: Told) -> HubClock:
    clock = HubClock({}, {})
    for times_ms, log_time_ms in told:
        clock = clock.advanced(said(*times_ms), "h1", log_time_ms)
    return clock


TOLD = st.lists(st.tuples(st.tuples(TIMES, TIMES, TIMES), TIMES), min_size=1, max_size=6)


@given(TOLD)
def test_it_is_never_ahead_of_the_log(told: Told) -> None:
    now_ms = after(told).now_ms
    assert now_ms is not None
    assert now_ms <= max(log_time_ms for _, log_time_ms in told)


@given(TOLD, st.integers(1, 100_000))
def test_a_clock_that_is_ahead_counts_as_the_logs(told: Told, ahead_ms: int) -> None:
    """However far a word is ahead of the log, it says no more than one that is level with it."""
    level = [((log_ms, log_ms, log_ms), log_ms) for _, log_ms in told]
    ahead = [((log_ms + ahead_ms, log_ms + ahead_ms, log_ms + ahead_ms), log_ms) for _, log_ms in told]
    assert after(ahead) == after(level)


@given(TOLD, TOLD)
def test_it_never_goes_back(told: Told, more: Told) -> None:
    before, later = after(told).now_ms, after(told + more).now_ms
    assert before is not None
    assert later is not None
    assert later >= before
