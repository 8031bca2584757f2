"""Parcels for tests of the hub's traffic, with small images of every format; nothing is simulated."""

from __future__ import annotations

from datetime import UTC, datetime

import cv2
import numpy as np

from screener.contracts.wire import Energy, PitchMm
from screener.hub.chance import chance
from screener.hub.paperwork import manifest
from screener.hub.parcel import KnownContents, ScanImage, TrafficParcel

START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
FORMATS = ("image/jpeg", "image/png", "image/tiff")


def image(number: int, content_type: str) -> ScanImage:
    """48 x 64 pixels of noise: colour, or a pair for TIFF."""
    pixels = chance(number).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    if content_type == "image/tiff":
        pair = [pixels[:, :, 0].astype(np.uint16) * 257, pixels[:, :, 1].astype(np.uint16) * 257]
        done, data = cv2.imencodemulti(".tiff", pair)
    else:
        done, data = cv2.imencode("." + content_type.removeprefix("image/"), pixels)
    assert done
    return ScanImage(data.tobytes(), content_type, PitchMm(across=0.9, along=0.8), Energy.DUAL)


def parcel(number: int, *, seed: int = 1, views: int | None = None, hub: str = "h1") -> TrafficParcel:
    """The parcel of a seed and a number."""
    count = views or 1 + number % 2
    return TrafficParcel(
        manifest=manifest(
            chance(seed, number),
            parcel_id=f"P{seed}-{number}",
            hub=hub,
            goods=("books", "toys"),
            declared_at=START,
            weight_g=900.0,
            size_mm=(300.0, 200.0, 100.0),
        ),
        scan_id=f"S{seed}-{number}",
        scanner="sim-1",
        images=tuple(image(number * 10 + view, FORMATS[(number + view) % 3]) for view in range(count)),
        scanned_at=START,
        truth=KnownContents("2 cartons", 400, 0.0, 0, over=False),
    )
