"""Loads by name (`3 cartons`, `200 loose`, `1 kg shreds`): goods laid together, and turned to the beam."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from bench.judge import goods
from bench.judge.goods import FORMATS, Format, Good
from bench.judge.projection import Piece
from screener.errors import BadConfig

PATTERN = re.compile(
    r"(?P<count>\d+(?:\.\d+)?) (?P<unit>kg |g )?"
    r"(?P<form>opened carton|carton|pack|loose|shreds|leaf|e-cigarette)s?"
)
DEFAULT = (
    "5 cartons",
    "3 cartons",
    "1 carton",
    "1 opened carton",
    "10 packs",
    "4 packs",
    "1 pack",
    "200 loose",
    "60 loose",
    "1 kg shreds",
    "0.3 kg shreds",
    "1 kg leaf",
    "5 e-cigarettes",
)
BEAM = 1  # goods are built with their flat side across y, so y is the beam of a load lying flat


@dataclass(frozen=True)
class Load:
    """What is hidden in one parcel: pieces in mm about their own origin, and what they count for."""

    name: str
    form: str
    pieces: tuple[Piece, ...]
    sticks: int
    tobacco_g: float
    e_cigarettes: int


class Stock:
    """Goods built once and shared: the same seed gives the same goods, in whatever order they are asked."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._built: dict[str, Good] = {}

    def take(self, name: str, build: Callable[[np.random.Generator], Good]) -> Good:
        """The good of this name, built on its first use."""
        if name not in self._built:
            self._built[name] = build(np.random.default_rng([self._seed, crc32(name.encode())]))
        return self._built[name]


def load(name: str, stock: Stock, rng: np.random.Generator) -> Load:
    """The load of this name as it lies before the beam. Raises `BadConfig` for a name it cannot read."""
    found = PATTERN.fullmatch(name)
    if found is None:
        raise BadConfig(f"load: expected names such as {', '.join(DEFAULT[:8])}, got {name!r}")
    form, amount = found["form"], float(found["count"])
    grams = amount * (1000 if found["unit"] == "kg " else 1)
    laid = _laid(form, amount, grams, stock, rng)
    turn = _pose(form, rng)
    pieces = tuple(piece.moved(turn, np.zeros(3)) for _, piece in laid)
    return Load(
        name=name,
        form=form,
        pieces=pieces,
        sticks=sum(good.sticks for good, _ in laid),
        tobacco_g=round(float(sum(good.tobacco_g for good, _ in laid)), 1),
        e_cigarettes=sum(good.e_cigarettes for good, _ in laid),
    )


Laid = list[tuple[Good, Piece]]


def _laid(form: str, amount: float, grams: float, stock: Stock, rng: np.random.Generator) -> Laid:
    count = int(amount)
    make_name = str(rng.choice(list(FORMATS), p=[0.45, 0.15, 0.08, 0.12, 0.12, 0.08]))
    make = FORMATS[make_name]
    if form == "carton":
        whole = stock.take(f"carton {make_name}", lambda own: goods.carton(make, own))
        return _stacked([whole] * count, rng)
    if form == "opened carton":
        packs = int(rng.integers(3, 9))
        opened = stock.take(f"opened {make_name} {packs}", lambda own: goods.carton(make, own, packs))
        return _stacked([opened] * count, rng)
    if form == "pack":
        return _stacked(_variants(stock, "pack", make_name, count, rng), rng)
    if form == "loose":
        return _loose(stock, make_name, make, count, rng)
    if form == "e-cigarette":
        kind = int(rng.integers(6))
        device = stock.take(f"e-cigarette {kind}", goods.e_cigarette)
        return _stacked([device] * count, rng)
    variant = f"{form} {grams:g} g {rng.integers(8)}"
    build = goods.shreds if form == "shreds" else goods.leaf
    return _stacked([stock.take(variant, lambda own: build(grams, own))], rng)


def _variants(stock: Stock, form: str, make_name: str, count: int, rng: np.random.Generator) -> list[Good]:
    """Single goods of one make; a few different ones, since no two are alike."""
    build, make = goods.pack if form == "pack" else goods.stick, FORMATS[make_name]
    return [
        stock.take(f"{form} {make_name} {which}", lambda own: build(make, own))
        for which in rng.integers(4, size=count)
    ]


def _stacked(things: list[Good], rng: np.random.Generator) -> Laid:
    """Equal goods in a block of rows and layers, a little out of line."""
    layout = _layout(len(things), rng)
    step = things[0].volume.size_mm + rng.uniform(0.3, 4.0)
    wobble = rng.uniform(0.2, 2.0)
    laid = []
    for place, good in enumerate(things):
        slot = np.array(np.unravel_index(place, layout)) - (np.array(layout) - 1) / 2
        centre = slot * step + rng.normal(0, wobble, 3)
        turn = _about(BEAM, rng.normal(0, 1.2)) @ np.diag(_flip(rng))
        laid.append((good, Piece(good.volume, turn, centre)))
    return laid


