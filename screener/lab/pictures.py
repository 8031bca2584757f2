"""Pictures: scans beside what the model says of every cell, and what is truly there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.contracts.wire import Findings
from screener.imaging.prepare import Picture
from screener.lab import samples
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.parcel import simulate_parcel
from screener.scoring.heatmap import decode_map, overlay
from screener.scoring.model import Model

Shown = NDArray[np.uint8]

TINTS = np.array([[1.0, 0.0, 0.8], [1.0, 0.55, 0.0], [0.0, 0.5, 1.0]], np.float32)
"""Magenta cigarettes, orange loose tobacco, blue e-cigarettes."""

TILE_PX = 300
SIDE_PX = 380
"""Longest side of a scan that stands beside its findings."""

_COMPACT = [cv2.IMWRITE_JPEG_QUALITY, 82]


def beside(image: Picture, found: Findings) -> bytes:
    """A JPEG of the scan and, right of it or below, the scan with the findings laid over it."""
    scan = np.rint(np.clip(image.transpose(1, 2, 0), 0, 1) * 255).astype(np.uint8)
    pair = [_fitted(scan), _fitted(overlay(image, found.map_png))]
    axis = 0 if scan.shape[1] > 1.3 * scan.shape[0] else 1
    size = max(part.shape[1 - axis] for part in pair)
    whole = np.concatenate([_grown(part, 1 - axis, size) for part in pair], axis)
    encoded = cv2.imencode(".jpg", cv2.cvtColor(whole, cv2.COLOR_RGB2BGR), _COMPACT)[1]
    return bytes(encoded.tobytes())


def _fitted(shown: Shown) -> Shown:
    scale = SIDE_PX / max(shown.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted: Shown = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=way)
    return fitted


def _grown(shown: Shown, axis: int, size: int) -> Shown:
    """White added below or at the right, up to a size, and a margin all around."""
    more = [(3, 3), (3, 3), (0, 0)]
    more[axis] = (3, 3 + size - shown.shape[axis])
    return np.pad(shown, more, constant_values=255)


def sheet(model: Path, out: Path, parcels: Sequence[tuple[int, str]]) -> None:
    """Writes one picture: a column per parcel (seed, load) with its scan, the truth, and the model's maps."""
    loaded = Model.load(model)
    columns = [np.vstack(_tiles(loaded, seed, kind)) for seed, kind in parcels]
    done = cv2.imwrite(str(out), cv2.cvtColor(np.hstack(columns), cv2.COLOR_RGB2BGR), _COMPACT)
    assert done, f"{out}: cannot be written"


def _tiles(model: Model, seed: int, kind: str) -> list[Shown]:
    scan = simulate_parcel(seed, kind).scans[0]
    image = samples.picture(scan)
    found = model.score([image])[0]
    truth = samples.cell_truth(scan.density, image.shape[1], image.shape[2])
    verdict = f"{found.alarm:.2f}"
    if found.sticks.mid > 20:
        verdict += f"  {found.sticks.mid:.0f} sticks"
    if found.tobacco_g.mid > 100:
        verdict += f"  {found.tobacco_g.mid:.0f} g"
    return [
        _tile(image, None, kind),
        _tile(image, np.clip(truth / 0.5, 0, 1), "truth"),
        _tile(image, decode_map(found.map_png), verdict),
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
