"""The brush: lays bodies on a canvas at a place and a turn, so that goods can be built of parts."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import cv2
import numpy as np

from screener.lab.simulator import solids
from screener.lab.simulator.canvas import Canvas, Window, clouds
from screener.lab.simulator.matter import Floats, Material
from screener.lab.simulator.sketch import Sketch
from screener.lab.simulator.solids import Size, Turn

Offset = tuple[float, float, float]
HERE: Offset = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Grain:
    """An uneven filling: a random field of relative depth `depth` and grains of `size_mm`."""

    rng: np.random.Generator
    depth: float
    size_mm: float


@dataclass(frozen=True)
class Brush:
    """A place on a canvas (mm) and the rotation from the body's axes to the beam's frame."""

    canvas: Canvas
    col_mm: float
    row_mm: float
    turn: Turn

    def at(self, offset: Offset = HERE, turn: Turn | None = None) -> Brush:
        """The brush moved by an offset in the body's axes, and turned within them."""
        shift = self.turn @ np.array(offset)
        turned = self.turn if turn is None else self.turn @ turn
        return Brush(self.canvas, self.col_mm + float(shift[0]), self.row_mm + float(shift[1]), turned)

    def window(self, size: Size) -> Window | None:
        """The part of the canvas that a body of this bounding box can touch."""
        reach = solids.half_extent(size, self.turn)
        return self.canvas.window(self.col_mm, self.row_mm, float(reach[0]), float(reach[1]))

    def box(self, size: Size, matter: Material, label: int | None = None, grain: Grain | None = None) -> None:
        """A full box."""
        if at := self.window(size):
            self._lay(at, solids.box(at.u, at.v, self.turn, size), matter, label, grain)

    def shell(self, size: Size, wall_mm: float, matter: Material) -> None:
        """A hollow box."""
        if at := self.window(size):
            inner = (
                max(size[0] - 2 * wall_mm, 0.1),
                max(size[1] - 2 * wall_mm, 0.1),
                max(size[2] - 2 * wall_mm, 0.1),
            )
            outer = solids.box(at.u, at.v, self.turn, size)
            self._lay(at, np.maximum(outer - solids.box(at.u, at.v, self.turn, inner), 0), matter, None, None)

    def cylinder(  # noqa: PLR0917 (length and width read better without names)
        self,
        length: float,
        width: float,
        matter: Material,
        label: int | None = None,
        grain: Grain | None = None,
        height: float | None = None,
    ) -> None:
        """A full cylinder along the body's first axis, elliptic where `height` is given."""
        high = width if height is None else height
        if at := self.window((length, width, high)):
            self._lay(at, solids.cylinder(at.u, at.v, self.turn, (length, width, high)), matter, label, grain)

    def tube(self, length: float, width: float, wall_mm: float, matter: Material) -> None:
        """A hollow cylinder, closed at both ends by a bottom of the wall's thickness."""
        if at := self.window((length, width, width)):
            outer = solids.cylinder(at.u, at.v, self.turn, (length, width, width))
            inner_width = max(width - 2 * wall_mm, 0.1)
            hollow = (max(length - 2 * wall_mm, 0.1), inner_width, inner_width)
            inner = solids.cylinder(at.u, at.v, self.turn, hollow)
            self._lay(at, np.maximum(outer - inner, 0), matter, None, None)

    def ellipsoid(self, size: Size, matter: Material, grain: Grain | None = None) -> None:
        """A full ellipsoid."""
        if at := self.window(size):
            self._lay(at, solids.ellipsoid(at.u, at.v, self.turn, size), matter, None, grain)

    def face(self, size: Size) -> Face:
        """The face of a body of this size that the beam meets most squarely."""
        return Face.towards_beam(self, size)

    def _lay(
        self, at: Window, chord: Floats, matter: Material, label: int | None, grain: Grain | None
    ) -> None:
        if grain is not None:
            pitch = (self.canvas.pitch_row_mm + self.canvas.pitch_col_mm) / 2
            field = clouds(grain.rng, at.shape, max(grain.size_mm / pitch, 1.0))
            chord = chord * np.clip(1 + np.float32(grain.depth) * field, 0.1, None)
        self.canvas.add_chord(at, chord, matter, label)


