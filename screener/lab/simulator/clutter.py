"""Clutter: the goods of ordinary parcels, among them those that are taken for tobacco.

Look-alikes are over-represented on purpose: chocolates in rows, rods in bunches, books and paper, packed
cloth, rows of bottles, boxes of small boxes. Each painter draws its good in its own axes around the origin.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from screener.lab.simulator import solids
from screener.lab.simulator.brush import Brush, Grain, Stamp
from screener.lab.simulator.canvas import clouds, pillow
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.matter import MATERIALS, Material
from screener.lab.simulator.solids import Size

M = MATERIALS


def _pick(rng: Rng, *names: str) -> Material:
    return M[names[int(rng.integers(len(names)))]]


def _good(name: str, size: Size, paint: Callable[[Brush, Rng], None], rng: Rng) -> Good:
    return Good(name, size, paint, int(rng.integers(1 << 31)))


def _size(rng: Rng, low: Size, high: Size) -> Size:
    drawn = rng.uniform(low, high)
    return float(drawn[0]), float(drawn[1]), float(drawn[2])


def boxed_goods(rng: Rng) -> Good:
    """A card box with an uneven filling."""
    size = _size(rng, (40, 30, 15), (220, 150, 90))
    inside = _pick(rng, "starch", "pill", "cotton", "foam", "sugar", "abs", "cream", "coffee", "gypsum")
    loose = Material(inside.name, inside.density * rng.uniform(0.15, 0.8), inside.basis)

    def paint(brush: Brush, own: Rng) -> None:
        fill = own.uniform(0.5, 0.97)
        brush.box(
            (size[0] * fill, size[1] * fill, size[2] * fill), loose, None, Grain(own, own.uniform(0, 0.5), 12)
        )
        brush.shell(size, 0.5, M["card"])

    return _good("gifts", size, paint, rng)


def bottles(rng: Rng) -> Good:
    """One bottle or a row of them, plastic or glass, full or half full, with neck and cap."""
    count = int(rng.choice([1, 1, 2, 3, 4, 6]))
    width, length = rng.uniform(22, 85), rng.uniform(90, 280)
    glass = rng.random() < 0.35
    liquid = _pick(rng, "drink", "water", "oil", "cream")
    full = rng.uniform(0.3, 1.0)
    size = (length, width * count * 1.03, width)

    def one(brush: Brush) -> None:
        body, wall = length * 0.78, rng_wall
        start = (-(length - body) / 2, 0.0, 0.0)
        brush.at(start).tube(body, width, wall, M["glass"] if glass else M["polyethylene"])
        filled = (body - 2 * wall) * full
        brush.at((start[0] - (body - filled) / 2, 0, 0)).cylinder(filled, width - 2 * wall, liquid)
        brush.at((length * 0.39, 0, 0)).tube(
            length * 0.2, width * 0.38, wall, M["glass"] if glass else M["abs"]
        )
        brush.at((length * 0.46, 0, 0)).tube(length * 0.08, width * 0.44, 1.2, cap)

    rng_wall = rng.uniform(2.0, 4.0) if glass else rng.uniform(0.5, 1.2)
    cap = _pick(rng, "abs", "aluminium", "steel")

    def paint(brush: Brush, own: Rng) -> None:
        for place in range(count):
            one(brush.at((float(own.normal(0, 1)), (place - (count - 1) / 2) * width * 1.03, 0)))

    return _good("drinks", size, paint, rng)


def books(rng: Rng) -> Good:
    """A stack of books or paper: boards, leaves, the faint relief of pages that are not quite flat."""
    count = int(rng.integers(1, 7))
    size = _size(rng, (120, 90, 8), (300, 220, 35))
    whole = (size[0] + 8, size[1] + 8, size[2] * count)

    def paint(brush: Brush, own: Rng) -> None:
        for place in range(count):
            part = tuple(size[i] * own.uniform(0.75, 1.0) for i in range(3))
            shift = (float(own.normal(0, 3)), float(own.normal(0, 3)), (place - (count - 1) / 2) * size[2])
            leaf = brush.at(shift, solids.rotation(own.normal(0, 0.05), 0, 0))
            leaf.box((part[0], part[1], part[2]), M["paper"], None, Grain(own, 0.02, 40))
            leaf.box((part[0] + 3, part[1] + 3, 2.0), M["card"])

    return _good("books", whole, paint, rng)


def cloth(rng: Rng) -> Good:
    """Folded or crumpled clothing: layers of soft sheets with folds at several scales."""
    size = _size(rng, (120, 100, 25), (360, 280, 110))
    fibre = _pick(rng, "cotton", "polyester", "wool")
    layers = int(rng.integers(2, 6))
    crumple = rng.uniform(0.05, 0.45)

    def paint(brush: Brush, own: Rng) -> None:
        for _ in range(layers):
            share = own.uniform(0.55, 1.0, 2)
            sheet = (size[0] * share[0], size[1] * share[1], size[2] / layers)
            offset = own.uniform(-0.5, 0.5, 2) * (1 - share) * size[:2]
            here = brush.at(
                (float(offset[0]), float(offset[1]), 0), solids.rotation(own.normal(0, 0.15), 0, 0)
            )
            if (at := here.window(sheet)) is None:
                continue
            pitch = brush.canvas.pitch_row_mm
            folds = clouds(own, at.shape, own.uniform(15, 60) / pitch, 3)
            chord = np.minimum(solids.box(at.u, at.v, here.turn, sheet), max(sheet)) * np.clip(
                1 + crumple * folds, 0.05, None
            )
            creases = np.exp(-np.square(clouds(own, at.shape, 45 / pitch, 1) / 0.06)) * sheet[2] * crumple
            here.canvas.add_chord(at, chord + creases * (chord > 0), fibre)

    return _good("clothing", size, paint, rng)


def tins(rng: Rng) -> Good:
    """Tin cans of food, one or a stack."""
    count = int(rng.integers(1, 5))
    width, length = rng.uniform(50, 105), rng.uniform(35, 120)
    wall = _pick(rng, "steel", "aluminium")
    food = _pick(rng, "meat", "drink", "starch", "coffee")

    def paint(brush: Brush, own: Rng) -> None:
        for place in range(count):
            here = brush.at(((place - (count - 1) / 2) * (length + 1), 0, 0))
            here.tube(length, width, 0.22, wall)
            here.cylinder(length - 4, width - 1, food, None, Grain(own, 0.05, 10))

    return _good("canned food", (length * count + count, width, width), paint, rng)


def chocolates(rng: Rng) -> Good:
    """Rows of small alike pieces in a box: rolled chocolates, truffles, biscuits, sweets."""
    kind = rng.choice(["roll", "ball", "bar"])
    length, width = rng.uniform(25, 95), rng.uniform(9, 24)
    if kind == "ball":
        length = width
    across, along = int(rng.integers(4, 14)), int(rng.integers(1, 7))
    layers = int(rng.integers(1, 4))
    gap = rng.uniform(0.3, 4)
    food = _pick(rng, "chocolate", "starch", "sugar")
    size = (along * (length + gap) + 4, across * (width + gap) + 4, layers * (width + 1) + 4)
    foil = rng.random() < 0.5

    def piece(brush: Brush) -> None:
        if kind == "roll":
            brush.tube(length, width, width * 0.28, food)
        elif kind == "ball":
            brush.ellipsoid((length, width, width), food)
        else:
            brush.box((length, width * 0.9, width * 0.6), food)
        if foil:
            brush.shell((length, width, width), 0.015, M["aluminium"])

    def paint(brush: Brush, own: Rng) -> None:
        stamp, inside = Stamp.blank(brush, (length, width, width))
        piece(inside)
        for index in np.ndindex(along, across, layers):
            cell = np.array(index) - (np.array([along, across, layers]) - 1) / 2
            offset = cell * (length + gap, width + gap, width + 1) + own.normal(0, 0.3, 3)
            stamp.lay(brush.at((float(offset[0]), float(offset[1]), float(offset[2]))))
        brush.shell(size, 0.5, M["card"])

    return _good("confectionery", size, paint, rng)


def rods(rng: Rng) -> Good:
    """A bunch of rods: pens, chopsticks, incense, spaghetti, candles, drinking straws, rolled posters."""
    name, length, width, matter, hollow = _RODS[int(rng.integers(len(_RODS)))]
    length, width = length * rng.uniform(0.8, 1.2), width * rng.uniform(0.8, 1.25)
    count = int(rng.integers(5, 60))
    bundle = float(np.sqrt(count) * width * 1.25) + 2
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
            for _ in part:
                offset = own.uniform(-0.5, 0.5, 3) * (6, size[1] - width, bundle - width)
                stamp.lay(brush.at((float(offset[0]), float(offset[1]), float(offset[2]))))

    return _good(name, size, paint, rng)


_RODS = (
    ("stationery", 145.0, 9.0, "abs", True),
    ("chopsticks", 240.0, 6.0, "wood", False),
    ("incense", 230.0, 3.0, "wood", False),
    ("noodles", 250.0, 2.2, "starch", False),
    ("candles", 160.0, 14.0, "oil", False),
    ("straws", 200.0, 7.0, "polyethylene", True),
    ("posters", 400.0, 40.0, "paper", True),
    ("brushes", 170.0, 8.0, "wood", False),
    ("tools", 120.0, 6.0, "steel", False),
)


def electronics(rng: Rng) -> Good:
    """A device: plastic shell, printed board with parts, a battery, perhaps a heat sink and screws."""
    size = _size(rng, (60, 40, 8), (340, 240, 45))

    def paint(brush: Brush, own: Rng) -> None:
        brush.shell(size, own.uniform(1.2, 3.0), M["abs"] if own.random() < 0.7 else M["aluminium"])
        board = (size[0] * own.uniform(0.4, 0.9), size[1] * own.uniform(0.4, 0.9), 1.6)
        brush.box(board, M["board"])
        for _ in range(int(own.integers(5, 28))):
            place = own.uniform(-0.5, 0.5, 2) * board[:2]
            here = brush.at((float(place[0]), float(place[1]), 2))
            part = own.uniform((2, 2, 1), (18, 14, 7))
            here.box(
                (part[0], part[1], part[2]), _pick(own, "chip", "chip", "ceramic", "abs", "copper", "solder")
            )
        for _ in range(int(own.integers(0, 4))):
            place = own.uniform(-0.35, 0.35, 2) * size[:2]
            cell = (
                size[0] * own.uniform(0.2, 0.45),
                size[1] * own.uniform(0.2, 0.4),
                min(size[2] * 0.6, 7.0),
            )
            brush.at((float(place[0]), float(place[1]), 0)).box(cell, M["lithium cell"])
        for corner in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            screw = brush.at((corner[0] * size[0] * 0.46, corner[1] * size[1] * 0.46, 0))
            screw.box((3, 3, 6), M["steel"])

    return _good("electronics", size, paint, rng)


def adapter(rng: Rng) -> Good:
    """A power adapter: plastic box, copper coil on a ferrite core, capacitors."""
    size = _size(rng, (45, 35, 25), (140, 70, 40))

    def paint(brush: Brush, own: Rng) -> None:
        brush.shell(size, 2.0, M["abs"])
        brush.box((size[0] * 0.9, size[1] * 0.85, 1.6), M["board"])
        brush.at((size[0] * 0.15, 0, 0)).cylinder(
            size[0] * 0.3, size[1] * 0.5, M["zinc"], None, None, size[2] * 0.6
        )
        for _ in range(int(own.integers(2, 7))):
            place = own.uniform(-0.4, 0.4, 2) * size[:2]
            brush.at((float(place[0]), float(place[1]), 0)).cylinder(
                own.uniform(8, 20), own.uniform(5, 14), M["aluminium"]
            )

    return _good("adapter", size, paint, rng)


def batteries(rng: Rng) -> Good:
    """Round cells side by side."""
    width, length = (14.5, 50.5) if rng.random() < 0.6 else (18.5, 65.0)
    count = int(rng.integers(2, 13))

    def paint(brush: Brush, own: Rng) -> None:
        stamp, inside = Stamp.blank(brush, (length, width, width))
        inside.cylinder(length, width, M["alkaline cell"])
        for place in range(count):
            stamp.lay(brush.at((0, (place - (count - 1) / 2) * (width + 0.5), 0)))

    return _good("batteries", (length, count * (width + 0.5), width), paint, rng)


def small_boxes(rng: Rng) -> Good:
    """A block of alike small boxes, as of medicine, soap, tea bags or cosmetics: the period of packs."""
    size = _size(rng, (35, 20, 14), (120, 75, 45))
    grid = rng.integers((1, 1, 1), (5, 6, 4))
    inside = _pick(rng, "pill", "starch", "dried leaf", "cream", "cotton", "foam", "sugar", "oil")
    filled = Material(inside.name, inside.density * rng.uniform(0.2, 0.9), inside.basis)
    whole = (float(size[0] * grid[0]), float(size[1] * grid[1]), float(size[2] * grid[2]))
    blister = rng.random() < 0.4

    def paint(brush: Brush, own: Rng) -> None:
        stamp, one = Stamp.blank(brush, size)
        one.shell(size, 0.35, M["card"])
        if blister:
            pitch = own.uniform(9, 16)
            for place in np.ndindex(int(size[0] / pitch), int(size[1] / pitch)):
                offset = (np.array(place) + 0.5) * pitch - np.array(size[:2]) / 2
                one.at((float(offset[0]), float(offset[1]), 0)).ellipsoid(
                    (pitch * 0.7, pitch * 0.7, 5), M["pill"]
                )
            one.box((size[0] * 0.95, size[1] * 0.9, 0.3), M["aluminium"])
        else:
            fill = own.uniform(0.6, 0.95)
            one.box((size[0] * fill, size[1] * fill, size[2] * fill), filled, None, Grain(own, 0.2, 8))
        for index in np.ndindex(*(int(n) for n in grid)):
            offset = (np.array(index) - (grid - 1) / 2) * size + own.normal(0, 0.4, 3)
            stamp.lay(brush.at((float(offset[0]), float(offset[1]), float(offset[2]))))

    return _good("medicine", whole, paint, rng)


def loose_food(rng: Rng) -> Good:
    """A bag of tea, coffee, dried food, rice, sugar, powder or granules."""
    food = _pick(rng, "dried leaf", "coffee", "starch", "sugar", "salt", "meat")
    size = _size(rng, (70, 50, 20), (260, 190, 80))
    bulk = Material(food.name, food.density * rng.uniform(0.5, 0.95), food.basis)
    clump, grain_mm = rng.uniform(0.02, 0.3), rng.uniform(3, 20)

    def paint(brush: Brush, own: Rng) -> None:
        if (at := brush.window(size)) is None:
            return
        reach = solids.half_extent(size, brush.turn)
        profile = pillow(at, float(reach[0]), float(reach[1]), 0.0, own.uniform(2, 5)) * np.float32(
            2 * reach[2]
        )
        uneven = np.clip(
            1 + clump * clouds(own, at.shape, grain_mm / brush.canvas.pitch_row_mm, 2), 0.1, None
        )
        brush.canvas.add_chord(at, profile * uneven, bulk)
        brush.shell(
            size, 0.1, _pick(own, "polyethylene", "aluminium") if own.random() < 0.3 else M["polyethylene"]
        )

    return _good("food", size, paint, rng)


def shapes(rng: Rng) -> Good:
    """Toys, ornaments, fruit: clusters of turned ellipsoids and boxes of one matter, full or hollow."""
    size = _size(rng, (40, 40, 30), (220, 170, 140))
    matter = _pick(
        rng, "abs", "polyethylene", "pvc", "rubber", "wood", "ceramic", "meat", "starch", "foam", "cream"
    )
    hollow = rng.random() < 0.5

    def paint(brush: Brush, own: Rng) -> None:
        for _ in range(int(own.integers(2, 8))):
            share = own.uniform(0.2, 0.7, 3) * size
            offset = own.uniform(-0.5, 0.5, 3) * (np.array(size) - share)
            turn = solids.rotation(*(float(a) for a in own.uniform(0, np.pi, 3)))
            here = brush.at((float(offset[0]), float(offset[1]), float(offset[2])), turn)
            part = (float(share[0]), float(share[1]), float(share[2]))
            if hollow:
                here.shell(part, 2.0, matter)
            else:
                here.ellipsoid(part, matter)

    return _good("toys", size, paint, rng)


def shoes(rng: Rng) -> Good:
    """A pair of shoes: thick soles, thin uppers."""
    long, wide = rng.uniform(200, 310), rng.uniform(75, 110)

    def paint(brush: Brush, own: Rng) -> None:
        for side in (-0.5, 0.5):
            shoe = brush.at((float(own.normal(0, 8)), side * wide * 1.05, 0))
            shoe.at((0, 0, -35)).cylinder(long * 0.5, wide * 0.9, M["rubber"], None, Grain(own, 0.1, 12), 22)
            shoe.at((0, 0, -35)).ellipsoid((long, wide, 26), M["rubber"])
            shoe.ellipsoid((long * 0.92, wide * 0.9, 70), Material("upper", 0.10, M["leather"].basis))
            for eyelet in range(6):
                shoe.at((eyelet * 12.0, 6, 20)).ellipsoid((6, 6, 2), M["steel"])

    return _good("shoes", (long, wide * 2.1, 100), paint, rng)


def cables(rng: Rng) -> Good:
    """A coiled cable."""
    width = rng.uniform(60, 180)
    core = _pick(rng, "copper", "copper", "aluminium")

    def paint(brush: Brush, own: Rng) -> None:
        size = (width, width, 10)
        if (at := brush.window(size)) is None:
            return
        pitch = np.array([brush.canvas.pitch_col_mm, brush.canvas.pitch_row_mm])
        angle = np.linspace(0, 2 * np.pi * own.uniform(1.5, 6), 240)
        radius = width * (0.33 + 0.1 * np.sin(angle * own.uniform(0.1, 0.9) + own.uniform(0, 6)))
        curve = np.stack([radius * np.cos(angle), radius * np.sin(angle) * own.uniform(0.4, 1)], 1)
        points = (curve / pitch - (at.u[0, 0] / pitch[0], at.v[0, 0] / pitch[1])) * 16
        for thick, matter, depth in ((4.5, M["pvc"], 3.0), (1.8, core, 0.8)):
            line = np.zeros(at.shape, np.float32)
            cv2.polylines(
                line, [points.astype(np.int32)], False, 1.0, max(1, round(thick / pitch[0])), cv2.LINE_AA, 4
            )
            brush.canvas.add_chord(at, cv2.GaussianBlur(line, (0, 0), 0.8) * np.float32(depth), matter)

    return _good("cable", (width, width, 12), paint, rng)


def hardware(rng: Rng) -> Good:
    """Metal parts: plates, bars, rings, tools."""
    size = _size(rng, (25, 10, 2), (180, 60, 18))
    metal = _pick(rng, "steel", "stainless", "brass", "zinc", "aluminium", "aluminium")

    def paint(brush: Brush, own: Rng) -> None:
        for _ in range(int(own.integers(1, 6))):
            share = own.uniform(0.2, 1.0, 3) * size
            offset = own.uniform(-0.5, 0.5, 3) * (np.array(size) - share)
            here = brush.at(
                (float(offset[0]), float(offset[1]), float(offset[2])),
                solids.rotation(own.uniform(0, 3), 0, 0),
            )
            if own.random() < 0.5:
                here.tube(share[0], max(share[1], 4.0), 1.5, metal)
            else:
                here.box((share[0], share[1], min(share[2], 5.0)), metal)

    return _good("hardware", size, paint, rng)


def crockery(rng: Rng) -> Good:
    """Bowls, cups and jars of ceramic or glass."""
    width, length = rng.uniform(45, 150), rng.uniform(30, 140)
    matter = _pick(rng, "ceramic", "glass", "glass")

    def paint(brush: Brush, own: Rng) -> None:
        brush.tube(length, width, own.uniform(2, 5), matter)
        if own.random() < 0.4:
            brush.cylinder(length * 0.8, width * 0.85, M["cream"])

    return _good("tableware", (length, width, width), paint, rng)


def padding(rng: Rng) -> Good:
    """Bubble wrap or foam: faint dots in rows."""
    size = _size(rng, (120, 100, 15), (320, 260, 60))
    pitch_mm = rng.uniform(8, 26)

    def paint(brush: Brush, own: Rng) -> None:
        if (at := brush.window(size)) is None:
            return
        x = at.u * np.float32(brush.turn[0, 0]) + at.v * np.float32(brush.turn[1, 0])
        y = at.u * np.float32(brush.turn[0, 1]) + at.v * np.float32(brush.turn[1, 1])
        dots = np.cos(x * np.float32(2 * np.pi / pitch_mm)) * np.cos(y * np.float32(2 * np.pi / pitch_mm))
        inside = solids.box(at.u, at.v, brush.turn, size) > 0
        brush.canvas.add_chord(
            at, (np.clip(dots, 0, 1) * 0.4 + 0.3) * inside * own.uniform(0.5, 3), M["polyethylene"]
        )

    return _good("padding", size, paint, rng)


KINDS: tuple[tuple[Callable[[Rng], Good], float], ...] = (
    (boxed_goods, 2.0),
    (bottles, 1.6),
    (books, 1.6),
    (cloth, 2.2),
    (tins, 0.7),
    (chocolates, 1.6),
    (rods, 1.6),
    (electronics, 1.3),
    (adapter, 0.6),
    (batteries, 0.5),
    (small_boxes, 1.8),
    (loose_food, 1.4),
    (shapes, 1.8),
    (shoes, 0.7),
    (cables, 0.7),
    (hardware, 0.6),
    (crockery, 0.6),
    (padding, 0.6),
)
_WEIGHTS = np.array([weight for _, weight in KINDS]) / sum(weight for _, weight in KINDS)


def good(rng: Rng) -> Good:
    """A good drawn at random."""
    return KINDS[int(rng.choice(len(KINDS), p=_WEIGHTS))][0](rng)
