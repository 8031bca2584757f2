"""A maker: one make and setting of scanner, from transmissions to the picture that an operator sees.

Every maker draws its own tube voltage, geometry, noise, blur, tone curve, palette, sharpening and file
format, far wider apart than real makers are. Makers of the `test` stock have palettes, tone curves, pitches
and sharpening of families that no maker of training has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab.simulator import palettes, viewer
from screener.lab.simulator.canvas import clouds
from screener.lab.simulator.clutter import Stock
from screener.lab.simulator.goods import Rng
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.palettes import Palette
from screener.lab.simulator.tone import Tone, drawn_tone
from screener.lab.simulator.viewer import Overlay, Sharpening

Pixels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Belt:
    """What is seen without a parcel: its depth, the weave's share of it, the weave's period, seams."""

    depth: float
    weave: float
    period_px: float
    seams: float


@dataclass(frozen=True)
class Maker:
    """One make of scanner. `style` is `colour`, `grey` or `pair`; `photons` reach each pixel through air.

    `source_mm` is the height of the tube over the belt, negative below it. `white_cut` is the depth that the
    display takes for air.
    """

    style: str
    kv: int
    source_mm: float
    pitch_across_mm: float
    pitch_along_mm: float
    photons: float
    electronic: float
    blur_px: float
    scatter: float
    striping: float
    belt: Belt
    white_cut: float
    tone: Tone
    palette: Palette
    sharpening: Sharpening
    overlay: Overlay
    encoding: str
    quality: int
    subsampling: str


def draw(rng: Rng, stock: Stock = "training") -> Maker:
    """A maker drawn at random: two thirds pseudo-colour, the rest grey or low/high pairs."""
    style = str(rng.choice(["colour", "grey", "pair"], p=[0.72, 0.16, 0.12]))
    across, along = _pitches(rng, stock)
    encoding = {"pair": "tiff"}.get(style) or str(rng.choice(["jpeg", "png"], p=[0.8, 0.2]))
    return Maker(
        style=style,
        kv=int(rng.choice([140, 150, 160])),
        source_mm=float(rng.uniform(700, 1300) * rng.choice([-1, 1])),
        pitch_across_mm=across,
        pitch_along_mm=along,
        photons=float(10 ** rng.uniform(3.6, 5.2)),
        electronic=float(10 ** rng.uniform(-4.2, -3.0)),
        blur_px=float(rng.uniform(0.0, 1.0)),
        scatter=float(rng.uniform(0.0, 0.012)),
        striping=float(rng.choice([0.0, 0.0, rng.uniform(0.001, 0.006)])),
        belt=_belt(rng),
        white_cut=float(rng.choice([0.0, rng.uniform(0.0, 0.03)])),
        tone=drawn_tone(rng, stock),
        palette=palettes.drawn(rng, stock),
        sharpening=viewer.drawn_sharpening(rng, stock),
        overlay=viewer.drawn_overlay(rng),
        encoding=encoding,
        quality=int(rng.integers(40, 98)),
        subsampling=str(rng.choice(list(_SUBSAMPLING))),
    )


def _pitches(rng: Rng, stock: Stock) -> tuple[float, float]:
    """Pixel pitches across and along the belt, mm, 0.5 to 1.6; those of tests are further from square."""
    shares = (0.72, 1.35) if stock == "training" else (1.36, 1.8) if rng.random() < 0.5 else (0.5, 0.71)
    share = rng.uniform(*shares)
    across = rng.uniform(max(0.5, 0.5 / share), min(1.6, 1.6 / share))
    return float(across), float(across * share)


def _belt(rng: Rng) -> Belt:
    """Mostly taken out by calibration, else a faint grey weave with a seam here and there."""
    depth = float(rng.choice([0.0, rng.uniform(0.0, 0.03), rng.uniform(0.02, 0.07)], p=[0.6, 0.3, 0.1]))
    seams = float(rng.choice([0.0, rng.uniform(0.01, 0.15)], p=[0.8, 0.2]))
    return Belt(depth, float(rng.uniform(0, 0.12)), float(rng.uniform(2, 14)), seams)


# --- the detectors --------------------------------------------------------------------------------


def detect(passed: Floats, maker: Maker, rng: Rng) -> Floats:
    """Readings of both detectors [2, H, W]: transmission with belt, scatter, blur, and noise."""
    rows, cols = passed.shape[1:]
    read = passed * np.float32(1 - maker.scatter)
    read += np.float32(maker.scatter) * passed.mean()
    read *= _belt_seen(maker.belt, (rows, cols), rng)
    if maker.blur_px > 0.2:
        for channel in read:
            cv2.GaussianBlur(channel, (0, 0), maker.blur_px, dst=channel)
    deviation = np.maximum(read, 0)
    deviation *= np.float32(1 / maker.photons)
    deviation += np.float32(maker.electronic**2)
    np.sqrt(deviation, out=deviation)
    deviation *= _noise(read.shape, rng)
    if maker.striping:
        read *= 1 + np.float32(maker.striping) * rng.standard_normal((2, rows, 1), dtype=np.float32)
    read *= 1 + np.float32(0.01) * clouds(rng, (rows, cols), 300, 1)
    read += deviation
    return read


def _belt_seen(belt: Belt, shape: tuple[int, int], rng: Rng) -> Floats:
    """The belt's transmission [H, W], or ones that spread to it."""
    if belt.depth == 0 and belt.seams == 0:
        return np.ones((1, 1), np.float32)
    rows = np.arange(shape[0], dtype=np.float32)[:, None] * np.float32(2 * np.pi / belt.period_px)
    cols = np.arange(shape[1], dtype=np.float32)[None] * np.float32(2 * np.pi / belt.period_px)
    weave = np.sin(rows) + np.sin(cols) * np.float32(rng.uniform(0, 1))
    depth = np.float32(belt.depth) * (1 + np.float32(belt.weave) * weave)
    if belt.seams:
        at, wide = int(rng.integers(shape[1])), int(rng.integers(2, 14))
        depth[:, at : at + wide] += np.float32(belt.seams)
    return np.exp(-depth)


