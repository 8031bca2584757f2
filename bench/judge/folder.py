"""A folder of ordinary scans in, a folder of scans with known loads out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
from PIL import Image, JpegImagePlugin

from bench.judge.display import Display, drawn_curve, luminance, read_display
from bench.judge.insertion import Place, find_place, insert
from bench.judge.loads import Load, Stock, load
from bench.judge.materials import Array
from bench.judge.projection import project
from screener.contracts.wire import Energy
from screener.errors import BadConfig
from screener.lab.truth import Truth

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp"}
COVERS = {"open": "none", "among": "among goods", "behind": "behind thick goods"}


@dataclass(frozen=True)
class Bench:
    """What to lay over which scans: pitch in mm by scanner, loads by name, `each` of a load and scanner."""

    scans: Path
    out: Path
    pitch_mm: float
    pitches_mm: Mapping[str, float]
    loads: Sequence[str]
    each: int
    seed: int
    with_clean: bool = False
    skipped: list[str] = field(default_factory=list)

    def pitch(self, scanner: str) -> float:
        """The size of a pixel of this scanner, in mm."""
        return self.pitches_mm.get(scanner, self.pitch_mm)


def scanners(folder: Path) -> dict[str, list[Path]]:
    """The scans of each scanner by folder name. Raises `BadConfig` where there are none."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES:
            found.setdefault(path.parent.name, []).append(path)
    if not found:
        raise BadConfig(f"{folder}: expected scans ({', '.join(sorted(SUFFIXES))}), found none")
    return found


def inserted(bench: Bench) -> Iterator[Truth]:
    """Writes every scan with its load, and yields its truth; what fitted nowhere goes to `skipped`."""
    stock = Stock(bench.seed)
    for scanner, paths in scanners(bench.scans).items():
        if bench.with_clean:
            yield from (_clean(bench, scanner, path) for path in paths)
        for name in bench.loads:
            yield from _of_load(bench, stock, scanner, paths, name)


def _of_load(bench: Bench, stock: Stock, scanner: str, paths: list[Path], name: str) -> Iterator[Truth]:
    """`each` insertions of one load, every scan of the scanner once before any comes again."""
    key = [bench.seed, crc32(scanner.encode()), crc32(name.encode())]
    rng = np.random.default_rng(key)
    order: list[Path] = []
    for number in range(bench.each):
        hidden = load(name, stock, rng)
        areal = project(hidden.pieces, bench.pitch(scanner))
        for _ in paths:
            order = order or [paths[at] for at in rng.permutation(len(paths))]
            path = order.pop()
            truth = _laid_over(bench, scanner, path, hidden, areal, number=number, rng=rng)
            if truth is not None:
                yield truth
                break
            bench.skipped.append(f"{scanner}/{path.name}: {name} does not fit")


def _laid_over(
    bench: Bench,
    scanner: str,
    path: Path,
    hidden: Load,
    areal: Array,
    *,
    number: int,
    rng: np.random.Generator,
) -> Truth | None:
    picture, display = _read(path)
    shown, pitch = luminance(picture), bench.pitch(scanner)
    areal, place = _placed(display, shown, areal, rng)
    if place is None:
        return None
    laid = insert(picture, display, drawn_curve(rng), areal, place, rng=rng)
    file = Path(scanner) / f"{path.stem}--{hidden.name.replace(' ', '-')}-{number:03d}{path.suffix}"
    _write(bench.out / file, laid, path)
    return Truth(
        file=file.as_posix(),
        source=path.relative_to(bench.scans).as_posix(),
        scanner=scanner,
        energy=_energy(display),
        pitch_across_mm=pitch,
        pitch_along_mm=pitch,
        load=hidden.name,
        form=hidden.form,
        sticks=hidden.sticks,
        tobacco_g=hidden.tobacco_g,
        e_cigarettes=hidden.e_cigarettes,
        concealment=COVERS[place.cover],
    )


def _placed(
    display: Display, shown: Array, areal: Array, rng: np.random.Generator
) -> tuple[Array, Place | None]:
    """The load's projection where it fits, as it lies or turned by a quarter."""
    place = find_place(display, shown, areal, rng)
    if place is None:
        areal = np.ascontiguousarray(np.rot90(areal))
        place = find_place(display, shown, areal, rng)
    return areal, place


def _clean(bench: Bench, scanner: str, path: Path) -> Truth:
    """The scan without a load, through the same reading and writing as those with one."""
    picture, display = _read(path)
    file = Path(scanner) / f"{path.stem}--clean{path.suffix}"
    _write(bench.out / file, picture, path)
    return Truth(
        file=file.as_posix(),
        source=path.relative_to(bench.scans).as_posix(),
        scanner=scanner,
        energy=_energy(display),
        pitch_across_mm=bench.pitch(scanner),
        pitch_along_mm=bench.pitch(scanner),
    )


def _energy(display: Display) -> Energy:
    return Energy.SINGLE if display.grey else Energy.DUAL


@lru_cache(maxsize=40)
def _read(path: Path) -> tuple[Array, Display]:
    with Image.open(path) as image:
        picture = np.asarray(image.convert("RGB"), np.float32)
    return picture, read_display(picture)


def _write(path: Path, picture: Array, like: Path) -> None:
    """Writes a picture as its original was: a JPEG with the same tables, else without loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.rint(np.clip(picture, 0, 255)).astype(np.uint8))
    with Image.open(like) as original:
        if isinstance(original, JpegImagePlugin.JpegImageFile):
            sampling = JpegImagePlugin.get_sampling(original)
            image.save(path, qtables=original.quantization, subsampling=max(sampling, 0))
        else:
            image.save(path)
