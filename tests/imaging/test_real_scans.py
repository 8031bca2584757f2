"""The development set of real scans, where it lies beside the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.imaging.picture import Prepared, Request, read_picture
from screener.imaging.sandbox import Sandbox

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "real-scans"
PITCH_MM = {"sixray-negatives": 0.75, "scanner-a": 0.9, "scanner-b": 0.9, "carton-line": 0.9}
LIMITS = ImageLimits()

pytestmark = [
    pytest.mark.realscans,
    pytest.mark.skipif(not FOLDER.exists(), reason="the development set of real scans is not here"),
]


def request_for(path: Path) -> Request:
    pitch_mm = PITCH_MM[path.parent.name]
    return Request(path.read_bytes(), "image/jpeg", pitch_mm, pitch_mm, None)


@pytest.mark.parametrize("folder", PITCH_MM)
def test_every_scan_is_read_in_the_sandbox_as_it_is_here(folder: str) -> None:
    requests = [request_for(path) for path in sorted((FOLDER / folder).iterdir())]
    energy = Energy.SINGLE if folder == "carton-line" else Energy.DUAL
    with Sandbox(LIMITS, 1.5) as sandbox:
        results = list(sandbox.decode_all(requests))
    assert all(isinstance(result, Prepared) and result.energy is energy for result in results)
    first = results[0]
    assert isinstance(first, Prepared)
    assert np.array_equal(first.image, read_picture(requests[0], LIMITS, 1.5).image)
