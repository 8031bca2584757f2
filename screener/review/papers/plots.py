"""Figures on paper, sharp at any size: one axis with its unit, colours that everybody tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Final

from screener.review.papers.page import (
    BLUE,
    GREEN,
    INK,
    MARGIN_MM,
    ORANGE,
    PALE,
    PALE_INK,
    PURPLE,
    RULE,
    SMALL_PT,
    Colour,
    Page,
)
from screener.review.papers.typeface import shown

HEIGHT_MM: Final = 49.0
ROOM_MM: Final = HEIGHT_MM + 16
"""What a figure takes, title and labels with it."""

LEFT_MM: Final = 16.0
COLOURS: Final = (BLUE, ORANGE, GREEN, PURPLE)


@dataclass(frozen=True, slots=True)
class Curve:
    """Values under each label, None where there is none; `pale` is what they are compared with.

    `low` and `high` are the ends of intervals around them.
    """

    name: str
    values: Sequence[float | None]
    pale: bool = False
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a value under a label is drawn."""

    left: float
    top: float
    width: float
    height: float
    labels: Sequence[str]
    limit: float

    @property
    def step(self) -> float:
        return self.width / max(len(self.labels), 1)

    def x(self, at: int) -> float:
        return self.left + (at + 0.5) * self.step

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - value / self.limit)


def draw_lines(page: Page, title: str, unit: str, labels: Sequence[str], curves: Sequence[Curve]) -> None:
    """Curves over time; what is missing leaves a gap."""
    frame = _framed(page, title, unit, labels, curves, _largest(curves))
    for curve, colour in sorted(_coloured(curves), key=lambda one: not one[0].pale):
        _intervals(page, frame, curve, colour)
        _line(page, frame, curve, colour)
    _finish(page, frame)


def draw_bars(page: Page, title: str, unit: str, labels: Sequence[str], curves: Sequence[Curve]) -> None:
    """Bars beside each other under each label."""
    frame = _framed(page, title, unit, labels, curves, _largest(curves))
    width = 0.76 * frame.step / max(len(curves), 1)
    for place, (curve, colour) in enumerate(_coloured(curves)):
        shift = (place - len(curves) / 2) * width
        for at, value in enumerate(curve.values):
            _bar(page, frame, (frame.x(at) + shift, width * 0.94), (0.0, value or 0.0), colour)
    _finish(page, frame)


def draw_stacks(page: Page, title: str, unit: str, labels: Sequence[str], curves: Sequence[Curve]) -> None:
    """Bars on top of each other: parts of a whole."""
    sums = [sum(values) for values in zip(*([one or 0.0 for one in c.values] for c in curves), strict=True)]
    frame = _framed(page, title, unit, labels, curves, max(sums, default=0.0))
    tops = [0.0] * len(labels)
    for curve, colour in _coloured(curves):
        for at, value in enumerate(curve.values):
            low, tops[at] = tops[at], tops[at] + (value or 0.0)
            _bar(page, frame, (frame.x(at) - 0.33 * frame.step, 0.66 * frame.step), (low, tops[at]), colour)
    _finish(page, frame)


def ticks(largest: float) -> list[float]:
    """Round values from 0 to at least `largest`, four to six of them."""
    if largest < 1e-12:
        return [0.0, 1.0]
    raw = largest / 4
    power = 10.0 ** floor(log10(raw))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= raw * (1 - 1e-9))
    found = [0.0]
    while found[-1] < largest * (1 - 1e-9):
        found.append(len(found) * step)
    return found


