"""Where the parcels of `simulate` and `demo` come from: the simulator, or a folder of images."""

from __future__ import annotations

import hashlib
import os
import re
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from screener.config import ImageLimits
from screener.contracts.wire import Energy, PitchMm
from screener.errors import BadConfig, BadInput
from screener.hub.chance import Rng, chance, one_of
from screener.hub.paperwork import WARES, manifest
from screener.hub.parcel import KnownContents, ScanImage, TrafficParcel
from screener.stream.port import MAX_MESSAGE_BYTES

if TYPE_CHECKING:
    from screener.lab.simulator import SimulatedScan
    from screener.lab.simulator.maker import Pixels

T = TypeVar("T")

LEGAL_SHARE = 0.08
"""Of simulated parcels, those with tobacco within the limit: a carton or two is no offence."""

MOST_IMAGE_BYTES = MAX_MESSAGE_BYTES - 16 * 1024
"""What an inline image may have: a message, less the headers of a scan."""

MOST_PROCESSES = 8

SUFFIXES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}

_SEED, _LOAD, _PAPER = 0x51, 0x52, 0x53
"""What the draws of this module are for, among all draws of one parcel."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of traffic: equal runs give equal bytes, and other starts give other parcel ids."""

    hub: str
    seed: int
    start: datetime
    rate: float = 0.0
    over: float = 0.05

    def parcel_id(self, number: int) -> str:
        return f"P{self.seed}-{int(self.start.timestamp()):x}-{number:05}"

    def scanned_at(self, number: int) -> datetime:
        return self.start + timedelta(seconds=number / self.rate if self.rate else 0)


@dataclass(frozen=True, slots=True)
class ScanFile:
    """An image in a folder, and the scan id made of its name."""

    path: Path
    scan_id: str


def simulated_parcels(run: Run, count: int) -> Iterator[TrafficParcel]:
    """`count` parcels of the simulator, in order; it works in processes of its own, one for each CPU."""
    return in_processes(partial(simulated, run), range(count))


def simulated(run: Run, number: int) -> TrafficParcel:
    """One parcel of the simulator."""
    from screener.lab.simulator import simulate_parcel

    load = _load(run, chance(run.seed, number, _LOAD))
    parcel = simulate_parcel(int(chance(run.seed, number, _SEED).integers(1 << 62)), load)
    paper = manifest(
        chance(run.seed, number, _PAPER),
        parcel_id=run.parcel_id(number),
        hub=run.hub,
        goods=parcel.contents,
        declared_at=run.start,
        weight_g=parcel.weight_g,
        size_mm=parcel.size_mm,
    )
    truth = parcel.truth
    over = load == "over"
    return TrafficParcel(
        manifest=paper,
        scan_id="S" + run.parcel_id(number)[1:],
        scanner="simulated",
        images=tuple(_image(scan) for scan in parcel.scans),
        scanned_at=run.scanned_at(number),
        truth=KnownContents(truth.kind, truth.sticks, truth.tobacco_g, truth.e_cigarettes, over),
    )


def _image(scan: SimulatedScan) -> ScanImage:
    """A view as its scanner sends it: one too large for a message (a large pair) at half the resolution."""
    content, content_type = scan.encode()
    if len(content) > MOST_IMAGE_BYTES:
        return _image(_halved(scan))
    pitch = PitchMm(across=scan.pitch_across_mm, along=scan.pitch_along_mm)
    return ScanImage(content, content_type, pitch, scan.energy)


