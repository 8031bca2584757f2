"""Palettes: the colours in which a display shows materials, by the ratio of the two detectors' depths.

A display is a table of colours by ratio and darkness, as real ones are. Whatever the colour, the luminance is
one less the darkness: lighter than its own luminance a colour is mixed with white, darker it fades to black.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator.clutter import Stock
from screener.lab.simulator.goods import Rng
from screener.lab.simulator.matter import Floats

Colour = tuple[float, float, float]
RATIO_STEPS, DARK_STEPS = 128, 256
LUMINANCE = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Palette:
    """Colours (RGB 0..1) at ratios R = ln T_low / ln T_high, and how the ratio is got.

    Ratios are smoothed over `smoothing_px`; `dither` is their noise, `drift` by which share of their distance
    from 1 they are raised per unit of depth, against the hardening of the beam. `grey_share` takes colour
    out. A colour fades to `floor` of its own luminance, so that thick matter keeps it.
    """

    ratios: tuple[float, ...]
    colours: tuple[Colour, ...]
    smoothing_px: float
    dither: float
    drift: float
    grey_share: float
    floor: float


def drawn(rng: Rng, stock: Stock) -> Palette:
    """A palette drawn at random.

    In training organic matter is shown reddest and there are three bands. Tests have two, four or five, and
    their organic matter is never reddest.
    """
    colours = _known_colours(rng) if stock == "training" else _unknown_colours(rng)
    edges = _edges(len(colours), rng)
    soft = float(rng.uniform(0.02, 0.2))
    return Palette(
        ratios=tuple(edge + side * soft for edge in edges for side in (-1, 1)),
        colours=tuple(colour for colour in colours for _ in (0, 1))[1:-1],
        smoothing_px=float(rng.uniform(0.5, 2.5)),
        dither=float(rng.choice([0.0, 0.0, rng.uniform(0.02, 0.25)])),
        drift=float(rng.uniform(*((0.2, 1.1) if stock == "training" else (0.1, 0.7)))),
        grey_share=float(rng.choice([0.0, 0.0, rng.uniform(0, 0.5)])),
        floor=float(rng.uniform(0.1, 0.65)),
    )


def _known_colours(rng: Rng) -> list[Colour]:
    spread = float(rng.choice([0.06, 0.12, 0.25], p=[0.5, 0.35, 0.15]))
    middle, metal = _near((0.25, 0.70, 0.28), spread, rng), _near((0.08, 0.32, 0.80), spread, rng)
    organic = np.array(_near((0.92, 0.52, 0.20), spread, rng))
    reddest = float(organic.max())
    organic[organic.argmax()] = organic[0]
    return [(reddest, float(organic[1]), float(organic[2])), middle, metal]


def _unknown_colours(rng: Rng) -> list[Colour]:
    first = _UNKNOWN[int(rng.integers(len(_UNKNOWN)))]
    others = [_near((0.5, 0.45, 0.5), 0.3, rng) for _ in range(int(rng.choice([1, 3, 4])))]
    organic = _near(first, 0.05, rng)
    return [(min(organic[0], max(organic[1:]) - 0.05), *organic[1:]), *others]


_UNKNOWN: tuple[Colour, ...] = (
    (0.35, 0.75, 0.35),
    (0.25, 0.65, 0.80),
    (0.50, 0.35, 0.85),
    (0.70, 0.80, 0.20),
)


def _near(colour: Colour, by: float, rng: Rng) -> Colour:
    drawn_colour = np.clip(rng.normal(colour, by), 0.02, 0.98)
    return float(drawn_colour[0]), float(drawn_colour[1]), float(drawn_colour[2])


def _edges(bands: int, rng: Rng) -> list[float]:
    """Ratios where bands meet: organic ends at 1.35 to 1.6, metal begins at 2.05 to 2.5."""
    first, last = rng.uniform(1.35, 1.60), rng.uniform(2.05, 2.5)
    return [float(edge) for edge in ([first] if bands == 2 else np.linspace(first, last, bands - 1))]


def coloured(depth: Floats, dark: Floats, palette: Palette, noise: Floats) -> NDArray[np.uint8]:
    """The picture [H, W, 3] of depths [2, H, W] shown at `dark` [H, W], 0 to 1."""
    low = cv2.GaussianBlur(depth[0], (0, 0), palette.smoothing_px)
    high = cv2.GaussianBlur(depth[1], (0, 0), palette.smoothing_px)
    np.maximum(high, np.float32(0.02), out=high)
    ratio = cv2.divide(low, high)
    if palette.drift:
        ratio += (ratio - 1) * high * np.float32(palette.drift)
    if palette.dither:
        ratio += np.float32(palette.dither) * noise
    step = cv2.convertScaleAbs(np.maximum(ratio - 1, 0), alpha=RATIO_STEPS / 2)
    np.minimum(step, RATIO_STEPS - 1, out=step)
    shade = cv2.convertScaleAbs(np.clip(dark, 0, 1), alpha=DARK_STEPS - 1)
    index = step.astype(np.int32) * DARK_STEPS + shade
    return np.take(table(palette), index, axis=0)


def table(palette: Palette) -> NDArray[np.uint8]:
    """The display's colours [ratio steps * dark steps, 3]."""
    hues = _hues(palette)[:, None]
    own = (hues @ LUMINANCE)[..., None]
    light = (1 - np.arange(DARK_STEPS) / (DARK_STEPS - 1))[None, :, None]
    white = np.clip((light - own) / (1 - own), 0, 1)
    colours = np.where(
        light > own, white + (1 - white) * hues, hues * (palette.floor + (1 - palette.floor) * light / own)
    )
    return np.round(colours * 255).astype(np.uint8).reshape(-1, 3)


def _hues(palette: Palette) -> NDArray[np.float64]:
    """Colours in full strength [steps, 3] for ratios from 1 to 3."""
    ratios = 1 + 2 * np.arange(RATIO_STEPS) / RATIO_STEPS
    listed = np.array(palette.colours)
    hues = np.stack([np.interp(ratios, palette.ratios, listed[:, channel]) for channel in range(3)], -1)
    hues += palette.grey_share * (hues.mean(-1, keepdims=True) - hues)
    return np.clip(hues, 0.0, 0.98)
