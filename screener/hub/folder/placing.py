"""Where files go: moved whole, never over another, never deleted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from screener.errors import BadConfig, Unavailable
from screener.hub.folder.watching import Signature, signature_of

WHY = ".why.txt"
MOST_NAME_BYTES = 255
MOST_SUFFIX = 30


@dataclass(frozen=True, slots=True)
class Places:
    """The watched folder, and `sent` and `refused` on the same file system, made where they are missing."""

    watch: Path
    sent: Path
    refused: Path

    @classmethod
    def open(cls, watch: Path, sent: str, refused: str) -> Places:
        """The folders, `sent` and `refused` seen from `watch`. Raises `BadConfig`."""
        places = cls(watch.absolute(), watch.absolute() / sent, watch.absolute() / refused)
        try:
            device = places.watch.stat().st_dev
            for aside in (places.sent, places.refused):
                aside.mkdir(parents=True, exist_ok=True)
                _expect_near(aside, device)
        except OSError as error:
            raise BadConfig(f"{error.filename or watch}: cannot be used ({error.strerror})") from error
        return places

    def beneath(self, path: Path) -> str:
        """The name of a file from the watched folder on."""
        return path.relative_to(self.watch).as_posix()


@dataclass(frozen=True, slots=True)
class Mover:
    """Moves files out of the watched folder, into a folder of the day."""

    places: Places
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def to_sent(self, files: Sequence[tuple[Path, Signature | None]]) -> bool:
        """Move files that the log has, the last one last; False if that one has been written to since.

        A signature of None lets a file pass as it is. Raises `Unavailable`.
        """
        moved = [self._move(path, self.places.sent, signature) for path, signature in files]
        return all(moved)

    def to_refused(self, files: Sequence[tuple[Path, Signature | None]], why: str) -> None:
        """Move files that break the contract, and say why beside the last of them. Raises `Unavailable`.

        That one goes first: without its companions it might be one that could be sent.
        """
        *companions, (first, signature) = files
        target = self._free(first, self.places.refused)
        self._write(_beside(target), (why.rstrip() + "\n").encode(errors="backslashreplace"))
        self._rename(first, target, signature)
        for path, known in companions:
            self._move(path, self.places.refused, known)

    def refuse_part(self, path: Path, name: str, content: bytes, why: str) -> None:
        """Lay a part of a file among the refused, under a name that is always the same for it."""
        target = self._dated(path, self.places.refused).with_name(name)
        self._write(_beside(target), (why.rstrip() + "\n").encode(errors="backslashreplace"))
        self._write(target, content)

    def _move(self, path: Path, folder: Path, signature: Signature | None) -> bool:
        return self._rename(path, self._free(path, folder), signature)

    def _rename(self, path: Path, target: Path, signature: Signature | None) -> bool:
        """Move; what was written to after we had read it stays, or goes back: that has not been sent."""
        try:
            return _renamed(path, target, signature)
        except FileNotFoundError:  # somebody else has taken it away: it is not ours to look for
            return True
        except OSError as error:
            raise Unavailable(f"{path}: cannot be moved to {target.parent} ({error.strerror})") from error

    def _write(self, target: Path, content: bytes) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            aside = target.with_name(".writing.tmp")
            with aside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        except OSError as error:
            raise Unavailable(f"{target}: cannot be written ({error.strerror})") from error

    def _dated(self, path: Path, folder: Path) -> Path:
        return folder / f"{self.now():%Y-%m-%d}" / self.places.beneath(path)

    def _free(self, path: Path, folder: Path) -> Path:
        """Where nothing lies yet: the name itself, or with a number."""
        wanted = self._dated(path, folder)
        return next(place for place in _numbered(wanted) if not os.path.lexists(place))


def _beside(target: Path) -> Path:
    """Where it is said why `target` was refused: names have at most 255 bytes."""
    name = os.fsencode(target.name)[: MOST_NAME_BYTES - len(WHY)].decode(errors="ignore")
    return target.with_name(name + WHY)


def _renamed(path: Path, target: Path, signature: Signature | None) -> bool:
    if signature is not None and signature_of(path) != signature:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)
    changed = signature is not None and signature_of(target) != signature
    if changed and not path.exists():
        target.rename(path)
    return not changed


def _numbered(wanted: Path) -> Iterator[Path]:
    yield wanted
    for number in count(2):
        yield wanted.with_name(shortened(wanted.stem, f".{number}{wanted.suffix[:MOST_SUFFIX]}"))


def shortened(stem: str, ending: str) -> str:
    """A name of at most 255 bytes, its ending whole."""
    end = os.fsencode(ending)
    return os.fsdecode(os.fsencode(stem)[: MOST_NAME_BYTES - len(end)] + end)


def _expect_near(aside: Path, device: int) -> None:
    if aside.stat().st_dev != device:
        raise BadConfig(
            f"{aside}: expected a folder on the file system that is watched, got another: "
            "files are moved whole, never copied"
        )
