"""The truth file: what the scans of a folder hold, one JSON object a line in `truth.jsonl` beside them.

The simulator and the insertion engines write it; evaluation, adaptation and hubs read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from screener.contracts.wire import Energy
from screener.errors import BadConfig

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


def write(folder: Path, lines: Iterable[Truth]) -> Path:
    """Writes the truth of a folder's scans; returns the file."""
    path = folder / NAME
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return path


def read(folder: Path) -> list[Truth]:
    """The truth of a folder's scans. Raises `BadConfig` naming the line where it breaks its contract."""
    path = folder / NAME
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BadConfig(f"{path}: the truth of the scans cannot be read ({error.strerror})") from error
    return [_parsed(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _parsed(path: Path, number: int, line: bytes) -> Truth:
    try:
        found = msgspec.json.decode(line, type=Truth)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}, line {number}: {error}; see screener/lab/truth.py") from error
    if Path(found.file).is_absolute() or ".." in Path(found.file).parts:
        raise BadConfig(f"{path}, line {number}: file: expected a path below the folder, got {found.file!r}")
    return found
