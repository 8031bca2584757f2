"""Cigarettes: makes of sticks, the stick itself, and the pack of twenty.

Sizes and masses: a king size stick is 84 mm long and 7.6 to 8.0 mm thick with 0.60 to 0.76 g of tobacco
behind a filter of 20 to 27 mm; a pack holds 20 in rows of 7, 6 and 7, of thin sticks in two rows of 10. A
stick for heating is 45 mm long: 12 mm of dense tobacco, a hollow and a polymer plug, and a short filter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator import matter, rods
from screener.lab.simulator.brush import Brush, Stamp
from screener.lab.simulator.canvas import CIGARETTES, clouds
from screener.lab.simulator.goods import Rng
from screener.lab.simulator.matter import MATERIALS, Floats, Material
from screener.lab.simulator.solids import Size
from screener.lab.simulator.wrapping import wrap

STICKS_PER_PACK, PACKS_PER_CARTON = 20, 10
HEATED = "heated-tobacco"


@dataclass(frozen=True)
class Segment:
    """A length of a stick in mm: its matter, and the width of its bore where it is hollow."""

    length: float
    matter: Material
    tobacco: bool = False
    bore: float = 0.0


@dataclass(frozen=True)
class Brand:
    """One make of stick: its width in mm, the tobacco of a stick in grams, and how it is packed."""

    format: str
    width: float
    grams: float
    segments: tuple[Segment, ...]
    rows: tuple[int, ...]
    columns: int
    foil: bool
    box_mm: float

    @property
    def length(self) -> float:
        """Length of a stick."""
        return sum(segment.length for segment in self.segments)

    @property
    def row_mm(self) -> float:
        """From row to row: unlike rows lie in each other's gaps."""
        return self.width * (1.0 if len(set(self.rows)) == 1 else 0.87)

    @property
    def pack(self) -> Size:
        """Outer size of a pack: along the stick, across the rows, through the rows."""
        through = (len(self.rows) - 1) * self.row_mm + self.width
        return self.length + 4.0, max(self.rows) * self.width + 1.6, through + 1.0

    @property
    def carton(self) -> Size:
        """Outer size of a carton: columns of packs wide, one pack long, the rest in layers."""
        long, wide, thick = self.pack
        return self.columns * wide + 2.0, long + 2.0, PACKS_PER_CARTON // self.columns * thick + 1.5


@dataclass(frozen=True)
class _Format:
    length: float
    width: float
    grams: float
    rows: tuple[int, ...]
    often: float


FORMATS = {
    "king-size": _Format(84.0, 7.8, 0.68, (7, 6, 7), 0.66),
    "100s": _Format(100.0, 7.8, 0.78, (7, 6, 7), 0.10),
    "slim": _Format(97.0, 6.3, 0.52, (7, 6, 7), 0.14),
    "superslim": _Format(97.0, 5.4, 0.40, (10, 10), 0.10),
}


def brand(rng: Rng, named: str = "") -> Brand:
    """A make drawn at random, of the format named in `FORMATS` or `HEATED`, or of any format to be lit."""
    if named == HEATED:
        return _heated(rng)
    often = [made.often for made in FORMATS.values()]
    named = named or str(rng.choice(list(FORMATS), p=np.array(often) / sum(often)))
    made = FORMATS[named]
    width = made.width * rng.uniform(0.975, 1.025)
    plug_mm, grams = rng.uniform(20, 27), made.grams * rng.uniform(0.9, 1.1)
    leaf = _filled(rng, grams, width, made.length - plug_mm)
    plug = Segment(plug_mm, Material("filter", rng.uniform(0.10, 0.14), MATERIALS["acetate"].basis))
    columns = 1 if rng.random() < 0.1 else 5
    soft = rng.random() < 0.2
    foil, box_mm = bool(rng.random() < 0.85), 0.15 if soft else rng.uniform(0.28, 0.36)
    return Brand(named, width, grams, (leaf, plug), made.rows, columns, foil, box_mm)


