"""Where the parcels of `simulate` and `demo` come from: the simulator, or a folder of images."""

from __future__ import annotations

import hashlib
import os
import re
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
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
from screener.hub.rings import Rings, of_ring, ring_name
from screener.stream.port import MAX_MESSAGE_BYTES

if TYPE_CHECKING:
    from screener.lab.simulator import SimulatedScan
    from screener.lab.simulator.maker import Pixels

T = TypeVar("T")
Made = TypeVar("Made")

LEGAL_SHARE = 0.08
"""Of simulated parcels, those with tobacco within the limit: a carton or two is no offence."""

MOST_IMAGE_BYTES = MAX_MESSAGE_BYTES - 16 * 1024
"""What an inline image may have: a message, less the headers of a scan."""

TIP = "tip"
"""Among loads: one that is laid over the scans of a clean parcel."""

TIP_LOADS = ("over", "3 cartons", "30 packs", "600 loose sticks", "1 carton", "60 loose sticks")
"""What is laid over a parcel: the first that fits into all its views."""

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
    """One hub's run of traffic: equal runs give equal bytes, and other starts give other parcel ids.

    `place` numbers the hubs of one command; `tips` is the share of parcels that TIP lays a load over.
    """

    hub: str
    seed: int
    start: datetime
    rate: float = 0.0
    over: float = 0.05
    place: int = 0
    tips: float = 0.0
    rings: Rings = field(default_factory=Rings)

    @property
    def own_seed(self) -> int:
        """The seed of this hub alone."""
        return self.seed + (self.place << 31)

    def parcel_id(self, number: int) -> str:
        hub = f".{self.place}" if self.place else ""
        return f"P{self.seed}{hub}-{int(self.start.timestamp()):x}-{number:05}"

    def slot(self, number: int) -> Slot:
        """A parcel when its number alone says when it comes."""
        return Slot(self, number, number / self.rate if self.rate else 0.0)


@dataclass(frozen=True, slots=True)
class Slot:
    """A parcel's place in a run, `after_s` seconds after its start."""

    run: Run
    number: int
    after_s: float

    @property
    def scanned_at(self) -> datetime:
        return self.run.start + timedelta(seconds=self.after_s)

    def chance(self, what_for: int) -> Rng:
        return chance(self.run.own_seed, self.number, what_for)


@dataclass(frozen=True, slots=True)
class Stock:
    """What lies in a parcel, whoever sends it; `goods` and `weight_g` are drawn where nobody knows them."""

    images: tuple[ScanImage, ...]
    scanner: str
    goods: tuple[str, ...] = ()
    weight_g: float | None = None
    size_mm: tuple[float, float, float] | None = None
    truth: KnownContents | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class ScanFile:
    """An image in a folder, and the scan id made of its name."""

    path: Path
    scan_id: str


def simulated_parcels(run: Run, count: int) -> Iterator[TrafficParcel]:
    """`count` parcels of the simulator, in order; it works in processes of its own, one for each CPU."""
    return painted_parcels(map(run.slot, range(count)))


def painted_parcels(slots: Iterable[Slot]) -> Iterator[TrafficParcel]:
    """A parcel of the simulator for each slot, in order."""
    return in_processes(_painted_parcel, slots)


def simulated(run: Run, number: int) -> TrafficParcel:
    """One parcel of the simulator."""
    return _painted_parcel(run.slot(number))


def _painted_parcel(slot: Slot) -> TrafficParcel:
    load = load_of(slot)
    stock = painted(int(slot.chance(_SEED).integers(1 << 62)), load)
    return parcel_of(slot, stock)


def load_of(slot: Slot) -> str:
    """What the parcel of a slot is loaded with: a ring's with what is allowed, others by the run's shares."""
    run = slot.run
    if run.rings.of(run.own_seed, slot.number) is not None:
        return "legal"
    drawn = float(slot.chance(_LOAD).random())
    shares = (("over", run.over), ("legal", LEGAL_SHARE), (TIP, run.tips))
    for load, share in shares:
        if drawn < share:
            return load
        drawn -= share
    return "clean"


def check_shares(run: Run) -> None:
    """Raises `BadConfig` where the loads are more than all parcels."""
    if (total := run.over + LEGAL_SHARE + run.tips) > 1 + 1e-9 and run.over < 1:
        detail = f"over {run.over:g}, tips {run.tips:g} and the {LEGAL_SHARE:g} that hold a little"
        raise BadConfig(f"traffic: expected shares that sum to at most 1, got {total:g}: {detail}")


