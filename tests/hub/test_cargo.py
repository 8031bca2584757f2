"""Parcels come from the simulator or from files, the same from the same run, and always fit a message."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from screener.cli import cargo
from screener.cli.cargo import Run
from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.errors import BadConfig
from screener.hub.parcel import ScanImage, TrafficParcel
from screener.imaging.picture import Request, read_picture
from screener.lab.simulator import simulate_parcel

RUN = Run("h1", 3, datetime(2026, 3, 1, 10, 0, tzinfo=UTC))


def prepared_energy(image: ScanImage) -> Energy:
    """What the decoder says of an image; it refuses one whose headers do not fit."""
    pitch = image.pitch_mm
    request = Request(image.content, image.content_type, pitch.across, pitch.along, image.energy)
    return read_picture(request, ImageLimits(), 1.5).energy


def write(path: Path, *, colour: bool = True, pair: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(1).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    if pair:
        cv2.imwritemulti(str(path), [pixels[:, :, 0], pixels[:, :, 1]])
    else:
        cv2.imwrite(str(path), pixels if colour else pixels[:, :, 0])


def test_the_same_run_gives_the_same_parcels_in_whatever_process() -> None:
    here = [cargo.simulated(RUN, number) for number in range(3)]
    assert list(cargo.simulated_parcels(RUN, 3)) == here


def test_another_start_gives_other_parcel_ids_and_the_same_scans() -> None:
    one = cargo.simulated(RUN, 0)
    other = cargo.simulated(replace(RUN, start=datetime(2026, 3, 2, tzinfo=UTC)), 0)
    assert one.manifest.parcel_id != other.manifest.parcel_id
    assert one.images == other.images


def test_every_simulated_image_is_what_its_headers_say() -> None:
    for number in range(4):
        for image in cargo.simulated(RUN, number).images:
            assert prepared_energy(image) is image.energy


def test_all_are_over_the_limit_where_all_are_asked_to_be() -> None:
    truth = cargo.simulated(replace(RUN, over=1.0), 1).truth
    assert truth is not None
    assert truth.over
    assert truth.sticks > 400 or truth.tobacco_g > 5000


def test_a_pair_too_large_for_a_message_comes_at_half_the_resolution(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = next(
        scan for seed in range(99) for scan in simulate_parcel(seed).scans if scan.maker.style == "pair"
    )
    whole = len(scan.encode()[0])
    monkeypatch.setattr(cargo, "MOST_IMAGE_BYTES", whole - 1)
    image = cargo._image(scan)
    assert len(image.content) < whole
    assert image.pitch_mm.across == 2 * scan.pitch_across_mm
    assert prepared_energy(image) is Energy.DUAL


def of_folder(folder: Path) -> list[TrafficParcel]:
    return list(cargo.parcels_of_files(RUN, cargo.files_in(folder), 0.75))


def test_each_file_of_a_folder_and_below_becomes_a_parcel(tmp_path: Path) -> None:
    write(tmp_path / "b" / "colour.JPG")
    write(tmp_path / "a" / "grey.png", colour=False)
    write(tmp_path / "a" / "pair.tif", pair=True)
    (tmp_path / "README.md").write_text("no scan")
    parcels = of_folder(tmp_path)
    assert [(one.scan_id, one.images[0].energy) for one in parcels] == [
        ("grey", Energy.SINGLE),
        ("pair", Energy.DUAL),
        ("colour", Energy.DUAL),
    ]
    assert [one.origin for one in parcels] == [str(file.path) for file in cargo.files_in(tmp_path)]
    assert all(prepared_energy(one.images[0]) is one.images[0].energy for one in parcels)


def test_scan_ids_are_safe_and_differ(tmp_path: Path) -> None:
    for name in ("烟 1.png", "a/烟 1.png", "..x.png", "é" * 80 + ".png", "plain.png"):
        write(tmp_path / name)
    ids = [file.scan_id for file in cargo.files_in(tmp_path)]
    assert len(set(ids)) == len(ids)
    assert "plain" in ids
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", one) for one in ids)


def test_a_file_that_is_no_image_is_sent_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"no image")
    (parcel,) = of_folder(tmp_path)
    assert parcel.images[0].content == b"no image"
    assert parcel.images[0].content_type == "image/png"


def test_a_folder_without_images_and_a_file_too_large_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="expected images"):
        cargo.files_in(tmp_path)
    large = tmp_path / "large.png"
    large.touch()
    os.truncate(large, 5_000_000)
    with pytest.raises(
        BadConfig, match=r"large\.png: expected at most \d+ bytes.*got 5000000; save it smaller"
    ):
        cargo.files_in(tmp_path)


def test_the_hash_in_the_headers_is_that_of_the_file(tmp_path: Path) -> None:
    write(tmp_path / "x.png")
    (parcel,) = of_folder(tmp_path)
    content = (tmp_path / "x.png").read_bytes()
    assert hashlib.sha256(parcel.images[0].content).digest() == hashlib.sha256(content).digest()
