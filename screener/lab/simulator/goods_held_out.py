"""Goods that no training ever sees: kinds kept apart for tests, of other make than those of training."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator import solids
from screener.lab.simulator.brush import Brush, Face, Stamp
from screener.lab.simulator.goods import Good, Rng, made, one_of, packed, sized
from screener.lab.simulator.matter import MATERIALS as M
from screener.lab.simulator.sketch import ring, rounded, wander


def hair_dryer(rng: Rng) -> Good:
    """A barrel with a motor, a heating coil on mica, a grip with a switch, a cord."""
    size = (rng.uniform(170, 240), rng.uniform(150, 220), rng.uniform(70, 90))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        barrel = min(face.height * 0.42, 85.0)
        shell, metal, coil = face.sketch(), face.sketch(), face.sketch()
        y = -face.height / 2 + barrel / 2
        shell.lines([rounded(face.width - 4, barrel, 12, 0, y)], 3, face.depth * 0.5, closed=True)
        shell.slab(0, y, face.width, barrel, 4)
        shell.pillow(face.width * 0.15, face.height * 0.2, 34, face.height * 0.6, 9, 2)
        face.lay(shell, M["abs"])
        metal.slab(face.width * 0.28, y, 40, 30, 12)
        face.lay(metal, M["steel"])
        turns = np.linspace(-0.4, 0.1, 14) * face.width
        coil.lines([[(x, y - barrel * 0.35), (x + 4, y + barrel * 0.35)] for x in turns], 1.6, 1.6)
        coil.lines([wander(own, face.width, face.height, 120, 6)], 3.0, 1.5)
        face.lay(coil, M["copper"])

    return made("household goods", size, paint, rng)


def lamp(rng: Rng) -> Good:
    """A lamp: weighted foot, pole, shade as a truncated cone with wire rings, a bulb."""
    size = (rng.uniform(240, 400), rng.uniform(140, 240), rng.uniform(110, 180))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        pole, shade, bulb = face.sketch(), face.sketch(), face.sketch()
        half = face.width / 2
        pole.slab(-half + 8, 0, 16, face.height * 0.6, face.depth * 0.3)
        pole.slab(0, 0, face.width * 0.8, 9, 5)
        face.lay(pole, one_of(own, "steel", "brass", "zinc"))
        top, low = face.height * 0.25, face.height * 0.5
        shade.fill([(half, -top), (half, top), (half * 0.3, low), (half * 0.3, -low)], 3.0)
        shade.lines([[(half, -top), (half * 0.3, -low)], [(half, top), (half * 0.3, low)]], 3, 12)
        face.lay(shade, M["card"])
        bulb.dome(half * 0.55, 0, 70, 55, 5)
        bulb.lines([ring(half * 0.55, 0, 66, 51)], 1.5, 8, closed=True)
        face.lay(bulb, M["glass"])

    return made("household goods", size, paint, rng)


def instrument(rng: Rng) -> Good:
    """A wind or string instrument: conical bore with keys, or a hollow body with a neck and strings."""
    size = (rng.uniform(280, 480), rng.uniform(60, 200), rng.uniform(40, 90))
    wind = rng.random() < 0.5

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        body, metal = face.sketch(), face.sketch()
        half = face.width / 2
        if wind:
            body.lathe((np.linspace(0.2, 1.0, 30) ** 2 * face.height / 2).astype(np.float32), 0.12)
            keys = np.linspace(-0.8, 0.4, 14) * half
            metal.lines([ring(x, 0, 14, 14) for x in keys], 2.5, 2.5, closed=True)
            metal.lines([[(-half * 0.9, 9), (half * 0.5, 12)]], 3, 3)
            face.lay(body, M["brass"])
        else:
            body.pillow(half * 0.45, 0, face.width * 0.55, face.height * 0.9, 8, 1)
            body.lines([ring(half * 0.45, 0, face.width * 0.53, face.height * 0.86)], 3, 40, closed=True)
            body.slab(-half * 0.4, 0, face.width * 0.6, 40, 20)
            strings = [[(-half * 0.95, y), (half * 0.7, 1.6 * y)] for y in np.linspace(-14, 14, 6)]
            metal.lines(strings, 0.8, 0.8)
            face.lay(body, M["wood"])
        face.lay(metal, M["steel"])

    return made("musical instrument", size, paint, rng)


def figures(rng: Rng) -> Good:
    """Ceramic figures: hollow bodies of stacked rounded parts, each packed in foam."""
    count = int(rng.integers(1, 7))
    size = (60.0 * count, rng.uniform(90, 150), 60.0)

    def paint(brush: Brush, own: Rng) -> None:
        stamp, one = Stamp.blank(brush, (60, size[1], 60))
        for y, share in ((-0.3, 0.9), (0.02, 0.65), (0.28, 0.45)):
            part = (52 * share, size[1] * 0.42, 52 * share)
            here = one.at((0, y * size[1], 0))
            here.ellipsoid(part, packed(M["ceramic"], own.uniform(0.2, 0.4)))
        foam, inside = Stamp.blank(brush, (58, size[1], 58))
        inside.box((58, size[1], 58), M["foam"])
        for place in range(count):
            here = brush.at(((place - (count - 1) / 2) * 60.0, 0, 0))
            stamp.lay(here)
            foam.lay(here)

    return made("ornaments", size, paint, rng)


def nuts(rng: Rng) -> Good:
    """A bag of nuts in their shells: round shells with kernels, hundreds of them."""
    across, count = rng.uniform(14, 34), int(rng.integers(25, 110))
    side = across * float(np.sqrt(count)) * 0.75
    size = (side * 1.2, side, across * 1.9)

    def paint(brush: Brush, own: Rng) -> None:
        stamp, one = Stamp.blank(brush, (across, across, across * 0.9))
        one.ellipsoid((across, across, across * 0.9), packed(M["wood"], 0.5))
        one.ellipsoid((across * 0.7, across * 0.45, across * 0.5), packed(M["starch"], 0.9))
        places = own.uniform(-0.5, 0.5, (count, 3)) * (np.array(size) - across)
        for place in places.tolist():
            stamp.lay(brush.at((place[0], place[1], place[2])))

    return made("food", size, paint, rng)


def honeycomb(rng: Rng) -> Good:
    """Honeycomb board or moulded pulp: hexagons of card between two sheets."""
    size = sized(rng, (120, 90, 12), (320, 240, 60))
    cell = rng.uniform(9, 28)

    def paint(brush: Brush, _: Rng) -> None:
        face = brush.face(size)
        sketch = face.sketch()
        corners = np.stack([np.cos(np.arange(7) * np.pi / 3), np.sin(np.arange(7) * np.pi / 3)], 1)
        columns, rows = int(face.width / cell / 1.5) + 1, int(face.height / cell / 0.866) + 1
        for column in range(columns):
            x = -face.width / 2 + column * cell * 1.5
            shift = cell * 0.866 * (column % 2)
            hexagons = [
                corners * cell + (x, -face.height / 2 + row * cell * 1.732 + shift)
                for row in range(rows // 2 + 1)
            ]
            sketch.lines(hexagons, 0.8, face.depth * 0.5)
        sketch.slab(0, 0, face.width, face.height, 1.5)
        face.lay(sketch, M["card"])

    return made("padding", size, paint, rng)


def sewing_kit(rng: Rng) -> Good:
    """Spools of thread in rows, needles, scissors, buttons in a box."""
    spools = int(rng.integers(6, 24))
    size = (rng.uniform(140, 220), rng.uniform(90, 150), rng.uniform(25, 45))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        thread, metal, box = face.sketch(), face.sketch(), face.sketch()
        for place in range(spools):
            x = (place % 8 - 3.5) * face.width / 8.5
            y = (place // 8 - 1) * face.height / 3.2
            thread.pillow(x, y, face.width / 10, face.height / 4, min(face.depth, 20) * 0.8, 2)
        thread.rough(own, 0.1, 3)
        face.lay(thread, packed(M["cotton"], 2.2))
        starts = own.uniform(-0.4, 0.4, (30, 2)) * (face.width, face.height)
        metal.lines([[tuple(p), (p[0] + 28, p[1] + own.normal(0, 4))] for p in starts], 1.0, 1.0)
        metal.lines([ring(0, 0, 40, 18, 0.5), ring(8, 12, 40, 18, 0.1)], 4, 4, closed=True)
        face.lay(metal, M["steel"])
        box.lines([rounded(face.width - 3, face.height - 3, 3)], 2, face.depth * 0.7, closed=True)
        box.slab(0, 0, face.width, face.height, 3)
        face.lay(box, M["abs"])

    return made("haberdashery", size, paint, rng)


def board_game(rng: Rng) -> Good:
    """A flat box: a folded board, decks of cards, dice, rows of wooden pieces."""
    size = (rng.uniform(230, 320), rng.uniform(180, 260), rng.uniform(40, 70))

    def paint(brush: Brush, own: Rng) -> None:
        brush.shell(size, 2.0, M["card"])
        face = brush.face(size)
        board, pieces = face.sketch(), face.sketch()
        board.slab(0, 0, face.width * 0.95, face.height * 0.95, 5)
        board.slab(0, 0, 1.5, face.height * 0.95, -3)
        for x, y in own.uniform(-0.35, 0.35, (4, 2)) * (face.width, face.height):
            board.slab(x, y, 88, 60, 16)
        face.lay(board, M["paper"])
        for index in np.ndindex(8, 4):
            x, y = (np.array(index) - (3.5, 1.5)) * (16, 15) + (0.1 * face.width, 0.2 * face.height)
            pieces.disc(x, y, 11, 11, 18)
        face.lay(pieces, M["wood"])

    return made("games", size, paint, rng)


def soap(rng: Rng) -> Good:
    """Bars of soap or votive candles in rows: even, rounded, embossed."""
    part = (rng.uniform(38, 95), rng.uniform(35, 62), rng.uniform(18, 36))
    grid = rng.integers((1, 1, 1), (5, 5, 3))
    round_ones = rng.random() < 0.4

    def paint(brush: Brush, own: Rng) -> None:
        stamp, one = Stamp.blank(brush, part)
        face = one.face(part)
        sketch = face.sketch()
        if round_ones:
            sketch.disc(0, 0, face.width * 0.95, face.height * 0.95, face.depth)
        else:
            sketch.pillow(0, 0, face.width * 0.97, face.height * 0.97, face.depth, 1)
        sketch.lines([ring(0, 0, face.width * 0.6, face.height * 0.5)], 3, -2.0, closed=True)
        face.lay(sketch, packed(M["oil"], 1.15))
        _wick(face, own, there=round_ones)
        for index in np.ndindex(*(int(n) for n in grid)):
            offset = ((np.array(index) - (grid - 1) / 2) * (np.array(part) + 1.5)).tolist()
            stamp.lay(brush.at((offset[0], offset[1], offset[2])))

    whole = np.array(part) * grid + 1.5 * grid
    return made("soap", (float(whole[0]), float(whole[1]), float(whole[2])), paint, rng)


def _wick(face: Face, rng: Rng, *, there: bool) -> None:
    if there:
        metal = face.sketch()
        metal.disc(0, 0, 12, 12, rng.uniform(0.2, 0.5))
        metal.slab(0, 0, 1.5, 1.5, face.depth * 0.5)
        face.lay(metal, M["aluminium"])


def kitchen_appliance(rng: Rng) -> Good:
    """A mixer, grinder or kettle: a housing, a wound motor, gears, a bowl or a heating ring."""
    size = (rng.uniform(180, 300), rng.uniform(130, 210), rng.uniform(110, 190))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        housing, steel, copper = face.sketch(), face.sketch(), face.sketch()
        outline = rounded(face.width - 4, face.height - 4, own.uniform(15, 60))
        housing.lines([outline], 4, face.depth * 0.5, closed=True)
        housing.fill(outline, 6)
        face.lay(housing, M["abs"])
        x, wide = own.uniform(-0.25, 0.0) * face.width, face.height * own.uniform(0.3, 0.45)
        copper.lines(
            [ring(x, 0, wide * share, wide * share) for share in (0.6, 0.75, 0.9)], 5, 8, closed=True
        )
        steel.slab(x, 0, wide * 0.5, wide * 0.5, 25)
        steel.slab(x + wide, 0, wide * 1.6, 9, 9)
        steel.lines([ring(face.width * 0.28, 0, wide * 1.3, wide * 1.3)], 6, 7, closed=True)
        face.lay(steel, M["steel"])
        face.lay(copper, M["copper"])

    return made("household goods", size, paint, rng)


def bicycle_parts(rng: Rng) -> Good:
    """A chain, a cassette of toothed rings, cable, a pedal."""
    size = (rng.uniform(160, 240), rng.uniform(120, 180), rng.uniform(20, 50))

    def paint(brush: Brush, own: Rng) -> None:
        face = brush.face(size)
        sketch = face.sketch()
        chain = wander(own, face.width * 0.9, face.height * 0.9, 90, 3)
        sketch.lines([ring(x, y, 9, 6, 0.3) for x, y in chain], 2.0, 3.0, closed=True)
        around = np.linspace(0, 2 * np.pi, 121)
        for share in (0.9, 0.7, 0.5, 0.35):
            radius = face.height * 0.4 * share * (1 + 0.05 * np.sign(np.sin(around * 30)))
            gear = np.stack([np.cos(around) * radius, np.sin(around) * radius], 1)
            sketch.lines([np.add(gear, (0.2 * face.width, 0))], 3.0, 2.0, closed=True)
        face.lay(sketch, M["steel"])
        turned = brush.at((-0.25 * size[0], 0, 0), solids.rotation(own.uniform(0, 3), 0, 0))
        turned.shell((90, 60, 22), 5, M["aluminium"])

    return made("hardware", size, paint, rng)


KINDS = (
    (hair_dryer, 1.0),
    (lamp, 1.0),
    (instrument, 1.0),
    (figures, 1.0),
    (nuts, 1.2),
    (honeycomb, 0.8),
    (sewing_kit, 1.0),
    (board_game, 1.0),
    (soap, 1.2),
    (kitchen_appliance, 1.0),
    (bicycle_parts, 0.8),
)
