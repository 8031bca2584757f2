"""Plots as SVG inside a page: colours come from the page's style, so that they follow light and dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from screener.core.estimates.shares import wilson
from screener.lab.evaluation.groups import Scans
from screener.lab.measures import Bin, Share, curve
from screener.lab.simulator.loads import LIMIT_STICKS

WIDTH, HEIGHT = 480, 340
LEFT, RIGHT, TOP, BOTTOM = 60, 22, 12, 46
COLOURS = 6
"""Classes c0 to c5 of the page's style."""


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` laid on pixels; `ticks` are values with their texts."""

    label: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    log: bool = False

    def part(self, value: float) -> float:
        """Where a value lies, 0 to 1; beyond the ends it lies on them."""
        low, high, at = (
            math.log10(v) if self.log else v for v in (self.low, self.high, max(value, self.low))
        )
        return min(max((at - low) / (high - low), 0.0), 1.0)


@dataclass(frozen=True)
class Frame:
    """Two axes with their grid; what is drawn into it takes values, not pixels."""

    across: Axis
    up: Axis

    def x(self, value: float) -> float:
        return LEFT + self.across.part(value) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - self.up.part(value) * (HEIGHT - TOP - BOTTOM)

    def line(self, points: Sequence[tuple[float, float]], style: str) -> str:
        """A line through points."""
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        return f'<polyline class="{style}" points="{path}"/>'

    def dot(self, x: float, y: float, style: str, radius: float = 3) -> str:
        """A dot."""
        return f'<circle class="{style}" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius:g}"/>'

    def drawn(self, parts: Sequence[str], legend: Sequence[tuple[str, str]] = ()) -> str:
        """The whole plot, with a legend of (style, text) at its lower right."""
        grid = [*(self._tick_across(v, t) for v, t in self.across.ticks), *map(self._tick_up, self.up.ticks)]
        texts = [
            _text(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 8, self.across.label, "middle"),
            f'<text transform="translate(13 {(HEIGHT - BOTTOM + TOP) / 2:.0f}) rotate(-90)"'
            f' text-anchor="middle">{escape(self.up.label)}</text>',
        ]
        return _svg(HEIGHT, [*grid, *parts, *texts, *_legend(legend)])

    def _tick_across(self, value: float, text: str) -> str:
        bottom = HEIGHT - BOTTOM
        line = f'<path class="grid" d="M{self.x(value):.1f} {TOP}V{bottom}"/>'
        return line + _text(self.x(value), bottom + 16, text, "middle")

    def _tick_up(self, tick: tuple[float, str]) -> str:
        value, text = tick
        line = f'<path class="grid" d="M{LEFT} {self.y(value):.1f}H{WIDTH - RIGHT}"/>'
        return line + _text(LEFT - 6, self.y(value) + 4, text, "end")


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(height: int, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(parts)}</svg>'


def _legend(entries: Sequence[tuple[str, str]]) -> list[str]:
    parts = []
    for place, (style, text) in enumerate(entries):
        y = HEIGHT - BOTTOM - 12 - 16 * (len(entries) - 1 - place)
        parts.append(f'<circle class="dot {style}" cx="{WIDTH - 130}" cy="{y - 4}" r="4"/>')
        parts.append(_text(WIDTH - 120, y, text))
    return parts


SHARES = tuple((tenth / 10, f"{tenth / 10:g}".lstrip("0") or "0") for tenth in range(0, 11, 2))
RATE_TICKS = (
    *((0.001, "0.1 %"), (0.005, "0.5 %"), (0.01, "1 %"), (0.05, "5 %")),
    *((0.2, "20 %"), (1.0, "100 %")),
)


def roc(clean: Scans, groups: Mapping[str, Scans]) -> str:
    """Recall against the false alarm rate on a log axis; grey where it is less than one clean scan."""
    lowest = min(0.004, 0.5 / len(clean))
    ticks = [tick for tick in RATE_TICKS if tick[0] >= lowest]
    frame = Frame(Axis("false alarm rate", lowest, 1.0, ticks, log=True), Axis("recall", 0, 1, SHARES))
    size = f'width="{frame.x(1 / len(clean)) - LEFT:.1f}" height="{HEIGHT - TOP - BOTTOM}"'
    parts = [f'<rect class="unsure" x="{LEFT}" y="{TOP}" {size}/>']
    shown = dict(list(groups.items())[:COLOURS])
    for number, some in enumerate(shown.values()):
        found = curve(clean.alarms, some.alarms)
        points = list(zip(found.false_alarm_rates, found.recalls, strict=True))
        parts.append(frame.line(_steps(points), f"line c{number}"))
    return frame.drawn(parts, [(f"c{number}", name) for number, name in enumerate(shown)])


def _steps(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners of a curve whose recall is what is reached at a rate, not between two."""
    corners = [points[0]]
    for (_, before), (rate, found) in pairwise(points):
        corners += [(rate, before), (rate, found)]
    return corners


def recall_bars(shares: Mapping[str, Share]) -> str:
    """A bar for each load with its interval."""
    row_px, left, right = 26, 172, 84
    span = WIDTH - left - right

    def x(value: float) -> float:
        return left + value * span

    height = len(shares) * row_px + 34
    parts = [f'<path class="grid" d="M{x(v):.1f} 4V{height - 28}"/>' for v, _ in SHARES]
    parts += [_text(x(v), height - 10, text, "middle") for v, text in SHARES]
    for place, (name, one) in enumerate(shares.items()):
        y = place * row_px + 6
        parts += [
            _text(left - 8, y + 14, name, "end"),
            f'<rect class="bar" x="{left}" y="{y + 2}" width="{x(one.point) - left:.1f}" height="15"/>',
            f'<path class="whisker" d="M{x(one.low):.1f} {y + 9.5}H{x(one.high):.1f}"/>',
            _text(WIDTH - right + 8, y + 14, f"{one.point:.2f} / {one.count:,}"),
        ]
    return _svg(height, parts)


STICK_TICKS = tuple((float(v), f"{v:,}") for v in (10, 30, 100, 400, 1000, 3000, 10000))


APART = 1.05
"""Factor between the same amounts of different families, so that no dot hides another."""


def amounts(groups: Mapping[str, Scans]) -> str:
    """Estimated sticks against true ones, on log axes; the limit is drawn both ways."""
    low, high = 8.0, 20000.0
    frame = Frame(
        Axis("true sticks (none at the left edge)", low, high, STICK_TICKS, log=True),
        Axis("estimated sticks", low, high, STICK_TICKS, log=True),
    )
    parts = [frame.line([(low, low), (high, high)], "line faint")]
    parts += [frame.line([(LIMIT_STICKS, low), (LIMIT_STICKS, high)], "line limit")]
    parts += [frame.line([(low, LIMIT_STICKS), (high, LIMIT_STICKS)], "line limit")]
    for number, some in enumerate(groups.values()):
        parts += [
            frame.dot(one.truth.sticks * APART**number, one.sticks.mid, f"dot c{number % COLOURS}", 2.5)
            for one in some.each
        ]
    return frame.drawn(parts, [(f"c{number % COLOURS}", name) for number, name in enumerate(groups)])


def reliability(bins: Sequence[Bin]) -> str:
    """What was stated against what held, with intervals; the larger a dot, the more scans."""
    frame = Frame(Axis("alarm stated", 0, 1, SHARES), Axis("share with a load", 0, 1, SHARES))
    most = max(one.count for one in bins)
    parts = [frame.line([(0, 0), (1, 1)], "line faint")]
    for one in bins:
        low, high = wilson(one.held, one.count)
        parts.append(frame.line([(one.stated, low), (one.stated, high)], "line c0"))
        parts.append(frame.dot(one.stated, one.held, "dot c0", 3 + 6 * float(np.sqrt(one.count / most))))
    return frame.drawn(parts)
