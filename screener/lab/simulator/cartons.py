"""Cartons and packs: closed, opened and repacked, in blocks, thrown together, or apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from screener.lab.simulator import solids, stacking
from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.cigarettes import PACKS_PER_CARTON, STICKS_PER_PACK, Brand, pack_stamp
from screener.lab.simulator.goods import Good, Paint, Rng
from screener.lab.simulator.matter import MATERIALS
from screener.lab.simulator.solids import Size
from screener.lab.simulator.wrapping import wrap

MOST_APART = 40
"""Goods that a load is spread over at most."""

_ACROSS = solids.rotation(np.pi / 2, 0, 0)
_VARIANTS = 3


def _good(make: Brand, packs: int, size: Size, paint: Paint, rng: Rng) -> Good:
    grams = packs * STICKS_PER_PACK * make.grams
    return Good(
        "cigarettes",
        size,
        paint,
        int(rng.integers(1 << 31)),
        (grams, 0.0, 0.0),
        lambda own: spread(packs, make, own),
    )


def cartons(count: int, make: Brand, rng: Rng) -> Good:
    """A block of closed cartons, stacked and laid side by side with small gaps."""
    long, wide, thick = make.carton
    cell = (long + 2.0, wide + 2.0, thick + 1.5)
    cells = stacking.grid(count, cell, rng)

    def paint(brush: Brush, own: Rng) -> None:
        stamps = [_carton_stamp(brush, make, own) for _ in range(min(count, _VARIANTS - 1))]
        for place in stacking.places(count, cells, cell):
            _any(stamps, own).lay(brush.at(stacking.shaken(place, (0.9, 0.9, 0.7), own)))

    return _good(make, count * PACKS_PER_CARTON, stacking.block(cells, cell), paint, rng)


def _any(stamps: list[Stamp], rng: Rng) -> Stamp:
    return stamps[int(rng.integers(len(stamps)))]


def _carton_stamp(brush: Brush, make: Brand, rng: Rng) -> Stamp:
    stamp, inside = Stamp.blank(brush, make.carton)
    _carton(inside, make, rng, lambda _: 0.0)
    return stamp


def _carton(brush: Brush, make: Brand, rng: Rng, pulled_mm: Callable[[int], float]) -> None:
    """A carton of 10 packs in card, each pulled out along its sticks by so much."""
    _, wide, thick = make.pack
    grid = (1, make.columns, PACKS_PER_CARTON // make.columns)
    across = brush.at(turn=_ACROSS)
    stamps = [pack_stamp(across, make, rng) for _ in range(2)]
    for index, place in enumerate(stacking.places(PACKS_PER_CARTON, grid, (0.0, wide, thick))):
        moved = (place[0] + pulled_mm(index), place[1], place[2])
        _any(stamps, rng).lay(across.at(stacking.shaken(moved, (0.5, 0.2, 0.1), rng)))
    wrap(brush, make.carton, 0.4, MATERIALS["card"])


def opened(count: int, make: Brand, rng: Rng) -> Good:
    """Cartons opened and repacked: packs half pulled out, without their boxes, or one layer laid flat."""
    return (_pulled, _unboxed, _flattened)[int(rng.integers(3))](count, make, rng)


def _pulled(count: int, make: Brand, rng: Rng) -> Good:
    """Open cartons with some of the packs pulled out, side by side."""
    long, wide, thick = make.carton
    reach = make.pack[0] * rng.uniform(0.3, 0.9)
    cell = (long + 3.0, wide + 2 * reach, thick + 2.0)
    cells = stacking.grid(count, cell, rng)

    def paint(brush: Brush, own: Rng) -> None:
        stamps = [_pulled_stamp(brush, make, reach, own) for _ in range(min(count, 2))]
        for place in stacking.places(count, cells, cell):
            _any(stamps, own).lay(brush.at(stacking.shaken(place, (1.2, 0.5, 0.8), own)))

    return _good(make, count * PACKS_PER_CARTON, stacking.block(cells, cell), paint, rng)


def _pulled_stamp(brush: Brush, make: Brand, reach: float, rng: Rng) -> Stamp:
    long, wide, thick = make.carton
    stamp, inside = Stamp.blank(brush, (long, wide + 2 * reach, thick))
    out = rng.uniform(0.1, 0.98, PACKS_PER_CARTON) * rng.choice([0, 0, 1], PACKS_PER_CARTON) * reach
    _carton(inside, make, rng, lambda index: float(out[index]))
    return stamp


def _unboxed(count: int, make: Brand, rng: Rng) -> Good:
    """The packs of cartons in a block of another shape, in film or in paper."""
    inner = _block(count * PACKS_PER_CARTON, make, rng)
    film, wall = (("polyethylene", 0.03), ("paper", 0.2))[int(rng.integers(2))]
    size = (inner.size[0] + 2, inner.size[1] + 2, inner.size[2] + 2)

    def paint(brush: Brush, own: Rng) -> None:
        inner.paint(brush, own)
        wrap(brush, size, wall, MATERIALS[film])

    return _good(make, count * PACKS_PER_CARTON, size, paint, rng)


def _flattened(count: int, make: Brand, rng: Rng) -> Good:
    """Packs in a flat layer or two over the folded boards of their cartons."""
    packs = count * PACKS_PER_CARTON
    layers = 1 if packs <= 20 else -(-packs // 30)
    deep = -(-packs // layers)
    along = int(np.ceil(np.sqrt(deep * make.pack[1] / make.pack[0])))
    cells = (along, -(-deep // along), layers)
    flat = stacking.block(cells, make.pack)
    boards = 1.6 * count
    size = (max(flat[0], 290.0) + 2, max(flat[1], 200.0) + 2, flat[2] + boards + 2)

    def paint(brush: Brush, own: Rng) -> None:
        lifted = brush.at((0, 0, boards / 2))
        stamps = [pack_stamp(brush, make, own) for _ in range(_VARIANTS)]
        for place in stacking.places(packs, cells, make.pack):
            _any(stamps, own).lay(lifted.at(stacking.shaken(place, (0.9, 0.9, 0.3), own)))
        brush.at((0, 0, -flat[2] / 2)).box((285.0, 190.0, boards), MATERIALS["card"])

    return _good(make, packs, size, paint, rng)


def packs(count: int, make: Brand, rng: Rng) -> list[Good]:
    """Packs: in a neat block without their carton, thrown together, or apart between other goods."""
    way = int(rng.choice(3, p=[0.4, 0.3, 0.3]))
    if way == 2:
        return spread(count, make, rng)
    return [_block(count, make, rng) if way == 0 else _thrown(count, make, rng)]


def spread(count: int, make: Brand, rng: Rng) -> list[Good]:
    """Packs one by one, or a few together where there are many."""
    return [_block(part, make, rng) for part in stacking.evenly(count, MOST_APART)]


def _block(count: int, make: Brand, rng: Rng) -> Good:
    long, wide, thick = make.pack
    cell = (long + 1.0, wide + 0.8, thick + 0.6)
    cells = stacking.grid(count, cell, rng)

    def paint(brush: Brush, own: Rng) -> None:
        stamps = [pack_stamp(brush, make, own) for _ in range(min(count, _VARIANTS))]
        for place in stacking.places(count, cells, cell):
            _any(stamps, own).lay(brush.at(stacking.shaken(place, (0.5, 0.4, 0.3), own)))

    return _good(make, count, stacking.block(cells, cell), paint, rng)


def _thrown(count: int, make: Brand, rng: Rng) -> Good:
    """Packs thrown into a bag: each on one of its faces, askew."""
    turns = [_askew(rng) for _ in range(min(count, 4))]
    reach = 2 * np.max([solids.half_extent(make.pack, turn) for turn in turns], 0) + 1.0
    cell = (float(reach[0]), float(reach[1]), float(reach[2]))
    tight = rng.uniform(0.6, 0.9)
    cells = stacking.grid(count, cell, rng)
    inner = stacking.block(cells, (cell[0] * tight, cell[1] * tight, cell[2] * tight))
    size = (
        inner[0] + cell[0] * (1 - tight),
        inner[1] + cell[1] * (1 - tight),
        inner[2] + cell[2] * (1 - tight),
    )

    def paint(brush: Brush, own: Rng) -> None:
        stamps = [pack_stamp(brush.at(turn=turn), make, own) for turn in turns]
        for place in stacking.places(count, cells, (cell[0] * tight, cell[1] * tight, cell[2] * tight)):
            _any(stamps, own).lay(brush.at(place))

    return _good(make, count, size, paint, rng)


def _askew(rng: Rng) -> solids.Turn:
    face = float(rng.choice([0, 0, np.pi / 2]))
    return solids.rotation(rng.uniform(0, np.pi), rng.normal(0, 0.2), face + rng.normal(0, 0.2))
