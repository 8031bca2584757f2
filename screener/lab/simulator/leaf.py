"""Tobacco leaf: hands tied at the stems, or crinkled leaves pressed in layers, at 0.12 to 0.38 g/cm3."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator import matter, rods, solids, stacking
from screener.lab.simulator.brush import Brush
from screener.lab.simulator.canvas import Window, clouds
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.loose import Body, good, shape
from screener.lab.simulator.matter import MATERIALS, Floats
from screener.lab.simulator.solids import Size
from screener.lab.simulator.wrapping import wrap


def leaf(grams: float, rng: Rng) -> Good:
    """Leaf in hands or in layers."""
    return _hands(grams, rng) if rng.random() < 0.5 else _layers(grams, rng)


def _crinkles(at: Window, brush: Brush, depth: float, rng: Rng) -> Floats:
    """A field around 1 as crinkled leaves have it: creases, where a leaf is doubled, at all scales."""
    pitch = brush.canvas.pitch_row_mm
    field = np.ones(at.shape, np.float32)
    for size_mm, share in ((45.0, 0.5), (20.0, 0.8), (9.0, 0.8), (4.0, 0.5)):
        creases = np.exp(np.float32(-2.2) * np.abs(clouds(rng, at.shape, size_mm / pitch, 1)))
        field += np.float32(depth * share) * (creases - np.float32(0.35))
    return np.clip(field, 0.05, None)


def _turned(fields: list[Floats], rng: Rng) -> Floats:
    """One of the fields, mirrored at random: folds are dear to draw, and no two layers lie alike."""
    along, across = rng.choice([-1, 1], 2)
    return fields[int(rng.integers(len(fields)))][::along, ::across]


def _midribs(chord: Floats, at: Window, brush: Brush, places: list[Size], rib: rods.Rod) -> None:
    """Adds leaves' midribs, which are twice as dense as the leaf around them."""
    laid = np.column_stack([np.array(places), np.full(len(places), 2.0)])
    rods.lay(chord, at, brush, laid, rib)


def _layers(grams: float, rng: Rng) -> Good:
    """Leaves pressed upon each other in a bag, each crinkled and lying its own way."""
    tobacco, depth = matter.tobacco(rng, 1.0), rng.uniform(0.35, 0.9)
    size = shape(grams, rng.uniform(0.15, 0.38), rng.uniform(0.25, 0.7), rng)
    sheets = int(np.clip(size[2] / 5, 4, 9))
    drawn = [_sheet(size, (index + 0.5) / sheets - 0.5, rng) for index in range(sheets)]

    def field(brush: Brush, at: Window, own: Rng) -> Floats:
        folds = [_crinkles(at, brush, depth, own) for _ in range(2)]
        whole = np.float32(0.5) * solids.box(at.u, at.v, brush.turn, size) * folds[0]
        for blade, place in drawn:
            _lay_blade(
                whole, at, brush.at(place), (blade[0], blade[1], size[2] / sheets), _turned(folds, own)
            )
        for yaw in (-0.1, 0.1):
            turned = brush.at(turn=solids.rotation(yaw, 0, 0))
            _midribs(whole, at, turned, [place for _, place in drawn], rods.Rod(size[0] * 0.6, 3.5))
        return whole

    def paint(brush: Brush, own: Rng) -> None:
        Body(size, grams, tobacco, field).stamp(brush, own).lay(brush)
        wrap(brush, size, 0.1, MATERIALS["polyethylene"])

    return good(grams, size, paint, rng, leaf)


def _sheet(size: Size, height: float, rng: Rng) -> tuple[tuple[float, float], Size]:
    """A leaf's length and width, and its place at a height of the block from -0.5 to 0.5."""
    blade = rng.uniform(0.55, 0.95, 2) * size[:2]
    place = (np.array(size[:2]) - blade) / 2 * rng.uniform(-1, 1, 2)
    return (float(blade[0]), float(blade[1])), (float(place[0]), float(place[1]), height * size[2])


def _lay_blade(whole: Floats, at: Window, brush: Brush, size: Size, folds: Floats) -> None:
    """Adds a flat elliptic blade with its folds."""
    if part := brush.window(size):
        top, left = part.rows.start - at.rows.start, part.cols.start - at.cols.start
        here = (slice(top, top + part.shape[0]), slice(left, left + part.shape[1]))
        chord = solids.cylinder(part.u, part.v, brush.turn @ _UPRIGHT, (size[2], size[1], size[0]))
        whole[here] += chord * folds[here]


_UPRIGHT = solids.rotation(0, -np.pi / 2, 0)
"""Turns a cylinder's axis to the body's third axis."""


def _hands(grams: float, rng: Rng) -> Good:
    """Hands of leaves tied at the stems, heads and tails alternating."""
    count = max(1, round(grams / rng.uniform(90, 180)))
    hand = _hand(grams / count, rng)
    cell = (hand[0], hand[1] * 0.85, hand[2] * 0.8)
    cells = stacking.grid(count, cell, rng)
    inner = stacking.block(cells, cell)
    size = (inner[0] + 6, inner[1] + hand[1] * 0.15 + 6, inner[2] + hand[2] * 0.2 + 2)
    body = _tied(hand, grams / count, rng)

    def paint(brush: Brush, own: Rng) -> None:
        heads = [brush.at(turn=solids.rotation(flip * np.pi, 0, 0)) for flip in range(min(count, 2))]
        stamps = [[body.stamp(head, own) for _ in range(1 if count < 3 else 2)] for head in heads]
        for index, place in enumerate(stacking.places(count, cells, cell)):
            alike = stamps[index % len(stamps)]
            alike[int(own.integers(len(alike)))].lay(brush.at(stacking.shaken(place, (3, 3, 1), own)))
        wrap(brush, size, 0.08, MATERIALS["polyethylene"])

    return good(grams, size, paint, rng, leaf)


def _hand(grams: float, rng: Rng) -> Size:
    """The box of a hand of so many grams."""
    long, wide = rng.uniform(240, 480), rng.uniform(60, 110)
    thick = grams / rng.uniform(0.12, 0.24) * 1000 / (long * wide * np.pi / 6)
    return long, wide, float(np.clip(thick, 12, 90))


def _tied(hand: Size, grams: float, rng: Rng) -> Body:
    """A hand: a spindle of folded leaves whose stems fan out from the tie."""
    long, wide, thick = hand
    depth, stem = rng.uniform(0.4, 0.9), rods.Rod(long * 0.6, rng.uniform(2.2, 4.0))
    fans = [(float(yaw), rng.uniform(-0.16, 0.16, (4, 2))) for yaw in rng.uniform(-0.12, 0.12, 3)]

    def field(brush: Brush, at: Window, own: Rng) -> Floats:
        whole = solids.ellipsoid(at.u, at.v, brush.turn, hand) * _crinkles(at, brush, depth, own)
        for yaw, sides in fans:
            turned = brush.at(turn=solids.rotation(yaw, 0, 0))
            places = [(-long * 0.18, float(y) * wide, float(z) * thick) for y, z in sides]
            _midribs(whole, at, turned, places, stem)
        return whole

    return Body(hand, grams, matter.tobacco(rng, 1.0), field)
