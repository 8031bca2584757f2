"""A maker: one make and setting of scanner, from transmissions to the picture that an operator sees.

Every maker draws its own tube voltage, pitch, noise, blur, tone curve, palette, sharpening and file format,
far wider apart than real makers are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator.canvas import clouds
from screener.lab.simulator.goods import Rng
from screener.lab.simulator.matter import Floats

Pixels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Palette:
    """Colours by material in full strength (RGB 0..1) at their ratios R = ln T_low / ln T_high."""

    ratios: tuple[float, ...]
    colours: tuple[tuple[float, float, float], ...]
    knee: float
    darkest: float
    smoothing_px: float
    grey_share: float


@dataclass(frozen=True)
class Maker:
    """One make of scanner. `style` is `colour`, `grey` or `pair`; `photons` reach each pixel through air."""

    style: str
    kv: int
    pitch_across_mm: float
    pitch_along_mm: float
    photons: float
    electronic: float
    blur_px: float
    scatter: float
    striping: float
    thin_gain: float
    thick_at: float
    palette: Palette
    sharpen: float
    encoding: str
    quality: int


def draw(rng: Rng) -> Maker:
    """A maker drawn at random: two thirds pseudo-colour, the rest grey or low/high pairs."""
    style = str(rng.choice(["colour", "grey", "pair"], p=[0.66, 0.18, 0.16]))
    across = rng.uniform(0.6, 1.6)
    encoding = {"pair": "tiff"}.get(style) or str(rng.choice(["jpeg", "png"], p=[0.75, 0.25]))
    return Maker(
        style=style,
        kv=int(rng.choice([140, 150, 160])),
        pitch_across_mm=float(across),
        pitch_along_mm=float(np.clip(across * rng.uniform(0.7, 1.35), 0.5, 1.6)),
        photons=float(10 ** rng.uniform(3.6, 5.2)),
        electronic=float(10 ** rng.uniform(-4.2, -3.0)),
        blur_px=float(rng.uniform(0.0, 1.0)),
        scatter=float(rng.uniform(0.0, 0.008)),
        striping=float(rng.choice([0.0, 0.0, rng.uniform(0.001, 0.006)])),
        thin_gain=float(rng.uniform(0.12, 0.30)),
        thick_at=float(rng.uniform(1.3, 4.5)),
        palette=_palette(rng),
        sharpen=float(rng.choice([0.0, rng.uniform(0.2, 1.5)])),
        encoding=encoding,
        quality=int(rng.integers(60, 97)),
    )


def _palette(rng: Rng) -> Palette:
    def near(colour: tuple[float, float, float], by: float = 0.12) -> tuple[float, float, float]:
        drawn = np.clip(rng.normal(colour, by), 0, 1)
        return float(drawn[0]), float(drawn[1]), float(drawn[2])

    organic, middle, metal = near((0.95, 0.55, 0.15)), near((0.25, 0.75, 0.30)), near((0.15, 0.30, 0.90))
    if rng.random() < 0.08:
        organic, middle, metal = (
            near((0.5, 0.5, 0.5), 0.35),
            near((0.5, 0.5, 0.5), 0.35),
            near((0.4, 0.4, 0.4), 0.35),
        )
    first = rng.uniform(1.35, 1.60)
    soft = rng.uniform(0.04, 0.25)
    second = rng.uniform(2.05, 2.45)
    ratios = (first - soft, first + soft, second - soft, second + soft)
    return Palette(
        ratios=tuple(float(r) for r in ratios),
        colours=(organic, middle, middle, metal),
        knee=float(rng.uniform(0.35, 0.75)),
        darkest=float(rng.uniform(0.0, 0.35)),
        smoothing_px=float(rng.uniform(0.6, 2.5)),
        grey_share=float(rng.choice([0.0, rng.uniform(0, 0.5)])),
    )


def detect(passed: Floats, maker: Maker, rng: Rng) -> Floats:
    """Readings of both detectors [2, H, W]: transmission with scatter, blur, counting and circuit noise."""
    read = passed * np.float32(1 - maker.scatter) + np.float32(maker.scatter) * passed.mean()
    if maker.blur_px > 0.2:
        read = np.stack([cv2.GaussianBlur(channel, (0, 0), maker.blur_px) for channel in read])
    deviation = np.sqrt(np.clip(read, 0, None) / np.float32(maker.photons) + np.float32(maker.electronic**2))
    noise = rng.standard_normal(read.shape, dtype=np.float32)
    if maker.striping:
        read = read * (1 + maker.striping * rng.standard_normal((2, read.shape[1], 1), dtype=np.float32))
    drift = 1 + 0.01 * clouds(rng, read.shape[1:], 300, 1)
    noisy: Floats = read * drift.astype(np.float32) + noise * deviation
    return noisy


def picture(read: Floats, maker: Maker, rng: Rng) -> Pixels:
    """The maker's picture of detector readings [2, H, W]: uint8 HxWx3 or HxW, or uint16 2xHxW."""
    if maker.style == "pair":
        gain = rng.uniform(0.85, 0.97)
        return np.clip(read * (65535 * gain), 0, 65535).astype(np.uint16)
    depth = np.float32(-1) * np.log(np.clip(read, 1e-5, None))
    strength = _tone(np.clip(depth.mean(0), 0, None), maker)
    strength = _sharpened(strength, maker)
    if maker.style == "grey":
        return np.clip((1 - strength) * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.clip(_coloured(depth, strength, maker) * 255 + 0.5, 0, 255).astype(np.uint8)


def _tone(depth: Floats, maker: Maker) -> Floats:
    """Display darkness 0..1: thin matter stretched, thick matter pressed."""
    gain = np.float32(maker.thin_gain / 0.20)
    thick = np.float32(maker.thick_at)
    shaped: Floats = 1 - np.exp(
        -gain * depth / (1 + np.float32(0.15) * depth) - np.square(depth / thick) * np.float32(0.3)
    )
    return np.clip(shaped, 0, 1)


def _sharpened(strength: Floats, maker: Maker) -> Floats:
    if maker.sharpen == 0:
        return strength
    soft = cv2.GaussianBlur(strength, (0, 0), 1.2)
    sharp: Floats = np.clip(strength + np.float32(maker.sharpen) * (strength - soft), 0, 1)
    return sharp


def _coloured(depth: Floats, strength: Floats, maker: Maker) -> Floats:
    palette = maker.palette
    low = cv2.GaussianBlur(depth[0], (0, 0), palette.smoothing_px)
    high = cv2.GaussianBlur(depth[1], (0, 0), palette.smoothing_px)
    ratio = np.where(high > 0.02, low / np.maximum(high, 0.02), np.float32(1.3)).astype(np.float32)
    hue = _hues(palette)[np.clip((ratio - 1) * np.float32(_STEPS / 2), 0, _STEPS - 1).astype(np.int16)]
    knee = np.float32(palette.knee)
    thin = np.clip(strength / knee, 0, 1)[..., None]
    thick = np.clip((strength - knee) / (1 - knee), 0, 1)[..., None]
    coloured: Floats = (1 - thin * (1 - hue)) * (1 - thick * np.float32(1 - palette.darkest))
    return coloured


_STEPS = 256


def _hues(palette: Palette) -> Floats:
    """Colours [steps, 3] for ratios from 1 to 3."""
    ratios = 1 + 2 * np.arange(_STEPS) / _STEPS
    table = np.array(palette.colours)
    hues = np.stack([np.interp(ratios, palette.ratios, table[:, channel]) for channel in range(3)], -1)
    hues += palette.grey_share * (hues.mean(-1, keepdims=True) - hues)
    return hues.astype(np.float32)


def encode(pixels: Pixels, maker: Maker) -> tuple[bytes, str]:
    """The image file and its content type: JPEG or PNG, a two-page 16-bit TIFF for low/high pairs."""
    if maker.encoding == "tiff":
        done, data = cv2.imencodemulti(".tiff", [pixels[0], pixels[1]])
        kind = "image/tiff"
    else:
        shown = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
        options = [cv2.IMWRITE_JPEG_QUALITY, maker.quality] if maker.encoding == "jpeg" else []
        done, data = cv2.imencode(f".{maker.encoding}", shown, options)
        kind = f"image/{maker.encoding}"
    assert done
    return data.tobytes(), kind
