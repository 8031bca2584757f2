"""The truth file: what the scans of a folder hold, one JSON object a line in `truth.jsonl` beside them.

The simulator and the insertion engines write it; evaluation, adaptation and hubs read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from screener.contracts.wire import Energy
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.lab.simulator import SimulatedParcel
    from screener.lab.simulator.parcel import SimulatedScan

NAME = "truth.jsonl"
CLEAN = "clean"

PitchMm = Annotated[float, Meta(ge=0.02, le=20)]
Amount = Annotated[float, Meta(ge=0)]


class Truth(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one scan holds.

    `source` names the parcel or the ordinary scan that it was made of: intervals are taken over sources,
    since scans of one source are not independent. `scanner` names the make or the folder it comes from.
    `load` is the load by name (`3 cartons`), `form` its kind (`carton`); both are `clean` where there is
    none. `concealment` says how it was hidden, `none` where it was not.
    """

    file: str
    source: str
    scanner: str = ""
    view: Annotated[int, Meta(ge=1)] = 1
    energy: Energy = Energy.DUAL
    pitch_across_mm: PitchMm
    pitch_along_mm: PitchMm
    load: str = CLEAN
    form: str = CLEAN
    sticks: Annotated[int, Meta(ge=0)] = 0
    tobacco_g: Amount = 0.0
    e_cigarettes: Annotated[int, Meta(ge=0)] = 0
    concealment: str = "none"

    @property
    def clean(self) -> bool:
        """Whether nothing is hidden in it."""
        return self.load == CLEAN


def of_simulated(
    parcel: SimulatedParcel, scan: SimulatedScan, *, file: str, source: str, scanner: str, view: int = 1
) -> Truth:
    """What a scan of a simulated parcel holds."""
    held = parcel.truth
    return Truth(
        file=file,
        source=source,
        scanner=scanner,
        view=view,
        energy=scan.energy,
        pitch_across_mm=scan.pitch_across_mm,
        pitch_along_mm=scan.pitch_along_mm,
        load=held.kind,
        form=held.form,
        sticks=held.sticks,
        tobacco_g=held.tobacco_g,
        e_cigarettes=held.e_cigarettes,
        concealment=held.concealment,
    )


def write(folder: Path, lines: Iterable[Truth]) -> Path:
    """Writes the truth of a folder's scans; returns the file."""
    path = folder / NAME
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return path


def read(folder: Path) -> list[Truth]:
    """The truth of a folder's scans. Raises `BadConfig` naming the line where it breaks its contract."""
    path = folder / NAME
    found = read_lines(path, Truth, "the truth of the scans", "see screener/lab/truth.py")
    return [_below(path, number, one) for number, one in found]


Line = TypeVar("Line", bound=Struct)


def read_lines(path: Path, kind: type[Line], what: str, mend: str) -> list[tuple[int, Line]]:
    """The JSON lines of a file with their numbers. Raises `BadConfig` naming the line that is no `kind`."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BadConfig(f"{path}: {what} cannot be read ({error.strerror})") from error
    return [
        (number, _parsed(path, number, line, kind, mend))
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def _parsed(path: Path, number: int, line: bytes, kind: type[Line], mend: str) -> Line:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}, line {number}: {error}; {mend}") from error


def _below(path: Path, number: int, found: Truth) -> Truth:
    if Path(found.file).is_absolute() or ".." in Path(found.file).parts:
        raise BadConfig(f"{path}, line {number}: file: expected a path below the folder, got {found.file!r}")
    return found
