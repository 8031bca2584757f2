"""A scan's display, learnt from its own pixels: depth from luminance, colours from exemplars, its grain."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from bench.judge.materials import Array

WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
LUMINANCES = 40
HUES = 21
SATURATED = 14.0

FAMILY = np.array([0.0, 0.08, 0.92, 1.0, 1.08, 1.92, 2.0])  # 0 organic, 1 middle, 2 metal


@dataclass(frozen=True)
class Curve:
    """How a display shows matter: luminance depth of the first g/cm2 of water, and of 7 of them.

    `organic_to` is the ratio of low to high attenuation up to which matter is coloured organic.
    """

    first: float
    seventh: float
    organic_to: float = 1.28

    @property
    def ratios(self) -> np.ndarray:
        """The ratios of `FAMILY`, with plateaus: makers colour by class, so a class keeps its hue."""
        return np.array([1.10, self.organic_to, self.organic_to + 0.12, 1.62, 1.80, 2.15, 2.60])

    @property
    def pressing(self) -> float:
        """How soon the curve bends, per g/cm2; 0 is a straight line."""
        return max(0.01, (7 * self.first - self.seventh) / (7 * self.seventh - 7 * self.first))

    @property
    def slope(self) -> float:
        return self.first * (1 + self.pressing)

    def depth(self, matter: Array) -> Array:
        """Luminance depth of so many g/cm2."""
        return np.asarray(self.slope * matter / (1 + self.pressing * np.maximum(matter, 0)), np.float32)

    def matter(self, depth: Array) -> Array:
        """What shows with this luminance depth, in g/cm2; the darkest count as 60."""
        bent = np.maximum(self.slope - self.pressing * np.maximum(depth, 0), 1e-3)
        return np.asarray(np.minimum(depth / bent, 60.0), np.float32)


def drawn_curve(rng: np.random.Generator) -> Curve:
    """A curve within what makers show: 0.14-0.24 for the first g/cm2, 0.6-1.0 for seven.

    Tobacco in cartons has ratios of 1.25-1.30, so it is orange on most and khaki on some.
    """
    first = rng.uniform(0.14, 0.24)
    return Curve(first, min(rng.uniform(0.6, 1.0), 6.5 * first), rng.uniform(1.25, 1.34))


@dataclass(frozen=True)
class Display:
    """What one scan tells of its display.

    `palette` (HUES, LUMINANCES, 3) is colour over luminance; `anchors` are the hues in degrees of its three
    families; `noise` (LUMINANCES) is the deviation of flat matter; `grain` is a patch (rows, columns, 3)
    of its texture, unit deviation; `blur_px` its sharpest edges' width.
    """

    white: float
    grey: bool
    palette: Array
    anchors: Array
    noise: Array
    grain: Array
    blur_px: float


def luminance(picture: Array) -> Array:
    """Luminance of a picture (rows, columns, 3), 0-255."""
    return np.asarray(picture @ WEIGHTS, np.float32)


def read_display(picture: Array) -> Display:
    """Learns a display from one scan (rows, columns, 3), 0-255, RGB."""
    shown = luminance(picture)
    grey = float(np.ptp(picture, axis=2).mean()) < 3.0
    anchors = _anchors(picture)
    fine = picture - cv2.GaussianBlur(picture, (0, 0), 2.0)
    return Display(
        white=float(np.percentile(shown, 99)),
        grey=grey,
        palette=_palette(picture, shown, anchors),
        anchors=anchors,
        noise=_noise(shown, luminance(fine)),
        grain=_grain(shown, fine, family(picture, anchors), grey),
        blur_px=_blur(shown),
    )


def family(picture: Array, anchors: Array) -> Array:
    """Where each pixel's hue stands between the families, 0 organic to 2 metal."""
    return np.asarray(np.interp(_hue(picture), [*anchors, 300, 301, 360], [0, 1, 2, 2, 0, 0]), np.float32)


def colours(display: Display, families: Array, shown: Array) -> Array:
    """The scan's own colour over luminance for these families and luminances: (rows, columns, 3)."""
    across = np.clip(shown / 255 * (LUMINANCES - 1), 0, LUMINANCES - 1).astype(np.float32)
    down = np.clip(families / 2 * (HUES - 1), 0, HUES - 1).astype(np.float32)
    return np.asarray(cv2.remap(display.palette, across, down, cv2.INTER_LINEAR), np.float32)


def _hue(picture: Array) -> Array:
    """Hue in degrees."""
    return np.asarray(cv2.cvtColor(np.clip(picture / 255, 0, 1), cv2.COLOR_RGB2HSV)[..., 0], np.float32)


def _anchors(picture: Array) -> Array:
    """The hue that each family is mostly shown in; the usual one where a scan hardly has it."""
    chroma = np.ptp(picture, axis=2)
    hue = _hue(picture)[chroma > SATURATED]
    found = []
    for usual, low, high in ((30, 8, 58), (110, 75, 165), (212, 185, 250)):
        these = hue[(hue > low) & (hue < high)]
        found.append(float(np.median(these)) if these.size > 300 else float(usual))
    return np.array(found, np.float32)