def _halved(scan: SimulatedScan) -> SimulatedScan:
    import cv2

    pair = scan.pixels.ndim == 3 and scan.pixels.shape[0] == 2
    planes = scan.pixels.transpose(1, 2, 0) if pair else scan.pixels
    rows, cols = planes.shape[:2]
    smaller: Pixels = cv2.resize(planes, (cols // 2, rows // 2), interpolation=cv2.INTER_AREA)
    pixels = smaller.transpose(2, 0, 1) if pair else smaller
    across, along = 2 * scan.pitch_across_mm, 2 * scan.pitch_along_mm
    return replace(scan, pixels=pixels, pitch_across_mm=across, pitch_along_mm=along)


def _load(run: Run, rng: Rng) -> str:
    drawn = float(rng.random())
    if drawn < run.over:
        return "over"
    return "legal" if drawn < run.over + LEGAL_SHARE else "clean"


def files_in(folder: Path) -> list[ScanFile]:
    """All images in a folder and below, in order of their names.

    Raises `BadConfig` where there is none, or one is too large to travel in a message.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise BadConfig(f"{folder}: expected images ({', '.join(SUFFIXES)}), got none")
    for path in paths:
        if (size := path.stat().st_size) > MOST_IMAGE_BYTES:
            detail = f"expected at most {MOST_IMAGE_BYTES} bytes, since a message holds no more, got {size}"
            raise BadConfig(f"{path}: {detail}; save it smaller (JPEG), as a hub would")
    return _named(folder, paths)


def _named(folder: Path, paths: Sequence[Path]) -> list[ScanFile]:
    """Scan ids from the names, told apart by a hash of the path where two are alike."""
    ids = [_safe(path.stem) for path in paths]
    found = []
    for path, scan_id in zip(paths, ids, strict=True):
        if ids.count(scan_id) > 1:
            digest = hashlib.sha256(str(path.relative_to(folder)).encode()).hexdigest()[:8]
            found.append(ScanFile(path, f"{scan_id[:55]}-{digest}"))
        else:
            found.append(ScanFile(path, scan_id))
    return found


def _safe(name: str) -> str:
    """A file name as an identifier of the contract."""
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip("._-")[:64]
    return cleaned or "scan"


def parcels_of_files(run: Run, files: Sequence[ScanFile], pitch_mm: float) -> Iterator[TrafficParcel]:
    """One parcel a file, in order, each with a simulated manifest."""
    return in_processes(partial(_of_numbered_file, run, pitch_mm), enumerate(files))


def _of_numbered_file(run: Run, pitch_mm: float, numbered: tuple[int, ScanFile]) -> TrafficParcel:
    return of_file(run, pitch_mm, *numbered)


def of_file(run: Run, pitch_mm: float, number: int, file: ScanFile) -> TrafficParcel:
    """A parcel with one image as it lies in a file; what it truly holds nobody knows."""
    content = file.path.read_bytes()
    content_type = _content_type(content, file.path)
    pitch = PitchMm(across=pitch_mm, along=pitch_mm)
    rng = chance(run.seed, number, _PAPER)
    paper = manifest(
        rng,
        parcel_id=run.parcel_id(number),
        hub=run.hub,
        goods=(one_of(rng, tuple(WARES)),),
        declared_at=run.start,
        weight_g=float(rng.uniform(200, 8000)),
    )
    return TrafficParcel(
        manifest=paper,
        scan_id=file.scan_id,
        scanner="files",
        images=(ScanImage(content, content_type, pitch, _energy(content, content_type)),),
        scanned_at=run.scanned_at(number),
        origin=str(file.path),
    )


def _content_type(content: bytes, path: Path) -> str:
    """By the first bytes; what they do not tell, the name does."""
    from screener.imaging.decode import sniffed

    try:
        return sniffed(content).value
    except BadInput:
        return SUFFIXES[path.suffix.lower()]


def _energy(content: bytes, content_type: str) -> Energy:
    """Told from the pixels; of a file that cannot be read it is the same what is said."""
    from screener.imaging.decode import announce, decode
    from screener.imaging.picture import energy_told_from

    try:
        return energy_told_from(decode(content, announce(content, content_type, ImageLimits())))
    except BadInput:
        return Energy.SINGLE


def in_processes(make: Callable[[T], TrafficParcel], items: Iterable[T]) -> Iterator[TrafficParcel]:
    """`make` of each item, in order, with a few made ahead; in this process where there is one CPU."""
    workers = min(cpus(), MOST_PROCESSES)
    if workers == 1:
        yield from map(make, items)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin) as pool:
        ahead: deque[Future[TrafficParcel]] = deque()
        for item in items:
            ahead.append(pool.submit(make, item))
            if len(ahead) > 4 * workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def cpus() -> int:
    """How many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin() -> None:
    """A worker: Ctrl-C is its parent's business, and one CPU is its share."""
    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
