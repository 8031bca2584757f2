"""The palette: what colours a scanner gives to material and luminance, learnt from its own pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from screener.lab.simulator.matter import Floats

LEVELS, ANGLES, RATIOS = 48, 72, 64
CUT_DEGREES = 50.0
"""Where the circle of hues is cut open: between metal's blue and organic red, where no palette is."""

ORGANIC, MIDDLE, METAL = (50.0, 140.0), (145.0, 220.0), (235.0, 325.0)
"""Where orange, green and blue lie: degrees of (R - Y) over (B - Y), counted on from the cut."""

USUAL = (100.0, 175.0, 275.0)
"""Where they are taken to lie if no scan shows them."""

FAINT = 0.06
"""Dark pixels with less colour are black, whatever their hue."""

LOWEST, HIGHEST = 1.0, 3.0
"""Bounds of R = ln T_low / ln T_high. In the simulator's beams plastic has 1.3, water 1.4, tobacco 1.6,
aluminium 2.1, iron 2.8."""


@dataclass(frozen=True, eq=False)
class Palette:
    """Colour differences by luminance and R [2, LEVELS, RATIOS], and R by luminance and hue angle."""

    colours: Floats
    ratios: Floats
    darkest_organic: float

    def colour(self, luminance: Floats, ratio: Floats) -> Floats:
        """Colour differences [2, H, W] of matter that looks `luminance` bright and has the ratio R."""
        at = (ratio - np.float32(LOWEST)) * np.float32((RATIOS - 1) / (HIGHEST - LOWEST))
        return np.stack([_sampled(table, at, luminance) for table in self.colours])

    def ratio(self, luminance: Floats, differences: Floats) -> Floats:
        """R of pixels by their luminance and colour; of colourless ones that of ordinary organic matter."""
        angle = _angle(differences)
        found = _sampled(self.ratios, angle * np.float32((ANGLES - 1) / 360), luminance)
        seen = np.hypot(differences[0], differences[1])
        sure = np.square(seen) / (np.square(seen) + np.float32(0.03**2))
        mixed: Floats = np.float32(1.4) + (found - np.float32(1.4)) * sure
        return mixed


def learn(scans: Sequence[Floats]) -> Palette:
    """The palette of planes (Y, B - Y, R - Y) of scans of one scanner; gaps are filled from their nearest."""
    firsts, seconds = np.zeros((LEVELS, ANGLES)), np.zeros((LEVELS, ANGLES))
    for scan in scans:
        soft = np.stack([cv2.GaussianBlur(plane, (0, 0), 1.5)[::2, ::2] for plane in scan])
        level, strength = soft[0], np.hypot(soft[1], soft[2])
        strength = np.where((strength > FAINT) | (level > 0.5), strength, np.float32(0))
        place = np.minimum((np.clip(level, 0, 1) * LEVELS).astype(int), LEVELS - 1) * ANGLES
        place += np.minimum((_angle(soft[1:]) * (ANGLES / 360)).astype(int), ANGLES - 1)
        for table, power in ((firsts, 1), (seconds, 2)):
            found = np.bincount(place.ravel(), np.power(strength, power).ravel(), LEVELS * ANGLES)
            np.add(table, found.reshape(LEVELS, ANGLES), out=table)
    return _palette(firsts, seconds)


def _palette(sums: np.ndarray, squares: np.ndarray) -> Palette:
    strength = _filled(sums, squares)
    ratio_grid = np.linspace(LOWEST, HIGHEST, RATIOS)
    angle_grid = np.linspace(0, 360, ANGLES)
    middle, metal = (_centre(sums.sum(0), bounds, usual) for bounds, usual in _OTHERS)
    colours, ratios = np.zeros((2, LEVELS, RATIOS)), np.zeros((LEVELS, ANGLES))
    for level, organic in enumerate(_organic(sums)):
        knots = np.array(
            [organic - 12, organic, organic + 0.08 * (middle - organic), middle, metal, metal + 8]
        )
        ratios[level] = np.interp(angle_grid, knots, _KNOT_RATIOS)
        hues = np.interp(ratio_grid, _KNOT_RATIOS, knots)
        vivid = np.interp(hues, angle_grid, strength[level])
        radians = np.radians(hues + CUT_DEGREES)
        colours[:, level] = vivid * np.cos(radians), vivid * np.sin(radians)
    reached = np.cumsum(_inside(sums, ORGANIC).sum(1))
    darkest = float(np.interp(0.02 * reached[-1], reached, np.arange(LEVELS) / LEVELS))
    return Palette(colours.astype(np.float32), ratios.astype(np.float32), darkest)


