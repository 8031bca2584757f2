"""Optics: how blurred a scanner's pictures are and how much they were sharpened again, told from edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from screener.lab.simulator.matter import Floats

STEEP = 0.04
"""Luminance a pixel: less is no edge, or one that lies aslant in the beam."""

EVEN = 0.15
"""How far the two sides of an edge may rise on, as a share of its step, to count as level."""

ENOUGH, MOST = 60, 8000
"""Edges that an estimate takes, and edges of one scan that are looked at."""

HALO_PX = 1.2
_ALONG = np.arange(-7, 7.25, 0.5, dtype=np.float32)
_BLURS, _AMOUNTS = np.arange(0.4, 1.9, 0.1), np.arange(0.0, 1.65, 0.15)


@dataclass(frozen=True)
class Optics:
    """The deviation of the point spread in px, and the amount of sharpening by `HALO_PX`."""

    blur_px: float
    sharpen: float

    @property
    def reach_px(self) -> int:
        """How far beside a body its picture is changed."""
        return int(np.ceil(3 * self.blur_px + (3 * HALO_PX if self.sharpen else 0)))

    def blurred(self, image: Floats) -> Floats:
        """What the detector makes of transmissions [H, W]."""
        soft: Floats = cv2.GaussianBlur(image, (0, 0), self.blur_px, borderType=cv2.BORDER_REPLICATE)
        return soft

    def sharpened(self, change: Floats) -> Floats:
        """What the display makes of a change of luminance [H, W]."""
        if self.sharpen == 0:
            return change
        soft = cv2.GaussianBlur(change, (0, 0), HALO_PX, borderType=cv2.BORDER_REPLICATE)
        return change + np.float32(self.sharpen) * (change - soft)


USUAL = Optics(0.7, 0.0)


def learn(scans: Sequence[Floats]) -> Optics:
    """The optics that the edges of luminances [H, W] have in common; the usual ones without edges."""
    profiles = np.concatenate([_profiles(scan) for scan in scans])
    if len(profiles) < ENOUGH:
        return USUAL
    middle = np.median(profiles, 0)
    tried = [(float(blur), float(amount)) for blur in _BLURS for amount in _AMOUNTS]
    misfit = [float(np.square(_step(*one) - middle).sum()) for one in tried]
    return Optics(*tried[int(np.argmin(misfit))])


def _profiles(luminance: Floats) -> Floats:
    """Profiles across clean edges [n, places], 0 on their dark and 1 on their bright side."""
    right, down = (cv2.Sobel(luminance, -1, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    steep = np.hypot(right, down)
    rows, cols = np.nonzero((steep > STEEP) & (steep >= cv2.dilate(steep, np.ones((3, 3), np.uint8))))
    rows, cols = rows[:: 1 + len(rows) // MOST], cols[:: 1 + len(rows) // MOST]
    if not len(rows):
        return np.zeros((0, len(_ALONG)), np.float32)
    slope = np.maximum(steep[rows, cols], np.float32(1e-6))
    across = _ALONG * (right[rows, cols] / slope)[:, None], _ALONG * (down[rows, cols] / slope)[:, None]
    places = (cols[:, None] + across[0]).astype(np.float32), (rows[:, None] + across[1]).astype(np.float32)
    found = cv2.remap(luminance, *places, cv2.INTER_LINEAR)
    dark, bright = found[:, :6].mean(1), found[:, -6:].mean(1)
    step = bright - dark
    uneven = np.maximum(np.ptp(found[:, :6], 1), np.ptp(found[:, -6:], 1))
    clean = (step > 0.12) & (uneven < EVEN * step) & (bright < 0.97)
    scaled: Floats = (found[clean] - dark[clean, None]) / step[clean, None]
    return scaled


@cache
def _step(blur: float, amount: float) -> Floats:
    """A step, blurred, sampled by pixels, sharpened: the profile to compare with."""
    fine = (np.arange(-240, 241) > 0).astype(np.float32)[None]
    soft = cv2.GaussianBlur(fine, (0, 0), sigmaX=10 * np.hypot(blur, 0.3), sigmaY=0.01)
    sharp = soft + amount * (soft - cv2.GaussianBlur(soft, (0, 0), sigmaX=10 * HALO_PX, sigmaY=0.01))
    profile: Floats = np.interp(_ALONG, np.arange(-240, 241) / 10, sharp[0]).astype(np.float32)
    return profile
