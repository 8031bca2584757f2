"""A picture of one scanner's course: quiet for days, then its palette is changed, noticed, and mended."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.drift import trials
from bench.drift.shown import Stocks
from bench.drift.streams import Stream
from screener.contracts.wire import Drift
from screener.core.drift import standing
from screener.core.drift.course import levels

QUIET, CHANGED, MENDED = 3000, 400, 800
CHANGE = "palette: another of its family"
SHOWN = {
    Drift.PALETTE: "#b5432a",
    Drift.BRIGHTNESS: "#c08a1e",
    Drift.DETAIL: "#3c8f71",
    Drift.PITCH: "#284b8c",
}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 1800, 760, 120, 60, 40, 110
HIGHEST = 2.1


def drawn(stocks: Stocks, path: Path) -> None:
    """Draw the levels of four kinds of change over the scans, as PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(26)
    draw.rectangle((_x(QUIET), TOP, _x(QUIET + CHANGED), _y(0)), fill="#f6e3de")
    for level in (0.0, 0.5, 1.0, 1.5, 2.0):
        draw.line(
            (LEFT, _y(level), WIDTH - RIGHT, _y(level)), fill="#999999" if level == 1 else "#e4e4e4", width=2
        )
        draw.text((LEFT - 16, _y(level)), f"{level:g}", "#555555", font, anchor="rm")
    for scans in range(0, QUIET + CHANGED + MENDED + 1, 600):
        draw.text((_x(scans), _y(0) + 24), f"{scans:,}", "#555555", font, anchor="mm")
    draw.text((LEFT + 8, _y(1) - 18), "alarm from here on", "#777777", font, anchor="lm")
    draw.text((_x(QUIET) - 12, TOP + 20), "another palette", "#b5432a", font, anchor="rm")
    draw.text((_x(QUIET + CHANGED) + 12, TOP + 20), "mended", "#555555", font, anchor="lm")
    draw.text(((LEFT + WIDTH) / 2, HEIGHT - 34), "scans since commissioning", "#333333", font, anchor="mm")
    for number, (what, course) in enumerate(_course(stocks).items()):
        draw.line([(_x(at), _y(level)) for at, level in enumerate(course)], fill=SHOWN[what], width=4)
        y = TOP + 30 + 38 * number
        draw.line((LEFT + 30, y, LEFT + 80, y), fill=SHOWN[what], width=6)
        draw.text((LEFT + 94, y), what.value, "#333333", font, anchor="lm")
    image.resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.LANCZOS).save(path, optimize=True)


def _x(scans: float) -> float:
    return LEFT + scans / (QUIET + CHANGED + MENDED) * (WIDTH - LEFT - RIGHT)


def _y(level: float) -> float:
    return HEIGHT - BOTTOM - level / HIGHEST * (HEIGHT - TOP - BOTTOM)


def _course(stocks: Stocks) -> dict[Drift, list[float]]:
    stream = Stream(stocks.as_it_is, 101)
    known = trials.commissioned(stream)
    changed = Stream(stocks.changed[CHANGE], 102)
    course: dict[Drift, list[float]] = {what: [] for what in SHOWN}
    for source, count in ((stream, QUIET), (changed, CHANGED), (stream, MENDED)):
        for look in source.scans(count):
            known = standing.taken(known, look)
            assert known.course is not None
            for what, level in levels(known.course).items():
                if what in course:
                    course[what].append(level)
    return course
