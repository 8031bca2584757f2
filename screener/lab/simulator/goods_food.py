"""Goods to eat and drink: bottles and rows of them, tins, sweets in rows, bags of loose food, fruit."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator.brush import Brush, Face, Stamp
from screener.lab.simulator.goods import Good, Rng, made, one_of, packed, sized
from screener.lab.simulator.matter import MATERIALS as M
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.sketch import Sketch, ring, rounded


def bottles(rng: Rng) -> Good:
    """A bottle or rows of them, plastic, glass or metal, full or half full, with shoulder, neck and cap."""
    count, rows = int(rng.choice([1, 1, 2, 3, 4, 6])), int(rng.choice([1, 1, 1, 2]))
    width, length = rng.uniform(20, 95), rng.uniform(85, 320)
    skin = one_of(rng, "polyethylene", "polyethylene", "glass", "stainless", "aluminium")
    wall = {"glass": rng.uniform(2.0, 4.0), "polyethylene": rng.uniform(0.4, 1.5)}.get(skin.name, 0.5)
    liquid = one_of(rng, "drink", "drink", "water", "oil", "cream", "glycerine")
    outline, full = _bottle_outline(rng, width), float(rng.choice([1.0, 1.0, rng.uniform(0.2, 1.0), 0.0]))
    cap = one_of(rng, "abs", "aluminium", "steel")
    size = (length * rows, width * count * 1.03, width)

    def paint(brush: Brush, own: Rng) -> None:
        for row, place in np.ndindex(rows, count):
            end = float(own.integers(2)) * np.pi if count > 1 else 0.0
            here = brush.at(
                (
                    (row - (rows - 1) / 2) * length + float(own.normal(0, 2)),
                    (place - (count - 1) / 2) * width * 1.03,
                    0,
                ),
                np.diag([np.cos(end), np.cos(end), 1.0]),
            )
            face = here.face((length, width, width))
            outer, inner = face.sketch(), face.sketch()
            if face.width > width * 1.01 or length <= width:
                outer.lathe(outline)
                inner.lathe(np.maximum(outline - np.float32(wall), 0))
                x, _ = inner.axes()
                level = np.clip((length * (full - 0.5) * 0.85 - x) / face.brush.canvas.pitch_col_mm, 0, 1)
                top = np.clip((x - length * 0.42) / 2, 0, 1)
            else:
                _rings(outer, inner, width, wall, length)
                level, top = np.full((1, 1), full, np.float32), np.zeros((1, 1), np.float32)
            face.lay_shell(outer, inner, skin)
            inner.thick *= level
            face.lay(inner, liquid)
            outer.thick *= top
            face.lay(outer, packed(cap, 0.25))

    return made("drinks", size, paint, rng)


def _rings(outer: Sketch, inner: Sketch, width: float, wall: float, length: float) -> None:
    for sketch, side in ((outer, width), (inner, width - 2 * wall)):
        sketch.disc(0, 0, side, side, length * 0.8)
        sketch.disc(0, 0, side * 0.35, side * 0.35, length * 0.2)


def _bottle_outline(rng: Rng, width: float) -> Floats:
    """Radii from the bottom to the mouth: body with a waist or grooves, shoulder, neck."""
    along = np.linspace(0, 1, 60)
    shoulder, neck = rng.uniform(0.55, 0.85), rng.uniform(0.15, 0.5)
    slope = np.clip((along - shoulder) / rng.uniform(0.05, 0.25), 0, 1)
    shape = 1 - (1 - neck) * (3 * slope**2 - 2 * slope**3)
    waist = rng.choice([0.0, 0.0, rng.uniform(0.05, 0.25)]) * np.exp(-np.square((along - 0.35) / 0.15))
    grooves = rng.choice([0.0, 0.0, 0.03]) * np.sin(along * rng.uniform(40, 90)) * (along < shoulder)
    bottom = np.clip(along / 0.025, 0.6, 1)
    radii: Floats = ((shape - waist + grooves) * bottom * width / 2).astype(np.float32)
    return radii


def tins(rng: Rng) -> Good:
    """Cans of food or drink: one, a row, or a tray of them."""
    count, rows = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    width, length = rng.uniform(50, 105), rng.uniform(35, 125)
    wall, food = one_of(rng, "steel", "aluminium"), one_of(rng, "meat", "drink", "starch", "coffee", "oil")
    size = (length * count + count, width * rows, width)

    def paint(brush: Brush, own: Rng) -> None:
        stamp, inside = Stamp.blank(brush, (length, width, width))
        inside.tube(length, width, 0.22 if wall.name == "steel" else 0.15, wall)
        inside.cylinder(length - 4, width - 1, food)
        _can_ends(inside.face((length, width, width)), wall.name, length)
        for place in np.ndindex(count, rows):
            x, y = (np.array(place) - (np.array([count, rows]) - 1) / 2) * (length + 1, width)
            stamp.lay(brush.at((float(x + own.normal(0, 0.5)), float(y), 0)))

    return made("canned food", size, paint, rng)


def _can_ends(face: Face, wall: str, length: float) -> None:
    ends = face.sketch(2)
    if face.width == length:
        for side in (-1, 1):
            ends.slab(side * (face.width / 2 - 1.5), 0, 2.0, face.height, 3.0)
    else:
        ends.lines([ring(0, 0, face.width - 3, face.height - 3)], 2.0, 2.0, closed=True)
        ends.lines([ring(0, 6, 18, 12)], 2.0, 1.0, closed=True)
    face.lay(ends, M[wall])


def chocolates(rng: Rng) -> Good:
    """Rows of small alike pieces in a box: rolled chocolates, truffles, bars, biscuits in rolls."""
    kind = str(rng.choice(["roll", "ball", "bar", "stack"], p=[0.35, 0.2, 0.2, 0.25]))
    length, width = rng.uniform(25, 95), rng.uniform(8, 26)
    if kind == "ball":
        length = width
    if kind == "stack":
        length, width = rng.uniform(90, 230), rng.uniform(28, 65)
    across, along = (
        int(rng.integers(3, 14 if width < 27 else 8)),
        int(rng.integers(1, 6 if length < 96 else 2)),
    )
    layers, gap = int(rng.integers(1, 4)), rng.uniform(0.3, 4)
    food = packed(one_of(rng, "chocolate", "starch", "sugar", "chocolate"), rng.uniform(0.5, 1.0))
    size = (along * (length + gap) + 4, across * (width + gap) + 4, layers * (width + 1) + 4)
    foil, askew = rng.random() < 0.5, rng.choice([0.3, 2.5])
    step_mm = rng.uniform(4, 12)

    def piece(brush: Brush, own: Rng) -> None:
        face = brush.face((length, width, width))
        sketch = face.sketch()
        if kind == "stack" and face.width == length:
            x, y = sketch.axes()
            radius = width / 2 * (0.93 + 0.07 * np.sin(x * np.float32(2 * np.pi / step_mm)))
            inside = np.abs(x) < np.float32(length / 2)
            rest = np.maximum(np.square(radius) - np.square(y), 0)
            sketch.add(np.sqrt(rest) * inside * np.float32(own.uniform(0.9, 2.0)))
            face.lay(sketch, food)
        elif kind in {"roll", "stack"}:
            brush.tube(length, width, width * 0.28, food)
        elif kind == "ball":
            brush.ellipsoid((length, width, width), food)
        else:
            brush.box((length, width * 0.9, width * 0.6), food)
        if foil:
            brush.shell((length, width, width), 0.015, M["aluminium"])

    def paint(brush: Brush, own: Rng) -> None:
        stamp, inside = Stamp.blank(brush, (length, width, width))
        piece(inside, own)
        middle = (np.array([along, across, layers]) - 1) / 2
        for index in np.ndindex(along, across, layers):
            offset = (np.array(index) - middle) * (length + gap, width + gap, width + 1)
            offset = (offset + own.normal(0, askew, 3)).tolist()
            stamp.lay(brush.at((offset[0], offset[1], offset[2])))
        brush.shell(size, 0.5, M["card"])

    return made("confectionery", size, paint, rng)


def loose_food(rng: Rng) -> Good:
    """A bag of tea, coffee, dried food, rice, sugar, powder, nuts or granules."""
    food = one_of(rng, "dried leaf", "dried leaf", "coffee", "starch", "sugar", "salt", "meat")
    size = sized(rng, (70, 50, 20), (260, 190, 80))
    bulk = packed(food, rng.uniform(0.5, 0.95))
    clump, grain_mm = rng.uniform(0.02, 0.3), rng.uniform(3, 20)
    squareness, skin = int(rng.integers(0, 3)), one_of(rng, "polyethylene", "polyethylene", "aluminium")

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        sketch = face.sketch()
        sketch.pillow(0, 0, face.width * 0.95, face.height * 0.95, face.depth, squareness)
        sketch.rough(own, clump, grain_mm, 2)
        face.lay(sketch, bulk)
        bag = face.sketch()
        bag.slab(0, 0, face.width, face.height, 0.1)
        bag.lines([rounded(face.width - 5, face.height - 5, 2)], 7.0, 0.25, closed=True)
        bag.rough(own, 0.5, 9)
        face.lay(bag, skin)

    return made("food", size, paint, rng)


def fruit(rng: Rng) -> Good:
    """Round soft things in a heap: fruit, eggs, buns, balls of wool; some with a stone."""
    across = rng.uniform(25, 95)
    count = int(rng.integers(1, 10))
    flesh = packed(one_of(rng, "meat", "starch", "water", "wool"), rng.uniform(0.7, 1.0))
    side = across * float(np.sqrt(count)) * 1.1
    size = (side, side * 0.9, across * (1.0 if count < 4 else 1.6))
    stone = rng.random() < 0.4

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        soft, hard = face.sketch(), face.sketch()
        for _ in range(count):
            x, y = own.uniform(-0.5, 0.5, 2) * (face.width - across, face.height - across)
            wide, high, deep = across * own.uniform(0.8, 1.0, 3)
            soft.dome(x, y, wide, high, deep)
            hard.dome(x, y, wide * 0.35, high * 0.35, deep * 0.3)
        soft.rough(own, 0.04, 12)
        face.lay(soft, flesh)
        if stone:
            face.lay(hard, M["wood"])

    return made("food", size, paint, rng)
