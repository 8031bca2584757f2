"""Goods of paper and for writing: books, magazines, bunches of rods, pens in cases, small alike boxes."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator import solids
from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.goods import Good, Rng, made, one_of, packed, sized
from screener.lab.simulator.matter import MATERIALS as M
from screener.lab.simulator.sketch import rounded


def books(rng: Rng) -> Good:
    """A stack of books, magazines or paper: blocks of leaves, boards, spines, pages not quite flat."""
    count = int(rng.integers(1, 8))
    size = sized(rng, (110, 80, 4), (300, 220, max(6.0, 75.0 / count)))
    whole = (size[0] + 8, size[1] + 8, size[2] * count)
    bound, dense = rng.random() < 0.6, rng.uniform(0.7, 1.5)

    def paint(brush: Brush, own: Rng) -> None:
        for place in range(count):
            part = np.array(size) * (*own.uniform(0.72, 1.0, 2), own.uniform(0.5, 1.0))
            shift = (float(own.normal(0, 4)), float(own.normal(0, 4)), (place - (count - 1) / 2) * size[2])
            leaf = brush.at(shift, solids.rotation(own.normal(0, 0.06) + np.pi * own.integers(2), 0, 0))
            _book(leaf, (float(part[0]), float(part[1]), float(part[2])), dense, own, bound=bound)

    return made("books", whole, paint, rng)


def _book(brush: Brush, size: tuple[float, float, float], dense: float, rng: Rng, *, bound: bool) -> None:
    face = brush.face(size)
    leaves = face.sketch()
    leaves.slab(0, 0, face.width, face.height, face.depth)
    x, y = leaves.axes()
    leaves.thick *= 1 + np.float32(rng.uniform(0, 0.12)) * np.sin(y * np.float32(rng.uniform(0.02, 0.06)))
    leaves.thick *= 1 + np.float32(rng.uniform(0, 0.08)) * np.clip(-x / size[0], 0, 1)
    leaves.rough(rng, rng.uniform(0.0, 0.03), 30)
    face.lay(leaves, packed(M["paper"], dense))
    if bound:
        boards = face.sketch(4)
        boards.slab(0, 0, face.width + 5, face.height + 5, 2 * rng.uniform(1, 3))
        boards.slab(-face.width / 2, 0, 4, face.height + 5, face.depth)
        face.lay(boards, M["card"])
    elif rng.random() < 0.5:
        staples = face.sketch()
        for side in (-0.25, 0.25):
            staples.slab(-face.width / 2 + 3, side * face.height, 1.0, 12, 1.0)
        face.lay(staples, M["steel"])


_RODS = (
    ("stationery", 145.0, 9.0, "abs", True),
    ("chopsticks", 240.0, 6.0, "wood", False),
    ("chopsticks", 230.0, 7.0, "stainless", True),
    ("incense", 230.0, 3.0, "wood", False),
    ("noodles", 250.0, 2.2, "starch", False),
    ("noodles", 240.0, 1.7, "starch", False),
    ("candles", 160.0, 14.0, "oil", False),
    ("straws", 200.0, 7.0, "polyethylene", True),
    ("posters", 400.0, 40.0, "paper", True),
    ("brushes", 170.0, 8.0, "wood", False),
    ("stationery", 175.0, 7.4, "wood", False),
    ("stationery", 85.0, 9.5, "gypsum", False),
    ("tools", 120.0, 6.0, "steel", False),
)


def rods(rng: Rng) -> Good:
    """A bunch of rods: pens, pencils, chalk, chopsticks, incense, spaghetti, candles, straws, posters."""
    name, length, width, matter, hollow = _RODS[int(rng.integers(len(_RODS)))]
    length, width = length * rng.uniform(0.6, 1.2), width * rng.uniform(0.8, 1.25)
    count = int(rng.integers(5, 90))
    bundle = float(np.sqrt(count) * width * rng.uniform(1.0, 1.35)) + 2
    spread = rng.choice([0.0, 0.03, 0.2])
    size = (length * 1.05, bundle * 1.3, bundle)

    def paint(brush: Brush, own: Rng) -> None:
        for part in np.array_split(np.arange(count), min(count, 5)):
            here = brush.at(turn=solids.rotation(own.normal(0, spread), own.normal(0, spread / 2), 0))
            stamp, inside = Stamp.blank(here, (length, width, width))
            if hollow:
                inside.tube(length, width, width * 0.16, M[matter])
            else:
                inside.cylinder(length, width, M[matter])
            offsets = own.uniform(-0.5, 0.5, (len(part), 3)) * (6, size[1] - width, bundle - width)
            for offset in offsets.tolist():
                stamp.lay(brush.at((offset[0], offset[1], offset[2])))

    return made(name, size, paint, rng)


def pens(rng: Rng) -> Good:
    """Pens in a case or loose, in a row: barrel, ink, metal tip and clip."""
    count, length, width = int(rng.integers(3, 25)), rng.uniform(125, 160), rng.uniform(7.5, 13)
    size = (length + 8, count * (width + 1.5) + 8, width + 8)
    metal, barrel = one_of(rng, "brass", "steel", "aluminium"), one_of(rng, "abs", "polyethylene", "wood")

    def pen(brush: Brush) -> None:
        brush.tube(length, width, 1.1, barrel)
        brush.at((-8, 0, 0)).cylinder(length * 0.7, 3.0, M["glycerine"])
        brush.at((-length / 2 + 5, 0, 0)).cylinder(9, width * 0.5, metal)
        brush.at((length * 0.3, 0, width * 0.4)).box((length * 0.25, 2.5, 0.8), metal)

    def paint(brush: Brush, own: Rng) -> None:
        stamp, inside = Stamp.blank(brush, (length, width, width + 2))
        pen(inside)
        for place in range(count):
            across = (place - (count - 1) / 2) * (width + 1.5)
            stamp.lay(brush.at((float(own.normal(0, 2)), across, 0)))
        face = brush.face(size)
        case = face.sketch()
        case.lines([rounded(face.width - 3, face.height - 3, 5)], 3, face.depth * 0.5, closed=True)
        case.slab(0, 0, face.width, face.height, 1.5)
        face.lay(case, M["abs"])

    return made("stationery", size, paint, rng)


def small_boxes(rng: Rng) -> Good:
    """A block of alike small boxes, as of medicine, soap, tea bags or cosmetics: the period of packs."""
    size = sized(rng, (35, 20, 14), (130, 80, 45))
    grid = rng.integers((1, 1, 1), (5, 6, 4))
    whole = (float(size[0] * grid[0]), float(size[1] * grid[1]), float(size[2] * grid[2]))
    fill = _FILLINGS[str(rng.choice(list(_FILLINGS), p=[0.35, 0.2, 0.15, 0.3]))]

    def paint(brush: Brush, own: Rng) -> None:
        stamp, one = Stamp.blank(brush, size)
        fill(one, size, own)
        one.shell(size, 0.35, M["card"])
        for index in np.ndindex(*(int(n) for n in grid)):
            offset = ((np.array(index) - (grid - 1) / 2) * size + own.normal(0, 0.4, 3)).tolist()
            stamp.lay(brush.at((offset[0], offset[1], offset[2])))

    return made("medicine", whole, paint, rng)


def _blisters(brush: Brush, size: tuple[float, float, float], rng: Rng) -> None:
    """Strips of pills in foil, with a leaflet."""
    face = brush.face((size[0] * 0.95, size[1] * 0.9, size[2] * 0.9))
    pills, foil = face.sketch(), face.sketch()
    wide, high = rng.uniform(7, 22), rng.uniform(6, 11)
    for x in np.arange(-face.width / 2 + wide / 2 + 2, face.width / 2 - wide / 2, wide + 3):
        for y in np.arange(-face.height / 2 + high / 2 + 2, face.height / 2 - high / 2, high + 3):
            pills.dome(float(x), float(y), wide, high, min(face.depth, 4.5) * 1.5)
    face.lay(pills, M["pill"])
    foil.slab(0, 0, face.width, face.height, rng.uniform(0.06, 0.3))
    face.lay(foil, M["aluminium"])
    leaflet = face.sketch()
    leaflet.slab(0, 0, face.width * 0.7, face.height * 0.8, 1.5)
    face.lay(leaflet, M["paper"])


def _tea_bags(brush: Brush, size: tuple[float, float, float], rng: Rng) -> None:
    """Tea bags or sachets standing in rows."""
    face = brush.face((size[0] * 0.95, size[1] * 0.93, size[2] * 0.93))
    bags = face.sketch()
    step = rng.uniform(4, 12)
    for x in np.arange(-face.width / 2 + step / 2, face.width / 2, step):
        bags.pillow(float(x), 0, step * 0.95, face.height, face.depth * rng.uniform(0.4, 0.9), 1)
    bags.rough(rng, 0.25, 4)
    face.lay(bags, packed(one_of(rng, "dried leaf", "dried leaf", "coffee", "sugar"), rng.uniform(0.6, 1.0)))


def _bottle_in_box(brush: Brush, size: tuple[float, float, float], rng: Rng) -> None:
    """A small bottle, jar or vial with a cap."""
    face = brush.face((size[0] * 0.92, size[1] * 0.92, size[2] * 0.92))
    jar, inside = face.sketch(), face.sketch()
    width, height, wall = face.width * 0.95, face.height * 0.9, rng.uniform(1.0, 3.0)
    jar.pillow(0, 0, width, height, face.depth, 2)
    inside.pillow(0, 0, width - 2 * wall, height - 2 * wall, face.depth - 2 * wall, 2)
    jar.thick = np.maximum(jar.thick - inside.thick, 0)
    face.lay(jar, one_of(rng, "glass", "polyethylene"))
    face.lay(inside, one_of(rng, "cream", "oil", "pill", "water"))


def _bulk(brush: Brush, size: tuple[float, float, float], rng: Rng) -> None:
    """Powder, soap, cotton or foam."""
    face = brush.face((size[0] * 0.97, size[1] * 0.95, size[2] * rng.uniform(0.6, 0.95)))
    bulk = face.sketch()
    bulk.pillow(0, 0, face.width, face.height, face.depth, 3)
    bulk.rough(rng, rng.uniform(0.02, 0.3), rng.uniform(4, 15))
    matter = one_of(rng, "starch", "cream", "cotton", "foam", "sugar", "oil", "dried leaf")
    face.lay(bulk, packed(matter, rng.uniform(0.2, 0.95)))


_FILLINGS = {"blisters": _blisters, "tea bags": _tea_bags, "bottle": _bottle_in_box, "bulk": _bulk}
