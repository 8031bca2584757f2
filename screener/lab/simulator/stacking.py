"""Stacking: where alike bodies lie when they are packed in a block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from screener.lab.simulator.brush import Offset
from screener.lab.simulator.goods import Rng
from screener.lab.simulator.solids import Size

Grid = tuple[int, int, int]
LONGEST_MM = 620.0
"""Blocks are built no longer than this where they can be: parcels are not."""


def groups(count: int, most: int, rng: Rng) -> list[int]:
    """`count` split into a few groups, often one."""
    parts = min(count, 1 if rng.random() < 0.5 else int(rng.integers(1, most + 1)))
    if parts < 2:
        return [count] if count else []
    cuts = np.sort(rng.choice(np.arange(1, count), parts - 1, replace=False))
    return [int(part) for part in np.diff([0, *cuts, count])]


def evenly(count: int, parts: int) -> list[int]:
    """`count` split into at most `parts` nearly equal groups, none of them empty."""
    parts = min(count, parts)
    return [count // parts + (place < count % parts) for place in range(parts)]


def grid(count: int, cell: Size, rng: Rng) -> Grid:
    """Cells along each axis for `count` bodies, no layer empty: any block, the compact ones more often."""
    built = [_filled(count, along, across) for along in range(1, 9) for across in range(1, 25)]
    sides = np.array(built) * cell
    longest = sides.max(1)
    cost = np.log(longest) + 3.0 * (longest > LONGEST_MM) + rng.normal(0, 0.45, len(built))
    return built[int(np.argmin(cost))]


def _filled(count: int, along: int, across: int) -> Grid:
    along = min(along, count)
    across = min(across, -(-count // along))
    return along, across, -(-count // (along * across))


def block(cells: Grid, cell: Size) -> Size:
    """The size of a block of cells."""
    return cells[0] * cell[0], cells[1] * cell[1], cells[2] * cell[2]


def places(count: int, cells: Grid, cell: Size) -> Iterator[Offset]:
    """The middles of the first `count` cells of a block, layer by layer."""
    for index in range(count):
        layer, rest = divmod(index, cells[0] * cells[1])
        across, along = divmod(rest, cells[0])
        yield (
            (along - (cells[0] - 1) / 2) * cell[0],
            (across - (cells[1] - 1) / 2) * cell[1],
            (layer - (cells[2] - 1) / 2) * cell[2],
        )


def shaken(place: Offset, by: Size, rng: Rng) -> Offset:
    """A place moved at random, at most by `by` either way."""
    moved = np.array(place) + rng.uniform(-1, 1, 3) * by
    return float(moved[0]), float(moved[1]), float(moved[2])
