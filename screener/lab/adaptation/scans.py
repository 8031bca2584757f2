"""The scans of one scanner: where they lie, how large their pixels are, what investigators found in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.errors import BadConfig, BadInput
from screener.imaging.decode import announce, decode, sniffed
from screener.imaging.picture import energy_told_from
from screener.imaging.prepare import Picture, Pixels, prepare
from screener.lab import truth
from screener.scoring.offline import image_files

FEWEST = 30
"""Scans that an adaptation needs."""


class Known(StrEnum):
    """What is known of a scan: taken as clean, opened and nothing found, opened and found."""

    ORDINARY = "ordinary"
    NOTHING = "nothing found"
    FOUND = "found"


@dataclass(frozen=True)
class Scan:
    """A file of the scanner. `name` is its path below the folder; an `energy` of None is told from it."""

    path: Path
    name: str
    pitch_across_mm: float
    pitch_along_mm: float
    energy: Energy | None = None
    known: Known = Known.ORDINARY
    view: int = 1

    def pixels(self) -> Pixels:
        """Its pixels, RGB. Raises `BadInput` or `OSError`."""
        data = self.path.read_bytes()
        return decode(data, announce(data, sniffed(data).value, ImageLimits()))

    def picture(self, pixels: Pixels) -> Picture:
        """Pixels of this scan as serving sees them, [3, H, W]."""
        energy = self.energy or energy_told_from(pixels)
        return prepare(pixels, self.pitch_across_mm, self.pitch_along_mm, energy)


class Outcome(msgspec.Struct, frozen=True):
    """A line of outcomes: the scan of an opened parcel and what was in it; a line of a truth file is one."""

    file: str
    load: str


@dataclass(frozen=True)
class Scanner:
    """The readable scans of a folder by what is known of them, and those that cannot be read, with why."""

    clean: tuple[Scan, ...]
    found: tuple[Scan, ...]
    unreadable: tuple[str, ...]


def read(folder: Path, pitch_mm: float, outcomes: Path | None) -> Scanner:
    """The scans of a folder. Raises `BadConfig` where fewer than `FEWEST` are taken as clean."""
    scans = listed(folder, pitch_mm, outcomes)
    faults = {scan.name: fault for scan in scans if (fault := _fault(scan)) is not None}
    readable = [scan for scan in scans if scan.name not in faults]
    clean = tuple(scan for scan in readable if scan.known is not Known.FOUND)
    if len(clean) < FEWEST:
        raise BadConfig(
            f"{folder}: expected at least {FEWEST} readable ordinary scans of one scanner, got {len(clean)}"
            f" ({len(faults)} unreadable); 100 to 500 are better"
        )
    found = tuple(scan for scan in readable if scan.known is Known.FOUND)
    return Scanner(clean, found, tuple(f"{name}: {fault}" for name, fault in faults.items()))


def listed(folder: Path, pitch_mm: float, outcomes: Path | None) -> list[Scan]:
    """The scans of a folder, none of them opened yet. Raises `BadConfig` where outcomes name no such scan."""
    known = {} if outcomes is None else read_outcomes(outcomes)
    stated = {line.file: line for line in truth.read(folder)} if (folder / truth.NAME).exists() else {}
    scans = [_scan(path, folder, pitch_mm, stated, known) for path in image_files([folder])]
    _check_named(outcomes, known, scans)
    return scans


def _scan(
    path: Path, folder: Path, pitch_mm: float, stated: dict[str, truth.Truth], known: dict[str, Known]
) -> Scan:
    name = path.relative_to(folder).as_posix()
    line = stated.get(name)
    across, along = (line.pitch_across_mm, line.pitch_along_mm) if line else (pitch_mm, pitch_mm)
    energy, view = (line.energy, line.view) if line else (None, 1)
    return Scan(path, name, across, along, energy, known.get(name, Known.ORDINARY), view)


def _fault(scan: Scan) -> str | None:
    try:
        scan.picture(scan.pixels())
    except (BadInput, OSError) as error:
        return str(error)
    return None


def read_outcomes(path: Path) -> dict[str, Known]:
    """What is known by file name. Raises `BadConfig` naming the line where it breaks its contract."""
    expected = 'expected {"file": NAME, "load": LOAD}'
    found = truth.read_lines(path, Outcome, "the outcomes", expected)
    return {one.file: Known.NOTHING if one.load == truth.CLEAN else Known.FOUND for _, one in found}


def _check_named(outcomes: Path | None, known: dict[str, Known], scans: Sequence[Scan]) -> None:
    lost = sorted(set(known) - {scan.name for scan in scans})
    if lost:
        raise BadConfig(f"{outcomes}: {len(lost)} scans are not in the folder, for example {lost[0]}")