_KNOT_RATIOS = np.array([1.1, 1.35, 1.7, 2.1, 2.75, 2.95])
_OTHERS = ((MIDDLE, USUAL[1]), (METAL, USUAL[2]))


def _organic(sums: np.ndarray) -> np.ndarray:
    """The angle of organic matter at every level of luminance."""
    centres, weights = np.zeros(LEVELS), np.zeros(LEVELS)
    everywhere = _centre(sums.sum(0), ORGANIC, USUAL[0])
    for level in range(LEVELS):
        centres[level] = _centre(sums[level], ORGANIC, everywhere)
        weights[level] = _inside(sums[level], ORGANIC).sum()
    total = sum(
        share * cv2.GaussianBlur(np.stack([centres * weights, weights]), (0, 0), sigmaX=sigma, sigmaY=1e-3)
        for share, sigma in ((1.0, 1.5), (1e-2, 6.0))
    )
    strong = total[1] > 1e-6
    return np.where(strong, total[0] / np.where(strong, total[1], 1), everywhere)


def _inside(weights: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    angles = (np.arange(ANGLES) + 0.5) * 360 / ANGLES
    return np.where((angles >= bounds[0]) & (angles <= bounds[1]), weights, 0)


def _centre(weights: np.ndarray, bounds: tuple[float, float], usual: float) -> float:
    """The weighted median angle within bounds; the usual one where there is none."""
    inside = _inside(weights, bounds)
    if inside.sum() <= 0:
        return usual
    reached = np.cumsum(inside) / inside.sum()
    return float(np.interp(0.5, reached, (np.arange(ANGLES) + 1) * 360 / ANGLES))


def _filled(sums: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """How strong colours are by luminance and angle, gaps filled from ever wider surroundings.

    Filled as shares of the strength that luminance allows, so that dark gaps get dark colours of the hue.
    The mean is weighted by strength itself: the full colour of a material, not its pale edges.
    """
    level = (np.arange(LEVELS)[:, None] + 0.5) / LEVELS
    allowed = np.minimum(level, 1 - level) + 0.01
    top, bottom = np.zeros_like(sums), np.full_like(sums, 1e-9)
    for share, along, across in ((1.0, 0.8, 0.8), (1e-2, 4.0, 1.5), (1e-4, 12.0, 3.0), (1e-6, 25.0, 25.0)):
        top += share * _soft(squares / allowed, across, along)
        bottom += share * _soft(sums, across, along)
    return np.minimum(top / bottom, 1.6) * allowed


def _soft(table: np.ndarray, across: float, along: float) -> np.ndarray:
    soft: np.ndarray = cv2.GaussianBlur(
        table, (0, 0), sigmaX=across, sigmaY=along, borderType=cv2.BORDER_REPLICATE
    )
    return soft


def _angle(differences: Floats) -> Floats:
    """Degrees from the cut on, 0 to 360."""
    degrees = cv2.phase(differences[0], differences[1], angleInDegrees=True)
    turned: Floats = np.mod(degrees - np.float32(CUT_DEGREES), np.float32(360))
    return turned


def _sampled(table: Floats, column: Floats, luminance: Floats) -> Floats:
    """A table [LEVELS, columns] read at fractional columns and at luminances, linear in between."""
    level = luminance * np.float32(LEVELS) - np.float32(0.5)
    found: Floats = cv2.remap(
        table, column.astype(np.float32), level.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return found
