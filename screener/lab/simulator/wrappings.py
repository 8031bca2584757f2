"""Wrappings: what a parcel is made of, in layers of height, since a fan beam shows each at its own width."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from screener.lab.simulator.brush import Brush, Face
from screener.lab.simulator.goods import Good, Rng, made, one_of
from screener.lab.simulator.goods_cloth import fastenings, zipper
from screener.lab.simulator.goods_devices import screws
from screener.lab.simulator.matter import MATERIALS as M
from screener.lab.simulator.sketch import ring, rounded, wander
from screener.lab.simulator.solids import Size

KINDS = ("carton", "mailer", "bag", "backpack", "suitcase", "tray")
SHARES = (0.46, 0.08, 0.10, 0.13, 0.18, 0.05)
SIZES: dict[str, tuple[Size, Size]] = {
    "carton": ((150, 120, 70), (520, 380, 320)),
    "mailer": ((180, 140, 30), (400, 300, 110)),
    "bag": ((220, 180, 80), (480, 360, 220)),
    "backpack": ((280, 220, 90), (480, 340, 200)),
    "suitcase": ((380, 260, 150), (620, 430, 260)),
    "tray": ((400, 280, 80), (560, 400, 160)),
}


@dataclass(frozen=True)
class Layer:
    """A part of a wrapping at a place in the parcel, mm from its middle."""

    good: Good
    centre: Size


def layers(kind: str, size: Size, rng: Rng) -> tuple[Layer, ...]:
    """The wrapping of a kind for a parcel of this size, from its bottom to its top."""
    return tuple(_MAKERS[kind](size, rng))


def _layer(size: Size, height: float, paint: Callable[[Face, Rng], None], rng: Rng) -> Layer:
    def painted(brush: Brush, own: Rng) -> None:
        paint(brush.face(size), own)

    return Layer(made("wrapping", size, painted, rng), (0.0, 0.0, height))


def _walls(size: Size, wall: float, matter: str, rng: Rng) -> Iterator[Layer]:
    """Upright walls; those across the belt in three parts, each seen at an angle of its own."""
    long, wide, high = size
    for side in (-1, 1):
        yield _wall((long, wall, high), (0.0, side * (wide - wall) / 2, 0.0), matter, rng)
        for third in (-1, 0, 1):
            centre = (side * (long - wall) / 2, third * wide / 3, 0.0)
            yield _wall((wall, wide / 3, high), centre, matter, rng)


def _wall(size: Size, centre: Size, matter: str, rng: Rng) -> Layer:
    def painted(brush: Brush, _: Rng) -> None:
        brush.box(size, M[matter])

    return Layer(made("wrapping", size, painted, rng), centre)


def _carton(size: Size, rng: Rng) -> Iterator[Layer]:
    """Corrugated board: walls, flaps that meet in the middle or overlap, flutes, tape, staples."""
    wall, flute = rng.uniform(2.5, 7.0), rng.uniform(5.0, 9.0)
    matter = str(rng.choice(["corrugated", "corrugated", "corrugated", "card"]))
    wall = 1.0 if matter == "card" else wall
    yield from _walls(size, wall, matter, rng)

    def sheet(face: Face, own: Rng) -> None:
        sketch = face.sketch(2)
        sketch.slab(0, 0, face.width, face.height, wall)
        flap = min(face.height / 2, face.width / 2)
        for side in (-1, 1):
            sketch.slab(side * (face.width - flap) / 2, 0, flap, face.height, wall)
        sketch.slab(0, 0, face.width, own.uniform(0.5, 3.0), -wall * 0.9)
        x, _ = sketch.axes()
        sketch.thick *= 1 + np.float32(0.12) * np.sin(x * np.float32(2 * np.pi / flute))
        sketch.lines([wander(own, face.width, face.height * 0.5, 20, 2)], 4.0, wall * 0.3)
        face.lay(sketch, M[matter])
        tape = face.sketch(2)
        tape.slab(0, 0, face.width, 48, 0.12)
        face.lay(tape, M["polyethylene"])
        if own.random() < 0.25:
            places = np.stack([np.linspace(-0.45, 0.45, 8), np.full(8, 0.03)], 1)
            screws(face, places, M["steel"], 4.0, 1.0)

    for side in (-1, 1):
        yield _layer((size[0], size[1], 10.0), side * size[2] / 2, sheet, rng)


def _soft(size: Size, rng: Rng, walls: float) -> Iterator[Layer]:
    """A skin of film or cloth on both sides, with creases, its rim soft and uneven."""
    matter, grip = one_of(rng, "polyethylene", "polyester", "leather"), rng.uniform(0.05, 0.3)
    thick = walls * (6.0 if matter.density < 0.5 else 1.0)

    def sheet(face: Face, own: Rng) -> None:
        sketch = face.sketch(12)
        outline = rounded(face.width, face.height, own.uniform(0.1, 0.45) * face.height)
        outline *= 1 + 0.03 * np.sin(np.linspace(0, 2 * np.pi * own.integers(2, 7), len(outline)))[:, None]
        sketch.fill(outline, thick)
        sketch.lines([outline, outline * 0.985, outline * 0.95], 3.0, thick * 3, closed=True)
        for _ in range(3):
            creases = [
                wander(own, face.width * own.uniform(0.2, 1), face.height * own.uniform(0.1, 1), 30, 3)
                + own.uniform(-0.3, 0.3, 2) * (face.width, face.height)
                for _ in range(5)
            ]
            sketch.lines(creases, own.uniform(2, 7), thick * own.uniform(0.3, 1.2))
        sketch.soften(own.uniform(0.8, 2.0))
        sketch.rough(own, grip, 40, 2)
        face.lay(sketch, matter)

    for side in (-1, 1):
        yield _layer(size, side * size[2] * 0.35, sheet, rng)


def _mailer(size: Size, rng: Rng) -> Iterator[Layer]:
    return _soft(size, rng, 0.25)


def _bag(size: Size, rng: Rng) -> Iterator[Layer]:
    yield from _soft(size, rng, 0.8)

    def furniture(face: Face, own: Rng) -> None:
        zipper(face, rounded(face.width * 0.85, face.height * 0.85, 60)[: int(own.integers(10, 28))], own)
        for _ in range(int(own.integers(0, 3))):
            fastenings(face, own)
        if own.random() < 0.5:
            frame = face.sketch()
            frame.lines([rounded(face.width * 0.9, face.height * 0.9, 50)], 4.0, 3.0, closed=True)
            face.lay(frame, one_of(own, "steel", "abs", "aluminium"))

    yield _layer(size, size[2] * 0.2, furniture, rng)


def _backpack(size: Size, rng: Rng) -> Iterator[Layer]:
    yield from _soft(size, rng, 1.0)

    def furniture(face: Face, own: Rng) -> None:
        straps = face.sketch(40)
        for side in (-1, 1):
            middle = (0, side * face.height * own.uniform(0.2, 0.55))
            strap = np.add(wander(own, face.width * 0.9, 60, 40, 2), middle)
            straps.lines([strap], 34.0, 4.0)
            straps.lines([np.add(strap, (0, 17)), np.add(strap, (0, -17))], 3.0, 4.0)
        face.lay(straps, M["foam"])
        face.lay(straps, M["polyester"])
        for _ in range(3):
            length = own.uniform(0.4, 1.0)
            bow = rounded(face.width * length, face.height * own.uniform(0.5, 1.0), 70)
            zipper(face, bow[int(own.integers(0, 8)) : int(own.integers(14, 28))], own)
        buckles = face.sketch(30)
        for _ in range(int(own.integers(2, 9))):
            x, y = own.uniform(-0.5, 0.5, 2) * (face.width, face.height)
            buckles.lines([rounded(28, 22, 2, x, y)], 3.5, 4.0, closed=True)
        face.lay(buckles, one_of(own, "abs", "steel", "zinc"))

    yield _layer(size, size[2] * 0.3, furniture, rng)


def _suitcase(size: Size, rng: Rng) -> Iterator[Layer]:
    """Two ribbed half shells, their frame or zip, lining, two rails and a handle, wheels, rivets."""
    corner, ribs = rng.uniform(20, 60), rng.uniform(9, 45)
    yield from _walls(size, rng.uniform(2, 4), "abs", rng)
    shell = rng.uniform(1.5, 3.2)
    rail = str(rng.choice(["aluminium", "aluminium", "steel"]))
    metal_frame, rail_mm = rng.random() < 0.6, rng.uniform(12, 26)

    def half(face: Face, own: Rng) -> None:
        sketch = face.sketch(2)
        sketch.fill(rounded(face.width, face.height, corner), shell)
        places = np.arange(-face.height * 0.42, face.height * 0.42, ribs)
        sketch.lines([[(-face.width * 0.46, y), (face.width * 0.46, y)] for y in places], 3.0, 1.5)
        for share in (0.99, 0.96, 0.92):
            sketch.lines([rounded(face.width * share, face.height * share, corner)], 2.5, 5.0, closed=True)
        sketch.lines([wander(own, face.width * 0.9, face.height * 0.9, 40, 5) for _ in range(8)], 4.0, 1.5)
        face.lay(sketch, M["abs"])

    def frame(face: Face, own: Rng) -> None:
        if metal_frame:
            sketch = face.sketch(3)
            for inset in (0, own.uniform(5, 10)):
                outline = rounded(face.width - inset, face.height - inset, corner)
                sketch.lines([outline], 3.0, own.uniform(4, 14), closed=True)
            face.lay(sketch, M["aluminium"])
            rim = face.sketch(3)
            rim.lines(
                [rounded(face.width - 4, face.height - 4, corner)], 1.5, own.uniform(0.3, 1.2), closed=True
            )
            face.lay(rim, M["steel"])
        else:
            zipper(face, rounded(face.width, face.height, corner), own)
        fastenings(face, own)

    def undercarriage(face: Face, own: Rng) -> None:
        rails = face.sketch()
        gap = face.height * own.uniform(0.10, 0.22)
        for side in (-1, 1):
            long = face.width * own.uniform(0.75, 0.95)
            rails.slab(0, side * gap, long, rail_mm, 2 * own.uniform(0.8, 1.5))
            for edge in (-1, 1):
                rails.slab(0, side * gap + edge * rail_mm / 2, long, 1.5, 8)
        face.lay(rails, M[rail])
        handle = face.sketch()
        handle.slab(face.width * 0.44, 0, 26, 2 * gap + rail_mm, 12)
        face.lay(handle, M["abs"])
        dots = own.uniform(-0.47, 0.47, (int(own.integers(10, 45)), 2))
        dots[:, 1] = np.where(own.random(len(dots)) < 0.6, np.sign(dots[:, 1]) * 0.46, dots[:, 1])
        screws(face, dots, M["steel"], own.uniform(2.5, 5), own.uniform(3, 9))
        _wheels(face, own)

    yield _layer(size, -size[2] * 0.4, undercarriage, rng)
    for side in (-1, 1):
        yield _layer(size, side * size[2] * 0.45, half, rng)
        yield _layer(size, side * size[2] * 0.04, frame, rng)


def _wheels(face: Face, rng: Rng) -> None:
    tyre, axle = face.sketch(45), face.sketch(45)
    wide = rng.uniform(18, 55)
    out = rng.uniform(0, 25)
    for x, y in ((-1, -1), (-1, 1), (1, -1), (1, 1))[: int(rng.choice([2, 4]))]:
        at_x, at_y = x * (face.width / 2 - 15 + out), y * (face.height / 2 - 25)
        tyre.dome(at_x, at_y, wide, wide, 20)
        tyre.lines([ring(at_x, at_y, wide, wide)], 5, 14, closed=True)
        axle.slab(at_x, at_y, 5, wide * 0.9, 6)
        axle.lines([[(at_x, at_y), (at_x - x * 25, at_y)]], 5, 5)
        axle.disc(at_x - x * 12, at_y, 14, 14, 2)
    face.lay(tyre, M["rubber"])
    face.lay(axle, M["steel"])


def _tray(size: Size, rng: Rng) -> Iterator[Layer]:
    """An open plastic tray of a checkpoint."""
    yield from _walls(size, 3.5, "polyethylene", rng)

    def floor(face: Face, own: Rng) -> None:
        sketch = face.sketch()
        sketch.fill(rounded(face.width, face.height, 20), 3)
        sketch.lines([rounded(face.width - 6, face.height - 6, 20)], 8, 4, closed=True)
        notches = np.arange(-face.width / 2, face.width / 2, own.uniform(25, 60))
        sketch.lines(
            [[(x, y), (x, y * 0.94)] for x in notches for y in (-face.height / 2, face.height / 2)], 3, 12
        )
        face.lay(sketch, M["polyethylene"])

    yield _layer(size, -size[2] / 2, floor, rng)


_MAKERS: dict[str, Callable[[Size, Rng], Iterator[Layer]]] = {
    "carton": _carton,
    "mailer": _mailer,
    "bag": _bag,
    "backpack": _backpack,
    "suitcase": _suitcase,
    "tray": _tray,
}
