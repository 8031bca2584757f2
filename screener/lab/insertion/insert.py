"""The engine: a load laid over a scan by multiplying transmissions, in the scan's own display.

Raw transmissions are multiplied as they are. A picture made for people is taken back to depth by a display
curve, the load's depth is added, and colour follows the ratio R of both together through the scanner's own
palette. The scan keeps its own noise, which matter weakens as it weakens the rest; what is then missing to
the noise that the scanner shows at the new level is added. A load is as blurred as the scan is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from screener.lab.insertion import curve, placing
from screener.lab.insertion.display import Display
from screener.lab.insertion.hardening import as_thin
from screener.lab.insertion.optics import Optics
from screener.lab.insertion.palette import Palette
from screener.lab.insertion.planes import Layout, Pixels, pixels_of, size, window
from screener.lab.simulator import beam, loads
from screener.lab.simulator.canvas import Canvas
from screener.lab.simulator.loads import Load
from screener.lab.simulator.matter import Floats

TUBES_KV = (140, 150, 160)
UNSURE = 0.06
"""Nobody says at which R a maker's colours lie: deviation by which the load's R is drawn off."""

SOFT = np.float32(0.03)
"""Depth below which the colours of what was there before are kept."""


@dataclass(frozen=True, eq=False)
class Inserted:
    """A scan with a load in it, and the truth: g/cm2 [3, H, W] of cigarettes, loose tobacco, e-cigarettes."""

    pixels: Pixels
    density: Floats
    load: Load


def insert_load(  # noqa: PLR0917 (what, where from, with what: in the order one says it)
    pixels: Pixels, pitch_across_mm: float, pitch_along_mm: float, display: Display, load_name: str, seed: int
) -> Inserted:
    """The scan with a load at plausible places within its contents' outline.

    The same arguments give the same pixels. Raises `BadConfig` for an unknown load, `BadInput` where the
    scan holds nothing that the load fits into.
    """
    rng = np.random.default_rng([seed, 0x714])
    what = loads.load(load_name, rng)
    room = placing.room(display.planes(pixels)[0], pitch_across_mm, pitch_along_mm)
    density = np.zeros((3, *size(pixels)), np.float32)
    given = pixels
    for good in loads.goods(what, rng):
        sprite, top, left = placing.placed(good, room, rng)
        given, truth = insert(given, display, sprite, top, left, rng)
        density += truth
    return Inserted(given, density, what)


def insert(  # noqa: PLR0917 (the same)
    pixels: Pixels, display: Display, sprite: Canvas, top: int, left: int, rng: np.random.Generator
) -> tuple[Pixels, Floats]:
    """The scan with a painted good whose canvas begins at row `top` and column `left`, and its truth.

    What lies outside the scan is cut off. The truth [3, H, W] is in g/cm2.
    """
    truth = np.zeros((3, *size(pixels)), np.float32)
    _laid(truth, sprite.truth, top, left)
    passed = _shadow(sprite, display.optics, rng)
    grown = display.optics.reach_px
    shadow = np.ones((2, *size(pixels)), np.float32)
    at = _laid(shadow, passed, top - grown, left - grown)
    whole = pixels.copy()
    part = window(whole, *at)
    if part.size:
        part[...] = _behind(part, shadow[:, at[0], at[1]], display, rng)
    return whole, truth


def _laid(onto: Floats, what: Floats, top: int, left: int) -> tuple[slice, slice]:
    """Writes an image [n, h, w] over a larger one, cut to its borders; returns where."""
    rows, own_rows = _shared(top, what.shape[1], onto.shape[1])
    cols, own_cols = _shared(left, what.shape[2], onto.shape[2])
    onto[:, rows, cols] = what[:, own_rows, own_cols]
    return rows, cols


def _shared(start: int, length: int, within: int) -> tuple[slice, slice]:
    """The part of a span that lies within 0 to `within`, counted there and from the span's start."""
    first = min(max(start, 0), within)
    last = max(min(start + length, within), first)
    return slice(first, last), slice(first - start, last - start)


