"""Loads: cigarettes in cartons, packs and loose, cut tobacco, e-cigarettes, and what a load's name means.

Sizes and masses: a king size stick is 84 mm long and 7.6 to 8.0 mm thick with 0.60 to 0.76 g of tobacco
behind a filter of 20 to 27 mm; a pack holds 20 in rows of 7, 6 and 7, a carton 2 x 5 packs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from screener.errors import BadConfig
from screener.lab.simulator import matter, solids
from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.canvas import CIGARETTES, E_CIGARETTES, LOOSE, Window, clouds, pillow
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.matter import MATERIALS, Floats, Material
from screener.lab.simulator.solids import Size

STICKS_PER_PACK, PACKS_PER_CARTON = 20, 10
LIMIT_STICKS, LIMIT_TOBACCO_G = 400, 5000.0


@dataclass(frozen=True)
class Load:
    """What is asked for: whole numbers of one form, or nothing (`clean`)."""

    kind: str
    form: str
    amount: float

    @property
    def sticks(self) -> int:
        """Sticks in cigarettes."""
        each = {"carton": STICKS_PER_PACK * PACKS_PER_CARTON, "pack": STICKS_PER_PACK, "stick": 1}
        return round(self.amount * each.get(self.form, 0))

    @property
    def loose_g(self) -> float:
        """Grams of loose tobacco."""
        return self.amount * 1000.0 if self.form == "tobacco" else 0.0

    @property
    def e_cigarettes(self) -> int:
        """E-cigarettes."""
        return round(self.amount) if self.form == "e-cigarette" else 0


CLEAN = Load("clean", "clean", 0)
LEGAL = ("1 carton", "2 cartons", "1 pack", "4 packs", "10 packs", "60 loose sticks", "200 loose sticks")
LEGAL_LOOSE = ("0.25 kg cut tobacco", "0.5 kg cut tobacco", "1 kg cut tobacco")
OVER = tuple(f"{count} cartons" for count in (3, 3, 4, 5, 5, 6, 8, 10, 15, 25))
OVER_OTHER = ("30 packs", "40 packs", "600 loose sticks", "6 kg cut tobacco", "8 kg cut tobacco")

_FORMS = (
    (r"(\d+) cartons?", "carton"),
    (r"(\d+) packs?", "pack"),
    (r"(\d+) loose sticks?", "stick"),
    (r"(\d+(?:\.\d+)?) kg cut tobacco", "tobacco"),
    (r"(\d+) e-cigarettes?", "e-cigarette"),
)


def load(kind: str | None, rng: Rng) -> Load:
    """The load that `kind` names; `legal` and `over` are drawn, None is mostly `clean`.

    Raises `BadConfig` for a name that is none of these.
    """
    if kind is None:
        kind = str(rng.choice(["clean", "legal", "over"], p=[0.90, 0.05, 0.05]))
    if kind == "clean":
        return CLEAN
    if kind == "legal":
        return load(str(rng.choice(LEGAL + LEGAL_LOOSE)), rng)
    if kind == "over":
        return load(str(rng.choice(OVER if rng.random() < 0.75 else OVER_OTHER)), rng)
    return _named(kind)


def _named(kind: str) -> Load:
    for pattern, form in _FORMS:
        if found := re.fullmatch(pattern, kind):
            amount = float(found[1])
            if 0 < amount <= 1000:
                return Load(kind, form, amount)
    raise BadConfig(
        f"load: expected clean, legal, over, `5 cartons`, `10 packs`, `200 loose sticks`, `1 kg cut tobacco`"
        f" or `10 e-cigarettes`, got `{kind}`"
    )


def is_over(what: Load) -> bool:
    """Whether the load is more than one parcel may hold: 400 sticks, 5 kg of loose tobacco."""
    return what.sticks > LIMIT_STICKS or what.loose_g > LIMIT_TOBACCO_G


def goods(what: Load, rng: Rng) -> list[Good]:
    """The goods that make up a load."""
    count = round(what.amount)
    if what.form == "carton":
        return [_cartons(part, brand(rng), rng) for part in _groups(count, 3, rng)]
    if what.form == "pack":
        return [_packs(part, brand(rng), rng) for part in _groups(count, 4, rng)]
    if what.form == "stick":
        return [_loose_sticks(part, brand(rng), rng) for part in _groups(count, 2, rng)]
    if what.form == "tobacco":
        return [_cut_tobacco(part * 250.0, rng) for part in _groups(round(what.amount * 4), 3, rng)]
    if what.form == "e-cigarette":
        return [_e_cigarettes(part, rng) for part in _groups(count, 2, rng)]
    return []


def _groups(count: int, most: int, rng: Rng) -> list[int]:
    """`count` split into a few groups, often one."""
    parts = min(count, 1 if rng.random() < 0.5 else int(rng.integers(1, most + 1)))
    cuts = (
        np.sort(rng.choice(np.arange(1, count), parts - 1, replace=False)) if parts > 1 else np.array([], int)
    )
    return [int(part) for part in np.diff([0, *cuts, count])]


# --- cigarettes -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Brand:
    """One make of cigarette: stick geometry in mm, its tobacco, and whether the pack's liner is foil."""

    length: float
    width: float
    filter: float
    tobacco: Material
    filter_matter: Material
    foil: bool

    @property
    def pack(self) -> Size:
        """Outer size of a pack: along the stick, across the rows, through the rows."""
        return self.length + 4.0, 7 * self.width + 1.6, 2.74 * self.width + 1.0

    @property
    def carton(self) -> Size:
        """Outer size of a carton: five packs wide, one pack long, two packs high."""
        long, wide, thick = self.pack
        return 5 * wide + 2.0, long + 2.0, 2 * thick + 1.5


