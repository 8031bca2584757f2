"""A picture of a trial: what was stated against what was found, and what inspections would find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import log10
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from screener.core.estimates.shares import wilson
from screener.lab.risk.quality import INSPECTED
from screener.lab.risk.trial import NEW, OLD, SCORE_ALONE, TREES, Trial

SCALE: Final = 2
"""Drawn so much larger than shown, for screens with fine pixels."""

WIDTH, HEIGHT, SIDE, LEFT, TOP = 960, 470, 340, 80, 60
INK, FAINT, PAPER = "#1f2933", "#d9dee5", "white"
COLOURS: Final = {NEW: "#1d5fbf", SCORE_ALONE: "#d97706", TREES: "#5b8c5a", OLD: "#9aa5b1"}

Point = tuple[float, float]


def picture(trial: Trial) -> bytes:
    """A PNG of both plots."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    draw = ImageDraw.Draw(image)
    _calibration(Plot(draw, LEFT), trial)
    _recalls(Plot(draw, LEFT + SIDE + 130), trial)
    held = BytesIO()
    image.save(held, "PNG", optimize=True)
    return held.getvalue()


@dataclass(frozen=True)
class Plot:
    """A square whose lower left corner is (0, 0) and whose upper right one is (1, 1)."""

    draw: ImageDraw.ImageDraw
    left: int

    def at(self, point: Point) -> Point:
        x, y = point
        return (self.left + x * SIDE) * SCALE, (TOP + (1.0 - y) * SIDE) * SCALE

    def line(self, points: Sequence[Point], colour: str, width: float = 2.0) -> None:
        self.draw.line([self.at(one) for one in points], fill=colour, width=round(width * SCALE))

    def dot(self, point: Point, colour: str, radius: float = 4.5) -> None:
        (x, y), reach = self.at(point), radius * SCALE
        self.draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)

    def text(self, point: Point, text: str, anchor: str = "mm", size: int = 13, colour: str = INK) -> None:
        font = ImageFont.load_default(size * SCALE)
        self.draw.text(self.at(point), text, fill=colour, font=font, anchor=anchor)

    def frame(self, title: str, across: str, ticks: Sequence[tuple[Point, str, str]]) -> None:
        """Grid lines at `ticks` (where on either axis, text below, text at the left), title and axis."""
        for (x, y), below, beside in ticks:
            self.line([(x, 0), (x, 1)], FAINT, 1)
            self.line([(0, y), (1, y)], FAINT, 1)
            self.text((x, -0.045), below)
            self.text((-0.02, y), beside, "rm")
        self.text((0, 1.07), title, "lm", 15)
        self.text((0.5, -0.12), across)


def _calibration(plot: Plot, trial: Trial) -> None:
    bins = trial.bins
    shares = [one.expected / one.parcels for one in bins] + [one.found / one.parcels for one in bins]
    low, high = (log10(edge) for edge in (min(p for p in shares if p > 0) / 2, min(max(shares) * 2, 1.0)))

    def place(p: float) -> float:
        return min(max((log10(max(p, 1e-9)) - low) / (high - low), 0.0), 1.0)

    powers = [10.0**power for power in range(-5, 1) if low <= power <= high]
    ticks = [((place(p), place(p)), f"{100 * p:g}%", f"{100 * p:g}%") for p in powers]
    plot.frame("Share over the limit: found against stated", "probability stated (log)", ticks)
    plot.line([(0, 0), (1, 1)], FAINT, 2)
    for one in bins:
        stated, found = one.expected / one.parcels, one.found / one.parcels
        interval = wilson(found, one.cases / found) if one.cases else (0.0, 3.0 / one.parcels)
        plot.line([(place(stated), place(p)) for p in interval], COLOURS[NEW])
        if one.cases:
            plot.dot((place(stated), place(found)), COLOURS[NEW])


def _recalls(plot: Plot, trial: Trial) -> None:
    ticks = [((part * 10, part * 10), f"{part:.0%}", f"{part * 10:.0%}") for part in INSPECTED[1:]]
    ticks += [((INSPECTED[0] * 10, 0.0), f"{INSPECTED[0]:.0%}", "0%"), ((1.0, 0.75), "", "75%")]
    plot.frame("Found of all over the limit", "parcels opened, those of highest risk", ticks)
    plot.line([(part * 10, part) for part in (0.0, 0.1)], FAINT, 2)
    for place, (name, one) in enumerate(trial.qualities.items()):
        points = [
            (0.0, 0.0),
            *((part * 10, share) for part, share in zip(INSPECTED, one.recalls, strict=True)),
        ]
        plot.line(points, COLOURS[name])
        for point in points[1:]:
            plot.dot(point, COLOURS[name], 3.5)
        plot.text((0.04, 0.96 - 0.06 * place), name, "lm", colour=COLOURS[name])
