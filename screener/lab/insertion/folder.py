"""Insertion into folders of scans: images and their truth, as `screener lab insert` writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from screener.contracts.wire import Energy
from screener.errors import BadConfig, BadInput
from screener.imaging.announced import ImageFormat
from screener.lab.insertion.decoder import Decoder, Original
from screener.lab.insertion.display import MOST_SCANS, Display
from screener.lab.insertion.insert import insert_load
from screener.lab.insertion.planes import Layout, Pixels
from screener.lab.simulator import loads
from screener.lab.simulator.matter import Floats
from screener.lab.truth import Truth
from screener.scoring.offline import SUFFIXES

ATTEMPTS = 6
"""Draws of a load, one may be flatter than the other, before a scan is taken to be too small for it."""


@dataclass(frozen=True)
class Order:
    """What to insert where: scans, loads by name, how many of each a scanner gets, pitches by scanner."""

    scans: Path
    out: Path
    loads: Sequence[str]
    each: int
    seed: int = 0
    pitch_mm: float = 0.9
    pitches: Mapping[str, float] = field(default_factory=dict)
    maps: bool = False
    with_clean: bool = True


@dataclass(frozen=True)
class Job:
    """One image to be made: of a scan, with a load or (None) without, under a name, by a seed."""

    scan: Path
    load: str | None
    name: str
    seed: int


@dataclass(frozen=True)
class Skipped:
    """A scan that nothing was made of, and why."""

    scan: Path
    reason: str


def jobs(order: Order) -> dict[str, list[Job]]:
    """The images to be made for each scanner. Raises `BadConfig` for a folder or load that is none."""
    for load in order.loads:
        loads.load(load, np.random.default_rng(0))
    return {name: _jobs(order, name, scans) for name, scans in scanners(order.scans).items()}


def scanners(folder: Path) -> dict[str, list[Path]]:
    """The images of every folder in it by its name, or of the folder itself. Raises `BadConfig`."""
    below = [(one.name, _images(one)) for one in sorted(folder.iterdir()) if one.is_dir()]
    found = {name: images for name, images in below if images} or {folder.resolve().name: _images(folder)}
    if not any(found.values()):
        raise BadConfig(f"{folder}: expected JPEG, PNG or TIFF images in it or in folders in it, found none")
    return found


def _images(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())


def _jobs(order: Order, scanner: str, scans: Sequence[Path]) -> list[Job]:
    """Clean ones first; every load goes round the scans in an order of its own."""
    made = [Job(scan, None, f"{scan.stem}-clean", 0) for scan in scans] if order.with_clean else []
    rng = np.random.default_rng([order.seed, *scanner.encode()])
    for load in order.loads:
        places = [rng.permutation(len(scans)) for _ in range(-(-order.each // len(scans)))]
        for number, place in enumerate(np.concatenate(places)[: order.each]):
            name = f"{scans[place].stem}-{load.replace(' ', '-')}-{number:03}"
            made.append(Job(scans[place], load, name, int(rng.integers(1 << 31))))
    return made


def run(order: Order, planned: Mapping[str, Sequence[Job]], decoder: Decoder) -> Iterator[Truth | Skipped]:
    """Makes the images one after the other; the truth of each, or why there is none."""
    for name, of_scanner in planned.items():
        (order.out / name).mkdir(parents=True, exist_ok=True)
        displays = _displays(dict.fromkeys(job.scan for job in of_scanner), decoder)
        for job in of_scanner:
            try:
                yield _made(order, name, job, decoder.read(job.scan), displays)
            except BadInput as error:
                yield Skipped(job.scan, str(error))


def _displays(scans: Mapping[Path, None], decoder: Decoder) -> dict[Layout, Display]:
    """A display for each layout among a scanner's scans, learnt from some spread evenly over them."""
    by_layout: dict[Layout, list[Pixels]] = {}
    step = max(1, len(scans) // MOST_SCANS)
    for path in list(scans)[::step]:
        try:
            original = decoder.read(path)
        except BadInput:
            continue  # the scan's own job says so
        by_layout.setdefault(original.layout, []).append(original.pixels)
    return {how: Display.learn(pixels) for how, pixels in by_layout.items()}


def _made(
    order: Order, scanner: str, job: Job, original: Original, displays: Mapping[Layout, Display]
) -> Truth:
    pitch = order.pitches.get(scanner, order.pitch_mm)
    if job.load is None:
        pixels, density, what = original.pixels, None, loads.CLEAN
    else:
        display = displays.get(original.layout) or Display.learn([original.pixels])
        pixels, density, what = _inserted(job, original.pixels, pitch, display)
    path = Path(scanner) / f"{job.name}{_ENDINGS[original.format]}"
    (order.out / path).write_bytes(encoded(pixels, original.format, original.quality))
    if order.maps and density is not None:
        np.savez_compressed((order.out / path).with_suffix(".npz"), density=density.astype(np.float16))
    return Truth(
        file=path.as_posix(),
        source=job.scan.name,
        scanner=scanner,
        energy=Energy.SINGLE if original.layout is Layout.GREY or pixels.ndim == 2 else Energy.DUAL,
        pitch_across_mm=pitch,
        pitch_along_mm=pitch,
        load=what.kind,
        form=what.form,
        sticks=what.sticks,
        tobacco_g=what.loose_g,
        e_cigarettes=what.e_cigarettes,
    )


def _inserted(
    job: Job, pixels: Pixels, pitch_mm: float, display: Display
) -> tuple[Pixels, Floats, loads.Load]:
    """The first draw of the load that finds a place. Raises `BadInput` where none does."""
    assert job.load is not None
    for attempt in range(ATTEMPTS):
        try:
            made = insert_load(pixels, pitch_mm, pitch_mm, display, job.load, job.seed + attempt)
        except BadInput as error:
            refused = error
        else:
            return made.pixels, made.density, made.load
    raise refused


_ENDINGS = {ImageFormat.JPEG: ".jpg", ImageFormat.TIFF: ".tiff"}


def encoded(pixels: Pixels, form: ImageFormat, quality: int) -> bytes:
    """An image file of RGB, grey or paired pixels; JPEG of the given quality."""
    if pixels.dtype == np.uint16 and pixels.ndim == 3:
        done, data = cv2.imencodemulti(".tiff", list(pixels))
    else:
        shown = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
        options = [cv2.IMWRITE_JPEG_QUALITY, quality] if form is ImageFormat.JPEG else []
        done, data = cv2.imencode(_ENDINGS.get(form, ".png"), shown, options)
    assert done
    return data.tobytes()