def brand(rng: Rng) -> Brand:
    """A make drawn at random: mostly king size, some 100s, slim and superslim."""
    length, width, grams = _FORMATS[int(rng.choice(len(_FORMATS), p=[0.72, 0.10, 0.11, 0.07]))]
    width = width * rng.uniform(0.975, 1.025)
    filter_mm = rng.uniform(20, 27)
    volume_cm3 = np.pi * (width / 20) ** 2 * (length - filter_mm) / 10
    leaf = matter.tobacco(rng, grams * rng.uniform(0.9, 1.1) / volume_cm3)
    plug = Material("filter", rng.uniform(0.10, 0.14), MATERIALS["acetate"].basis)
    return Brand(length, width, filter_mm, leaf, plug, bool(rng.random() < 0.85))


_FORMATS = ((84.0, 7.8, 0.68), (100.0, 7.8, 0.78), (99.0, 6.2, 0.52), (97.0, 5.3, 0.40))


def _stick(brush: Brush, make: Brand) -> None:
    """One cigarette along the body's first axis, its filter at the far end."""
    tobacco_mm = make.length - make.filter
    brush.at((-make.filter / 2, 0, 0)).cylinder(tobacco_mm, make.width, make.tobacco, CIGARETTES)
    brush.at((tobacco_mm / 2, 0, 0)).cylinder(make.filter, make.width, make.filter_matter)


def _pack(brush: Brush, make: Brand, rng: Rng) -> None:
    """A pack of 20 in rows of 7, 6 and 7, with its liner and its card box."""
    for row, count in ((-1, 7), (0, 6), (1, 7)):
        for place in range(count):
            across = (place - (count - 1) / 2) * make.width + rng.normal(0, 0.12)
            brush_here = brush.at((rng.normal(0, 0.4), across, row * make.width * 0.87))
            _stick(brush_here, make)
    liner = MATERIALS["aluminium"] if make.foil else MATERIALS["paper"]
    size = make.pack
    brush.shell((size[0] - 1, size[1] - 1, size[2] - 1), 0.012 if make.foil else 0.06, liner)
    brush.shell(size, 0.32, MATERIALS["card"])


def _pack_stamp(brush: Brush, make: Brand, rng: Rng) -> Stamp:
    stamp, inside = Stamp.blank(brush, make.pack)
    _pack(inside, make, rng)
    return stamp


_ACROSS = solids.rotation(np.pi / 2, 0, 0)


def _carton(brush: Brush, make: Brand, rng: Rng) -> None:
    """A carton: 2 x 5 packs in card."""
    _, wide, thick = make.pack
    stamp = _pack_stamp(brush.at(turn=_ACROSS), make, rng)
    for column in range(5):
        for layer in (-0.5, 0.5):
            place = ((column - 2) * wide + rng.normal(0, 0.2), rng.normal(0, 0.3), layer * thick)
            stamp.lay(brush.at(place))
    brush.shell(make.carton, 0.4, MATERIALS["card"])


