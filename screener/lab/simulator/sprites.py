"""Sprites: one good at one turn, painted alone on the smallest canvas that holds it."""

from __future__ import annotations

import numpy as np

from screener.lab.simulator import solids
from screener.lab.simulator.brush import Brush
from screener.lab.simulator.canvas import Canvas
from screener.lab.simulator.goods import Good
from screener.lab.simulator.solids import Turn

MARGIN_PX = 2


def sprite(good: Good, turn: Turn, pitch_row_mm: float, pitch_col_mm: float) -> Canvas:
    """The good's areal densities (basis and truth, g/cm2) seen at `turn`, centred on its canvas."""
    reach = solids.half_extent(good.size, turn)
    rows = 2 * int(np.ceil(reach[1] / pitch_row_mm)) + 2 * MARGIN_PX
    cols = 2 * int(np.ceil(reach[0] / pitch_col_mm)) + 2 * MARGIN_PX
    canvas = Canvas(rows, cols, pitch_row_mm, pitch_col_mm)
    brush = Brush(canvas, cols * pitch_col_mm / 2, rows * pitch_row_mm / 2, turn)
    good.paint(brush, np.random.default_rng(good.seed))
    return canvas
