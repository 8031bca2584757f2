"""Concealment: how smugglers hide a load, as goods that wrap, cover or surround it.

A good that hides another paints both, and carries the other's grams in the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from screener.errors import BadConfig
from screener.lab.simulator import clutter
from screener.lab.simulator.brush import Brush, Grain, Offset
from screener.lab.simulator.goods import Good, Paint, Rng
from screener.lab.simulator.matter import MATERIALS, Material
from screener.lab.simulator.solids import Size
from screener.lab.simulator.wrapping import wrap

M = MATERIALS

NONE = "none"
BURIED = "buried"
"""What nobody hid, but too much of other goods lies over: no way of `WAYS`, it is found in the scene."""


def hide(goods: list[Good], rng: Rng, how: str) -> list[Good]:
    """The goods of a load hidden one way of `WAYS`; truth and amounts stay. Raises `BadConfig` for others."""
    if how not in _HOW:
        raise BadConfig(f"concealment: expected one of {', '.join(WAYS)}, got `{how}`")
    return _HOW[how](goods, rng)


def _around(inner: Good, grown: Size, cover: Paint, rng: Rng, name: str | None = None) -> Good:
    """A good and what is painted around it, in a larger box with the same middle."""

    def paint(brush: Brush, own: Rng) -> None:
        inner.paint(brush, np.random.default_rng(inner.seed))
        cover(brush, own)

    size = (max(inner.size[0], grown[0]), max(inner.size[1], grown[1]), max(inner.size[2], grown[2]))
    return replace(inner, name=name or inner.name, size=size, paint=paint, seed=int(rng.integers(1 << 31)))


def _wider(size: Size, by: float) -> Size:
    return size[0] + by, size[1] + by, size[2] + by


# --- wrapped, covered -----------------------------------------------------------------------------


def _foil(goods: list[Good], rng: Rng) -> list[Good]:
    """Each good in crumpled layers of aluminium foil, or in carbon paper."""
    return [_in_foil(good, rng) for good in goods]


def _in_foil(inner: Good, rng: Rng) -> Good:
    carbon = rng.random() < 0.15
    wall, matter = (rng.uniform(0.1, 0.4), M["paper"]) if carbon else (rng.uniform(0.02, 0.1), M["aluminium"])
    size = _wider(inner.size, 5.0)
    crumpled, flaps = (
        Material(matter.name, matter.density * wall * 0.5, matter.basis),
        int(rng.integers(1, 4)),
    )

    def cover(brush: Brush, own: Rng) -> None:
        wrap(brush, size, wall, matter)
        for _ in range(flaps):  # creases and flaps lie over the layers, 1 mm of foil much lightened
            share = own.uniform(0.5, 1.0, 2)
            sheet = (size[0] * share[0], size[1] * share[1], 1.0)
            brush.at((0, 0, size[2] / 2 - 1)).box(sheet, crumpled, None, Grain(own, 0.5, 9))

    return _around(inner, size, cover, rng)


def _behind_metal(goods: list[Good], rng: Rng) -> list[Good]:
    """Each good under a sheet of metal, wholly or in part, or in a tin."""
    return [_in_tin(good, rng) if rng.random() < 0.35 else _under_sheet(good, rng) for good in goods]


def _in_tin(inner: Good, rng: Rng) -> Good:
    wall, metal = rng.uniform(0.2, 0.6), M["steel" if rng.random() < 0.6 else "aluminium"]
    size = _wider(inner.size, 6.0)
    return _around(inner, size, lambda brush, _: wrap(brush, size, wall, metal), rng, "canned food")


def _under_sheet(inner: Good, rng: Rng) -> Good:
    steel = rng.random() < 0.5
    thick = rng.uniform(0.4, 1.5) if steel else rng.uniform(1.0, 4.0)
    share = rng.uniform(0.45, 1.1, 2)
    sheet = (inner.size[0] * share[0], inner.size[1] * share[1], thick)
    side = np.clip(1 - share, 0, None) / 2 * rng.choice([-1, 1], 2) * inner.size[:2]
    place: Offset = (float(side[0]), float(side[1]), inner.size[2] / 2 + thick)
    metal = M["steel" if steel else "aluminium"]
    grown = (sheet[0], sheet[1], inner.size[2] + 4 * thick)
    return _around(inner, grown, lambda brush, _: brush.at(place).box(sheet, metal), rng, "hardware")


# --- in an appliance ------------------------------------------------------------------------------


def _in_appliance(goods: list[Good], rng: Rng) -> list[Good]:
    """The goods in the hollow of a device: those of a few together, each of many in its own."""
    if 1 < len(goods) <= 6:
        goods = [_pile(goods, rng)]
    return [_appliance(good, rng) for good in goods]


def _pile(goods: list[Good], rng: Rng) -> Good:
    """Goods upon each other along the third axis."""
    heights = [good.size[2] for good in goods]
    bases = np.cumsum([0.0, *heights])
    wide = np.max([good.size for good in goods], 0)

    def paint(brush: Brush, own: Rng) -> None:
        for good, base in zip(goods, bases, strict=False):
            middle = float(base) + good.size[2] / 2 - float(bases[-1]) / 2
            good.paint(brush.at((0, 0, middle)), np.random.default_rng(good.seed))

    grams = np.sum([good.load_g for good in goods], 0)
    return Good(
        goods[0].name,
        (float(wide[0]), float(wide[1]), float(bases[-1])),
        paint,
        int(rng.integers(1 << 31)),
        (float(grams[0]), float(grams[1]), float(grams[2])),
    )


def _appliance(inner: Good, rng: Rng) -> Good:
    """A device around a load: its shell, and its works in a bay beside the load and over it."""
    name, casing, wall, works = _DEVICES[int(rng.integers(len(_DEVICES)))]
    wall *= rng.uniform(0.8, 1.3)
    bay, spare = rng.uniform(40, 90), rng.uniform(10, 40)
    size = (inner.size[0] + 2 * bay, inner.size[1] + 2 * spare, inner.size[2] + 2 * rng.uniform(6, 25))

    def cover(brush: Brush, own: Rng) -> None:
        wrap(brush, size, wall, M[casing])
        for end in (-1, 1):
            side = brush.at((end * (size[0] - bay) / 2, 0, 0))
            for work in own.choice(list(works), 2):
                shift = own.uniform(-0.3, 0.3) * size[1]
                _WORKS[str(work)](
                    side.at((0, float(shift), 0)), (bay * 0.8, size[1] * 0.4, size[2] * 0.8), own
                )
        over = (size[0] * own.uniform(0.2, 0.6), size[1] * own.uniform(0.3, 0.8), 8.0)
        _board(brush.at((0, 0, size[2] / 2 - 8)), over, own)
        for corner in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            place = (corner[0] * size[0] * 0.47, corner[1] * size[1] * 0.46, 0.0)
            brush.at(place).box((3.5, 3.5, size[2] * 0.3), M["steel"])

    return _around(inner, size, cover, rng, name)


_DEVICES: tuple[tuple[str, str, float, tuple[str, ...]], ...] = (
    ("speaker", "wood", 9.0, ("magnet", "board", "coil")),
    ("speaker", "abs", 3.0, ("magnet", "magnet", "board")),
    ("computer", "steel", 0.7, ("board", "coil", "plate")),
    ("kitchen appliance", "abs", 2.5, ("motor", "plate", "coil")),
    ("kitchen appliance", "stainless", 0.6, ("motor", "plate", "board")),
    ("toys", "abs", 2.2, ("motor", "board", "cells")),
    ("tools", "abs", 3.0, ("motor", "cells", "coil")),
)


def _board(brush: Brush, size: Size, rng: Rng) -> None:
    brush.box((size[0], size[1], 1.6), M["board"])
    for _ in range(int(rng.integers(4, 16))):
        part = rng.uniform((3, 3, 1), (16, 12, 8))
        place = rng.uniform(-0.4, 0.4, 2) * size[:2]
        matter = M[str(rng.choice(["chip", "chip", "ceramic", "aluminium", "copper", "solder"]))]
        brush.at((float(place[0]), float(place[1]), 2.0)).box(
            (float(part[0]), float(part[1]), float(part[2])), matter
        )


def _magnet(brush: Brush, size: Size, rng: Rng) -> None:
    width = min(size) * rng.uniform(0.6, 0.95)
    brush.tube(width * 0.3, width, width * 0.25, M["steel"])
    brush.tube(width * 0.4, width * 0.4, 1.5, M["copper"])


def _motor(brush: Brush, size: Size, rng: Rng) -> None:
    width = min(size) * rng.uniform(0.5, 0.9)
    brush.tube(width * 1.2, width, 1.8, M["steel"])
    brush.cylinder(width * 0.9, width * 0.7, Material("winding", 4.0, M["copper"].basis))
    brush.cylinder(width * 1.7, 4.0, M["steel"])


def _coil(brush: Brush, size: Size, rng: Rng) -> None:
    width = min(size) * rng.uniform(0.3, 0.7)
    brush.shell((width, width, width * 0.8), 3.0, M["steel"])
    brush.tube(width * 0.7, width * 0.7, width * 0.2, M["copper"])


def _plate(brush: Brush, size: Size, rng: Rng) -> None:
    brush.box((size[0], size[1], rng.uniform(1.0, 3.0)), M["aluminium" if rng.random() < 0.6 else "steel"])


def _cells(brush: Brush, size: Size, rng: Rng) -> None:
    for place in range(int(rng.integers(2, 5))):
        brush.at((0, (place - 1.5) * 15.0, 0)).cylinder(min(50.0, size[0]), 14.2, M["alkaline cell"])


_WORKS: dict[str, Callable[[Brush, Size, Rng], None]] = {
    "board": _board,
    "magnet": _magnet,
    "motor": _motor,
    "coil": _coil,
    "plate": _plate,
    "cells": _cells,
}


# --- among others ---------------------------------------------------------------------------------

_ALIKE = {
    "confectionery",
    "stationery",
    "chopsticks",
    "incense",
    "medicine",
    "cosmetics",
    "books",
    "food",
    "tea",
}
_DRAWN = 30


def _among_look_alikes(goods: list[Good], rng: Rng) -> list[Good]:
    """Each good between two goods that are taken for tobacco, of about its size."""
    return [_beside(good, rng) for good in goods]


def _beside(inner: Good, rng: Rng) -> Good:
    drawn = [clutter.good(rng) for _ in range(_DRAWN)]
    alike = sorted(drawn, key=lambda good: (good.name not in _ALIKE, _unlike(good.size, inner.size)))[:2]
    side = [1 if place else -1 for place in range(2)]
    reach = [(inner.size[1] + good.size[1]) / 2 + 1.0 for good in alike]

    def cover(brush: Brush, _: Rng) -> None:
        for good, way, far in zip(alike, side, reach, strict=True):
            good.paint(brush.at((0, way * far, 0)), np.random.default_rng(good.seed))

    across = inner.size[1] + 2 * max(good.size[1] for good in alike) + 2.0
    grown = (max(good.size[0] for good in alike), across, max(good.size[2] for good in alike))
    return _around(inner, grown, cover, rng, alike[0].name)


def _unlike(one: Size, other: Size) -> float:
    return float(np.abs(np.log(np.sort(one) / np.sort(other))).sum())


def _spread(goods: list[Good], rng: Rng) -> list[Good]:
    """Many small goods in place of each that can be taken apart."""
    return [part for good in goods for part in (good.apart(rng) if good.apart else [good])]


_HOW: dict[str, Callable[[list[Good], Rng], list[Good]]] = {
    "none": lambda goods, _: goods,
    "foil": _foil,
    "behind metal": _behind_metal,
    "in appliance": _in_appliance,
    "among look-alikes": _among_look_alikes,
    "spread": _spread,
}
WAYS: tuple[str, ...] = tuple(_HOW)


__all__ = ["WAYS", "hide"]