def _cartons(count: int, make: Brand, rng: Rng) -> Good:
    """A block of cartons, stacked and laid side by side with small gaps."""
    columns, deep, high = _stacking(count, rng)
    long, wide, thick = make.carton
    size = (columns * (long + 2), deep * (wide + 2), high * (thick + 1.5))

    def paint(brush: Brush, own: Rng) -> None:
        stamp, inside = Stamp.blank(brush, make.carton)
        _carton(inside, make, own)
        for index in range(count):
            layer, rest = divmod(index, columns * deep)
            row, column = divmod(rest, columns)
            cell = np.array([column - (columns - 1) / 2, row - (deep - 1) / 2, layer - (high - 1) / 2])
            offset = cell * (np.array(size) / (columns, deep, high)) + own.normal(0, 0.8, 3)
            stamp.lay(brush.at((float(offset[0]), float(offset[1]), float(offset[2]))))

    return Good("cigarettes", size, paint, int(rng.integers(1 << 31)))


def _stacking(count: int, rng: Rng) -> tuple[int, int, int]:
    """Columns, rows and layers for `count` boxes, none of them empty."""
    high = int(rng.integers(1, min(count, 6) + 1))
    flat = -(-count // high)
    columns = 1 if flat < 3 or rng.random() < 0.6 else 2
    deep = -(-flat // columns)
    return columns, deep, -(-count // (columns * deep))


def _packs(count: int, make: Brand, rng: Rng) -> Good:
    """Packs: in a neat block without their carton, or thrown together."""
    if rng.random() < 0.5:
        return _pack_block(count, make, rng)
    long, wide, thick = make.pack
    side = max(long, (count * long * wide * thick * rng.uniform(1.5, 3.0)) ** (1 / 3))
    size = (side * 1.5 + 20, side * 1.3 + 20, max(side * 0.6, thick * 1.2))

    def paint(brush: Brush, own: Rng) -> None:
        for part in np.array_split(np.arange(count), min(count, 4)):
            stamp_brush = brush.at(
                turn=solids.rotation(own.uniform(0, np.pi), own.normal(0, 0.4), _any_side(own))
            )
            stamp = _pack_stamp(stamp_brush, make, own)
            for _ in part:
                room = (np.array(size) - wide) / 2
                place = own.uniform(-1, 1, 3) * np.clip(room, 0, None)
                stamp.lay(brush.at((float(place[0]), float(place[1]), float(place[2]))))

    return Good("cigarettes", size, paint, int(rng.integers(1 << 31)))


def _pack_block(count: int, make: Brand, rng: Rng) -> Good:
    columns, deep, high = _stacking(count, rng)
    long, wide, thick = make.pack
    size = (columns * long, deep * wide, high * thick)

    def paint(brush: Brush, own: Rng) -> None:
        stamp = _pack_stamp(brush, make, own)
        for index in range(count):
            layer, rest = divmod(index, columns * deep)
            row, column = divmod(rest, columns)
            offset = (np.array([column, row, layer]) - (np.array([columns, deep, high]) - 1) / 2) * make.pack
            offset += own.normal(0, 0.5, 3)
            stamp.lay(brush.at((float(offset[0]), float(offset[1]), float(offset[2]))))

    return Good("cigarettes", size, paint, int(rng.integers(1 << 31)))


def _any_side(rng: Rng) -> float:
    return float(rng.choice([0, np.pi / 2]) + rng.normal(0, 0.25))


def _loose_sticks(count: int, make: Brand, rng: Rng) -> Good:
    """Loose sticks in a bag or a box: bundled alike, or lying in all directions."""
    volume = count * make.length * make.width**2 / rng.uniform(0.35, 0.7)
    thick = float(np.clip(volume ** (1 / 3) * rng.uniform(0.4, 0.8), make.width * 1.5, 150))
    long = max(make.length * 1.15, float(np.sqrt(volume / thick)) * rng.uniform(0.9, 1.3))
    size = (long, max(make.length * 0.6, volume / thick / long), thick)
    spread = rng.choice([0.04, 0.25, 3.0])

    def paint(brush: Brush, own: Rng) -> None:
        for part in np.array_split(np.arange(count), min(count, 12)):
            flip = np.pi * own.integers(0, 2)
            turn = solids.rotation(own.normal(0, spread) + flip, own.normal(0, min(spread, 0.3)), 0)
            stamp, inside = Stamp.blank(brush.at(turn=turn), (make.length, make.width, make.width))
            _stick(inside, make)
            for _ in part:
                room = np.clip(
                    (np.array(size) - (make.length * 0.85, make.length * 0.5, make.width)) / 2, 0, None
                )
                place = own.uniform(-1, 1, 3) * room
                stamp.lay(brush.at((float(place[0]), float(place[1]), float(place[2]))))
        brush.shell(size, 0.15, MATERIALS["polyethylene"])

    return Good("cigarettes", size, paint, int(rng.integers(1 << 31)))


# --- cut tobacco, e-cigarettes --------------------------------------------------------------------


def _cut_tobacco(grams: float, rng: Rng) -> Good:
    """Cut tobacco in a soft bag or a pressed brick: clumpy, and its mass is exact."""
    leaf = matter.tobacco(rng, 1.0)
    density = rng.uniform(0.20, 0.35)
    brick = rng.random() < 0.35
    volume = grams / density * 1000.0
    thick = float(np.clip((volume / 4) ** (1 / 3) * rng.uniform(0.7, 1.4), 15, 300))
    long = float(np.sqrt(volume / thick)) * rng.uniform(1.0, 1.35)
    size = (long, volume / thick / long, thick)
    grown = size if brick else (size[0] * 1.15, size[1] * 1.15, size[2] * 1.15)
    clumps, grain_mm = rng.uniform(0.10, 0.30), rng.uniform(6, 16)

    def paint(brush: Brush, own: Rng) -> None:
        if (at := brush.window(grown)) is None:
            return
        profile = solids.box(at.u, at.v, brush.turn, grown)
        if not brick:
            profile = np.minimum(profile, grown[2]) * (
                np.float32(0.25) + np.float32(0.75) * _soft(brush, at, grown)
            )
        pitch = (brush.canvas.pitch_row_mm + brush.canvas.pitch_col_mm) / 2
        areal = profile * np.clip(1 + clumps * clouds(own, at.shape, grain_mm / pitch, 3), 0.1, None)
        areal *= np.float32(grams / max(float(areal.sum()) * brush.canvas.pixel_cm2, 1e-6))
        brush.canvas.add(at, areal, leaf, LOOSE)
        brush.shell(grown, 0.1, MATERIALS["polyethylene"])

    return Good("tea", grown, paint, int(rng.integers(1 << 31)))


def _soft(brush: Brush, at: Window, size: Size) -> Floats:
    reach = solids.half_extent(size, brush.turn)
    return pillow(at, float(reach[0]), float(reach[1]), 0.0, 2.5)


def _e_cigarettes(count: int, rng: Rng) -> Good:
    """E-cigarettes of one make, each in its sleeve, in rows."""
    width = rng.uniform(12, 25)
    length = rng.uniform(80, 125)
    metal = MATERIALS["aluminium"] if rng.random() < 0.5 else MATERIALS["abs"]
    per_row = int(rng.integers(1, min(count, 10) + 1))
    rows = -(-count // per_row)
    gap = rng.uniform(2, 8)
    size = (length + 6, per_row * (width + gap), rows * (width + gap))

    def device(brush: Brush) -> None:
        cell = width * 0.78
        brush.at((-length * 0.2, 0, 0)).cylinder(length * 0.42, cell, MATERIALS["lithium cell"], E_CIGARETTES)
        brush.at((length * 0.25, 0, 0)).cylinder(length * 0.36, cell, MATERIALS["glycerine"], E_CIGARETTES)
        brush.at((length * 0.28, 0, 0)).cylinder(6, 3, MATERIALS["copper"])
        brush.tube(length, width, 0.7, metal)
        brush.shell((length + 6, width + 2, width + 2), 0.35, MATERIALS["card"])

    def paint(brush: Brush, own: Rng) -> None:
        stamp, inside = Stamp.blank(brush, (length + 6, width + 2, width + 2))
        device(inside)
        for index in range(count):
            row, place = divmod(index, per_row)
            across = (place - (per_row - 1) / 2) * (width + gap)
            stamp.lay(brush.at((float(own.normal(0, 0.8)), across, (row - (rows - 1) / 2) * (width + gap))))

    return Good("toys", size, paint, int(rng.integers(1 << 31)))


__all__ = ["CLEAN", "Load", "brand", "goods", "is_over", "load"]
