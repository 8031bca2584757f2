"""A folder is read as `screener hub publish` reads it, and left as it was."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from screener.config import ImageLimits
from screener.contracts.wire import Energy, ImageReference, PitchMm
from screener.hub.check.files import read_folder
from screener.hub.check.lens import Lens
from screener.hub.check.report import report
from screener.hub.check.witness import Turns, Witness
from screener.hub.folder.settings import Folders, FolderSettings, Scans


def settings(folder: Path) -> FolderSettings:
    scans = Scans(
        scanner="x1", pitch_mm=PitchMm(across=0.8, along=0.8), energy=Energy.DUAL, name="{parcel}.*"
    )
    return FolderSettings(hub="h1", folders=Folders(watch=str(folder)), scans=scans)


def no_reference(reference: ImageReference) -> bytes:
    pytest.fail(f"a folder's images are not fetched: {reference}")


def test_grey_files_of_a_dual_scanner_are_found_with_their_names_and_stay(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for number in range(5):
        pixels = np.full((300, 400, 3), 255, np.uint8)
        pixels[60:240, 80:320] = rng.integers(60, 200, (180, 240, 1))
        cv2.imwrite(str(tmp_path / f"P2003{number}.png"), pixels)
    (tmp_path / "P20039.png").write_bytes(b"no picture")
    before = sorted(path.name for path in tmp_path.iterdir())
    with Lens(ImageLimits()) as lens:
        witness = Witness("h1", lens.look, no_reference, Turns(10))
        read_folder(settings(tmp_path), witness, 100)
    found = {one.code: one for one in report(witness.stretch(timed=False)).findings}
    assert found["energy_grey_as_dual"].count == 5
    assert str(found["energy_grey_as_dual"].examples[0]) == "P20030.png"
    assert str(found["image_format"].examples[0]) == "P20039.png"
    assert sorted(path.name for path in tmp_path.iterdir()) == before
