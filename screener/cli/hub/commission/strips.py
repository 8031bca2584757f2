"""How alarms lie: a row of dots for ordinary scans and for each load, on a scale of log-odds."""

from __future__ import annotations

from msgspec import Struct

from screener.cli.hub.commission.measured import Kept, alarm, logit

WIDTH = 640.0
MARGIN = 0.25


class Strip(Struct, frozen=True):
    """A row: what it is of, and where its dots are, 0 to `WIDTH`."""

    label: str
    dots: tuple[float, ...]


class Strips(Struct, frozen=True):
    """All rows on one scale, where the threshold is on it, and alarms to mark it by."""

    rows: tuple[Strip, ...]
    threshold: float
    ticks: tuple[tuple[float, str], ...]


TICKS = (0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)


def strips(kept: Kept, threshold: float) -> Strips:
    """The rows, ordinary scans first."""
    marks = [*kept.logits, logit(threshold)]
    low, high = min(marks) - MARGIN, max(marks) + MARGIN

    def place(value: float) -> float:
        return round((value - low) / (high - low) * WIDTH, 1)

    loads = dict.fromkeys(case.load for case in kept.cases)
    rows = tuple(
        Strip(
            "ordinary scans" if load == "clean" else load,
            tuple(
                place(value) for case, value in zip(kept.cases, kept.logits, strict=True) if case.load == load
            ),
        )
        for load in loads
    )
    ticks = tuple((place(logit(one)), f"{one:g}") for one in TICKS if alarm(low) < one < alarm(high))
    return Strips(rows, place(logit(threshold)), ticks)
