"""Loose tobacco: cut, in bags, bricks and pouches, and leaf, in hands or pressed in layers.

Shredded tobacco has a bulk density of 0.20 to 0.35 g/cm3, leaf of 0.10 to 0.40 as it is pressed. Each body
is weighed after it is painted, so that its grams are exact whatever its folds are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from screener.lab.simulator import matter, solids, stacking
from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.canvas import LOOSE, Window, clouds
from screener.lab.simulator.goods import Good, Paint, Rng
from screener.lab.simulator.matter import MATERIALS, Floats, Material
from screener.lab.simulator.solids import Size

_PORTIONS = 20
_VARIANTS = 3

Field = Callable[[Brush, Window, Rng], Floats]
"""Relative amounts of tobacco over a window, [H, W], which are then scaled to the grams."""


def cut(grams: float, rng: Rng) -> Good:
    """Cut tobacco in a soft bag, a pressed brick, or pouches of about 50 g."""
    way = int(rng.choice(3, p=[0.5, 0.3, 0.2]))
    if way == 2 and grams >= 100:
        return _pouches(grams, rng)
    return _bag(grams, rng) if way == 0 else _brick(grams, rng)


def leaf(grams: float, rng: Rng) -> Good:
    """Tobacco leaf: hands tied at the stems, or crinkled leaves pressed in layers."""
    return _hands(grams, rng) if rng.random() < 0.5 else _layers(grams, rng)


def _good(grams: float, size: Size, paint: Paint, rng: Rng, make: Callable[[float, Rng], Good]) -> Good:
    parts = int(np.clip(round(grams / 50), 1, _PORTIONS))
    return Good(
        "tea",
        size,
        paint,
        int(rng.integers(1 << 31)),
        (0.0, grams, 0.0),
        lambda own: [make(grams / parts, own) for _ in range(parts)],
    )


@dataclass(frozen=True)
class Body:
    """A body of tobacco: its box in mm, its grams, and the relative amounts that they are spread by."""

    size: Size
    grams: float
    tobacco: Material
    field: Field

    def stamp(self, brush: Brush, rng: Rng) -> Stamp:
        """The body painted once, whole, and scaled to its grams."""
        stamp, inside = Stamp.blank(brush, self.size)
        at = inside.window(self.size)
        assert at is not None
        areal = self.field(inside, at, rng)
        areal *= np.float32(self.grams / max(float(areal.sum()) * inside.canvas.pixel_cm2, 1e-6))
        inside.canvas.add(at, areal, self.tobacco, LOOSE)
        return stamp


def _seen_from(brush: Brush, at: Window, place: Size) -> tuple[Floats, Floats]:
    """The window's coordinates from a place in the body."""
    shift = brush.turn @ np.array(place)
    return at.u - np.float32(shift[0]), at.v - np.float32(shift[1])


def _shape(grams: float, density: float, flatness: float, rng: Rng) -> Size:
    """A block of so many grams: `flatness` is its thickness against that of a cube."""
    volume = grams / density * 1000.0
    thick = float(np.clip(volume ** (1 / 3) * flatness, 8, 300))
    long = float(np.sqrt(volume / thick)) * rng.uniform(1.0, 1.35)
    return long, volume / thick / long, thick


def _clumps(at: Window, brush: Brush, depth: float, grain_mm: float, rng: Rng) -> Floats:
    """A field around 1: clumps, and the fine tangle of the shreds."""
    pitch = brush.canvas.pitch_row_mm
    coarse = clouds(rng, at.shape, grain_mm / pitch, 3) * np.float32(depth)
    fine = clouds(rng, at.shape, 1.6 / pitch, 1) * np.float32(depth * 0.4)
    return np.clip(1 + coarse + fine, 0.1, None)


def _bag(grams: float, rng: Rng) -> Good:
    """A soft bag: lumps of shreds that overlap, in film with its two seams."""
    tobacco, depth, grain_mm = matter.tobacco(rng, 1.0), rng.uniform(0.05, 0.22), rng.uniform(6, 16)
    inner = _shape(grams, rng.uniform(0.20, 0.33), rng.uniform(0.3, 0.8), rng)
    size = (inner[0] * 1.25, inner[1] * 1.2, inner[2] * 1.25)
    lumps = [_lump(size, rng) for _ in range(5)]

    def field(brush: Brush, at: Window, own: Rng) -> Floats:
        chord = solids.ellipsoid(at.u, at.v, brush.turn, size)
        for lump, place in lumps:
            chord += solids.ellipsoid(*_seen_from(brush, at, place), brush.turn, lump)
        return chord * _clumps(at, brush, depth, grain_mm, own)

    def paint(brush: Brush, own: Rng) -> None:
        Body(size, grams, tobacco, field).stamp(brush, own).lay(brush)
        _film(brush, size, rng_wall)

    rng_wall = float(rng.uniform(0.05, 0.15))
    return _good(grams, size, paint, rng, cut)


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
    size = _shape(grams, rng.uniform(0.25, 0.42), rng.uniform(0.35, 0.9), rng)
    wrap, wall = (("polyethylene", 0.1), ("paper", 0.25), ("aluminium", 0.02))[
        int(rng.choice(3, p=[0.6, 0.3, 0.1]))
    ]

    def field(brush: Brush, at: Window, own: Rng) -> Floats:
        return solids.box(at.u, at.v, brush.turn, size) * _clumps(at, brush, depth, grain_mm, own)

    def paint(brush: Brush, own: Rng) -> None:
        Body(size, grams, tobacco, field).stamp(brush, own).lay(brush)
        brush.shell(size, wall, MATERIALS[wrap])

    return _good(grams, size, paint, rng, cut)


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

    return _good(grams, (whole[0], whole[1], whole[2] + one.size[2] * 0.1), paint, rng, cut)