_NOISE = 1 << 21


@cache
def _noise_table() -> Floats:
    return np.random.default_rng(0x2015E).standard_normal(_NOISE, dtype=np.float32)


def _noise(shape: tuple[int, ...], rng: Rng) -> Floats:
    """Normal noise as a run of one long table from a random place: ten times as fast as drawing it."""
    count, start = int(np.prod(shape)), int(rng.integers(_NOISE))
    table = _noise_table()
    if start + count <= _NOISE:
        return table[start : start + count].reshape(shape)
    parts = [table[start:], *[table] * ((start + count) // _NOISE)]
    return np.concatenate(parts)[:count].reshape(shape)


# --- the picture ----------------------------------------------------------------------------------


def picture(read: Floats, maker: Maker, rng: Rng) -> Pixels:
    """The maker's picture of detector readings [2, H, W]: uint8 HxWx3 or HxW, or uint16 2xHxW."""
    if maker.style == "pair":
        gain = rng.uniform(0.85, 0.97)
        return np.clip(read * np.float32(65535 * gain), 0, 65535).astype(np.uint16)
    depth = np.maximum(read, np.float32(1e-5))
    for channel in depth:
        cv2.log(channel, dst=channel)
    depth *= -1
    shown = cv2.addWeighted(depth[0], 0.5, depth[1], 0.5, -maker.white_cut)
    dark = viewer.sharpened(maker.tone.darkness(np.maximum(shown, 0, out=shown)), maker.sharpening)
    if maker.style == "grey":
        pixels: NDArray[np.uint8] = cv2.convertScaleAbs(1 - np.clip(dark, 0, 1), alpha=255)
    else:
        pixels = palettes.coloured(depth, dark, maker.palette, _noise(dark.shape, rng))
    return viewer.overlaid(pixels, maker.overlay, rng)


_SUBSAMPLING = {
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
}


def encode(pixels: Pixels, maker: Maker) -> tuple[bytes, str]:
    """The image file and its content type: JPEG or PNG, a two-page 16-bit TIFF for low/high pairs."""
    if maker.encoding == "tiff":
        done, data = cv2.imencodemulti(".tiff", [pixels[0], pixels[1]])
        kind = "image/tiff"
    else:
        shown = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
        done, data = cv2.imencode(f".{maker.encoding}", shown, _options(maker))
        kind = f"image/{maker.encoding}"
    assert done
    return data.tobytes(), kind


def _options(maker: Maker) -> list[int]:
    if maker.encoding != "jpeg":
        return [cv2.IMWRITE_PNG_COMPRESSION, 1]
    factor = _SUBSAMPLING[maker.subsampling]
    return [cv2.IMWRITE_JPEG_QUALITY, maker.quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor]
