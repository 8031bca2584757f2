"""Loose sticks: in layers, in bundles, or lying in all directions; and sticks for heating in any packing."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator import cartons, solids, stacking
from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.cigarettes import PACKS_PER_CARTON, STICKS_PER_PACK, Brand, Places, sticks
from screener.lab.simulator.goods import Good, Paint, Rng
from screener.lab.simulator.matter import MATERIALS
from screener.lab.simulator.solids import Size
from screener.lab.simulator.wrapping import wrap

_DIRECTIONS = 14
_BAGS = 12


def loose(count: int, make: Brand, rng: Rng) -> Good:
    """Loose sticks in a bag or a box: in neat layers, or more or less in disorder."""
    if rng.random() < 0.35:
        return _layered(count, make, rng)
    return _tumbled(count, make, rng, float(rng.choice([0.04, 0.25, 3.0])))


def _good(count: int, make: Brand, size: Size, paint: Paint, rng: Rng) -> Good:
    return Good(
        "cigarettes",
        size,
        paint,
        int(rng.integers(1 << 31)),
        (count * make.grams, 0.0, 0.0),
        lambda own: [loose(part, make, own) for part in stacking.evenly(count, _BAGS)],
    )


def _layered(count: int, make: Brand, rng: Rng) -> Good:
    """Sticks in rows upon rows, perhaps two lengths of them, in a card box or in film."""
    lengths = 1 if count < 60 or rng.random() < 0.6 else 2
    layers = max(1, round(float(np.sqrt(count / lengths) * rng.uniform(0.25, 0.8))))
    rows = -(-count // (layers * lengths))
    size = (lengths * (make.length + 1.5) + 3, (rows + 0.5) * make.width + 3, layers * make.width + 3)
    wall, matter = (0.4, "card") if rng.random() < 0.5 else (0.05, "polyethylene")
    middles = np.array(
        list(
            stacking.places(count, (lengths, rows, layers), (make.length + 1.5, make.width, make.width * 0.9))
        )
    )
    middles[:, 1] += make.width / 4 * np.where(np.round(middles[:, 2] / make.width / 0.9) % 2 == 0, 1, -1)

    def paint(brush: Brush, own: Rng) -> None:
        for column in np.unique(middles[:, 0]):
            _rows(brush, make, middles[middles[:, 0] == column], own)
        wrap(brush, size, wall, MATERIALS[matter])

    return _good(count, make, size, paint, rng)


def _rows(brush: Brush, make: Brand, middles: Places, rng: Rng) -> None:
    """Rows of sticks: full ones are two stamps, so that a thousand sticks cost what fifty do."""
    heights, counts = np.unique(middles[:, 2], return_counts=True)
    stamps: dict[int, list[Stamp]] = {}
    for height, count in zip(heights, counts, strict=True):
        row = middles[middles[:, 2] == height]
        middle = row.mean(0)
        if len(stamps.setdefault(int(count), [])) < 2:
            stamp, inside = Stamp.blank(brush, (make.length + 2, (count + 1) * make.width, make.width * 1.1))
            sticks(inside, make, row - middle + rng.uniform(-0.8, 0.8, (count, 1)) * (1, 0, 0), rng)
            stamps[int(count)].append(stamp)
        kept = stamps[int(count)]
        kept[int(rng.integers(len(kept)))].lay(
            brush.at((float(middle[0]), float(middle[1]), float(middle[2])))
        )


def _tumbled(count: int, make: Brand, rng: Rng, disorder: float) -> Good:
    """Sticks in a bag, heads and tails mixed: nearly parallel, or in all directions."""
    one = (make.length, make.width, make.width)
    turns = [_turn(rng, disorder) for _ in range(min(count, _DIRECTIONS))]
    reaches = np.array([2 * solids.half_extent(one, turn) for turn in turns])
    volume = count * make.length * make.width**2 / rng.uniform(0.35, 0.7)
    thick = float(np.clip(volume ** (1 / 3) * rng.uniform(0.4, 0.8), make.width * 1.5, 150))
    long = max(make.length * 1.15, float(np.sqrt(volume / thick)) * rng.uniform(0.9, 1.3))
    least = reaches.max(0) + 1.0
    size = (
        max(long, float(least[0])),
        max(volume / thick / long, float(least[1])),
        max(thick, float(least[2])),
    )

    def paint(brush: Brush, own: Rng) -> None:
        for part, turn, reach in zip(
            np.array_split(np.arange(count), len(turns)), turns, reaches, strict=True
        ):
            stamp, inside = Stamp.blank(brush.at(turn=turn), one)
            sticks(inside, make, np.zeros((1, 3)), own)
            room = (
                float(size[0] - reach[0]) / 2,
                float(size[1] - reach[1]) / 2,
                float(size[2] - reach[2]) / 2,
            )
            for _ in part:
                stamp.lay(brush.at(stacking.shaken((0.0, 0.0, 0.0), room, own)))
        wrap(brush, size, 0.1, MATERIALS["polyethylene"])

    return _good(count, make, size, paint, rng)


def _turn(rng: Rng, disorder: float) -> solids.Turn:
    flip = np.pi * rng.integers(0, 2)
    return solids.rotation(rng.normal(0, disorder) + flip, rng.normal(0, min(disorder, 0.15)), 0)


def heated(count: int, make: Brand, rng: Rng) -> list[Good]:
    """Sticks for heating: in cartons and packs as far as they fill them, the rest, or all of them, loose."""
    if rng.random() < 0.15:
        return [loose(count, make, rng)]
    full, left = divmod(count, STICKS_PER_PACK * PACKS_PER_CARTON) if rng.random() < 0.6 else (0, count)
    packs, single = divmod(left, STICKS_PER_PACK)
    made = [cartons.cartons(full, make, rng)] if full else []
    made += cartons.packs(packs, make, rng) if packs else []
    return made + ([loose(single, make, rng)] if single else [])
