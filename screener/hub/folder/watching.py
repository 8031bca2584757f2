"""Looks into a folder again and again: shares on a network tell nobody that a file has come.

A file is taken as it is when its size and its time have not changed for some seconds of ours; a scanner
that says so itself, by a sidecar or a `.done` marker beside the file, is believed at once.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from screener.contracts import times
from screener.errors import BadInput, Unavailable

UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", "~")
"""Names of files that somebody is still writing."""

MARKER = ".done"


@dataclass(frozen=True, slots=True)
class Signature:
    """What changes when a file is written to; `size` in bytes."""

    size: int
    mtime_ns: int

    def written(self) -> datetime:
        """When the file was last written to. Raises `BadInput` (time_range)."""
        try:
            return times.in_utc(datetime.fromtimestamp(self.mtime_ns / 1e9, UTC), "the file's time")
        except (OverflowError, ValueError, OSError):
            raise BadInput("time_range", "the file's time: expected one from 2000 to 2099") from None


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it lay there: for how long unchanged, and since when we know of it, both in seconds."""

    path: Path
    signature: Signature
    steady_s: float
    known_s: float


class Watch:
    """Remembers what lay in `folder` and below at the last look; hidden and half-written files are not there.

    Links are not followed: what they name is not the hub's.
    """

    def __init__(
        self, folder: Path, aside: Sequence[Path], *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._aside = {str(path) for path in aside}
        self._clock_s = clock_s
        self._known: dict[str, tuple[Signature, float, float]] = {}
        self.unseen: dict[str, str] = {}
        """What could not be looked at, though the folder itself could, and why: it hides nothing else."""

    def look(self) -> list[Seen]:
        """All files there are, the oldest first. Raises `Unavailable` where the folder does not answer."""
        now_s = self._clock_s()
        self.unseen = {}
        try:
            found = dict(_files(str(self._folder), self._aside, self.unseen))
        except OSError as error:
            raise Unavailable(f"{self._folder}: cannot be looked into ({error.strerror})") from error
        self._known = {path: self._aged(path, signature, now_s) for path, signature in found.items()}
        seen = [
            Seen(Path(path), signature, now_s - since_s, now_s - known_s)
            for path, (signature, since_s, known_s) in self._known.items()
        ]
        return sorted(seen, key=lambda one: (one.signature.mtime_ns, one.path))

    def _aged(self, path: str, signature: Signature, now_s: float) -> tuple[Signature, float, float]:
        before, since_s, known_s = self._known.get(path, (None, now_s, now_s))
        return (signature, since_s if before == signature else now_s, known_s)


def signature_of(path: Path) -> Signature | None:
    """A file as it lies there now; None where it is gone. Raises `OSError`."""
    try:
        return _signature(path.lstat())
    except FileNotFoundError:
        return None


def _files(folder: str, aside: set[str], unseen: dict[str, str]) -> Iterator[tuple[str, Signature]]:
    """All files below, of folders as deep as anybody may have made them. Raises `OSError` for `folder`."""
    waiting = _entries(folder)
    while waiting:
        entry = waiting.pop()
        if entry.name.startswith(".") or entry.path in aside:
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                waiting += _entries(entry.path)
            elif entry.is_file(follow_symlinks=False) and not entry.name.lower().endswith(UNFINISHED):
                yield from _looked_at(entry)
        except FileNotFoundError:  # it has been moved since
            continue
        except OSError as error:  # such as `lost+found`, which is not ours to read
            unseen[entry.path] = error.strerror or type(error).__name__


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def _looked_at(entry: os.DirEntry[str]) -> Iterator[tuple[str, Signature]]:
    found = entry.stat(follow_symlinks=False)
    if stat.S_ISREG(found.st_mode):
        yield entry.path, _signature(found)


def _signature(found: os.stat_result) -> Signature:
    return Signature(found.st_size, found.st_mtime_ns)
