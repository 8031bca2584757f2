"""Pictures of a trial: the worst misses and the worst false alarms, with what the net says of every cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.lab.adaptation.answers import answer
from screener.lab.adaptation.trial import Case, Trial
from screener.lab.net import CLASSES, Net
from screener.lab.pictures import overlaid

TILE_PX, ACROSS = 300, 6
Shown = tuple[Trial, Case, float]
"""A case, the trial that holds its picture, and its score."""


def sheet(path: Path, net: Net, cases: Sequence[Shown], threshold: float) -> None:
    """Writes scans beside their maps, `ACROSS` to a row, with load, score and threshold below."""
    tiles = [_tile(net, trial, case, score, threshold) for trial, case, score in cases]
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % ACROSS)
    rows = [np.hstack(tiles[start : start + ACROSS]) for start in range(0, len(tiles), ACROSS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])


def _tile(net: Net, trial: Trial, case: Case, score: float, threshold: float) -> NDArray[np.uint8]:
    picture = trial.picture(case)
    shown = picture.transpose(1, 2, 0)
    maps = overlaid(shown, answer(net, picture).maps[: len(CLASSES)].numpy())
    tile = np.full((2 * TILE_PX + 26, TILE_PX + 6, 3), 255, np.uint8)
    scale = TILE_PX / max(shown.shape[:2])
    for place, image in enumerate((shown, maps)):
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        top = place * TILE_PX
        tile[top : top + small.shape[0], : small.shape[1]] = (np.clip(small, 0, 1) * 255).astype(np.uint8)
    text = f"{case.load}  {score:.2f} / {threshold:.2f}"
    foot = (4, 2 * TILE_PX + 18)
    cv2.putText(tile, text, foot, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return tile