def _palette(picture: Array, shown: Array, anchors: Array) -> Array:
    """Mean colour over luminance in each cell, holes filled from ever wider neighbourhoods."""
    coloured = (np.ptp(picture, axis=2) > SATURATED * shown / 255) | (shown > 225)
    ratio = picture[coloured] / np.maximum(shown[coloured], 4)[:, None]
    row = np.rint(family(picture, anchors)[coloured] / 2 * (HUES - 1)).astype(int)
    column = np.rint(shown[coloured] / 255 * (LUMINANCES - 1)).astype(int)
    cell = row * LUMINANCES + np.clip(column, 0, LUMINANCES - 1)
    layers = [ratio[:, 0], ratio[:, 1], ratio[:, 2], np.ones(len(ratio))]
    sums = [np.bincount(cell, layer, HUES * LUMINANCES) for layer in layers]
    table = np.stack(sums, axis=-1).reshape(HUES, LUMINANCES, 4).astype(np.float32)
    table /= np.maximum(table[..., 3:], 20) / 20  # a well-filled cell counts no more than 20 pixels
    return _filled(table)


def _filled(table: Array) -> Array:
    sums = table + 1e-6 * np.array([1, 1, 1, 1], np.float32)
    filled = np.zeros_like(table)
    for along, across, trust in ((0.7, 0.5, 1.0), (2.0, 0.8, 0.1), (5.0, 1.5, 0.01), (14.0, 6.0, 1e-4)):
        spread = cv2.GaussianBlur(sums, (0, 0), along, sigmaY=across, borderType=cv2.BORDER_REPLICATE)
        filled += trust * spread
    return np.asarray(filled[..., :3] / filled[..., 3:], np.float32)


def _noise(shown: Array, fine: Array) -> Array:
    """Deviation of the flattest parts of the scan at each luminance."""
    spread = np.sqrt(np.maximum(cv2.blur(fine * fine, (7, 7)), 0))
    at = np.rint(shown / 255 * (LUMINANCES - 1)).astype(int).clip(0, LUMINANCES - 1)
    found = np.full(LUMINANCES, np.nan)
    for level in range(LUMINANCES):
        these = spread[at == level]
        if these.size > 200:
            found[level] = np.percentile(these, 15)
    known = np.flatnonzero(~np.isnan(found))
    if not len(known):
        return np.ones(LUMINANCES, np.float32)
    # Where only edges of metal are so dark, nothing is flat: none counts for much more than the bright ones.
    bright = known[known > LUMINANCES / 2]
    kept = np.minimum(found[known], 1.5 * np.median(found[bright if len(bright) else known]))
    return np.interp(np.arange(LUMINANCES), known, kept).astype(np.float32)


def _grain(shown: Array, fine: Array, families: Array, grey: bool, side: int = 32) -> Array:
    """The texture of the flattest piece of organic matter: its spectrum and colours, unit deviation."""
    size = (side, side)
    matter = ((shown < 0.88 * np.percentile(shown, 99)) & (shown > 40)).astype(np.float32)
    organic = matter if grey else matter * (families < 0.7)
    share = cv2.blur(organic, size)
    slow = cv2.GaussianBlur(shown, (0, 0), 3.0)
    rough = cv2.blur(slow * slow, size) - cv2.blur(slow, size) ** 2
    rough[share < max(0.9 * float(share.max()), 0.3)] = np.inf
    rough[: side // 2], rough[-side // 2 :], rough[:, : side // 2], rough[:, -side // 2 :] = (np.inf,) * 4
    row, column = np.unravel_index(int(rough.argmin()), rough.shape)
    top, left = max(0, int(row) - side // 2), max(0, int(column) - side // 2)
    patch = np.clip(fine[top : top + side, left : left + side], -25, 25)
    patch = patch - patch.mean((0, 1))
    return np.asarray(patch / max(float(luminance(patch).std()), 0.3), np.float32)


def _blur(shown: Array) -> float:
    """Gaussian width of the sharpest edges in pixels, from how much a further blur flattens them."""
    again = cv2.GaussianBlur(shown, (0, 0), 1.0)
    before, after = _slope(shown), _slope(again)
    strong = before > np.percentile(before, 98)
    ratio = float(np.percentile(before[strong] / np.maximum(after[strong], 1e-3), 80))
    return float(np.clip(1.0 / np.sqrt(max(ratio**2 - 1, 0.05)), 0.3, 2.0))


def _slope(shown: Array) -> Array:
    return np.asarray(np.hypot(cv2.Sobel(shown, cv2.CV_32F, 1, 0), cv2.Sobel(shown, cv2.CV_32F, 0, 1)))
