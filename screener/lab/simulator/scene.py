"""A scene: a parcel with goods and a load placed in it, and its projection to areal densities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from screener.lab.simulator import clutter, concealment, loads, solids, wrappings
from screener.lab.simulator.brush import Brush
from screener.lab.simulator.canvas import Canvas
from screener.lab.simulator.clutter import Stock
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.solids import Size, Turn

BORDER_MM = 30.0
"""Empty belt around a parcel."""

ABOVE: Turn = np.eye(3)
SIDE: Turn = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
"""Beam frames (columns, rows, depth) of the two views: from above, and across the belt."""


@dataclass(frozen=True)
class Placed:
    """A good at a place in the parcel (mm from its centre) with its rotation."""

    good: Good
    centre: Size
    turn: Turn


@dataclass(frozen=True)
class Scene:
    """A parcel: its wrapping, its size along and across the belt and upwards in mm, and what lies in it."""

    wrapping: str
    size: Size
    placed: tuple[Placed, ...]
    shell: tuple[Placed, ...]
    turn: Turn


@dataclass(frozen=True)
class Crowding:
    """How crowded parcels are: bounds of the share of the volume that goods fill, and their number."""

    fill: tuple[float, float] = (0.3, 1.3)
    most_goods: int = 45


CLEARANCE = 1.3
"""A source stands this many times as high above the belt as the tallest parcel that passes under it."""


@dataclass(frozen=True)
class Fan:
    """A point source `source_mm` above the belt (below it where negative), `aside_mm` from the parcel."""

    source_mm: float
    aside_mm: float

    def magnification(self, height_mm: float) -> float:
        """How much wider across the belt a body at this height is seen than on the belt."""
        return self.source_mm / (self.source_mm - height_mm)

    def over(self, height_mm: float) -> Fan:
        """This source, or one that is high enough for a parcel of this height: no tunnel is too low."""
        too_low = 0 < self.source_mm < CLEARANCE * height_mm
        return Fan(CLEARANCE * height_mm, self.aside_mm) if too_low else self

    def angle(self, across_mm: float, height_mm: float) -> float:
        """The beam's angle from upright where it passes a place, in radians."""
        return (
            float(np.arctan2(across_mm, self.source_mm - height_mm))
            if self.source_mm > 0
            else -float(np.arctan2(across_mm, height_mm - self.source_mm))
        )


FAR = Fan(1e9, 0.0)
"""Parallel beams."""


def compose(
    what: loads.Load,
    rng: Rng,
    crowding: Crowding,
    stock: Stock = "training",
    hidden: str = "none",
) -> Scene:
    """A parcel around a load: large enough to hold it, filled up with other goods.

    `hidden` is one of `concealment.WAYS`; raises `BadConfig` for others.
    """
    forbidden = concealment.hide(loads.goods(what, rng), rng, hidden)
    turned = [Placed(good, (0, 0, 0), lying(rng)) for good in forbidden]
    wrapping, size = _parcel(turned, rng)
    goods = [_inside(item, size, rng) for item in turned]
    share = rng.uniform(*crowding.fill)
    room = share * np.prod(size) - sum(float(np.prod(good.size)) for good in forbidden)
    for _ in range(int(rng.integers(crowding.most_goods // 3, crowding.most_goods + 1))):
        item = Placed(clutter.good(rng, stock), (0, 0, 0), lying(rng))
        volume = float(np.prod(item.good.size))
        if volume < room and _fits(item, size):
            room -= volume
            goods.append(_inside(item, size, rng))
    askew = solids.rotation(rng.normal(0, 0.25) if rng.random() < 0.7 else rng.uniform(0, np.pi), 0, 0)
    return Scene(wrapping, size, tuple(goods), _shell(wrapping, size, rng), askew)


def _shell(wrapping: str, size: Size, rng: Rng) -> tuple[Placed, ...]:
    parts = wrappings.layers(wrapping, size, rng)
    return tuple(Placed(part.good, part.centre, np.eye(3)) for part in parts)


FACES = (solids.rotation(0, 0, 0), solids.rotation(0, np.pi / 2, 0), solids.rotation(0, 0, np.pi / 2))
"""Turns that lay a good flat, on its side, on its end."""


def lying(rng: Rng) -> Turn:
    """Goods lie on one of their faces, mostly flat, a little askew; some at any angle."""
    if rng.random() < 0.15:
        return solids.rotation(*(float(angle) for angle in rng.uniform(0, 2 * np.pi, 3)))
    face = FACES[int(rng.choice(3, p=[0.6, 0.2, 0.2]))]
    yaw = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.06) if rng.random() < 0.6 else rng.uniform(0, np.pi)
    return solids.rotation(float(yaw), float(rng.normal(0, 0.05)), float(rng.normal(0, 0.05))) @ face


def _parcel(turned: list[Placed], rng: Rng) -> tuple[str, Size]:
    wrapping = str(rng.choice(wrappings.KINDS, p=wrappings.SHARES))
    low, high = wrappings.SIZES[wrapping]
    size = rng.uniform(low, high)
    for item in turned:
        need = 2 * solids.half_extent(item.good.size, item.turn) * rng.uniform(1.02, 1.3) + 10
        size = np.maximum(size, need)
    return wrapping, (float(size[0]), float(size[1]), float(size[2]))


def _fits(item: Placed, size: Size) -> bool:
    return bool((2 * solids.half_extent(item.good.size, item.turn) < np.array(size) * 1.05).all())


def _inside(item: Placed, size: Size, rng: Rng) -> Placed:
    room = np.clip(np.array(size) / 2 - solids.half_extent(item.good.size, item.turn) - 3, 0, None)
    centre = rng.uniform(-1, 1, 3) * room
    return Placed(item.good, (float(centre[0]), float(centre[1]), float(centre[2])), item.turn)


def project(scene: Scene, view: Turn, pitch_row_mm: float, pitch_col_mm: float, fan: Fan = FAR) -> Canvas:
    """One view of the scene on a grid of the given pitch, with a border of empty belt.

    Along the belt beams are parallel; across it they fan out, so what is nearer to the source is seen wider,
    and what lies aside is seen from the side.
    """
    frame = view @ scene.turn
    reach = solids.half_extent(scene.size, frame)
    fan = fan.over(2 * float(reach[2]))
    edges = [
        (fan.aside_mm + side * reach[1]) * fan.magnification(height)
        for side in (-1, 1)
        for height in (0.0, 2 * float(reach[2]))
    ]
    cols = int(np.ceil(2 * (reach[0] + BORDER_MM) / pitch_col_mm))
    rows = int(np.ceil((max(edges) - min(edges) + 2 * BORDER_MM) / pitch_row_mm))
    canvas = Canvas(rows, cols, pitch_row_mm, pitch_col_mm)
    first_mm = min(edges) - BORDER_MM
    for item in (*scene.shell, *scene.placed):
        along, across, up = (float(part) for part in frame @ np.array(item.centre))
        across, up = across + fan.aside_mm, up + float(reach[2])
        wider = fan.magnification(up)
        seen = canvas.magnified(wider)
        turn = solids.rotation(0, 0, fan.angle(across, up)) @ frame @ item.turn
        brush = Brush(seen, along + cols * pitch_col_mm / 2, across - first_mm / wider, turn)
        item.good.paint(brush, np.random.default_rng(item.good.seed))
        canvas.mass_g += seen.mass_g
    return canvas
