"""The memory of every part over the parcels of a soak, as SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from bench.soak.memory import Sample

COLOURS = {
    "score": "#284b8c",
    "decoder": "#7d9bd1",
    "decide": "#b5432a",
    "tally": "#c08a1e",
    "network": "#3c8f71",
}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 420, 64, 96, 24, 56
POINTS = 200
"""So many points a line has: medians of what was sampled around each."""

STEPS = (5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)


def svg(samples: Sequence[Sample], parcels: int) -> str:
    """Resident memory in MiB by part; the second and the last tenth, which are compared, are shaded."""
    lines = {part: list(_line(samples, part, parcels)) for part in COLOURS}
    highest = max((rss for line in lines.values() for _, rss in line), default=1.0) * 1.08
    shapes = [*_tenths(), *_grid(highest, parcels)]
    for part, line in lines.items():
        shapes += _drawn(part, line, highest, parcels)
    body = "\n".join((*shapes, *_labels(lines, highest)))
    style = 'font-family="Helvetica, Arial, sans-serif" font-size="13"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {style}>'
    return f'{head}\n<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'


def _line(samples: Sequence[Sample], part: str, parcels: int) -> Iterator[tuple[float, float]]:
    cells: dict[int, list[float]] = defaultdict(list)
    for one in samples:
        if one.part == part:
            cells[one.parcels * POINTS // parcels].append(one.rss)
    for cell, sizes in sorted(cells.items()):
        yield min((cell + 0.5) / POINTS, 1.0) * parcels, median(sizes)


def _tenths() -> Iterator[str]:
    for tenth in (1, 9):
        x, width = _x(tenth, 10), _x(1, 10) - LEFT
        height = HEIGHT - BOTTOM - TOP
        yield f'<rect x="{x:.1f}" y="{TOP}" width="{width:.1f}" height="{height}" fill="#f3efe6"/>'


def _grid(highest: float, parcels: int) -> Iterator[str]:
    step = next((one for one in STEPS if highest / one <= 8), STEPS[-1])
    for size in range(0, int(highest) + 1, step):
        y = _y(size, highest)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" fill="#555555" text-anchor="end">{size}</text>'
    for tenth in range(0, 11, 2):
        at = f'x="{_x(tenth, 10):.1f}" y="{HEIGHT - BOTTOM + 20}"'
        yield f'<text {at} fill="#555555" text-anchor="middle">{parcels * tenth // 10:,}</text>'
    middle = f'x="{_x(5, 10):.1f}" y="{HEIGHT - 12}"'
    yield f'<text {middle} fill="#333333" text-anchor="middle">parcels decided</text>'
    yield f'<text x="{LEFT - 8}" y="{TOP - 8}" fill="#555555" text-anchor="end">MiB</text>'


def _drawn(part: str, line: Sequence[tuple[float, float]], highest: float, parcels: int) -> Iterator[str]:
    places = " ".join(f"{_x(at, parcels):.1f},{_y(rss, highest):.1f}" for at, rss in line)
    yield f'<polyline points="{places}" fill="none" stroke="{COLOURS[part]}" stroke-width="1.8"/>'


def _labels(lines: dict[str, list[tuple[float, float]]], highest: float) -> Iterator[str]:
    """The names at the ends of the lines, apart from each other."""
    ends = sorted(((line[-1][1], part) for part, line in lines.items() if line), reverse=True)
    above = -1e9
    for rss, part in ends:
        above = max(_y(rss, highest) + 4, above + 16)
        yield f'<text x="{WIDTH - RIGHT + 8}" y="{above:.1f}" fill="{COLOURS[part]}">{part}</text>'


def _x(at: float, of: float) -> float:
    return LEFT + at / of * (WIDTH - LEFT - RIGHT)


def _y(size: float, highest: float) -> float:
    return HEIGHT - BOTTOM - size / highest * (HEIGHT - TOP - BOTTOM)
