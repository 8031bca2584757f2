"""Insertion: one projected load laid over one scan, shown as that scan shows matter."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from bench.judge.display import (
    FAMILY,
    LUMINANCES,
    Curve,
    Display,
    colours,
    family,
    luminance,
)
from bench.judge.materials import Array

WATER_CM2_PER_G = 0.19


@dataclass(frozen=True)
class Place:
    """The row and column of a load's first pixel, and how it lies there: `open`, `among` or `behind`."""

    row: int
    column: int
    cover: str


def outline(shown: Array, white: float) -> Array:
    """The largest thing on the belt, its holes filled, without wheels and handles: 1 inside, 0 outside."""
    padding = _padding(shown)
    soft = cv2.GaussianBlur(np.where(padding, np.float32(white), shown), (0, 0), 1.5)
    matter = (soft < 0.92 * white).astype(np.uint8)
    reach = max(7, min(shown.shape) // 25) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    margins = cv2.copyMakeBorder(matter, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    filled = _largest(cv2.morphologyEx(margins, cv2.MORPH_CLOSE, disc))
    body = _largest(cv2.morphologyEx(filled, cv2.MORPH_OPEN, disc))
    inside = cv2.erode(body, np.ones((5, 5), np.uint8))[reach:-reach, reach:-reach]
    return np.asarray(inside * ~padding, np.float32)


def _largest(there: np.ndarray) -> np.ndarray:
    """The largest of the things there, its holes filled."""
    contours, _ = cv2.findContours(there, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    inside = np.zeros_like(there)
    if contours:
        cv2.drawContours(inside, [max(contours, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return inside


def find_place(display: Display, shown: Array, areal: Array, rng: np.random.Generator) -> Place | None:
    """A place within the outline, by cover: open, anywhere, or behind the thickest; None if none."""
    step = 4
    inside = outline(shown, display.white)
    depth = -np.log(np.clip((shown + 1) / (display.white + 1), 1e-3, 1))
    small = [
        cv2.resize(field, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
        for field in (inside, depth, (areal[..., 0] > 0.02).astype(np.float32))
    ]
    ground, dark, shape = small
    if shape.shape[0] >= ground.shape[0] or shape.shape[1] >= ground.shape[1]:
        return None
    covered, darkness = (cv2.matchTemplate(field, shape, cv2.TM_CCORR) for field in (ground, dark))
    fits = np.argwhere(covered >= 0.997 * shape.sum())
    if not len(fits):
        return None
    fits = fits[np.argsort(darkness[tuple(fits.T)] + rng.normal(0, 1e-3, len(fits)))]
    cover = str(rng.choice(["open", "among", "behind"]))
    low, high = {"open": (0.0, 0.15), "among": (0.0, 1.0), "behind": (0.85, 1.0)}[cover]
    row, column = fits[min(int(rng.uniform(low, high) * len(fits)), len(fits) - 1)] * step
    return Place(int(row), int(column), cover)


def insert(
    picture: Array, display: Display, curve: Curve, areal: Array, place: Place, *, rng: np.random.Generator
) -> Array:
    """The scan (rows, columns, 3; 0-255) with the load in it; pixels beyond the load stay as they were."""
    rows = slice(place.row, min(place.row + areal.shape[0], picture.shape[0]))
    columns = slice(place.column, min(place.column + areal.shape[1], picture.shape[1]))
    there = np.ascontiguousarray(picture[rows, columns])
    soft = cv2.GaussianBlur(areal, (0, 0), display.blur_px)[: there.shape[0], : there.shape[1]]
    laid = picture.copy()
    laid[rows, columns] = _shown_with(there, display, curve, soft, rng)
    return laid


def _shown_with(there: Array, display: Display, curve: Curve, load: Array, rng: np.random.Generator) -> Array:
    """Adds matter to matter, shows the sum, and colours it as the scan colours that class and depth."""
    shown = luminance(there)
    depth = -np.log((shown + 1) / (display.white + 1))
    before, added = curve.matter(depth), load[..., 1:].mean(-1) / WATER_CM2_PER_G
    # Only what the load adds is shown anew: where a curve is cut off, the scan's own darkness stays.
    deeper = np.maximum(curve.depth(before + added) - curve.depth(before), 0)
    after = (shown + 1) * np.exp(-deeper) - 1
    if display.grey:
        coloured = np.repeat(after[..., None], 3, axis=2)
    else:
        coloured = _recoloured(there, display, curve, after=after, before=before, load=load)
    weight = np.clip(load[..., 0] / 0.02, 0, 1)[..., None]
    grained = coloured + _grain_luminance(display, shown, after)[..., None] * _field(
        display, there.shape, rng
    )
    return np.asarray(weight * grained + (1 - weight) * there, np.float32)


def _recoloured(
    there: Array, display: Display, curve: Curve, *, after: Array, before: Array, load: Array
) -> Array:
    """The scan's colour for the mixed class at the new luminance, with each pixel's own deviation kept."""
    shown = luminance(there)
    was = family(there, display.anchors)
    ratio = np.interp(was, FAMILY, curve.ratios)
    old = np.maximum(before, 0) * WATER_CM2_PER_G
    low, high = load[..., 1], load[..., 2]
    high_old = old * 2 / (1 + ratio)
    mixed = (high_old * ratio + low) / np.maximum(high_old + high, 1e-6)
    share = (high_old / np.maximum(high_old + high, 1e-6))[..., None]
    own = there / np.maximum(shown, 4)[..., None] - colours(display, was, shown)
    new = colours(display, np.interp(mixed, curve.ratios, FAMILY).astype(np.float32), after)
    return np.asarray((new + share * np.clip(own, -0.5, 0.5)) * np.maximum(after, 0)[..., None], np.float32)


def _grain_luminance(display: Display, shown: Array, after: Array) -> Array:
    """The deviation that darker matter has more than the lighter it lies on."""
    levels = np.arange(LUMINANCES) * 255 / (LUMINANCES - 1)
    had, has = (np.interp(at, levels, display.noise) for at in (shown, after))
    return np.asarray(np.sqrt(np.maximum(has**2 - had**2, 0)), np.float32)


def _field(display: Display, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Noise with the spectrum and the colours of the scan's grain, unit deviation."""
    white = rng.standard_normal(shape[:2]).astype(np.float32)
    field = cv2.merge(
        [cv2.filter2D(white, -1, np.ascontiguousarray(layer)) for layer in cv2.split(display.grain)]
    )
    return np.asarray(field / max(float(luminance(field).std()), 1e-3), np.float32)


def _padding(shown: Array) -> np.ndarray:
    """Black that touches the picture's border: wedges of a turned picture, not matter."""
    black = (shown < 6).astype(np.uint8)
    _, labels = cv2.connectedComponents(black)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    wedge = np.isin(labels, np.setdiff1d(border, [0]))
    return np.asarray(cv2.dilate(wedge.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)
