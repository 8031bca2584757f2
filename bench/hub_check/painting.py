"""Scans of parcels by given makers, painted once and turned about, so that a stream has many for little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

import cv2
import numpy as np

from screener.contracts.wire import Energy
from screener.lab.simulator import loads, maker, scene
from screener.lab.simulator.canvas import Canvas
from screener.lab.simulator.clutter import Stock
from screener.lab.simulator.maker import Maker, Pixels
from screener.lab.simulator.parcel import _declaration, _scan

CROWDING = scene.Crowding(most_goods=16)


@dataclass(frozen=True, eq=False)
class View:
    """What a scanner shows of a parcel, and how it writes its files."""

    pixels: Pixels
    across_mm: float
    along_mm: float
    energy: Energy
    make: Maker

    def encode(self) -> tuple[bytes, str]:
        """The file and its content type."""
        return _encoded(self)


@cache
def _encoded(view: View) -> tuple[bytes, str]:
    return maker.encode(view.pixels, view.make)


@dataclass(frozen=True, eq=False)
class Painted:
    """A parcel with its views, and what its paperwork may truly say."""

    views: tuple[View, ...]
    weight_g: float
    size_mm: tuple[float, float, float]
    goods: tuple[str, ...]


def maker_of(style: str, seed: int, stock: Stock = "training") -> Maker:
    """The first maker of that style that a seed draws."""
    rng = np.random.default_rng([seed, 0x4B])
    return next(made for made in iter(lambda: maker.draw(rng, stock), None) if made.style == style)


@cache
def painted(
    style: str, seed: int, count: int, make_seed: int | None = None, stock: Stock = "training"
) -> tuple[Painted, ...]:
    """`count` parcels of one scanner: a quarter of them painted, the others seen turned about.

    Scanners of one seed see the same parcels at the same pitch, whatever their style and `make_seed`: the
    painting is what takes long.
    """
    make = maker_of(style, seed if make_seed is None else make_seed, stock)
    fresh = [_seen(seed, number, make) for number in range(-(-count // 4))]
    return tuple(turned for one in fresh for turned in _turned(one))[:count]


@dataclass(frozen=True, eq=False)
class _Laid:
    """A parcel as it lies on the belt, projected on a grid of detector pixels."""

    canvases: tuple[Canvas, ...]
    size_mm: tuple[float, float, float]
    goods: tuple[str, ...]


@cache
def _laid(seed: int, number: int) -> _Laid:
    rng = np.random.default_rng([seed, number, 0x4C])
    composed = scene.compose(loads.load("clean", rng), rng, CROWDING)
    frames = (scene.ABOVE, scene.SIDE)[: 1 + (number % 2)]
    fan = scene.Fan(float(rng.uniform(700, 1300)), float(rng.uniform(-150, 150)))
    canvases = tuple(scene.project(composed, frame, *_pitches(seed), fan) for frame in frames)
    goods = _declaration([item.good.name for item in composed.placed], rng)
    return _Laid(canvases, composed.size, goods)


def _pitches(seed: int) -> tuple[float, float]:
    """Fine enough that nothing need be drawn finer than it is shown."""
    rng = np.random.default_rng([seed, 0x4D])
    across = rng.uniform(0.65, 0.95)
    return float(across), float(across * rng.uniform(0.75, 1.0))


def _seen(seed: int, number: int, make: Maker) -> Painted:
    laid = _laid(seed, number)
    across, along = _pitches(seed)
    made = replace(make, pitch_across_mm=across, pitch_along_mm=along)
    rng = np.random.default_rng([seed, number, 0x4E])
    scans = [_scan(canvas, made, rng) for canvas in laid.canvases]
    views = tuple(View(scan.pixels, across, along, scan.energy, made) for scan in scans)
    return Painted(views, laid.canvases[0].mass_g, laid.size_mm, laid.goods)


def _turned(one: Painted) -> Iterator[Painted]:
    """A parcel as it also could have lain on the belt; its weight and sides differ a little each time."""
    yield one
    for number, axes in enumerate(((0,), (1,), (0, 1)), start=1):
        share = 1 + 0.01 * number
        views = tuple(replace(view, pixels=_flipped(view.pixels, axes)) for view in one.views)
        length, width, height = one.size_mm
        sides = (length * share, width * share, height * share)
        yield replace(one, views=views, weight_g=one.weight_g * share, size_mm=sides)


def _flipped(pixels: Pixels, axes: tuple[int, ...]) -> Pixels:
    pair = pixels.ndim == 3 and pixels.shape[0] == 2
    flipped: Any = np.ascontiguousarray(np.flip(pixels, tuple(axis + pair for axis in axes)))
    return cast("Pixels", flipped)


def shrunk(view: View, factor: float) -> View:
    """The view with so many times fewer pixels a side; its pitch is told as before."""
    pair = view.pixels.ndim == 3 and view.pixels.shape[0] == 2
    planes = view.pixels.transpose(1, 2, 0) if pair else view.pixels
    small: Any = cv2.resize(planes, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    return replace(view, pixels=np.ascontiguousarray(small.transpose(2, 0, 1)) if pair else small)
