"""Cases: the scans that a model is measured on, from folders or from the simulator's test seeds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

import msgspec

from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.errors import BadConfig
from screener.imaging.decode import sniffed
from screener.imaging.picture import Request, read_picture
from screener.imaging.prepare import Picture
from screener.lab import samples, truth
from screener.lab.simulator import concealment, parcel, scene
from screener.lab.truth import Truth
from screener.scoring.offline import SUFFIXES, image_files

TEST_LOADS = (
    *("1 carton", "2 cartons", "3 cartons", "4 cartons", "8 cartons"),
    *("3 opened cartons", "5 packs", "10 packs", "200 loose sticks", "200 heated-tobacco sticks"),
    *("1 kg cut tobacco", "1 kg leaf", "10 e-cigarettes", "10 refill bottles"),
)
HIDDEN_EVERY = 3
"""Of the loads of a simulated set, every third is hidden, one way after the other."""


class Case(Protocol):
    """One scan to be measured. `key` changes with everything that its score depends on but the model."""

    @property
    def key(self) -> str: ...

    @property
    def known(self) -> Truth | None:
        """What it holds, where that is known before it is read."""

    def read(self, model_pitch_mm: float) -> tuple[Truth, Picture]:
        """What it holds, and the picture as serving would see it. Raises `BadInput` or `OSError`."""


@dataclass(frozen=True)
class FileCase:
    """A file with its truth; an `energy` of None is told from the image."""

    path: Path
    known: Truth
    energy: Energy | None

    @property
    def key(self) -> str:
        data = hashlib.sha256(self.path.read_bytes())
        said = f"{self.known.pitch_across_mm} {self.known.pitch_along_mm} {self.energy}"
        data.update(said.encode())
        return data.hexdigest()

    def read(self, model_pitch_mm: float) -> tuple[Truth, Picture]:
        data = self.path.read_bytes()
        across, along = self.known.pitch_across_mm, self.known.pitch_along_mm
        request = Request(data, sniffed(data).value, across, along, self.energy)
        return self.known, read_picture(request, ImageLimits(), model_pitch_mm).image


@dataclass(frozen=True)
class SimulatedCase:
    """One view of a parcel from the simulator's test stock."""

    seed: int
    load: str
    concealment: str = "none"
    known: Truth | None = field(default=None, init=False)

    @property
    def key(self) -> str:
        return f"{_simulator()} {self.seed} {self.load} {self.concealment}"

    def read(self, model_pitch_mm: float) -> tuple[Truth, Picture]:
        made = parcel.simulate(
            self.seed, self.load, scene.Crowding(), views=1, stock="test", concealment=self.concealment
        )
        scan = made.scans[0]
        held = truth.of_simulated(
            made, scan, file=f"simulated/{self.seed}", source=str(self.seed), scanner=scan.maker.style
        )
        return held, samples.picture(scan)


@cache
def _simulator() -> str:
    """The hash of the simulator's own code and tables: with another one, old scores are of other scans."""
    folder = Path(parcel.__file__).parent
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".csv"})
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def simulated(count: int) -> list[SimulatedCase]:
    """`count` parcels of seeds never trained or calibrated on: every second clean, the others round the
    test's loads, every third of them hidden."""
    return [_simulated(index) for index in range(count)]


def _simulated(index: int) -> SimulatedCase:
    seed = samples.TEST_SEEDS + index
    if index % 2 == 0:
        return SimulatedCase(seed, truth.CLEAN)
    turn, place = divmod(index // 2, len(TEST_LOADS))
    ways = [way for way in concealment.WAYS if way != "none"]
    hidden = ways and (turn + place) % HIDDEN_EVERY == 0
    how = ways[(turn + place) // HIDDEN_EVERY % len(ways)] if hidden else "none"
    return SimulatedCase(seed, TEST_LOADS[place], how)


# --- folders --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pitches:
    """Size of a pixel of scans that come without truth: one for all, others by the folder's name."""

    usual_mm: float = 0.9
    by_folder: Mapping[str, float] = field(default_factory=dict)

    def of(self, folder: Path) -> float:
        """The pitch of a folder's scans."""
        return self.by_folder.get(folder.name, self.usual_mm)


def folder_cases(folder: Path, pitches: Pitches) -> list[FileCase]:
    """All scans of a folder, or of the folders in it, one for each scanner.

    A folder with a truth file holds what that says; the scans of one without are taken as clean. Raises
    `BadConfig` where there is no scan, or the truth names a file that is not there.
    """
    cases = [case for one in _folders(folder) for case in _cases_of(one, pitches)]
    if not cases:
        raise BadConfig(f"{folder}: expected scans ({', '.join(sorted(SUFFIXES))}) or {truth.NAME}, got none")
    return cases


def _folders(folder: Path) -> Iterator[Path]:
    yield folder
    if not (folder / truth.NAME).exists():
        yield from sorted(path for path in folder.iterdir() if path.is_dir())


def _cases_of(folder: Path, pitches: Pitches) -> Sequence[FileCase]:
    if (folder / truth.NAME).exists():
        return [_stated(folder, line) for line in truth.read(folder)]
    pitch_mm = pitches.of(folder)
    own = (path for path in image_files([folder]) if path.parent == folder)
    return [FileCase(path, _ordinary(path, pitch_mm), energy=None) for path in own]


def _stated(folder: Path, line: Truth) -> FileCase:
    path = folder / line.file
    if not path.is_file():
        raise BadConfig(f"{folder / truth.NAME}: file: expected a scan in the folder, got no {line.file}")
    scanner = line.scanner or folder.name
    return FileCase(path, msgspec.structs.replace(line, scanner=scanner), line.energy)


def _ordinary(path: Path, pitch_mm: float) -> Truth:
    """A scan that nobody says anything of: clean as far as is known, its name is its source."""
    return Truth(
        file=path.name,
        source=path.name,
        scanner=path.parent.name,
        pitch_across_mm=pitch_mm,
        pitch_along_mm=pitch_mm,
    )
