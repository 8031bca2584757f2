"""The trial: held-out scans as they are and with loads laid over, the same for every net that is measured."""

from __future__ import annotations

import multiprocessing as mp
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
from rich.progress import track

from screener.errors import BadConfig, BadInput
from screener.imaging.prepare import Picture
from screener.lab.adaptation.scans import Scan
from screener.lab.insertion import Display, insert_load
from screener.lab.simulator import loads
from screener.lab.truth import CLEAN

KINDS = ("3 cartons", "1 carton", "10 packs", "200 loose sticks", "1 kg cut tobacco")
"""The loads that are laid over held-out scans to measure by."""

TRIALS = 4_000_000_000
"""Where the seeds of loads laid over held-out scans begin; training draws sprites of other seeds."""


DISPLAY_SCANS = 20


class Case(msgspec.Struct, frozen=True):
    """One picture of the trial: its scan, its load, the amounts, and the file that holds it."""

    scan: str
    load: str
    sticks: int
    loose_g: float
    file: str

    @property
    def clean(self) -> bool:
        """Whether nothing was laid over it."""
        return self.load == CLEAN


@dataclass(frozen=True)
class Trial:
    """The cases of a fold, their pictures in a folder."""

    folder: Path
    cases: tuple[Case, ...]

    def pictures(self, what: str) -> Iterator[Picture]:
        """Each picture [3, H, W] in turn, with progress under the name `what`."""
        yield from (self.picture(case) for case in track(self.cases, what))

    def picture(self, case: Case) -> Picture:
        """One of them."""
        kept: Picture = np.load(self.folder / case.file, allow_pickle=False).astype(np.float32)
        return kept


def display_of(scans: Sequence[Scan], folder: Path) -> Display:
    """The display of a scanner, from a few of its scans. Raises `BadConfig` where they are not of one."""
    chosen = np.linspace(0, len(scans) - 1, min(DISPLAY_SCANS, len(scans))).astype(int)
    try:
        return Display.learn([scans[int(place)].pixels() for place in chosen])
    except BadInput as error:
        raise BadConfig(f"{folder}: expected scans of one scanner: {error}") from error


def check_loaded(trials: Sequence[Trial], folder: Path) -> None:
    """Raises `BadConfig` where no load fitted into any scan."""
    if all(case.clean for one in trials for case in one.cases):
        raise BadConfig(f"{folder}: no load fits into any scan; is --pitch-mm right?")


@dataclass(frozen=True)
class _Job:
    scan: Scan
    load: str
    number: int


def made(folder: Path, held_out: Sequence[Scan], display: Display, each: int, workers: int) -> Trial:
    """The trial of these scans, made where it is not there yet; a scan too small for a load is left out."""
    index = folder / "cases.json"
    if not index.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make = _Maker(folder, display)
        jobs = list(_jobs(held_out, each))
        with mp.get_context("spawn").Pool(workers) as pool:
            cases = list(track(pool.imap(make, jobs, chunksize=4), "held-out scans with loads", len(jobs)))
        fresh = index.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode([case for case in cases if case is not None]))
        fresh.replace(index)
    return Trial(folder, msgspec.json.decode(index.read_bytes(), type=tuple[Case, ...]))


def _jobs(held_out: Sequence[Scan], each: int) -> Iterator[_Job]:
    """Every scan as it is; every kind of load over `each` of them, spread evenly."""
    yield from (_Job(scan, CLEAN, 0) for scan in held_out)
    chosen = np.linspace(0, len(held_out) - 1, min(each, len(held_out))).round().astype(int)
    for number, load in enumerate(KINDS, 1):
        yield from (_Job(held_out[int(place)], load, number) for place in chosen)


@dataclass(frozen=True, eq=False)
class _Maker:
    folder: Path
    display: Display

    def __call__(self, job: _Job) -> Case | None:
        cv2.setNumThreads(1)
        scan, pixels, load = job.scan, job.scan.pixels(), loads.CLEAN
        name = zlib.crc32(scan.name.encode())
        if job.load != CLEAN:
            seed = TRIALS + job.number * (1 << 32) + name
            try:
                laid = insert_load(
                    pixels, scan.pitch_across_mm, scan.pitch_along_mm, self.display, job.load, seed
                )
            except BadInput:
                return None
            pixels, load = laid.pixels, laid.load
        file = f"{job.number}-{name:08x}.npy"
        np.save(self.folder / file, scan.picture(pixels).astype(np.float16))
        return Case(scan.name, job.load, load.sticks, load.loose_g, file)
