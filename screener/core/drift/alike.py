"""Equal parcels: a thousand of one sender say no more of a scanner than a few do."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from screener.contracts.wire import Look
from screener.core.drift.figures import area_mm2

REMEMBERED = 32
"""So many scans are remembered: equal parcels come together."""

COLOURS_APART = 0.12
LUMINANCE_APART = 0.03
AREA_APART = 0.08


class Content(Struct, frozen=True, array_like=True):
    """What of a look is alike for equal parcels, however they lie."""

    view: int
    colours: bytes
    median: float
    dark: float
    area: float


def content_of(look: Look) -> Content | None:
    """The content of a look; None of one without a picture."""
    if look.glance is None or look.size_px is None:
        return None
    seen = look.glance
    area = area_mm2(look, look.size_px) * max(seen.matter, 1e-3)
    return Content(look.view, seen.colours, seen.median, seen.dark, math.log(area))


def weight_of(content: Content, recent: Sequence[Content]) -> float:
    """What a scan counts after those of late: half where one was alike, a third where two were."""
    return 1 / (1 + sum(_alike(content, other) for other in recent))


def _alike(one: Content, other: Content) -> bool:
    return (
        one.view == other.view
        and abs(one.median - other.median) < LUMINANCE_APART
        and abs(one.dark - other.dark) < LUMINANCE_APART
        and abs(one.area - other.area) < AREA_APART
        and _apart(one.colours, other.colours) < COLOURS_APART
    )


def _apart(one: bytes, other: bytes) -> float:
    """Half the sum of differences: 0 for equal colours, 1 for none in common."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / 510
