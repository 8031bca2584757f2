"""Grain: the noise of a scanner's pictures, how strong it is at each level and how it hangs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from screener.lab.simulator.matter import Floats

LEVELS = 24
PATCH_PX = 12
REACH_PX = 5
TILE_PX = 512
ENOUGH = 24
CALM_SHARE = 0.12
"""Of the patches of a level the calmest share is taken for flat matter with nothing but noise in
it; of a level with fewer patches than `ENOUGH` none is."""


@dataclass(frozen=True, eq=False)
class Grain:
    """Deviations [planes, LEVELS] by level, and a tile of such noise [planes, TILE_PX, TILE_PX]."""

    deviations: Floats
    tile: Floats

    def deviation(self, plane: int, level: Floats) -> Floats:
        """The noise of a plane where the picture is `level` bright (0 to 1)."""
        table = np.interp(np.linspace(0, 1, 256), (np.arange(LEVELS) + 0.5) / LEVELS, self.deviations[plane])
        index = np.clip(level * 255, 0, 255).astype(np.uint8)
        found: Floats = table.astype(np.float32)[index]
        return found

    def fresh(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Noise [planes, H, W] of deviation 1, as it hangs together in this scanner's pictures."""
        top, left = rng.integers(0, TILE_PX, 2)
        rows = (top + np.arange(shape[0])) % TILE_PX
        cols = (left + np.arange(shape[1])) % TILE_PX
        return self.tile[:, rows[:, None], cols[None, :]]


def learn(scans: Sequence[Floats], own_levels: bool) -> Grain:
    """The grain of planes of scans; with `own_levels` each plane has its own level, else the first's.

    Of colours only organic matter counts: that is what loads look like.
    """
    patches = np.concatenate([_patches(scan) for scan in scans])
    means = patches.mean((2, 3))
    if not own_levels and patches.shape[1] == 3 and (kept := _organic(means)).sum() >= LEVELS:
        patches, means = patches[kept], means[kept]
    rest = _flattened(patches)
    spread = rest.std((2, 3))
    calm = _calm(spread[:, 0], means[:, 0])
    deviations = [
        _by_level(spread[calm, plane], means[calm, plane if own_levels else 0])
        for plane in range(spread.shape[1])
    ]
    return Grain(np.stack(deviations).astype(np.float32), _tile(rest[calm], spread[calm]))


def _patches(scan: Floats) -> Floats:
    """Squares [n, planes, PATCH_PX, PATCH_PX] side by side."""
    rows, cols = scan.shape[1] // PATCH_PX, scan.shape[2] // PATCH_PX
    kept = scan[:, : rows * PATCH_PX, : cols * PATCH_PX]
    split = kept.reshape(len(scan), rows, PATCH_PX, cols, PATCH_PX)
    return split.transpose(1, 3, 0, 2, 4).reshape(-1, len(scan), PATCH_PX, PATCH_PX)


def _organic(means: Floats) -> np.ndarray:
    return (means[:, 1] < 0.02) & (means[:, 2] > -0.06)


def _flattened(patches: Floats) -> Floats:
    """The patches less their planes of best fit."""
    ramp = np.linspace(-1, 1, PATCH_PX, dtype=np.float32)
    ramp /= np.sqrt(np.square(ramp).sum() * PATCH_PX)
    rest = patches - patches.mean((2, 3), keepdims=True)
    for slope in (np.broadcast_to(ramp, (PATCH_PX, PATCH_PX)), np.repeat(ramp[:, None], PATCH_PX, 1)):
        rest = rest - np.einsum("npij,ij->np", rest, slope)[..., None, None] * slope
    return rest


def _calm(spread: Floats, level: Floats) -> np.ndarray:
    """Which patches are the calmest of their level; at least one."""
    bins = np.clip((level * LEVELS).astype(int), 0, LEVELS - 1)
    chosen = spread <= spread.min()
    for one in np.unique(bins):
        inside = np.flatnonzero(bins == one)
        best = inside[np.argsort(spread[inside], kind="stable")]
        if len(inside) >= ENOUGH:
            chosen[best[: int(len(inside) * CALM_SHARE)]] = True
    return chosen


def _by_level(spread: Floats, level: Floats) -> np.ndarray:
    """Root mean square deviation by level; gaps and thin evidence lean on their neighbours."""
    trust = 1 / (np.square(spread) + 1e-6)  # what is not noise only makes a patch livelier
    counts, _ = np.histogram(level, LEVELS, (0, 1), weights=trust)
    sums, _ = np.histogram(level, LEVELS, (0, 1), weights=trust * np.square(spread))
    both = np.stack([sums, counts]).astype(np.float64)
    total = sum(
        share * cv2.GaussianBlur(both, (0, 0), sigmaX=sigma, sigmaY=1e-3)
        for share, sigma in ((1.0, 0.6), (1e-2, 2.0), (1e-4, 8.0), (1e-6, 25.0))
    )
    return np.sqrt(total[0] / np.maximum(total[1], 1e-12))


def _tile(rest: Floats, spread: Floats) -> Floats:
    """Noise with the planes' own autocorrelation and their correlation with each other, deviation 1."""
    rng = np.random.default_rng(0x6A11)
    sound = (spread > 1e-4).all(1)
    if sound.sum() < 8:
        return rng.standard_normal((rest.shape[1], TILE_PX, TILE_PX)).astype(np.float32)
    scaled = rest[sound] / spread[sound][..., None, None]
    together = np.einsum("npij,nqij->pq", scaled, scaled) / scaled[:, 0].size
    root = np.linalg.cholesky(together + 1e-3 * np.eye(len(together)))
    white = np.tensordot(root, rng.standard_normal((rest.shape[1], TILE_PX, TILE_PX)), 1)
    coloured = [_shaped(white[plane], scaled[:, plane]) for plane in range(len(white))]
    return np.stack(coloured).astype(np.float32)


def _shaped(white: np.ndarray, scaled: Floats) -> np.ndarray:
    """White noise with the mean autocorrelation of the patches up to `REACH_PX`."""
    power = np.square(np.abs(np.fft.fft2(scaled, s=(2 * PATCH_PX, 2 * PATCH_PX)))).mean(0)
    overlap = np.fft.ifft2(np.square(np.abs(np.fft.fft2(np.ones((PATCH_PX, PATCH_PX)), s=power.shape)))).real
    kernel = np.fft.ifft2(power).real / np.maximum(overlap, 1)
    wide = np.zeros(white.shape)
    lags = np.arange(-REACH_PX, REACH_PX + 1)
    fade = np.cos(lags / (REACH_PX + 1) * np.pi / 2)
    wide[np.ix_(lags, lags)] = kernel[np.ix_(lags, lags)] * np.outer(fade, fade)
    gain = np.sqrt(np.clip(np.fft.fft2(wide).real, 0, None))
    noise = np.fft.ifft2(np.fft.fft2(white) * gain).real
    shaped: np.ndarray = noise / noise.std()
    return shaped