def _stamped(brush: Brush, good: Good, rng: Rng) -> Stamp:
    stamp, inside = Stamp.blank(brush, good.size)
    good.paint(inside, rng)
    return stamp


# --- leaf -----------------------------------------------------------------------------------------


def _crinkles(at: Window, brush: Brush, depth: float, rng: Rng) -> Floats:
    """A field around 1 as crinkled leaves have it: thin folds, doubled, between flat parts, at two scales."""
    pitch = brush.canvas.pitch_row_mm
    field = np.full(at.shape, 1 - 0.35 * depth, np.float32)
    for size_mm, share in ((28.0, 1.3), (9.0, 0.8)):
        folds = clouds(rng, at.shape, size_mm / pitch, 1)
        field += np.float32(depth * share) * np.exp(-np.square(folds / np.float32(0.22)))
    field += np.float32(0.25 * depth) * clouds(rng, at.shape, 40 / pitch, 1)
    return np.clip(field, 0.05, None)


def _midrib(brush: Brush, seen: tuple[Floats, Floats], size: Size, yaw: float) -> Floats:
    """A leaf's midrib, twice as dense as the leaf around it."""
    return np.float32(2.0) * solids.cylinder(*seen, brush.turn @ solids.rotation(yaw, 0, 0), size)


def _layers(grams: float, rng: Rng) -> Good:
    """Leaves pressed upon each other in a bag, each crinkled and lying its own way."""
    tobacco, depth = matter.tobacco(rng, 1.0), rng.uniform(0.35, 0.9)
    size = _shape(grams, rng.uniform(0.15, 0.38), rng.uniform(0.25, 0.7), rng)
    sheets = int(np.clip(size[2] / 5, 4, 9))
    drawn = [
        (rng.uniform(0.55, 0.95, 2), rng.uniform(-1, 1, 2), float(rng.normal(0, 0.25))) for _ in range(sheets)
    ]

    def field(brush: Brush, at: Window, own: Rng) -> Floats:
        whole = np.float32(0.5) * solids.box(at.u, at.v, brush.turn, size)
        whole = whole * _crinkles(at, brush, depth, own)
        for index, (share, side, yaw) in enumerate(drawn):
            long, wide, thick = size[0] * share[0], size[1] * share[1], size[2] / sheets
            room = (np.array(size[:2]) - (long, wide)) / 2 * side
            place = (float(room[0]), float(room[1]), (index - (sheets - 1) / 2) * thick)
            seen = _seen_from(brush, at, place)
            blade = solids.cylinder(*seen, brush.turn @ _UPRIGHT, (thick, wide, long))
            whole += blade * _crinkles(at, brush, depth, own)
            whole += _midrib(brush, seen, (long * 0.8, 3.5, 3.5), yaw * 0.3)
        return whole

    def paint(brush: Brush, own: Rng) -> None:
        Body(size, grams, tobacco, field).stamp(brush, own).lay(brush)
        brush.shell(size, 0.1, MATERIALS["polyethylene"])

    return _good(grams, size, paint, rng, leaf)


_UPRIGHT = solids.rotation(0, -np.pi / 2, 0)
"""Lays a cylinder's axis along the body's third axis: a flat elliptic blade."""


def _hands(grams: float, rng: Rng) -> Good:
    """Hands of leaves tied at the stems, heads and tails alternating."""
    count = max(1, round(grams / rng.uniform(90, 180)))
    long, wide = rng.uniform(240, 480), rng.uniform(60, 110)
    thick = grams / count / rng.uniform(0.12, 0.24) * 1000 / (long * wide * np.pi / 6)
    hand = (long, wide, float(np.clip(thick, 12, 90)))
    tobacco, depth = matter.tobacco(rng, 1.0), rng.uniform(0.4, 0.9)
    ribs = [(rng.uniform(-1, 1, 2), rng.uniform(2.2, 4.0)) for _ in range(12)]
    cell = (long, wide * 0.85, hand[2] * 0.8)
    cells = stacking.grid(count, cell, rng)
    inner = stacking.block(cells, cell)
    size = (inner[0] + 6, inner[1] + wide * 0.15 + 6, inner[2] + hand[2] * 0.2 + 2)

    def field(brush: Brush, at: Window, own: Rng) -> Floats:
        whole = solids.ellipsoid(at.u, at.v, brush.turn, hand) * _crinkles(at, brush, depth, own)
        for side, rib in ribs:
            place = (-long * 0.18, float(side[0]) * wide * 0.16, float(side[1]) * hand[2] * 0.16)
            seen = _seen_from(brush, at, place)
            whole += _midrib(brush, seen, (long * 0.6, rib, rib), float(side[0]) * 0.12)
        return whole

    body = Body(hand, grams / count, tobacco, field)

    def paint(brush: Brush, own: Rng) -> None:
        heads = [brush.at(turn=solids.rotation(flip * np.pi, 0, 0)) for flip in (0, 1)][: min(count, 2)]
        stamps = [[body.stamp(head, own) for _ in range(1 if count < 3 else 2)] for head in heads]
        for index, place in enumerate(stacking.places(count, cells, cell)):
            alike = stamps[index % len(stamps)]
            alike[int(own.integers(len(alike)))].lay(brush.at(stacking.shaken(place, (3, 3, 1), own)))
        brush.shell(size, 0.08, MATERIALS["polyethylene"])

    return _good(grams, size, paint, rng, leaf)
