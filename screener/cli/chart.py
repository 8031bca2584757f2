"""A chart of estimates with their intervals, one row each, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from PIL import Image, ImageDraw, ImageFont

ROW_PX, PLOT_PX, RIGHT_PX, TOP_PX, FOOT_PX = 26, 620, 40, 56, 64
SCALE = 2
"""Drawn so much larger than shown, for screens with fine pixels."""

INK, FAINT, MARK, SHADE, PAPER = "#1f2933", "#d9dee5", "#1d5fbf", "#e3f1e3", "white"
TICKS = 5

Point = tuple[float, float]


@dataclass(frozen=True)
class Row:
    """One estimate, None where nothing can be said, between the ends of its interval."""

    label: str
    low: float
    at: float | None
    high: float


def drawn(
    rows: Sequence[Row],
    title: str,
    axis: str,
    span: tuple[float, float],
    *,
    band: tuple[float, float] | None = None,
) -> Image.Image:
    """The rows from top to bottom on one axis of shares from `span[0]` to `span[1]`; `band` is shaded."""
    canvas = _Canvas([row.label for row in rows], span)
    canvas.frame(title, axis, band)
    for place, row in enumerate(rows):
        canvas.row(place, row)
    return canvas.picture


class _Canvas:
    def __init__(self, labels: Sequence[str], span: tuple[float, float]) -> None:
        self._low, self._high = span
        self._left = 40 + max((_font(13).getlength(one) / SCALE for one in labels), default=0.0)
        self._bottom = TOP_PX + max(len(labels), 1) * ROW_PX
        size = (round(self._left) + PLOT_PX + RIGHT_PX, self._bottom + FOOT_PX)
        self.picture = Image.new("RGB", (size[0] * SCALE, size[1] * SCALE), PAPER)
        self._draw = ImageDraw.Draw(self.picture)

    def frame(self, title: str, axis: str, band: tuple[float, float] | None) -> None:
        if band is not None:
            self._box((self._x(band[0]), TOP_PX), (self._x(band[1]), self._bottom), SHADE)
        for tick in range(TICKS + 1):
            value = self._low + (self._high - self._low) * tick / TICKS
            self._line((self._x(value), TOP_PX), (self._x(value), self._bottom), FAINT, 1)
            self._text(self._x(value), self._bottom + 14, f"{100 * value:.3g} %", "mm")
        self._text(12, 24, title, "lm", size=17)
        self._text(self._left + PLOT_PX / 2, self._bottom + 42, axis, "mm")

    def row(self, place: int, row: Row) -> None:
        y = TOP_PX + (place + 0.5) * ROW_PX
        self._text(self._left - 12, y, row.label, "rm")
        colour = FAINT if row.at is None else MARK
        self._line((self._x(row.low), y), (self._x(row.high), y), colour, 2)
        if row.at is not None:
            x = self._x(row.at)
            self._box((x - 4, y - 4), (x + 4, y + 4), MARK)

    def _x(self, value: float) -> float:
        part = (value - self._low) / (self._high - self._low)
        return self._left + min(max(part, 0.0), 1.0) * PLOT_PX

    def _line(self, start: Point, end: Point, colour: str, width: int) -> None:
        self._draw.line(_pixels(start, end), fill=colour, width=width * SCALE)

    def _box(self, corner: Point, opposite: Point, colour: str) -> None:
        self._draw.rectangle(_pixels(corner, opposite), fill=colour)

    def _text(self, x: float, y: float, text: str, anchor: str, *, size: int = 13) -> None:
        self._draw.text((x * SCALE, y * SCALE), text, fill=INK, font=_font(size), anchor=anchor)


def _pixels(start: Point, end: Point) -> list[float]:
    return [value * SCALE for value in (*start, *end)]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * SCALE)


def round_end(value: float) -> float:
    """The least of 1, 2, 2.5 and 5 times a power of ten that is not below a positive value."""
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)
