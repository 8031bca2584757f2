"""Pictures: simulated scans beside what the model says of every cell and what is truly there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab import samples
from screener.lab.evaluate import Scorer
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.parcel import simulate_parcel

Shown = NDArray[np.uint8]

TINTS = np.array([[1.0, 0.0, 0.8], [1.0, 0.55, 0.0], [0.0, 0.5, 1.0]], np.float32)
"""Magenta cigarettes, orange loose tobacco, blue e-cigarettes."""

TILE_PX = 300


def sheet(model: Path, out: Path, parcels: Sequence[tuple[int, str]]) -> None:
    """Writes one picture: a column per parcel (seed, load) with its scan, the truth, and the model's maps."""
    scorer = Scorer(model)
    columns = [np.vstack(_tiles(scorer, seed, kind)) for seed, kind in parcels]
    done = cv2.imwrite(str(out), cv2.cvtColor(np.hstack(columns), cv2.COLOR_RGB2BGR), _COMPACT)
    assert done, f"{out}: cannot be written"


_COMPACT = [cv2.IMWRITE_JPEG_QUALITY, 82]


def _tiles(scorer: Scorer, seed: int, kind: str) -> list[Shown]:
    scan = simulate_parcel(seed, kind).scans[0]
    image = samples.picture(scan)
    answer = scorer.score(image)
    truth = samples.cell_truth(scan.density, image.shape[1], image.shape[2])
    verdict = f"{answer.alarm:.2f}"
    if answer.sticks[1] > 20:
        verdict += f"  {answer.sticks[1]:.0f} sticks"
    if answer.tobacco_g[1] > 100:
        verdict += f"  {answer.tobacco_g[1]:.0f} g"
    return [
        _tile(image, None, kind),
        _tile(image, np.clip(truth / 0.5, 0, 1), "truth"),
        _tile(image, answer.maps[:3], verdict),
    ]


def _tile(image: Floats, cells: Floats | None, caption: str) -> Shown:
    shown = image.transpose(1, 2, 0)
    if cells is not None:
        shown = overlaid(shown, cells)
    scale = TILE_PX / max(shown.shape[:2])
    small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((TILE_PX + 24, TILE_PX + 6, 3), 255, np.uint8)
    tile[: small.shape[0], : small.shape[1]] = (np.clip(small, 0, 1) * 255).astype(np.uint8)
    black = (0, 0, 0)
    cv2.putText(tile, caption, (4, TILE_PX + 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, black, 1, cv2.LINE_AA)
    return tile


def overlaid(shown: Floats, cells: Floats) -> Floats:
    """A picture [H, W, 3] greyed and tinted by cell values [3, h, w] of 0 to 1."""
    rows, cols = shown.shape[:2]
    cell = samples.CELL_PX
    wide = np.stack([np.kron(part, np.ones((cell, cell), np.float32))[:rows, :cols] for part in cells], -1)
    strength = wide.max(-1, keepdims=True)
    tint = wide @ TINTS / np.maximum(wide.sum(-1, keepdims=True), 1e-6)
    grey = np.repeat(shown.mean(-1, keepdims=True), 3, -1) * 0.6 + 0.4
    mixed: Floats = (grey * (1 - 0.6 * strength) + tint * 0.6 * strength).astype(np.float32)
    return mixed