def _layout(count: int, rng: np.random.Generator) -> tuple[int, int, int]:
    """Across (x), layers (y), along (z): blocks that hold so many, the compact ones more often."""
    found = [
        (x, y, z)
        for x in range(1, 4)
        for y in range(1, 6)
        for z in range(1, 6)
        if count <= x * y * z < count + max(2, count // 3)
    ] or [(1, 1, count)]
    weight = np.array([1.0 / (x * x + y + z) for x, y, z in found])
    return found[int(rng.choice(len(found), p=weight / weight.sum()))]


def _loose(stock: Stock, make_name: str, make: Format, count: int, rng: np.random.Generator) -> Laid:
    sticks = _variants(stock, "stick", make_name, count, rng)
    if rng.random() < 0.4:
        return _bundles(sticks, make, rng)
    return _heap(sticks, make, rng)


def _heap(sticks: list[Good], make: Format, rng: np.random.Generator) -> Laid:
    """Sticks dropped one by one: each comes to lie on the highest stick it meets."""
    layers = rng.uniform(1.5, 5.0)
    area = len(sticks) * make.length_mm * make.diameter_mm / layers
    side = np.sqrt(area) * np.array([rng.uniform(0.8, 1.25), 1.0])
    spread = rng.uniform(5, 60)
    heights = np.zeros(np.ceil((side + 2 * make.length_mm) / 2).astype(int))
    return [(good, _dropped(good, make, heights, side=side, spread=spread, rng=rng)) for good in sticks]


def _dropped(
    good: Good,
    make: Format,
    heights: np.ndarray,
    *,
    side: np.ndarray,
    spread: float,
    rng: np.random.Generator,
) -> Piece:
    """The lowest of four places to fall; `heights` (mm, on cells of 2 mm) grows by the stick."""
    tries = [(rng.uniform(-side / 2, side / 2), rng.normal(0, spread)) for _ in range(4)]
    footprints = [_footprint(place, yaw, make, heights.shape) for place, yaw in tries]
    rests = [float(heights[cells].max()) for cells in footprints]
    best = int(np.argmin(rests))
    (place, yaw), cells = tries[best], footprints[best]
    heights[cells] = rests[best] + 0.9 * make.diameter_mm
    centre = np.array([place[0], rests[best] + make.diameter_mm / 2, place[1]])
    turn = _about(BEAM, yaw) @ _about(0, rng.normal(0, 3)) @ np.diag(_flip(rng))
    return Piece(good.volume, turn, centre)


def _footprint(
    place: np.ndarray, yaw: float, make: Format, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    along = np.linspace(-0.5, 0.5, 36) * make.length_mm
    beside = np.linspace(-0.35, 0.35, 3) * make.diameter_mm
    sine, cosine = np.sin(np.radians(yaw)), np.cos(np.radians(yaw))
    x = place[0] + along[:, None] * sine + beside[None, :] * cosine
    z = place[1] + along[:, None] * cosine - beside[None, :] * sine
    rows, columns = ((line / 2 + count / 2).astype(int) for line, count in zip((x, z), shape, strict=True))
    return np.clip(rows, 0, shape[0] - 1), np.clip(columns, 0, shape[1] - 1)


def _bundles(sticks: list[Good], make: Format, rng: np.random.Generator) -> Laid:
    """Bundles of parallel sticks, closely packed and round, side by side on the belt."""
    size = int(rng.choice([20, 30, 50]))
    bundles = [sticks[start : start + size] for start in range(0, len(sticks), size)]
    wide = make.diameter_mm * (np.sqrt(size) * 1.15 + 0.8)
    columns = int(np.ceil(np.sqrt(len(bundles) * make.length_mm / wide)))
    laid: Laid = []
    for place, bundle in enumerate(bundles):
        slot = np.array([place % columns * wide, 0.0, place // columns * (make.length_mm + 6)])
        centre = slot + rng.normal(0, 2.0, 3)
        turn = _about(BEAM, rng.normal(0, 8))
        laid += [(good, piece.moved(turn, centre)) for good, piece in _bundle(bundle, make, rng)]
    return laid


def _bundle(sticks: list[Good], make: Format, rng: np.random.Generator) -> Laid:
    lattice = np.array([[x + y / 2, y * 0.866] for y in range(-9, 10) for x in range(-14, 15)])
    nearest = lattice[np.argsort(np.hypot(*(lattice - 0.1).T))][: len(sticks)] * make.diameter_mm * 1.02
    flip = np.diag(_flip(rng))
    return [
        (good, Piece(good.volume, flip, np.array([x, y, rng.normal(0, 0.8)])))
        for good, (x, y) in zip(sticks, nearest, strict=True)
    ]


def _pose(form: str, rng: np.random.Generator) -> np.ndarray:
    """How a load lies before the beam: mostly flat, often along the bag's sides, at times anyhow."""
    if rng.random() < 0.12:
        return _anyhow(rng)
    flat = 0.92 if form == "loose" else 0.68
    up = int(rng.choice([1, 2, 0], p=[flat, 0.75 * (1 - flat), 0.25 * (1 - flat)]))
    others = [axis for axis in range(3) if axis != up]
    lying = np.zeros((3, 3))
    lying[0, others[0]] = lying[1, others[1]] = lying[2, up] = 1.0
    lying[2] *= np.linalg.det(lying)
    tilt = _about(0, rng.normal(0, 5)) @ _about(1, rng.normal(0, 5))
    straight = 90.0 * rng.integers(4) + rng.normal(0, 6)
    yaw = straight if rng.random() < 0.5 else rng.uniform(0, 360)
    return np.asarray(_about(2, yaw) @ tilt @ lying)


def _anyhow(rng: np.random.Generator) -> np.ndarray:
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    turn[:, 0] *= np.linalg.det(turn)
    return np.asarray(turn)


def _about(axis: int, degrees: float) -> np.ndarray:
    """The turn about one axis."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[first, first] = turn[second, second] = cosine
    turn[first, second], turn[second, first] = -sine, sine
    return turn


def _flip(rng: np.random.Generator) -> np.ndarray:
    """A half turn or none, so that filters point either way."""
    return np.array([1.0, 1.0, 1.0] if rng.random() < 0.7 else [-1.0, 1.0, -1.0])