def written(value: float) -> str:
    """A value at an axis, without digits that say nothing."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.4f}".rstrip("0").rstrip(".")


def _largest(curves: Sequence[Curve]) -> float:
    return max((one for c in curves for one in (*c.values, *c.high) if one is not None), default=0.0)


def _coloured(curves: Sequence[Curve]) -> list[tuple[Curve, Colour]]:
    colours = iter(COLOURS)
    return [(one, PALE if one.pale else next(colours)) for one in curves]


def _framed(  # noqa: PLR0917 - title and unit, what it shows, how far it goes
    page: Page, title: str, unit: str, labels: Sequence[str], curves: Sequence[Curve], largest: float
) -> Frame:
    """Title, legend, axes with their units; what follows is drawn into them."""
    page.make_room(ROOM_MM)
    page.write_in(SMALL_PT + 1)
    with page.bold():
        page.write_at(MARGIN_MM, page.get_y(), shown(title), 5)
    _legend(page, curves)
    marks = ticks(largest)
    top = page.get_y() + 16.5
    frame = Frame(MARGIN_MM + LEFT_MM, top, page.epw - LEFT_MM, HEIGHT_MM - 10, labels, marks[-1])
    page.write_in(SMALL_PT - 0.5, PALE_INK)
    page.write_at(MARGIN_MM, page.get_y() + 9.5, shown(unit), 4)
    page.set_line_width(0.15)
    for value in marks:
        page.set_draw_color(*(INK if value == 0 else RULE))
        page.line(frame.left, frame.y(value), frame.left + frame.width, frame.y(value))
        page.write_at(MARGIN_MM, frame.y(value) - 2, written(value), 4, LEFT_MM - 1.5, "R")
    _labels(page, frame)
    return frame


def _legend(page: Page, curves: Sequence[Curve]) -> None:
    x, y = MARGIN_MM, page.get_y() + 5.5
    for curve, colour in _coloured(curves):
        page.write_in(SMALL_PT - 0.5)
        page.set_fill_color(*colour)
        page.rect(x, y + 1.2, 5, 1.6, style="F")
        page.write_at(x + 6.5, y, shown(curve.name), 4)
        x += 6.5 + page.get_string_width(shown(curve.name)) + 6


def _labels(page: Page, frame: Frame) -> None:
    """Every so manieth label, so that none lies on another."""
    said = [shown(one) for one in frame.labels]
    widest = max((page.get_string_width(one) for one in said), default=1.0) + 2
    every = max(1, -(-int(widest * 10) // max(int(frame.step * 10), 1)))
    for at in range(0, len(said), every):
        page.write_at(frame.x(at) - widest / 2, frame.top + frame.height + 1, said[at], 4, widest, "C")


def _intervals(page: Page, frame: Frame, curve: Curve, colour: Colour) -> None:
    page.set_draw_color(*colour)
    page.set_line_width(0.2)
    for at, (low, high) in enumerate(zip(curve.low, curve.high, strict=True)):
        if low is not None and high is not None:
            x = frame.x(at)
            page.line(x, frame.y(low), x, frame.y(high))
            for end in (low, high):
                page.line(x - 0.8, frame.y(end), x + 0.8, frame.y(end))


def _line(page: Page, frame: Frame, curve: Curve, colour: Colour) -> None:
    page.set_draw_color(*colour)
    page.set_fill_color(*colour)
    page.set_line_width(0.35 if curve.pale else 0.6)
    run: list[tuple[float, float]] = []
    for at, value in enumerate((*curve.values, None)):
        if value is not None:
            run.append((frame.x(at), frame.y(value)))
            continue
        if len(run) > 1:
            page.polyline(run)
        radius = 0.5 if curve.pale else 0.8
        for x, y in run if len(frame.labels) <= 40 or len(run) == 1 else ():
            page.circle(x, y, radius, style="F")
        run = []


def _bar(
    page: Page, frame: Frame, across: tuple[float, float], of: tuple[float, float], colour: Colour
) -> None:
    low, high = of
    if high > low:
        page.set_fill_color(*colour)
        page.rect(across[0], frame.y(high), across[1], frame.y(low) - frame.y(high), style="F")


def _finish(page: Page, frame: Frame) -> None:
    page.set_y(frame.top + frame.height + 9)