def _shadow(sprite: Canvas, optics: Optics, rng: np.random.Generator) -> Floats:
    """What passes the load alone [2, h, w], low and high, as blurred as the scan, grown by its reach."""
    through = beam.beam(int(rng.choice(TUBES_KV)))
    passed = np.minimum(beam.transmission(sprite.basis, through), np.float32(1))
    grow = optics.reach_px
    grown = [
        cv2.copyMakeBorder(page, grow, grow, grow, grow, cv2.BORDER_CONSTANT, value=1.0) for page in passed
    ]
    return np.minimum(np.stack([optics.blurred(page) for page in grown]), np.float32(1))


def _behind(part: Pixels, shadow: Floats, display: Display, rng: np.random.Generator) -> Pixels:
    """The pixels of a rectangle behind a load; where the load is nothing they stay as they are."""
    before = display.planes(part)
    noise = display.grain.fresh(rng, before.shape[1:])
    change = _multiplied if display.layout is Layout.RAW else _displayed
    after = change(before, shadow, display, noise, rng)
    pixels = pixels_of(display.shares(after), part, display.layout)
    touched = np.abs(after - before).max(0) > np.float32(1e-4)
    if part.ndim == 3 and display.layout is not Layout.RAW:
        touched = touched[..., None]
    kept: Pixels = np.where(touched, pixels, part)
    return kept


def _multiplied(
    before: Floats, shadow: Floats, display: Display, noise: Floats, _rng: np.random.Generator
) -> Floats:
    """Transmissions of one page (both detectors' mean) or of two."""
    passing = shadow if len(before) == 2 else shadow.mean(0, keepdims=True)
    after = before * passing
    for plane, level in enumerate(after):
        missing = _missing(display, plane, before[plane], level, passing[plane])
        after[plane] = level + missing * noise[plane]
    return after


def _displayed(
    before: Floats, shadow: Floats, display: Display, noise: Floats, rng: np.random.Generator
) -> Floats:
    """Luminance through the display curve, colour through the palette."""
    depths = -np.log(np.maximum(shadow, np.float32(1e-6)))
    depth = depths.mean(0)
    span = np.float32(1 - display.floor)
    luminance = np.clip((before[0] - np.float32(display.floor)) / span, 0, 1)
    darker, was = curve.drawn(rng, display.darkest_organic, display.floor).darker(luminance, depth)
    level = before[0] + display.optics.sharpened(darker - luminance) * span
    kept = np.clip(np.clip(level, SOFT, 1) / np.clip(before[0], SOFT, 1), 0, 1)
    after = before.copy()
    after[0] = level + _missing(display, 0, before[0], level, kept) * noise[0]
    if display.palette is not None:
        ratio = as_thin(*depths) + np.float32(rng.normal(0, UNSURE))
        kept = (was + SOFT) / (was + SOFT + depth)
        after[1:] = _colours(before, level, display.palette, Matter(was, depth, ratio), kept)
        for plane in (1, 2):
            after[plane] += _missing(display, plane, before[0], level, kept) * noise[plane]
    return after


@dataclass(frozen=True, eq=False)
class Matter:
    """The depth of what was there before, the depth of the load, and the load's R [H, W]."""

    was: Floats
    depth: Floats
    ratio: Floats


def _colours(before: Floats, level: Floats, palette: Palette, matter: Matter, kept: Floats) -> Floats:
    """Colour differences of background and load together; what the palette cannot tell is kept."""
    soft = np.stack([cv2.GaussianBlur(plane, (0, 0), 1.2) for plane in before])
    behind = palette.ratio(soft[0], soft[1:])
    both = _mixed(behind, matter.was, matter.ratio, matter.depth)
    rest = before[1:] - palette.colour(before[0], behind)
    return palette.colour(level, both) + kept * rest


def _mixed(first: Floats, first_depth: Floats, second: Floats, second_depth: Floats) -> Floats:
    """R of two things behind each other, from their R and their mean depths."""
    high = first_depth / (1 + first) + second_depth / (1 + second)
    low = first_depth * first / (1 + first) + second_depth * second / (1 + second)
    mixed: Floats = np.where(high > 1e-5, low / np.maximum(high, np.float32(1e-5)), first)
    return mixed


def _missing(display: Display, plane: int, before: Floats, after: Floats, kept: Floats) -> Floats:
    """The deviation of the noise to add: what the scanner shows at the new level, less what is left."""
    wanted = display.grain.deviation(plane, after)
    left = kept * display.grain.deviation(plane, before)
    return np.sqrt(np.maximum(np.square(wanted) - np.square(left), 0)) * np.minimum(1, (1 - kept) * 12)
