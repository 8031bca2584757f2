"""Wrapping: the thin walls of boxes, bags and foil."""

from __future__ import annotations

from screener.lab.simulator.brush import Brush
from screener.lab.simulator.matter import Material
from screener.lab.simulator.solids import Size

LEAST_MM = 1.1


def wrap(brush: Brush, size: Size, wall_mm: float, matter: Material) -> None:
    """A hollow box whose walls may be thinner than a pixel.

    Those are drawn thicker and so much lighter: a chord taken at the middle of each pixel would meet them
    here and miss them there, and show a row of dots. Real walls bulge about as much.
    """
    drawn_mm = max(wall_mm, LEAST_MM)
    brush.shell(size, drawn_mm, Material(matter.name, matter.density * wall_mm / drawn_mm, matter.basis))
