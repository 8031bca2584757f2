"""Goods with electronics: laptops, phones, printed boards, adapters, cells, cables, earphones."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator.brush import Brush, Face, Stamp
from screener.lab.simulator.goods import Good, Rng, made, one_of, sized
from screener.lab.simulator.matter import MATERIALS as M
from screener.lab.simulator.matter import Material
from screener.lab.simulator.sketch import ring, rounded, wander


def circuit(face: Face, share: tuple[float, float], parts: int, rng: Rng) -> None:
    """A printed board with chips, coils, traces and solder, filling `share` of the face."""
    width, height = face.width * share[0], face.height * share[1]
    x, y = rng.uniform(-0.5, 0.5, 2) * (face.width - width, face.height - height)
    board = face.sketch()
    board.slab(x, y, width, height, 1.4)
    face.lay(board, M["board"])
    for matter, low, high, count in (
        ("chip", (2, 2, 0.6), (18, 15, 2.5), parts),
        ("solder", (0.8, 0.8, 0.1), (2.5, 2.5, 0.6), parts * 3),
        ("copper", (1.5, 1.5, 0.3), (9, 12, 2.0), parts // 3),
        ("abs", (4, 3, 3), (25, 9, 9), parts // 4),
    ):
        sketch = face.sketch()
        places = rng.uniform(-0.48, 0.48, (count, 2)) * (width, height) + (x, y)
        for place, part in zip(places, rng.uniform(low, high, (count, 3)), strict=True):
            sketch.slab(place[0], place[1], part[0], part[1], part[2])
        face.lay(sketch, M[matter])


def screws(face: Face, places: np.ndarray, matter: Material, across: float, depth: float) -> None:
    """Screws, rivets or eyelets at places [n, 2] given as shares of the face."""
    sketch = face.sketch()
    for x, y in places * (face.width, face.height):
        sketch.disc(x, y, across, across, depth)
    face.lay(sketch, matter)


_CORNERS = np.array([(-0.46, -0.44), (-0.46, 0.44), (0.46, -0.44), (0.46, 0.44)])


def electronics(rng: Rng) -> Good:
    """A device: shell, printed board with parts, a battery, shields, screws."""
    size = sized(rng, (60, 40, 8), (340, 240, 60))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        shell = face.sketch()
        shell.slab(0, 0, face.width, face.height, own.uniform(2.0, 5.0))
        outline = rounded(face.width - 3, face.height - 3, own.uniform(2, 15))
        shell.lines([outline], 2.5, face.depth * 0.7, closed=True)
        face.lay(shell, M["abs"] if own.random() < 0.7 else M["aluminium"])
        share = own.uniform(0.4, 0.92, 2)
        circuit(face, (share[0], share[1]), int(own.integers(8, 45)), own)
        cells = face.sketch()
        for _ in range(int(own.integers(0, 4))):
            place = own.uniform(-0.3, 0.3, 2) * (face.width, face.height)
            part = own.uniform(0.15, 0.4, 2) * (face.width, face.height)
            cells.slab(place[0], place[1], part[0], part[1], min(face.depth * 0.6, 6.0))
        face.lay(cells, one_of(own, "lithium cell", "lithium cell", "zinc"))
        screws(face, _CORNERS, M["steel"], 3.5, 7.0)

    return made("electronics", size, paint, rng)


def laptop(rng: Rng) -> Good:
    """A laptop or tablet: keys in rows, display, board, cells in a row, fan, drive, hinges."""
    size = sized(rng, (220, 150, 8), (380, 260, 32))
    keys, metal = rng.random() < 0.75, rng.random() < 0.5

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        shell = face.sketch()
        shell.slab(0, 0, face.width, face.height, 1.4 if metal else 4.0)
        shell.lines([rounded(face.width - 3, face.height - 3, 8)], 3, face.depth * 0.3, closed=True)
        face.lay(shell, M["aluminium"] if metal else M["abs"])
        glass = face.sketch()
        glass.slab(0, 0, face.width * 0.95, face.height * 0.93, 1.2)
        face.lay(glass, M["glass"])
        if keys:
            _keys(face, own)
        circuit(face, (own.uniform(0.3, 0.8), own.uniform(0.25, 0.5)), int(own.integers(25, 60)), own)
        _cells(face, own)
        fan = face.sketch()
        x, y = own.uniform(-0.35, 0.35, 2) * (face.width, face.height)
        fan.lines([ring(x, y, 48, 48), ring(x, y, 20, 20)], 3, 3, closed=True)
        fan.slab(x + 45, y, 60, 7, 3)
        face.lay(fan, one_of(own, "copper", "aluminium"))
        screws(face, own.uniform(-0.48, 0.48, (14, 2)), M["steel"], 3.0, 5.0)

    return made("electronics", size, paint, rng)


def _keys(face: Face, rng: Rng) -> None:
    keys = face.sketch()
    step_x, step_y = face.width * 0.9 / 15, face.height * 0.45 / 6
    top = -face.height * rng.uniform(0.1, 0.42)
    for row, place in np.ndindex(6, 14):
        x = (place - 6.5) * step_x + row * 2
        keys.slab(x, top + row * step_y, step_x * 0.85, step_y * 0.8, 1.5)
    face.lay(keys, M["abs"])


def _cells(face: Face, rng: Rng) -> None:
    cells = face.sketch()
    count, high = int(rng.integers(2, 7)), face.height * rng.uniform(0.18, 0.34)
    wide = face.width * 0.85 / count
    for place in range(count):
        x = (place - (count - 1) / 2) * wide
        cells.slab(x, face.height * 0.3, wide * 0.95, high, min(face.depth * 0.5, 5.5))
    face.lay(cells, M["lithium cell"])


def phone(rng: Rng) -> Good:
    """A phone, player or power bank: one large cell, a dense board beside it, camera, speaker."""
    size = sized(rng, (105, 52, 6), (170, 82, 14))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        frame = face.sketch()
        frame.lines([rounded(face.width - 2, face.height - 2, 10)], 2.5, face.depth * 0.5, closed=True)
        frame.slab(0, 0, face.width * 0.96, face.height * 0.94, 0.5)
        face.lay(frame, one_of(own, "aluminium", "stainless", "abs"))
        glass, cell = face.sketch(), face.sketch()
        glass.slab(0, 0, face.width, face.height, 1.3)
        face.lay(glass, M["glass"])
        cell.slab(-face.width * 0.12, 0, face.width * 0.55, face.height * 0.7, min(face.depth * 0.6, 6))
        face.lay(cell, M["lithium cell"])
        circuit(face, (0.9, 0.8), int(own.integers(12, 40)), own)

    return made("electronics", size, paint, rng)


def adapter(rng: Rng) -> Good:
    """A power adapter or plug: plastic box, coil on a core, capacitors, pins, a cable."""
    size = sized(rng, (40, 30, 22), (150, 75, 42))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        shell = face.sketch()
        shell.slab(0, 0, face.width, face.height, 4.0)
        shell.lines([rounded(face.width - 3, face.height - 3, 4)], 2.5, face.depth * 0.8, closed=True)
        face.lay(shell, M["abs"])
        circuit(face, (0.88, 0.8), int(own.integers(6, 18)), own)
        coil, core, tins = face.sketch(), face.sketch(), face.sketch()
        x, y = own.uniform(-0.25, 0.25, 2) * (face.width, face.height)
        side = min(face.width, face.height) * own.uniform(0.35, 0.6)
        core.lines([rounded(side, side, 2, x, y)], side * 0.25, face.depth * 0.4, closed=True)
        coil.slab(x, y, side * 0.6, side * 0.8, face.depth * 0.35)
        for _ in range(int(own.integers(2, 7))):
            place = own.uniform(-0.42, 0.42, 2) * (face.width, face.height)
            wide = own.uniform(5, 14)
            tins.slab(place[0], place[1], wide * own.uniform(1, 2), wide, wide * 0.4)
        face.lay(core, M["steel"])
        face.lay(coil, M["copper"])
        face.lay(tins, M["aluminium"])
        _pins(face)

    return made("adapter", size, paint, rng)


def _pins(face: Face) -> None:
    pins = face.sketch(20)
    for side in (-6.5, 6.5):
        pins.slab(-face.width / 2 - 6, side, 18, 3.5, 4)
    face.lay(pins, M["brass"])


def batteries(rng: Rng) -> Good:
    """Round cells side by side, or a row of button cells."""
    width, length = ((14.5, 50.5), (18.5, 65.0), (10.5, 44.5), (20.0, 3.2))[int(rng.integers(4))]
    count = int(rng.integers(2, 13))

    def paint(brush: Brush, own: Rng) -> None:
        stamp, inside = Stamp.blank(brush, (length, width, width))
        inside.cylinder(length, width, M["alkaline cell"])
        inside.tube(length, width, 0.3, M["steel"])
        for place in range(count):
            stamp.lay(brush.at((float(own.normal(0, 0.4)), (place - (count - 1) / 2) * (width + 0.5), 0)))

    return made("batteries", (length, count * (width + 0.5), width), paint, rng)


def cables(rng: Rng) -> Good:
    """A cable, coiled or thrown, with its plugs; or a thin one of earphones or a charger."""
    width = rng.uniform(60, 220)
    core = one_of(rng, "copper", "copper", "aluminium")
    thick, coiled = rng.uniform(2.0, 7.0), rng.random() < 0.6

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face((width, width, 12))
        curve = _coil(width, own) if coiled else wander(own, face.width, face.height, 160, 7)
        for wide, depth, matter in ((thick, thick * 0.8, M["pvc"]), (thick * 0.45, thick * 0.3, core)):
            sketch = face.sketch(6)
            for part in np.array_split(curve, 4):
                sketch.lines([part], wide, depth)
            face.lay(sketch, matter)
        plugs = face.sketch(6)
        for x, y in curve[[0, -1]]:
            plugs.slab(x, y, own.uniform(8, 30), own.uniform(5, 12), own.uniform(1, 4))
        face.lay(plugs, one_of(own, "brass", "steel", "pvc"))

    return made("cable", (width, width, 12), paint, rng)


def _coil(width: float, rng: Rng) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi * rng.uniform(1.5, 7), 240)
    radius = width * (0.33 + 0.1 * np.sin(angle * rng.uniform(0.1, 0.9) + rng.uniform(0, 6)))
    flat = rng.uniform(0.3, 1)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle) * flat], 1)
