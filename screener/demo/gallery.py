"""The picture of the top flagged scans: each as it came, and with the map of what the model saw in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.config import ImageLimits
from screener.contracts.wire import Flagged, FlaggedScan
from screener.imaging.picture import Prepared, Request, read_picture
from screener.scoring.heatmap import CELL_PX, INKS, overlay

Rgb = NDArray[np.uint8]

CELL_HEIGHT, CELL_WIDTH = 400, 500
CAPTION_PX = 62
GAP_PX = 14
ACROSS = 2
LARGEST_SCALE = 4

BLACK, GREY, WHITE = (0, 0, 0), (110, 110, 110), 255


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A flagged parcel, the words above its pictures (ASCII), and the figures' second line."""

    flagged: Flagged
    title: str
    subtitle: str


def draw(exhibits: Sequence[Exhibit], image_at: Callable[[str], bytes], path: Path) -> None:
    """Write a PNG of all exhibits, two in a row; `image_at` gives an image by its place in the store."""
    tiles = [_tile(exhibit, image_at) for exhibit in exhibits]
    tiles += [np.full_like(tiles[0], WHITE)] * (-len(tiles) % ACROSS)
    rows = [np.hstack(tiles[at : at + ACROSS]) for at in range(0, len(tiles), ACROSS)]
    page = np.vstack([*rows, _legend(rows[0].shape[1])])
    done, png = cv2.imencode(".png", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
    assert done
    path.write_bytes(png.tobytes())


def kept_views(flagged: Flagged) -> list[FlaggedScan]:
    """The judged views whose images are kept, the most alarming first."""
    kept = [one for one in flagged.scans if one.stored.address is not None and one.scan.findings is not None]
    return sorted(kept, key=lambda one: -(one.scan.findings.alarm if one.scan.findings else 0))


def _tile(exhibit: Exhibit, image_at: Callable[[str], bytes]) -> Rgb:
    """Caption, scan, scan with map."""
    view = kept_views(exhibit.flagged)[0]
    found = view.scan.findings
    assert found is not None
    assert view.stored.address is not None
    pitch_mm = found.map_pitch_mm / CELL_PX
    content = image_at(view.stored.address)
    picture = _prepared(view, content, pitch_mm).image
    rows, cols = picture.shape[1:]
    scale = min(ceil(min(CELL_HEIGHT / rows, CELL_WIDTH / cols)), LARGEST_SCALE)
    original = _shown(_prepared(view, content, pitch_mm / scale))
    mapped = overlay(picture, found.map_png, scale)[: rows * scale, : cols * scale]  # less its legend
    tile = np.vstack([_caption(exhibit), np.hstack([_in_cell(original), _in_cell(mapped)])])
    return np.pad(tile, ((GAP_PX, GAP_PX), (GAP_PX, GAP_PX), (0, 0)), constant_values=WHITE)


def _prepared(view: FlaggedScan, content: bytes, pitch_mm: float) -> Prepared:
    scan = view.scan
    request = Request(
        content, scan.image.content_type, scan.pitch_mm.across, scan.pitch_mm.along, scan.energy
    )
    return read_picture(request, ImageLimits(), pitch_mm)


def _shown(prepared: Prepared) -> Rgb:
    """A picture of the model, for people."""
    return np.rint(prepared.image.transpose(1, 2, 0) * 255).astype(np.uint8)


def _in_cell(picture: Rgb) -> Rgb:
    """The picture in the middle of a white cell, made smaller where it must be."""
    rows, cols = picture.shape[:2]
    shrink = min(1.0, (CELL_HEIGHT - GAP_PX) / rows, (CELL_WIDTH - GAP_PX) / cols)
    if shrink < 1:
        picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        rows, cols = picture.shape[:2]
    cell = np.full((CELL_HEIGHT, CELL_WIDTH, 3), WHITE, np.uint8)
    top, left = (CELL_HEIGHT - rows) // 2, (CELL_WIDTH - cols) // 2
    cell[top : top + rows, left : left + cols] = picture
    return cell


def _caption(exhibit: Exhibit) -> Rgb:
    strip = np.full((CAPTION_PX, 2 * CELL_WIDTH, 3), WHITE, np.uint8)
    cv2.line(strip, (0, 2), (strip.shape[1], 2), GREY, 1)
    for text, base, size, colour in ((exhibit.title, 26, 0.6, BLACK), (exhibit.subtitle, 50, 0.5, GREY)):
        cv2.putText(strip, text, (0, base), cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
    return strip


def _legend(width: int) -> Rgb:
    """What the colours of the outlines mean."""
    strip = np.full((40, width, 3), WHITE, np.uint8)
    for number, ink in enumerate(INKS):
        left = GAP_PX + 200 * number
        cv2.rectangle(strip, (left, 10), (left + 16, 26), ink.rgb, -1)
        cv2.putText(strip, ink.label, (left + 26, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.55, BLACK, 1, cv2.LINE_AA)
    return strip
