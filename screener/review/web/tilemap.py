"""The map of provinces as squares, and the routes between them as arcs: figures for a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Final

from screener.review.networks.listing import Route
from screener.review.networks.provinces import BY_CODE, ENGLISH, TILES, Tile

SIDE: Final = 44
GAP: Final = 4
STEP: Final = SIDE + GAP
WIDTH: Final = 9 * STEP
HEIGHT: Final = 8 * STEP
MOST_ARCS: Final = 40
THICKEST: Final = 6.0


@dataclass(frozen=True, slots=True)
class Square:
    """A province with what began and ended there; `level` is how much that is, from 0 to 4."""

    tile: Tile
    short: str
    x: int
    y: int
    sent: int
    received: int
    level: int


@dataclass(frozen=True, slots=True)
class Arc:
    """A route as the path of a curve, and how thick it is."""

    route: Route
    path: str
    width: float


@dataclass(frozen=True, slots=True)
class Map:
    """All squares, the busiest arcs, and the routes that have no place here."""

    squares: tuple[Square, ...]
    arcs: tuple[Arc, ...]
    elsewhere: tuple[Route, ...]


def drawn(routes: Sequence[Route], language: str) -> Map:
    """The map of these routes."""
    sent, received = Counter[str](), Counter[str]()
    for one in routes:
        sent[one.origin] += one.parcels
        received[one.destination] += one.parcels
    most = max([sent[tile.code] + received[tile.code] for tile in TILES], default=0)
    placed = [one for one in routes if one.origin in BY_CODE and one.destination in BY_CODE]
    busiest = max((one.parcels for one in placed), default=1)
    return Map(
        tuple(_square(tile, sent[tile.code], received[tile.code], most, language) for tile in TILES),
        tuple(_arc(one, busiest) for one in _leaving(placed)),
        tuple(one for one in routes if one not in placed),
    )


def _leaving(placed: Iterable[Route]) -> list[Route]:
    """The busiest of those that lead elsewhere."""
    return [one for one in placed if one.origin != one.destination][:MOST_ARCS]


def _square(tile: Tile, sent: int, received: int, most: int, language: str) -> Square:
    level = 0 if not sent + received else 1 + min(3, round(3 * ((sent + received) / most) ** 0.5))
    short = tile.short if language == "zh" else ENGLISH[tile.code]
    return Square(tile, short, tile.column * STEP, tile.row * STEP, sent, received, level)


def _arc(route: Route, busiest: int) -> Arc:
    """Bent to the left of its way, so that two ways between the same places are two arcs."""
    (x1, y1), (x2, y2) = _middle(route.origin), _middle(route.destination)
    length = hypot(x2 - x1, y2 - y1)
    bend = min(0.25 * length, 60.0) / length
    x, y = (x1 + x2) / 2 + bend * (y2 - y1), (y1 + y2) / 2 - bend * (x2 - x1)
    width = max(1.0, THICKEST * (route.parcels / busiest) ** 0.5)
    return Arc(route, f"M{x1:.1f} {y1:.1f} Q{x:.1f} {y:.1f} {x2:.1f} {y2:.1f}", round(width, 1))


def _middle(code: str) -> tuple[float, float]:
    tile = BY_CODE[code]
    return tile.column * STEP + SIDE / 2, tile.row * STEP + SIDE / 2
