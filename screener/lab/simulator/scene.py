"""A scene: a parcel with goods and a load placed in it, and its projection to areal densities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from screener.lab.simulator import clutter, loads, solids
from screener.lab.simulator.brush import Brush
from screener.lab.simulator.canvas import Canvas, clouds
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.matter import MATERIALS
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
    turn: Turn
    seed: int


@dataclass(frozen=True)
class Crowding:
    """How crowded parcels are: bounds of the share of the volume that goods fill, and their number."""

    fill: tuple[float, float] = (0.2, 1.1)
    most_goods: int = 26


def compose(what: loads.Load, rng: Rng, crowding: Crowding) -> Scene:
    """A parcel around a load: large enough to hold it, filled up with other goods."""
    forbidden = loads.goods(what, rng)
    turned = [Placed(good, (0, 0, 0), _lying(rng)) for good in forbidden]
    wrapping, size = _parcel(turned, rng)
    goods = [_inside(item, size, rng) for item in turned]
    share = rng.uniform(*crowding.fill)
    room = share * np.prod(size) - sum(float(np.prod(good.size)) for good in forbidden)
    for _ in range(int(rng.integers(3, crowding.most_goods + 1))):
        item = Placed(clutter.good(rng), (0, 0, 0), _lying(rng))
        volume = float(np.prod(item.good.size))
        if volume < room and _fits(item, size):
            room -= volume
            goods.append(_inside(item, size, rng))
    askew = solids.rotation(rng.normal(0, 0.25) if rng.random() < 0.7 else rng.uniform(0, np.pi), 0, 0)
    return Scene(wrapping, size, tuple(goods), askew, int(rng.integers(1 << 31)))


_FACES = [solids.rotation(0, 0, 0), solids.rotation(0, np.pi / 2, 0), solids.rotation(0, 0, np.pi / 2)]


def _lying(rng: Rng) -> Turn:
    """Goods lie on one of their faces, mostly flat, a little askew; some at any angle."""
    if rng.random() < 0.15:
        return solids.rotation(*(float(angle) for angle in rng.uniform(0, 2 * np.pi, 3)))
    face = _FACES[int(rng.choice(3, p=[0.6, 0.2, 0.2]))]
    yaw = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.06) if rng.random() < 0.6 else rng.uniform(0, np.pi)
    return solids.rotation(float(yaw), float(rng.normal(0, 0.05)), float(rng.normal(0, 0.05))) @ face


_WRAPPINGS = ("carton", "mailer", "bag", "suitcase")


def _parcel(turned: list[Placed], rng: Rng) -> tuple[str, Size]:
    wrapping = str(rng.choice(_WRAPPINGS, p=[0.6, 0.13, 0.13, 0.14]))
    low, high = _SIZES[wrapping]
    size = rng.uniform(low, high)
    for item in turned:
        need = 2 * solids.half_extent(item.good.size, item.turn) * rng.uniform(1.02, 1.3) + 10
        size = np.maximum(size, need)
    return wrapping, (float(size[0]), float(size[1]), float(size[2]))


_SIZES: dict[str, tuple[Size, Size]] = {
    "carton": ((150, 120, 70), (520, 380, 320)),
    "mailer": ((180, 140, 30), (400, 300, 110)),
    "bag": ((220, 180, 80), (480, 360, 220)),
    "suitcase": ((420, 300, 150), (600, 420, 260)),
}


def _fits(item: Placed, size: Size) -> bool:
    return bool((2 * solids.half_extent(item.good.size, item.turn) < np.array(size) * 1.05).all())


def _inside(item: Placed, size: Size, rng: Rng) -> Placed:
    room = np.clip(np.array(size) / 2 - solids.half_extent(item.good.size, item.turn) - 3, 0, None)
    centre = rng.uniform(-1, 1, 3) * room
    return Placed(item.good, (float(centre[0]), float(centre[1]), float(centre[2])), item.turn)


def project(scene: Scene, view: Turn, pitch_row_mm: float, pitch_col_mm: float) -> Canvas:
    """One view of the scene on a grid of the given pitch, with a border of empty belt."""
    frame = view @ scene.turn
    reach = solids.half_extent(scene.size, frame)
    cols = int(np.ceil(2 * (reach[0] + BORDER_MM) / pitch_col_mm))
    rows = int(np.ceil(2 * (reach[1] + BORDER_MM) / pitch_row_mm))
    canvas = Canvas(rows, cols, pitch_row_mm, pitch_col_mm)
    middle = Brush(canvas, cols * pitch_col_mm / 2, rows * pitch_row_mm / 2, frame)
    _wrap(middle, scene)
    for item in scene.placed:
        item.good.paint(middle.at(item.centre, item.turn), np.random.default_rng(item.good.seed))
    return canvas


def _wrap(brush: Brush, scene: Scene) -> None:
    rng = np.random.default_rng(scene.seed)
    if scene.wrapping == "carton":
        _carton(brush, scene.size, rng)
    elif scene.wrapping == "suitcase":
        _suitcase(brush, scene.size, rng)
    else:
        brush.shell(scene.size, 0.2 if scene.wrapping == "mailer" else 1.2, MATERIALS["polyethylene"])
        _creases(brush, scene.size, rng)


def _carton(brush: Brush, size: Size, rng: Rng) -> None:
    """Corrugated board: walls, and flaps that double over the middle."""
    wall = rng.uniform(2.5, 7.0)
    brush.shell(size, wall, MATERIALS["corrugated"])
    flap = min(size[1] / 2, size[0])
    for side in (-1, 1):
        lid = brush.at((side * (size[0] - flap) / 2, 0, size[2] / 2))
        lid.box((flap, size[1], wall), MATERIALS["corrugated"])


def _suitcase(brush: Brush, size: Size, rng: Rng) -> None:
    """A shell with two rails, a frame and wheels."""
    brush.shell(size, rng.uniform(1.5, 3.0), MATERIALS["abs"])
    for side in (-1, 1):
        rail = brush.at((0, side * size[1] * rng.uniform(0.12, 0.25), -size[2] / 2 + 8))
        rail.tube(size[0] * 0.95, 12, 1.5, MATERIALS["aluminium"])
        edge = brush.at((0, side * (size[1] / 2 - 4), 0))
        edge.tube(size[0], 8, 1.2, MATERIALS["steel" if rng.random() < 0.5 else "aluminium"])
        for end in (-1, 1):
            brush.at((end * size[0] * 0.47, side * size[1] * 0.42, 0)).ellipsoid(
                (40, 40, 22), MATERIALS["abs"]
            )


def _creases(brush: Brush, size: Size, rng: Rng) -> None:
    if at := brush.window(size):
        folds = np.abs(clouds(rng, at.shape, 40 / brush.canvas.pitch_row_mm, 2))
        inside = solids.box(at.u, at.v, brush.turn, size) > 0
        brush.canvas.add_chord(
            at, np.exp(-np.square(folds / 0.08)) * inside * np.float32(0.4), MATERIALS["polyethylene"]
        )
