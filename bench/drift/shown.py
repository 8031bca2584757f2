"""Simulated parcels shown by a maker of scanners, and what of it is kept: the looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from msgspec import Struct
from rich.progress import track

from screener.contracts.wire import Energy, Glance, PitchMm
from screener.imaging.glance import glance
from screener.imaging.prepare import prepare
from screener.lab.simulator import beam, loads, maker, palettes, scene, tone, viewer
from screener.lab.simulator.maker import Maker

PITCH_MM = 0.8
DAY, NIGHT, PALLETS, OF_A_PALLET = 80, 40, 5, 24
CHANGED_DAY, CHANGED_NIGHT = 40, 20
LONGEST = 1_600
"""Pixels of `PITCH_MM` a side; what is longer would be refused as too large."""

FIRST_PARCEL = 101_000
"""Of the makers from 100 on; those below it have the parcels that were looked at while choosing."""


class Shown(Struct, frozen=True):
    """One picture: what it looks like, its size, and what its scanner says of it."""

    glance: Glance
    size_px: tuple[int, int]
    pitch_mm: PitchMm
    energy: Energy


class Stock(Struct, frozen=True):
    """Looks to draw from: parcels of the day, of the night, and pallets of equal ones."""

    day: tuple[Shown, ...]
    night: tuple[Shown, ...]
    pallets: tuple[tuple[Shown, ...], ...] = ()


class Stocks(Struct, frozen=True):
    """A scanner as it is, and as it is after each change."""

    as_it_is: Stock
    changed: dict[str, Stock]


def stocks(number: int, folder: Path) -> Stocks:
    """The stocks of a maker, kept in `folder`, since showing them takes minutes."""
    kept = folder / f"maker-{number}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(msgspec.json.encode(_shown_by(number, folder)))
    return msgspec.json.decode(kept.read_bytes(), type=Stocks)


def _shown_by(number: int, folder: Path) -> Stocks:
    make = drawn(number)
    changed = {}
    for name, after, declared in track(list(changes(make, number)), f"maker {number}"):
        changed[name] = _stock(after, declared, number, folder, (CHANGED_DAY, CHANGED_NIGHT, 0))
    return Stocks(_stock(make, make, number, folder, (DAY, NIGHT, PALLETS)), changed)


def drawn(number: int) -> Maker:
    """A maker of colour displays."""
    rng = np.random.default_rng([number, 77])
    while (make := maker.draw(rng)).style != "colour":
        pass
    return make


def changes(make: Maker, number: int) -> Iterator[tuple[str, Maker, Maker]]:
    """The maker after each change, and the one whose pitch it goes on to declare."""
    rng = np.random.default_rng([number, 78])
    longer = replace(make, pitch_along_mm=make.pitch_along_mm * 1.25)
    larger = replace(longer, pitch_across_mm=make.pitch_across_mm * 1.25)
    grey = replace(make, style="grey")
    yield "palette: another of its family", replace(make, palette=palettes.drawn(rng, "training")), make
    yield "palette: of another family", replace(make, palette=palettes.drawn(rng, "test")), make
    yield "pitch: +25 %, declared", larger, larger
    yield "pitch: belt 25 % faster, not declared", longer, make
    yield "energy: single instead of dual", grey, grey
    yield "(energy: grey, still said to be dual)", grey, make
    yield "(pitch: +25 % both ways, not declared)", larger, make
    yield "(display curve: another)", replace(make, tone=tone.drawn_tone(rng, "training")), make
    yield "(sharpening: another)", replace(make, sharpening=viewer.drawn_sharpening(rng, "training")), make
    yield "(dose: an eighth)", replace(make, photons=make.photons / 8), make


def _stock(make: Maker, declared: Maker, number: int, folder: Path, sizes: tuple[int, int, int]) -> Stock:
    day, night, pallets = sizes
    first = FIRST_PARCEL * (number // 100)
    return Stock(
        tuple(_shown(parcel(first + i, folder, night=False), make, declared, i) for i in range(day)),
        tuple(_shown(parcel(first + 500 + i, folder, night=True), make, declared, i) for i in range(night)),
        tuple(_pallet(first + 900 + i, make, folder) for i in range(pallets)),
    )


def _pallet(seed: int, make: Maker, folder: Path) -> tuple[Shown, ...]:
    """One parcel again and again, turned and mirrored as it happens to lie."""
    once, rng = parcel(seed, folder, night=False), np.random.default_rng(seed)
    return tuple(_shown(_lying(once, rng), make, make, i) for i in range(OF_A_PALLET))


def _lying(passed: Any, rng: np.random.Generator) -> Any:
    rows, cols = passed.shape[1:]
    turn = cv2.getRotationMatrix2D((cols / 2, rows / 2), float(rng.normal(0, 8)), 1.0)
    turned = [cv2.warpAffine(one, turn, (cols, rows), borderValue=1.0) for one in passed]
    return np.stack(turned)[:, :: int(rng.choice([1, -1])), :: int(rng.choice([1, -1]))]


def parcel(seed: int, folder: Path, *, night: bool) -> Any:
    """Transmissions [2, H, W] of a parcel at `PITCH_MM`; parcels of the night are half empty."""
    kept = folder / f"parcel-{seed}.npy"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, _parcel(seed, night=night).astype(np.float16))
    return np.load(kept)[:, :LONGEST, :LONGEST].astype(np.float32)


def _parcel(seed: int, *, night: bool) -> Any:
    rng = np.random.default_rng([seed, 0xD41F7])
    crowding = scene.Crowding((0.2, 0.6), 12) if night else scene.Crowding()
    composed = scene.compose(loads.load(None, rng), rng, crowding)
    fan = scene.Fan(1000, float(rng.uniform(-150, 150)))
    canvas = scene.project(composed, scene.ABOVE, PITCH_MM, PITCH_MM, fan)
    return beam.transmission(canvas.basis, beam.beam(150))


def _shown(passed: Any, make: Maker, declared: Maker, seed: int) -> Shown:
    rng = np.random.default_rng([seed, 79])
    rows = round(passed.shape[1] * PITCH_MM / make.pitch_across_mm)
    cols = round(passed.shape[2] * PITCH_MM / make.pitch_along_mm)
    seen = np.stack([cv2.resize(one, (cols, rows), interpolation=cv2.INTER_AREA) for one in passed])
    pixels = _through_its_file(maker.picture(maker.detect(seen, make, rng), make, rng), make)
    energy = Energy.SINGLE if declared.style == "grey" else Energy.DUAL
    as_colour = pixels if pixels.ndim == 3 or energy is Energy.SINGLE else np.dstack([pixels] * 3)
    picture = prepare(as_colour, declared.pitch_across_mm, declared.pitch_along_mm, energy)
    pitch = PitchMm(across=round(declared.pitch_across_mm, 4), along=round(declared.pitch_along_mm, 4))
    return Shown(glance(picture), (rows, cols), pitch, energy)


def _through_its_file(pixels: Any, make: Maker) -> Any:
    if make.encoding != "jpeg":
        return pixels
    read: Any = cv2.imdecode(np.frombuffer(maker.encode(pixels, make)[0], np.uint8), cv2.IMREAD_UNCHANGED)
    return np.ascontiguousarray(read[..., ::-1]) if read.ndim == 3 else read