@dataclass(frozen=True)
class Face:
    """One face of a body: its sides `width` and `height`, the `depth` behind it (mm), and where it is seen.

    `across` holds the two sides' directions as columns, in the canvas's columns and rows; `stretch` is how
    much longer the beam's way is than the depth, for a face that it meets at an angle. `upright` is whether
    the body stands as drawn: its third axis along the beam.
    """

    brush: Brush
    width: float
    height: float
    depth: float
    across: Turn
    stretch: float
    upright: bool

    @staticmethod
    def towards_beam(brush: Brush, size: Size) -> Face:
        """The face whose normal is closest to the beam; its first side is the longer named axis."""
        normal = int(np.argmax(np.abs(brush.turn[2])))
        first, second = [axis for axis in range(3) if axis != normal]
        stretch = 1.0 / max(abs(float(brush.turn[2, normal])), 0.3)
        across = brush.turn[:2, [first, second]]
        return Face(brush, size[first], size[second], size[normal], across, stretch, normal == 2)

    def sketch(self, margin_mm: float = 0.0) -> Sketch:
        """An empty sketch of the face, with a margin around it."""
        canvas = self.brush.canvas
        pitch = min(canvas.pitch_row_mm, canvas.pitch_col_mm)
        return Sketch(self.width + 2 * margin_mm, self.height + 2 * margin_mm, pitch)

    def lay(self, sketch: Sketch, matter: Material, label: int | None = None) -> None:
        """Adds what is sketched to the canvas as a body of the given material."""
        rows, cols = sketch.part()
        thick = sketch.thick[rows, cols]
        if not thick.size:
            return
        corner = np.array([cols.start, rows.start]) - (np.array(sketch.thick.shape[::-1]) - 1) / 2
        middle = self.across @ ((corner + (np.array(thick.shape[::-1]) - 1) / 2) * sketch.pitch_mm)
        reach = np.abs(self.across) @ (np.array(thick.shape[::-1]) * sketch.pitch_mm / 2)
        canvas = self.brush.canvas
        col_mm, row_mm = self.brush.col_mm + float(middle[0]), self.brush.row_mm + float(middle[1])
        at = canvas.window(col_mm, row_mm, float(reach[0]), float(reach[1]))
        if at is None:
            return
        back = np.linalg.inv(self.across) / sketch.pitch_mm
        start = back @ (float(at.u[0, 0]), float(at.v[0, 0])) + (np.array(thick.shape[::-1]) - 1) / 2
        matrix = np.column_stack([back * (canvas.pitch_col_mm, canvas.pitch_row_mm), start])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        chord = cv2.warpAffine(thick, matrix, (at.shape[1], at.shape[0]), flags=flags)
        canvas.add_chord(at, chord, matter, label, self.stretch)

    def lay_shell(self, outer: Sketch, inner: Sketch, matter: Material) -> None:
        """Adds what lies between two sketches: the wall of a hollow body."""
        wall = copy(outer)
        wall.thick = np.maximum(outer.thick - inner.thick, 0)
        self.lay(wall, matter)


@dataclass(frozen=True)
class Stamp:
    """A body painted once, for goods that hold many alike: laid again it costs an addition."""

    canvas: Canvas

    @staticmethod
    def blank(like: Brush, size: Size) -> tuple[Stamp, Brush]:
        """An empty stamp for a body of `size` at the brush's turn, and the brush to paint it with."""
        reach = solids.half_extent(size, like.turn)
        rows = 2 * int(np.ceil(reach[1] / like.canvas.pitch_row_mm)) + 4
        cols = 2 * int(np.ceil(reach[0] / like.canvas.pitch_col_mm)) + 4
        canvas = Canvas(rows, cols, like.canvas.pitch_row_mm, like.canvas.pitch_col_mm)
        middle = (cols * canvas.pitch_col_mm / 2, rows * canvas.pitch_row_mm / 2)
        return Stamp(canvas), Brush(canvas, middle[0], middle[1], like.turn)

    def lay(self, brush: Brush) -> None:
        """Adds the stamp to the brush's canvas, centred at the brush to the nearest pixel."""
        to, own = brush.canvas, self.canvas
        top = round(brush.row_mm / to.pitch_row_mm - own.rows / 2)
        left = round(brush.col_mm / to.pitch_col_mm - own.cols / 2)
        r0, r1 = max(top, 0), min(top + own.rows, to.rows)
        c0, c1 = max(left, 0), min(left + own.cols, to.cols)
        if r0 >= r1 or c0 >= c1:
            return
        part = (slice(None), slice(r0 - top, r1 - top), slice(c0 - left, c1 - left))
        to.basis[:, r0:r1, c0:c1] += own.basis[part]
        if own.truth.any():
            to.truth[:, r0:r1, c0:c1] += own.truth[part] * np.float32(to.truth_share)
        to.mass_g += own.mass_g
