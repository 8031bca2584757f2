"""Goods of the household: boxes, toiletries, crockery, tools, keys and coins, toys, padding, odd shapes."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator import solids
from screener.lab.simulator.brush import Brush, Grain
from screener.lab.simulator.goods import Good, Rng, made, one_of, packed, sized
from screener.lab.simulator.matter import MATERIALS as M
from screener.lab.simulator.sketch import ring, rounded, wander


def boxed_goods(rng: Rng) -> Good:
    """A card box with an uneven filling and a tray."""
    size = sized(rng, (40, 30, 15), (240, 170, 90))
    inside = one_of(rng, "starch", "pill", "cotton", "foam", "sugar", "abs", "cream", "coffee", "gypsum")
    loose = packed(inside, rng.uniform(0.15, 0.8))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        bulk = face.sketch()
        fill = own.uniform(0.5, 0.97)
        bulk.pillow(0, 0, face.width * fill, face.height * fill, face.depth * fill, int(own.integers(4)))
        bulk.rough(own, own.uniform(0, 0.5), own.uniform(6, 25), 3)
        face.lay(bulk, loose)
        brush.shell(size, 0.5, M["card"])

    return made("gifts", size, paint, rng)


def toiletries(rng: Rng) -> Good:
    """Tubes, jars, sticks and bottles of cosmetics lying beside each other."""
    count = int(rng.integers(1, 8))
    size = sized(rng, (90, 60, 22), (230, 180, 60))
    stuff = [one_of(rng, "cream", "cream", "oil", "glycerine", "pill", "water") for _ in range(count)]

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        for matter in stuff:
            long, wide = own.uniform(45, 160), own.uniform(14, 55)
            here = brush.at(
                (own.uniform(-0.4, 0.4) * size[0], own.uniform(-0.4, 0.4) * size[1], 0),
                solids.rotation(own.normal(0, 0.3) + np.pi / 2 * own.integers(4), 0, 0),
            )
            face = here.face((long, wide, min(wide, size[2])))
            inside, skin, cap = face.sketch(), face.sketch(), face.sketch()
            inside.lathe(_tube_outline(own, wide))
            inside.thick *= np.float32(min(1.0, size[2] / wide))
            face.lay(inside, matter)
            skin.lines([rounded(face.width * 0.9, face.height - 2, 4)], 1.5, 6, closed=True)
            face.lay(skin, M["polyethylene"])
            cap.slab(face.width * 0.42, 0, face.width * 0.14, face.height * own.uniform(0.5, 0.9), 4)
            face.lay(cap, one_of(own, "abs", "abs", "aluminium", "brass"))

    return made("cosmetics", size, paint, rng)


def _tube_outline(rng: Rng, width: float) -> np.ndarray:
    along = np.linspace(0, 1, 40)
    crimp = np.clip(along / rng.uniform(0.05, 0.7), 0.15, 1)
    neck = np.where(along > rng.uniform(0.75, 0.9), rng.uniform(0.35, 0.9), 1.0)
    return (crimp * neck * width / 2).astype(np.float32)


def crockery(rng: Rng) -> Good:
    """Cups, bowls, plates and jars of ceramic or glass, one or nested."""
    width, length = rng.uniform(45, 200), rng.uniform(20, 140)
    matter, wall = one_of(rng, "ceramic", "glass", "glass", "abs"), rng.uniform(2, 5)
    count, filled = int(rng.choice([1, 1, 2, 4])), rng.random() < 0.3
    profile = rng.uniform(0.45, 1.0)

    def paint(brush: Brush, own: Rng) -> None:
        for place in range(count):
            face = brush.at((place * length * 0.08, 0, 0)).face((length, width, width))
            outer, inner = face.sketch(), face.sketch()
            radii = np.linspace(profile, 1.0, 30) ** own.uniform(0.4, 1.5) * width / 2
            if face.width == length:
                outer.lathe(radii.astype(np.float32))
                inner.lathe((radii - wall).astype(np.float32))
                inner.thick[:, : int(wall / inner.pitch_mm) + 1] = 0
            else:
                outer.disc(0, 0, width, width, length)
                inner.disc(0, 0, width * profile - 2 * wall, width * profile - 2 * wall, length - wall)
                inner.dome(0, 0, width - 2 * wall, width - 2 * wall, wall)
            face.lay_shell(outer, inner, matter)
            if filled:
                face.lay(inner, packed(M["cream"], own.uniform(0.2, 1)))

    return made("tableware", (length, width, width), paint, rng)


def hardware(rng: Rng) -> Good:
    """Metal parts and tools: plates, bars, rings, spanners, pliers, scissors, cutlery."""
    size = sized(rng, (60, 25, 4), (230, 90, 18))
    metal = one_of(rng, "steel", "stainless", "brass", "zinc", "aluminium")

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        sketch, grip = face.sketch(), face.sketch()
        deep = own.uniform(1.5, 6.0)
        for _ in range(int(own.integers(1, 5))):
            kind, y = int(own.integers(4)), own.uniform(-0.4, 0.4) * face.height
            if kind == 0:
                sketch.slab(
                    own.normal(0, 4), y, face.width * own.uniform(0.4, 0.95), own.uniform(3, 12), deep
                )
            elif kind == 1:
                sketch.lines([ring(own.normal(0, 0.2) * face.width, y, 28, 22)], 5, deep, closed=True)
            elif kind == 2:
                half = face.width * 0.48
                sketch.lines([[(-half, y - 8), (half, y + 8)], [(-half, y + 8), (half, y - 8)]], 5, deep)
                grip.lines(
                    [ring(half * 0.7, y + 10, 45, 20, 0.2), ring(half * 0.7, y - 10, 45, 20, -0.2)], 7, 7
                )
            else:
                sketch.lines([[(-face.width * 0.45, y), (face.width * 0.2, y)]], own.uniform(3, 8), deep)
                sketch.dome(face.width * 0.32, y, face.width * 0.28, 26, deep)
        face.lay(sketch, metal)
        face.lay(grip, M["abs"])

    return made("hardware", size, paint, rng)


def trinkets(rng: Rng) -> Good:
    """Keys on a ring, coins, jewellery, clips, hair pins: small metal in a heap."""
    size = sized(rng, (35, 30, 5), (150, 110, 15))
    count = int(rng.integers(3, 28))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        for name in ("steel", "brass", "zinc"):
            sketch = face.sketch(12)
            for _ in range(count // 3 + 1):
                x, y = own.uniform(-0.42, 0.42, 2) * (face.width, face.height)
                angle, kind = own.uniform(0, np.pi), int(own.integers(4))
                if kind == 0:
                    sketch.disc(x, y, 22, 22, 1.8)
                elif kind == 1:
                    tip = (x + 38 * np.cos(angle), y + 38 * np.sin(angle))
                    sketch.lines([[(x, y), tip]], 6.0, 2.0)
                    sketch.lines([ring(x, y, 20, 20)], 5.0, 2.0, closed=True)
                elif kind == 2:
                    sketch.lines([ring(x, y, 26, 26)], 2.0, 2.0, closed=True)
                else:
                    sketch.lines([np.add(wander(own, 40, 30, 20, 3), (x, y))], 1.5, 1.5)
            face.lay(sketch, M[name])

    return made("jewellery", size, paint, rng)


def shapes(rng: Rng) -> Good:
    """Toys, ornaments, grips: clusters of turned solids of one matter, full or hollow, some with screws."""
    size = sized(rng, (40, 40, 30), (220, 170, 140))
    matter = one_of(
        rng, "abs", "polyethylene", "pvc", "rubber", "wood", "ceramic", "meat", "starch", "foam", "cream"
    )
    hollow = rng.random() < 0.5

    def paint(brush: Brush, own: Rng) -> None:
        for _ in range(int(own.integers(2, 7))):
            share = own.uniform(0.2, 0.7, 3) * size
            offset = (own.uniform(-0.5, 0.5, 3) * (np.array(size) - share)).tolist()
            turn = solids.rotation(*(float(a) for a in own.uniform(0, np.pi, 3)))
            here = brush.at((offset[0], offset[1], offset[2]), turn)
            part = (float(share[0]), float(share[1]), float(share[2]))
            if hollow and own.random() < 0.3:
                here.shell(part, 2.0, matter)
            else:
                here.ellipsoid(part, packed(matter, 0.25) if hollow else matter)
        face = brush.face(size)
        pins = face.sketch()
        for _ in range(int(own.choice([0, 4, 12]))):
            x, y = own.uniform(-0.35, 0.35, 2) * (face.width, face.height)
            pins.lines([[(x, y), (x + own.uniform(-9, 9), y + own.uniform(-9, 9))]], 2.5, 3.0)
        face.lay(pins, M["steel"])

    return made("toys", size, paint, rng)


def bodies(rng: Rng) -> Good:
    """One smooth body of any outline, full or hollow: an outline of random waves under a random dome."""
    size = sized(rng, (45, 35, 12), (260, 190, 110))
    matter = one_of(
        rng,
        "abs",
        "polyethylene",
        "rubber",
        "wood",
        "cream",
        "starch",
        "glycerine",
        "foam",
        "aluminium",
        "meat",
    )
    share = rng.choice([1.0, 0.1, 0.3])

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        sketch = face.sketch()
        x, y = sketch.axes()
        x, y = x * np.float32(2 / face.width), y * np.float32(2 / face.height)
        angle, radius = np.arctan2(y, x), np.sqrt(np.square(x) + np.square(y))
        reach = np.full(angle.shape, 0.8, np.float32)
        for wave in range(2, 6):
            phase = np.float32(own.uniform(0, 6.3))
            reach += np.cos(angle * np.float32(wave) + phase) * np.float32(own.normal(0, 0.25 / wave))
        rest = np.maximum(1 - np.square(radius / np.maximum(reach, 0.15)), 0)
        sketch.add(np.sqrt(rest) * np.float32(face.depth * share))
        if share < 0.5:
            rim = np.exp(-np.square((radius - reach * 0.96) * np.float32(face.width / 8)))
            sketch.add(rim * np.float32(face.depth * 0.12))
        sketch.rough(own, own.uniform(0.0, 0.2), own.uniform(15, 60), 2)
        face.lay(sketch, matter)

    return made("household goods", size, paint, rng)


def padding(rng: Rng) -> Good:
    """Bubble wrap, foam, crumpled paper: faint dots in rows or creases, and the edges of the sheets."""
    size = sized(rng, (120, 100, 15), (340, 280, 60))
    pitch_mm, crumpled = rng.uniform(8, 26), rng.random() < 0.4

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        sketch = face.sketch()
        if crumpled:
            curves = [wander(own, face.width, face.height, 30, 4) * own.uniform(0.2, 1) for _ in range(16)]
            sketch.lines(curves[:8], own.uniform(1.5, 4), own.uniform(1, 4))
            sketch.lines(curves[8:], own.uniform(1.5, 4), own.uniform(1, 4))
            sketch.slab(0, 0, face.width, face.height, 0.5)
        else:
            x, y = sketch.axes()
            wave = np.float32(2 * np.pi / pitch_mm)
            dots = np.clip(np.cos(x * wave) * np.cos(y * wave), 0, 1) * 0.4 + 0.3
            sketch.add(dots * np.float32(own.uniform(0.5, 3)))
            sketch.lines([rounded(face.width - 3, face.height - 3, 2)], 2.0, own.uniform(1, 5), closed=True)
        face.lay(sketch, M["paper"] if crumpled else M["polyethylene"])

    return made("padding", size, paint, rng)


def powder_box(rng: Rng) -> Good:
    """A rigid box full of one even stuff, as soap, wax, clay, foam or powder: nothing but its outline."""
    size = sized(rng, (50, 30, 10), (200, 140, 60))
    matter = packed(one_of(rng, "oil", "cream", "gypsum", "sugar", "paper", "wood"), rng.uniform(0.3, 1.1))

    def paint(brush: Brush, own: Rng) -> None:
        brush.box(size, matter, None, Grain(own, own.uniform(0, 0.08), 25))

    return made("household goods", size, paint, rng)
