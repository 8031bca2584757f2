"""E-cigarettes and refill bottles: pens, disposables, pod devices, and bottles of liquid.

What counts as load is the cell and the liquid. Liquid is propylene glycol and glycerine, 1.04 to 1.26 g/cm3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from screener.lab.simulator import stacking
from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.canvas import E_CIGARETTES
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.matter import MATERIALS, Material, material
from screener.lab.simulator.solids import Size
from screener.lab.simulator.wrapping import wrap

M = MATERIALS


@dataclass(frozen=True)
class Device:
    """One e-cigarette or bottle: its box, the grams of its cell and liquid, and how it is drawn."""

    size: Size
    grams: float
    draw: Callable[[Brush], None]


def e_cigarettes(count: int, rng: Rng) -> Good:
    """E-cigarettes of one make in rows, with or without their card boxes."""
    device = (_pen, _disposable, _pod)[int(rng.choice(3, p=[0.3, 0.45, 0.25]))](rng)
    return _rows(count, device, "toys", rng, e_cigarettes)


def refill_bottles(count: int, rng: Rng) -> Good:
    """Refill bottles of one size in rows."""
    return _rows(count, _bottle(rng), "cosmetics", rng, refill_bottles)


def _rows(count: int, device: Device, name: str, rng: Rng, again: Callable[[int, Rng], Good]) -> Good:
    boxed, gap = rng.random() < 0.6, rng.uniform(0.5, 5)
    cell = (device.size[0] + gap, device.size[1] + gap, device.size[2] + gap)
    cells = stacking.grid(count, cell, rng)

    def paint(brush: Brush, own: Rng) -> None:
        stamp, inside = Stamp.blank(brush, cell)
        device.draw(inside)
        if boxed:
            wrap(inside, cell, 0.4, M["card"])
        for place in stacking.places(count, cells, cell):
            stamp.lay(brush.at(stacking.shaken(place, (0.3, 0.3, 0.3), own)))

    grams = (0.0, 0.0, count * device.grams)

    def apart(own: Rng) -> list[Good]:
        return [again(part, own) for part in stacking.evenly(count, 30)]

    return Good(name, stacking.block(cells, cell), paint, int(rng.integers(1 << 31)), grams, apart)


def _liquid(rng: Rng) -> Material:
    """Propylene glycol and glycerine in any proportion, with some water and flavour."""
    share = rng.uniform(0.2, 0.8)
    glycerine, glycol = {"C": 0.391, "H": 0.088, "O": 0.521}, {"C": 0.4735, "H": 0.106, "O": 0.4205}
    mixed = {name: share * glycerine[name] + (1 - share) * glycol[name] for name in glycerine}
    return material("liquid", 1.04 + 0.22 * share, mixed)


def _round_g(length: float, width: float, matter: Material) -> float:
    return float(np.pi * (width / 20) ** 2 * length / 10 * matter.density)


def _flat_g(size: Size, matter: Material) -> float:
    return size[0] * size[1] * size[2] / 1000 * matter.density


def _pen(rng: Rng) -> Device:
    """A round pen: a tube of metal or plastic, a round cell, a tank with a coil, a mouthpiece."""
    length, width = rng.uniform(90, 135), rng.uniform(9, 22)
    casing, liquid, cell = _casing(rng), _liquid(rng), M["lithium cell"]
    inner, cell_mm, tank_mm = width - 2.2, length * rng.uniform(0.38, 0.5), length * rng.uniform(0.2, 0.34)

    def draw(brush: Brush) -> None:
        brush.at((-length * 0.22, 0, 0)).cylinder(cell_mm, inner, cell, E_CIGARETTES)
        tank = brush.at((length * 0.25, 0, 0))
        tank.cylinder(tank_mm, inner, liquid, E_CIGARETTES)
        tank.tube(tank_mm * 0.9, 4.0, 0.3, M["stainless"])
        tank.at((-tank_mm * 0.2, 0, 0)).cylinder(6, 2.5, M["ceramic"])
        brush.at((length * 0.44, 0, 0)).tube(length * 0.1, width * 0.6, 1.2, M["abs"])
        brush.at((length * 0.05, 0, 0)).cylinder(3, inner, M["brass"])
        brush.at((-length * 0.03, 0, 0)).tube(length * 0.93, width, 0.6, casing)

    grams = _round_g(cell_mm, inner, cell) + _round_g(tank_mm, inner, liquid)
    return Device((length, width, width), grams, draw)


def _casing(rng: Rng) -> Material:
    return M[str(rng.choice(["aluminium", "stainless", "abs", "abs"]))]


def _disposable(rng: Rng) -> Device:
    """A box that fits the hand: a flat or a round cell, a tank of soaked wool, a board with its socket."""
    size = (rng.uniform(75, 112), rng.uniform(28, 52), rng.uniform(14, 26))
    long, wide, thick = size
    liquid, cell, flat = _liquid(rng), M["lithium cell"], rng.random() < 0.5
    soaked = Material("soaked wool", liquid.density * rng.uniform(0.6, 0.95), liquid.basis)
    round_mm = min(thick - 4, 14.5)
    cell_size = (long * 0.5, wide * rng.uniform(0.4, 0.8), min(thick - 5, rng.uniform(5, 9)))
    tank = (long * rng.uniform(0.35, 0.55), wide * 0.42, thick - 5)
    casing, wall = (M["aluminium"], 0.8) if rng.random() < 0.3 else (M["abs"], 1.4)

    def draw(brush: Brush) -> None:
        power = brush.at(
            (-long * 0.2, -wide * (0.22 if not flat else 0.05), 0 if not flat else -thick * 0.15)
        )
        if flat:
            power.box(cell_size, cell, E_CIGARETTES)
        else:
            power.cylinder(cell_size[0], round_mm, cell, E_CIGARETTES)
        wet = brush.at((long * 0.46 - tank[0] / 2 - 4, wide * 0.22, 0))
        wet.box(tank, soaked, E_CIGARETTES)
        wet.tube(tank[0] * 0.95, 4.5, 0.25, M["stainless"])
        brush.at((-long * 0.47, wide * 0.1, 0)).box((1.2, wide * 0.6, thick * 0.5), M["board"])
        brush.at((-long * 0.46, 0, 0)).shell((7, 9, 3.2), 0.4, M["steel"])
        brush.at((long * 0.45, wide * 0.15, 0)).tube(long * 0.08, 11, 1.5, M["abs"])
        brush.shell(size, wall, casing)

    power_g = _flat_g(cell_size, cell) if flat else _round_g(cell_size[0], round_mm, cell)
    return Device(size, power_g + _flat_g(tank, soaked), draw)


def _pod(rng: Rng) -> Device:
    """A flat stick with a flat cell and a pod of 2 ml, and often spare pods beside it."""
    long, wide, thick = rng.uniform(88, 120), rng.uniform(17, 27), rng.uniform(9, 14)
    liquid, cell, spares = _liquid(rng), M["lithium cell"], int(rng.choice([0, 0, 2, 4]))
    cell_size, pod = (long * 0.48, wide - 4, thick - 4), (13.0, wide - 5, thick - 4)
    casing = _casing(rng)
    whole = (long, wide + (thick + 8 if spares else 0), thick)
    side = (whole[1] - wide) / 2

    def draw(brush: Brush) -> None:
        stick = brush.at((0, -side, 0))
        stick.at((-long * 0.15, 0, 0)).box(cell_size, cell, E_CIGARETTES)
        stick.at((long * 0.2, 0, 0)).box((6, wide - 5, 1.2), M["board"])
        stick.at((-long * 0.1, 0, 0)).shell((long * 0.8, wide, thick), 0.6, casing)
        _draw_pod(stick.at((long * 0.38, 0, 0)), pod, liquid)
        for spare in range(spares):
            place = ((spare - (spares - 1) / 2) * long / 4.2, wide / 2 + 4, 0.0)
            _draw_pod(brush.at(place), (13.0, thick - 1.5, thick - 3), liquid)

    grams = _flat_g(cell_size, cell) + _flat_g(pod, liquid)
    grams += spares * _flat_g((13.0, thick - 1.5, thick - 3), liquid)
    return Device(whole, grams, draw)


def _draw_pod(brush: Brush, inner: Size, liquid: Material) -> None:
    brush.box(inner, liquid, E_CIGARETTES)
    brush.shell((inner[0] + 8, inner[1] + 2, inner[2] + 2), 1.0, M["abs"])
    brush.cylinder(8, 3, M["ceramic"])
    brush.at((-inner[0] / 2 - 2, 0, 0)).box((1.0, inner[1] * 0.6, 2.0), M["brass"])


def _bottle(rng: Rng) -> Device:
    """A polyethylene bottle of 10 to 60 ml with its dropper and cap, filled to the shoulder or less."""
    millilitres = float(rng.choice([10, 10, 15, 30, 30, 60]))
    inner = (millilitres * 1000 * 4 / np.pi / rng.uniform(2.0, 2.9)) ** (1 / 3)
    body, liquid = millilitres * 1000 / (np.pi / 4 * inner**2), _liquid(rng)
    wall, neck, filled = rng.uniform(0.8, 1.3), 0.35 * inner + 14, body * rng.uniform(0.85, 1.0)
    width, length = inner + 2 * wall, body + neck

    def draw(brush: Brush) -> None:
        middle = -neck / 2
        brush.at((middle - (body - filled) / 2, 0, 0)).cylinder(filled, inner, liquid, E_CIGARETTES)
        brush.at((middle, 0, 0)).tube(body, width, wall, M["polyethylene"])
        cap = brush.at((length / 2 - neck / 2, 0, 0))
        cap.tube(neck, min(17.0, width * 0.8), 2.0, M["polyethylene"])
        cap.cylinder(neck * 0.8, 4.0, M["polyethylene"])

    return Device((length, width, width), _round_g(filled, inner, liquid), draw)
