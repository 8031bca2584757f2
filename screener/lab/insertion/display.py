"""A display: all that insertion has to know of a scanner's pictures, learnt from a few of its scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from screener.errors import BadInput
from screener.lab.insertion import grain as graining
from screener.lab.insertion import optics as sharpness
from screener.lab.insertion import palette as palettes
from screener.lab.insertion.grain import Grain
from screener.lab.insertion.optics import Optics
from screener.lab.insertion.palette import Palette
from screener.lab.insertion.planes import Layout, Pixels, layout, planes
from screener.lab.simulator.matter import Floats

MOST_SCANS = 20
"""More teach nothing new; those taken are spread evenly over what is given."""

MOST_PX = 640
"""Of larger scans the middle is learnt from."""

PADDING = 0.06
"""What is darker than this and touches the border is no matter but a frame laid around the scan."""


@dataclass(frozen=True, eq=False)
class Display:
    """How one scanner shows matter.

    `air` is the level of empty belt of each plane that is a transmission, `floor` that of what nothing
    passes, both as shares of the pixels' top. Hardly any organic matter is darker than `darkest_organic`.
    `palette` is None where there are no colours.
    """

    layout: Layout
    air: Floats
    floor: float
    optics: Optics
    darkest_organic: float
    palette: Palette | None
    grain: Grain

    @staticmethod
    def learn(scans: Sequence[Pixels]) -> Display:
        """The display of scans of one scanner and one layout, one or more. Raises `BadInput`."""
        layouts = {layout(scan) for scan in scans}
        if len(layouts) != 1:
            got = ", ".join(sorted(layouts)) or "none"
            raise BadInput("layout", f"expected scans of one layout to learn a display from, got {got}")
        (how,) = layouts
        chosen = [scans[i] for i in np.linspace(0, len(scans) - 1, min(len(scans), MOST_SCANS)).astype(int)]
        shown = [planes(scan, how) for scan in chosen]
        air = _air(shown, how)
        lit = [_lit(_middle(scan / _spread(air, how, len(scan)))) for scan in shown]
        palette = palettes.learn(lit) if how is Layout.COLOUR else None
        return Display(
            layout=how,
            air=air,
            floor=0.0 if how is Layout.RAW else _floor(lit),
            optics=sharpness.learn([scan[0] for scan in lit]),
            darkest_organic=_darkest(lit) if palette is None else palette.darkest_organic,
            palette=palette,
            grain=graining.learn(lit, own_levels=how is Layout.RAW),
        )

    def planes(self, pixels: Pixels) -> Floats:
        """Planes of a scan of this display, 1.0 = its empty belt."""
        found = planes(pixels, self.layout)
        return found / _spread(self.air, self.layout, len(found))

    def shares(self, lit: Floats) -> Floats:
        """The way back: planes with 1.0 = empty belt as shares of the pixels' top."""
        return lit * _spread(self.air, self.layout, len(lit))


def _air(shown: Sequence[Floats], how: Layout) -> Floats:
    """The brightest level that is no outlier; that of 8-bit pictures is near the top, matter or not."""
    pages = len(shown[0]) if how is Layout.RAW else 1
    brightest = np.max([np.percentile(scan[:pages], 99.5, axis=(1, 2)) for scan in shown], axis=0)
    found: Floats = np.clip(brightest, 1e-3 if how is Layout.RAW else 0.85, 1.0).astype(np.float32)
    return found


def _spread(air: Floats, how: Layout, count: int) -> Floats:
    """Air for every plane; colour differences are shares of the same luminance."""
    whole = air if how is Layout.RAW else np.repeat(air, count)
    return whole[:, None, None]


def _middle(scan: Floats) -> Floats:
    top, left = (max(side - MOST_PX, 0) // 2 for side in scan.shape[1:])
    return np.ascontiguousarray(scan[:, top : top + MOST_PX, left : left + MOST_PX])


def padding(luminance: Floats) -> np.ndarray:
    """Which pixels belong to a black frame around the scan: dark areas that touch the border."""
    dark = (luminance < PADDING).astype(np.uint8)
    if not dark.any():
        return dark.astype(bool)
    _, labels = cv2.connectedComponents(dark)
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return np.isin(labels, edge[edge > 0])


def _lit(scan: Floats) -> Floats:
    """The scan with its padding taken for air, so that nothing is learnt from it."""
    frame = padding(scan[0])
    if not frame.any():
        return scan
    cleaned = scan.copy()
    cleaned[:, cv2.dilate(frame.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = 0
    cleaned[0, cleaned[0] == 0] = 1
    return cleaned


def _floor(lit: Sequence[Floats]) -> float:
    """The level of what nothing passes, as far as any is seen."""
    return min(0.12, *(float(np.percentile(scan[0], 0.05)) for scan in lit))


def _darkest(lit: Sequence[Floats]) -> float:
    """Grey tells no metal from what is thick: the level that few pixels of matter fall below."""
    matter = np.concatenate([scan[0][scan[0] < 0.9] for scan in lit])
    return float(np.percentile(matter, 5)) if len(matter) else 0.5
