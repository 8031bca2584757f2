"""Cut tobacco in bags, bricks and pouches: clumpy, at 0.20 to 0.42 g/cm3 as it is pressed."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator import matter, solids, stacking
from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.canvas import Window, clouds
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.loose import Body, good, seen_from, shape
from screener.lab.simulator.matter import MATERIALS, Floats
from screener.lab.simulator.solids import Size
from screener.lab.simulator.wrapping import wrap

_VARIANTS = 3


def cut(grams: float, rng: Rng) -> Good:
    """Cut tobacco in a soft bag, a pressed brick, or pouches of about 50 g."""
    way = int(rng.choice(3, p=[0.5, 0.3, 0.2]))
    if way == 2 and grams >= 100:
        return _pouches(grams, rng)
    return _bag(grams, rng) if way == 0 else _brick(grams, rng)


def _clumps(at: Window, brush: Brush, depth: float, grain_mm: float, rng: Rng) -> Floats:
    """A field around 1: clumps, and the fine tangle of the shreds."""
    pitch = brush.canvas.pitch_row_mm
    coarse = clouds(rng, at.shape, grain_mm / pitch, 3) * np.float32(depth)
    fine = clouds(rng, at.shape, 1.6 / pitch, 1) * np.float32(depth * 0.4)
    return np.clip(1 + coarse + fine, 0.1, None)


def _bag(grams: float, rng: Rng) -> Good:
    """A soft bag: lumps of shreds that overlap, in film with its two seams."""
    tobacco, depth, grain_mm = matter.tobacco(rng, 1.0), rng.uniform(0.05, 0.22), rng.uniform(6, 16)
    inner = shape(grams, rng.uniform(0.20, 0.33), rng.uniform(0.3, 0.8), rng)
    size = (inner[0] * 1.15, inner[1] * 1.12, inner[2] * 1.2)
    lumps = [_lump(size, rng) for _ in range(8)]

    def field(brush: Brush, at: Window, own: Rng) -> Floats:
        chord = solids.ellipsoid(at.u, at.v, brush.turn, inner)
        for lump, place in lumps:
            chord += solids.ellipsoid(*seen_from(brush, at, place), brush.turn, lump)
        return chord * _clumps(at, brush, depth, grain_mm, own)

    def paint(brush: Brush, own: Rng) -> None:
        Body(size, grams, tobacco, field).stamp(brush, own).lay(brush)
        _film(brush, size, film_mm)

    film_mm = float(rng.uniform(0.05, 0.15))
    return good(grams, size, paint, rng, cut)


def _lump(size: Size, rng: Rng) -> tuple[Size, Size]:
    """The size and the place of a lump in a bag of `size`."""
    lump = rng.uniform(0.45, 0.75, 3) * size
    place = (np.array(size) - lump) / 2 * rng.uniform(-1, 1, 3)
    return (float(lump[0]), float(lump[1]), float(lump[2])), (
        float(place[0]),
        float(place[1]),
        float(place[2]),
    )


def _film(brush: Brush, size: Size, wall_mm: float) -> None:
    """A bag's film around a rounded body, welded flat at both ends."""
    if at := brush.window(size):
        thin = (size[0] - 2, size[1] - 2, size[2] - 2)
        skin = solids.ellipsoid(at.u, at.v, brush.turn, size) - solids.ellipsoid(at.u, at.v, brush.turn, thin)
        brush.canvas.add_chord(at, skin * np.float32(wall_mm), MATERIALS["polyethylene"])
    for end in (-0.47, 0.47):
        brush.at((end * size[0], 0, 0)).box(
            (size[0] * 0.06, size[1] * 0.8, 2 * wall_mm), MATERIALS["polyethylene"]
        )


def _brick(grams: float, rng: Rng) -> Good:
    """A pressed brick in film or paper."""
    tobacco, depth, grain_mm = matter.tobacco(rng, 1.0), rng.uniform(0.03, 0.15), rng.uniform(6, 20)
    size = shape(grams, rng.uniform(0.25, 0.42), rng.uniform(0.35, 0.9), rng)
    film, wall = (("polyethylene", 0.1), ("paper", 0.25), ("aluminium", 0.02))[
        int(rng.choice(3, p=[0.6, 0.3, 0.1]))
    ]

    def field(brush: Brush, at: Window, own: Rng) -> Floats:
        return solids.box(at.u, at.v, brush.turn, size) * _clumps(at, brush, depth, grain_mm, own)

    def paint(brush: Brush, own: Rng) -> None:
        Body(size, grams, tobacco, field).stamp(brush, own).lay(brush)
        wrap(brush, size, wall, MATERIALS[film])

    return good(grams, size, paint, rng, cut)


def _pouches(grams: float, rng: Rng) -> Good:
    """Flat retail pouches of about 50 g, side by side and upon each other."""
    count = max(2, round(grams / rng.choice([30, 50, 50])))
    one = _bag(grams / count, rng)
    cell = (one.size[0] + 2, one.size[1] + 2, one.size[2] * 0.9)
    cells = stacking.grid(count, cell, rng)
    whole = stacking.block(cells, cell)

    def paint(brush: Brush, own: Rng) -> None:
        stamps = [_stamped(brush, one, own) for _ in range(min(count, _VARIANTS))]
        for place in stacking.places(count, cells, cell):
            stamps[int(own.integers(len(stamps)))].lay(brush.at(stacking.shaken(place, (1, 1, 0.5), own)))

    return good(grams, (whole[0], whole[1], whole[2] + one.size[2] * 0.1), paint, rng, cut)


def _stamped(brush: Brush, one: Good, rng: Rng) -> Stamp:
    stamp, inside = Stamp.blank(brush, one.size)
    one.paint(inside, rng)
    return stamp
