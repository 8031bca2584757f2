"""What lies in a folder of scans, by name, size and SHA-256: what a report vouches for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from screener.scoring.placing import sha256_of


class File(Struct, frozen=True):
    """One file, its `name` its path below the folder."""

    name: str
    size_bytes: int
    sha256: str


def inventory(folder: Path, paths: Iterable[Path]) -> tuple[File, ...]:
    """These files of the folder in their order."""
    return tuple(_file(folder, path) for path in paths)


def digest(files: Sequence[File]) -> str:
    """SHA-256 of what `sha256sum` would print of all of them."""
    lines = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _file(folder: Path, path: Path) -> File:
    return File(path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path))