def _heated(rng: Rng) -> Brand:
    width, grams = 7.1 * rng.uniform(0.98, 1.02), 0.26 * rng.uniform(0.9, 1.15)
    soft = MATERIALS["acetate"].basis
    segments = (
        _filled(rng, grams, width, 12.0),
        Segment(8.0, Material("tube", 0.30, soft), bore=width * 0.45),
        Segment(18.0, Material("polymer", rng.uniform(0.20, 0.32), soft)),
        Segment(7.0, Material("filter", 0.13, soft)),
    )
    return Brand(HEATED, width, grams, segments, (10, 10), 5, bool(rng.random() < 0.9), 0.3)


def _filled(rng: Rng, grams: float, width: float, length: float) -> Segment:
    volume_cm3 = np.pi * (width / 20) ** 2 * length / 10
    return Segment(length, matter.tobacco(rng, grams / volume_cm3), tobacco=True)


Places = NDArray[np.float64]
"""Middles of bodies in mm in the axes of the body they are part of, [n, 3]."""


def sticks(brush: Brush, make: Brand, places: Places, rng: Rng) -> None:
    """Sticks side by side along the body's first axis, their tobacco first, each filled a little unlike."""
    filled = rng.normal(1, 0.04, len(places))
    filled /= filled.mean()
    start = -make.length / 2
    for segment in make.segments:
        ahead = np.array([start + segment.length / 2, 0, 0])
        _segments(brush, make.width, segment, np.column_stack([places + ahead, filled]), rng)
        start += segment.length


def _segments(brush: Brush, width: float, segment: Segment, laid: rods.Laid, rng: Rng) -> None:
    """One segment of all sticks, laid on the canvas at once."""
    rod = rods.Rod(segment.length, width, segment.bore)
    if (at := rods.window(brush, rod, laid)) is None:
        return
    chord = np.zeros(at.shape, np.float32)
    rods.lay(chord, at, brush, laid, rod)
    if segment.tobacco:
        chord = _shredded(chord, brush, rng)
    brush.canvas.add_chord(at, chord, segment.matter, CIGARETTES if segment.tobacco else None)


def _shredded(chord: Floats, brush: Brush, rng: Rng) -> Floats:
    """The same volume, uneven as shreds are."""
    field = 1 + np.float32(0.06) * clouds(rng, chord.shape, 5.0 / brush.canvas.pitch_row_mm, 2)
    uneven: Floats = chord * np.clip(field, 0.3, 1.7)
    return uneven * np.float32(chord.sum() / max(float(uneven.sum()), 1e-6))


def pack(brush: Brush, make: Brand, rng: Rng) -> None:
    """A pack of 20 in its rows, with its liner and its box, whose lid has a frame."""
    sticks(brush, make, _in_rows(make, rng), rng)
    long, wide, thick = make.pack
    liner, wall_mm = ("aluminium", 0.012) if make.foil else ("paper", 0.06)
    wrap(brush, (long - 1, wide - 1, thick - 1), wall_mm, MATERIALS[liner])
    wrap(brush, make.pack, make.box_mm, MATERIALS["card"])
    if make.box_mm > 0.2:
        wrap(brush.at((long * 0.28, 0, 0)), (long * 0.4, wide - 0.8, thick - 0.8), 0.25, MATERIALS["card"])


def _in_rows(make: Brand, rng: Rng) -> Places:
    middles = [
        (0.0, (place - (count - 1) / 2) * make.width, (row - (len(make.rows) - 1) / 2) * make.row_mm)
        for row, count in enumerate(make.rows)
        for place in range(count)
    ]
    return np.array(middles) + rng.uniform(-1, 1, (len(middles), 3)) * (0.7, 0.2, 0.05)


def pack_stamp(brush: Brush, make: Brand, rng: Rng) -> Stamp:
    """A pack painted once at the brush's turn."""
    stamp, inside = Stamp.blank(brush, make.pack)
    pack(inside, make, rng)
    return stamp