def painted(seed: int, load: str) -> Stock:
    """A parcel of the simulator with such a load; of `TIP` the load is laid over the scans of a clean one."""
    from screener.lab.simulator import simulate_parcel

    parcel = simulate_parcel(seed, "clean" if load == TIP else load)
    what = parcel.truth
    truth = KnownContents(what.kind, what.sticks, what.tobacco_g, what.e_cigarettes, load == "over")
    scans = parcel.scans
    if load == TIP:
        scans, truth = laid_over(scans, truth, seed % (1 << 31))
    return Stock(
        images=tuple(map(_image, scans)),
        scanner="simulated",
        goods=parcel.contents,
        weight_g=parcel.weight_g,
        size_mm=parcel.size_mm,
        truth=truth,
    )


def parcel_of(slot: Slot, stock: Stock, scan_id: str | None = None) -> TrafficParcel:
    """A stock on its way under the ids of a slot, with paper of its own."""
    run, rng = slot.run, slot.chance(_PAPER)
    paper = manifest(
        rng,
        parcel_id=run.parcel_id(slot.number),
        hub=run.hub,
        goods=stock.goods or (one_of(rng, tuple(WARES)),),
        declared_at=slot.scanned_at,
        weight_g=float(rng.uniform(200, 8000)) if stock.weight_g is None else stock.weight_g,
        size_mm=stock.size_mm,
    )
    ring = run.rings.of(run.own_seed, slot.number)
    return TrafficParcel(
        manifest=paper if ring is None else of_ring(paper, run.seed, ring, slot.number),
        scan_id=scan_id or "S" + run.parcel_id(slot.number)[1:],
        scanner=stock.scanner,
        images=stock.images,
        scanned_at=slot.scanned_at,
        truth=stock.truth,
        origin=stock.origin,
        ring=None if ring is None else ring_name(run.seed, ring),
    )


def laid_over(
    scans: Sequence[SimulatedScan], clean: KnownContents, seed: int
) -> tuple[tuple[SimulatedScan, ...], KnownContents]:
    """The scans with one load in all views; as they are where the parcel is too small for any."""
    for name in TIP_LOADS:
        with suppress(BadInput):  # no room for this one
            return _with_load(scans, name, seed)
    return tuple(scans), clean


def _with_load(
    scans: Sequence[SimulatedScan], name: str, seed: int
) -> tuple[tuple[SimulatedScan, ...], KnownContents]:
    from screener.lab.insertion import Display, insert_load
    from screener.lab.simulator.loads import is_over

    made = [
        insert_load(
            one.pixels, one.pitch_across_mm, one.pitch_along_mm, Display.learn([one.pixels]), name, seed
        )
        for one in scans
    ]
    load = made[0].load
    truth = KnownContents(load.kind, load.sticks, load.loose_g, load.e_cigarettes, is_over(load), tip=True)
    return tuple(replace(one, pixels=new.pixels) for one, new in zip(scans, made, strict=True)), truth


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
    return filed_parcels(map(run.slot, range(len(files))), files, pitch_mm)


def filed_parcels(
    slots: Iterable[Slot], files: Sequence[ScanFile], pitch_mm: float
) -> Iterator[TrafficParcel]:
    """A parcel for each file, under the ids of a slot each."""
    return in_processes(partial(_of_file, pitch_mm), zip(slots, files, strict=False))


def _of_file(pitch_mm: float, placed: tuple[Slot, ScanFile]) -> TrafficParcel:
    slot, file = placed
    return parcel_of(slot, stock_of(file.path, pitch_mm), file.scan_id)


def stock_of(path: Path, pitch_mm: float) -> Stock:
    """One image as it lies in a file; what it truly holds nobody knows."""
    content = path.read_bytes()
    content_type = _content_type(content, path)
    pitch = PitchMm(across=pitch_mm, along=pitch_mm)
    image = ScanImage(content, content_type, pitch, _energy(content, content_type))
    return Stock((image,), "files", origin=str(path))


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


def in_processes(make: Callable[[T], Made], items: Iterable[T]) -> Iterator[Made]:
    """`make` of each item, in order, with a few made ahead; in this process where there is one CPU."""
    workers = min(cpus(), MOST_PROCESSES)
    if workers == 1:
        yield from map(make, items)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin) as pool:
        ahead: deque[Future[Made]] = deque()
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
