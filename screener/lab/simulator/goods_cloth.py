"""Goods of cloth and leather: folded and rolled clothing, shoes, pouches, umbrellas."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator.brush import Brush, Face
from screener.lab.simulator.goods import Good, Rng, made, one_of, packed, sized
from screener.lab.simulator.matter import MATERIALS as M
from screener.lab.simulator.sketch import Sketch, ring, rounded, wander


def cloth(rng: Rng) -> Good:
    """Folded clothing: layers that end at different places, hems, weave, creases, buttons and zips."""
    size = sized(rng, (110, 90, 15), (380, 300, 120))
    fibre = packed(one_of(rng, "cotton", "polyester", "wool"), rng.uniform(0.3, 1.0))
    layers = int(rng.integers(3, 14))
    crumple, weave_mm = rng.uniform(0.03, 0.3), rng.uniform(2.2, 9.0)

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        sketch = face.sketch()
        for _ in range(layers):
            _folded_layer(sketch, face, face.depth / layers, own)
        if own.random() < 0.6:
            _weave(sketch, weave_mm, own.uniform(0.04, 0.35), own)
        sketch.rough(own, crumple, own.uniform(12, 50), 3)
        _creases(sketch, face, crumple, own)
        sketch.soften(own.uniform(0.5, 2.5))
        face.lay(sketch, fibre)
        if own.random() < 0.4:
            fastenings(face, own)

    return made("clothing", size, paint, rng)


def _folded_layer(sketch: Sketch, face: Face, depth: float, rng: Rng) -> None:
    share = rng.uniform(0.45, 1.0, 2)
    width, height = face.width * share[0], face.height * share[1]
    x, y = rng.uniform(-0.5, 0.5, 2) * (face.width - width, face.height - height)
    sketch.slab(x, y, width, height, depth)
    hem = rounded(width - 4, height - 4, 3, x, y)
    sketch.lines([hem], 4.0, depth * rng.uniform(0.2, 0.7), closed=True)


def _weave(sketch: Sketch, pitch_mm: float, depth: float, rng: Rng) -> None:
    """Ribs, stripes or checks of a knit."""
    x, y = sketch.axes()
    wave = np.float32(2 * np.pi / pitch_mm)
    bend = np.float32(rng.uniform(0, 4)) * np.sin(y * np.float32(rng.uniform(0.01, 0.04)))
    ribs = np.sin((x + bend) * wave)
    if rng.random() < 0.3:
        ribs = ribs * np.sin(y * wave)
    sketch.thick *= 1 + np.float32(depth) * ribs


def _creases(sketch: Sketch, face: Face, crumple: float, rng: Rng) -> None:
    before = sketch.thick.copy()
    curves = [
        wander(rng, face.width, face.height * rng.uniform(0.05, 0.5), 30, 3)
        + rng.uniform(-0.4, 0.4, 2) * (face.width * 0.3, face.height)
        for _ in range(int(rng.integers(2, 9)))
    ]
    sketch.lines(curves, rng.uniform(3, 9), face.depth * crumple * rng.uniform(0.3, 1.0))
    sketch.thick *= before > 0


def fastenings(face: Face, rng: Rng) -> None:
    """Buttons in a row, a zip, or a buckle."""
    sketch = face.sketch()
    kind = rng.choice(["buttons", "zip", "buckle"])
    x, y = rng.uniform(-0.4, 0.4, 2) * (face.width, face.height)
    if kind == "buttons":
        for place in range(int(rng.integers(3, 8))):
            sketch.disc(x + place * 0.12 * face.width - 0.3 * face.width, y, 10, 10, 2.5)
        face.lay(sketch, one_of(rng, "abs", "steel", "brass"))
    elif kind == "zip":
        zipper(face, wander(rng, face.width * 0.8, face.height * 0.3), rng)
    else:
        sketch.lines([rounded(32, 24, 3, x, y), [(x - 16, y), (x + 12, y)]], 3.5, 3.5, closed=True)
        face.lay(sketch, one_of(rng, "steel", "zinc"))


def zipper(face: Face, curve: np.ndarray, rng: Rng) -> None:
    """A zip along a curve (mm): teeth and a puller."""
    sketch = face.sketch(6.0)
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    places = np.arange(0, steps.sum(), 3.2)
    along = np.concatenate([[0], np.cumsum(steps)])
    dots = np.stack([np.interp(places, along, curve[:, axis]) for axis in (0, 1)], 1)
    ahead = np.roll(dots, -1, 0) - dots
    sideways = np.stack([-ahead[:, 1], ahead[:, 0]], 1) * 0.8
    sketch.lines(list(np.stack([dots - sideways, dots + sideways], 1)[:-1]), 1.6, rng.uniform(0.5, 2.0))
    face.lay(sketch, one_of(rng, "brass", "zinc", "aluminium", "abs"))
    pull = face.sketch(6.0)
    x, y = dots[int(rng.integers(len(dots)))]
    pull.slab(x, y, 8, 8, 3.0)
    pull.lines([ring(x + 10, y, 22, 7, rng.uniform(0, 3))], 2.0, 2.0, closed=True)
    face.lay(pull, M["zinc"])


def rolled_cloth(rng: Rng) -> Good:
    """Rolled towels, socks or sheets side by side: soft rods thicker than cigarettes."""
    width, length = rng.uniform(22, 90), rng.uniform(90, 350)
    count = int(rng.integers(1, 8))
    fibre = packed(one_of(rng, "cotton", "polyester", "wool"), rng.uniform(0.6, 1.3))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face((length, width * count, width))
        sketch = face.sketch()
        for place in range(count):
            across = (place - (count - 1) / 2) * width
            high = face.depth if face.upright else face.height
            sketch.pillow(own.normal(0, 2), across, length, width * own.uniform(0.85, 1.05), high, 1)
            sketch.pillow(0, across, length * 0.95, width * own.uniform(0.3, 0.6), high * 0.3, 1)
        sketch.rough(own, 0.12, own.uniform(5, 20), 2)
        face.lay(sketch, fibre)

    return made("clothing", (length, width * count, width), paint, rng)


def shoes(rng: Rng) -> Good:
    """A pair of shoes: profiled soles with a shank, thin uppers, eyelets."""
    long, wide, high = rng.uniform(200, 310), rng.uniform(75, 110), rng.uniform(60, 120)
    heel = rng.uniform(0, 30) if rng.random() < 0.3 else 0.0
    tread_mm = rng.uniform(4, 14)

    def one(brush: Brush, own: Rng) -> None:
        face = brush.face((long, wide, high))
        sole = face.sketch()
        for middle, length, share in ((-0.28, 0.44, 0.62), (0.0, 0.7, 0.56), (0.22, 0.56, 0.86)):
            sole.disc(middle * long, 0, length * long, share * face.height, rng_sole / 2)
        x, y = sole.axes()
        sole.thick *= 1 + np.float32(0.35) * np.sign(np.sin((x + 0.3 * np.abs(y)) * (6.28 / tread_mm)))
        sole.slab(-0.36 * long, 0, 0.2 * long, face.height * 0.5, heel)
        face.lay(sole, M["rubber"])
        upper = face.sketch()
        upper.dome(0.03 * long, 0, long * 0.95, face.height * 0.9, face.depth * 0.4)
        upper.lines([ring(-0.12 * long, 0, long * 0.5, face.height * 0.45)], 4, 14)
        upper.rough(own, 0.2, 20)
        face.lay(upper, packed(M["leather"], 0.18))
        metal = face.sketch()
        for place in range(6):
            for side in (-1, 1):
                metal.disc(0.02 * long + place * 12, side * 11, 6, 6, 1.0)
        metal.slab(-0.05 * long, 0, 0.35 * long, 12, own.choice([0.0, 1.0]))
        face.lay(metal, M["steel"])

    rng_sole = rng.uniform(6, 22)

    def paint(brush: Brush, own: Rng) -> None:
        for side in (-0.5, 0.5):
            one(brush.at((float(own.normal(0, 8)), side * wide * 1.05, 0)), own)

    return made("shoes", (long, wide * 2.1, high), paint, rng)


def pouch(rng: Rng) -> Good:
    """A soft pouch, purse or handbag: seams, a zip, straps with rings, small metal things in it."""
    size = sized(rng, (90, 60, 12), (330, 240, 60))
    skin = one_of(rng, "leather", "polyester", "pvc")

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        sketch = face.sketch(30.0)
        outlines = [
            rounded(face.width - inset, face.height - inset, own.uniform(8, 40)) for inset in (2, 8, 10)
        ]
        sketch.lines(outlines, 3.0, own.uniform(2, 6), closed=True)
        sketch.fill(outlines[0], own.uniform(0.8, 2.5))
        sketch.lines([wander(own, face.width * 1.1, face.height * 1.1, bends=2)], 9.0, 2.5)
        sketch.lines([wander(own, face.width, face.height, 40, 6) for _ in range(4)], 5.0, 1.0)
        sketch.rough(own, 0.1, 25)
        face.lay(sketch, packed(skin, 3.0) if skin.density < 0.5 else skin)
        zipper(face, outlines[1][: int(own.integers(12, 26))], own)
        fastenings(face, own)

    return made("clothing", size, paint, rng)


def umbrella(rng: Rng) -> Good:
    """A folded umbrella: a bunch of thin steel ribs around a tube, cloth, a handle."""
    length, width = rng.uniform(220, 330), rng.uniform(32, 60)
    metal = one_of(rng, "steel", "aluminium", "steel")

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face((length, width, width))
        ribs = face.sketch(10)
        for wide, count in ((1.4, 10), (2.4, 8)):
            start = np.stack([np.full(count, -0.48), own.uniform(-0.35, 0.35, count)], 1)
            end = np.stack([own.uniform(0.2, 0.35, count), own.uniform(-0.3, 0.3, count)], 1)
            for curve in np.stack([start, (start + end) / 2 + own.normal(0, 0.02, (count, 2)), end], 1):
                ribs.lines([curve * (face.width, face.height)], wide, wide * 0.7)
        ribs.lines([[(-0.45 * face.width, 0), (0.3 * face.width, 0)]], 9.0, 2.5)
        face.lay(ribs, metal)
        soft = face.sketch()
        soft.pillow(-0.06 * face.width, 0, face.width * 0.85, face.height * 0.9, face.depth * 0.3, 1)
        soft.rough(own, 0.35, 9)
        face.lay(soft, M["polyester"])
        handle = face.sketch()
        handle.pillow(0.41 * face.width, 0, face.width * 0.18, face.height * 0.55, face.depth * 0.5, 1)
        face.lay(handle, one_of(own, "abs", "wood", "rubber"))

    return made("umbrella", (length, width, width), paint, rng)
