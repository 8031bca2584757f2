"""Files that may be replaced while a worker runs: a bad new one never goes into service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import structlog

from screener.errors import BadConfig

logger = structlog.get_logger(__name__)
Stamp = tuple[tuple[Path, tuple[int, int] | None], ...]
Refused = Callable[[BadConfig], None]


class Identified(Protocol):
    """What is reloaded says which one it is."""

    @property
    def id(self) -> str: ...


Value = TypeVar("Value", bound=Identified)


class Reloader(Generic[Value]):
    """The value that serves now: looks at its files every few seconds, keeps the old one if a new one is bad.

    A file that is written in place may be read half-written; rename a finished one over it.
    """

    def __init__(
        self,
        kind: str,
        *,
        files: Callable[[], Iterable[Path]],
        load: Callable[[Value | None], Value],
        every_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        refused: Refused = lambda _: None,
    ) -> None:
        """Load the first value of `files`. `load` is given what serves; raises `BadConfig` as it does."""
        self._kind = kind
        self._files = files
        self._load = load
        self._every_s = every_s
        self._clock = clock
        self._refused = refused
        self._stamp = _stamp(files())
        self._value = load(None)
        self._looked_at = clock()

    def current(self) -> Value:
        """The newest value that was found good."""
        now = self._clock()
        if now - self._looked_at >= self._every_s:
            self._looked_at = now
            self._look()
        return self._value

    def _look(self) -> None:
        stamp = _stamp(self._files())
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._value = self._load(self._value)
        except BadConfig as error:
            logger.warning(f"{self._kind}_refused", serving=self._value.id, why=str(error))
            self._refused(error)
        else:
            logger.info(f"{self._kind}_loaded", id=self._value.id)


Item = TypeVar("Item")


class Folder(Generic[Item]):
    """What the files of a folder say, by file: looks every few seconds, and a bad file changes nothing.

    A file that is bad from the start says nothing, and one that is removed says nothing any more. A folder
    that is not there is empty.
    """

    def __init__(
        self,
        kind: str,
        folder: Path,
        *,
        pattern: str,
        load: Callable[[Path, Mapping[Path, Item]], Item],
        every_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        refused: Refused = lambda _: None,
    ) -> None:
        """Load all files. `load` is given one and what the others say; raises `BadConfig` where it is bad."""
        self._kind = kind
        self._folder = folder
        self._pattern = pattern
        self._load = load
        self._every_s = every_s
        self._clock = clock
        self._refused = refused
        self._stamps: dict[Path, tuple[int, int] | None] = {}
        self._items: Mapping[Path, Item] = {}
        self._look()

    def current(self) -> Mapping[Path, Item]:
        """What the files said when they were last good; another mapping where anything changed."""
        if self._clock() - self._looked_at >= self._every_s:
            self._look()
        return self._items

    def _look(self) -> None:
        self._looked_at = self._clock()
        stamps = {file: _file_stamp(file) for file in sorted(self._folder.glob(self._pattern))}
        changed = [file for file, stamp in stamps.items() if self._stamps.get(file) != stamp]
        gone = [file for file in self._items if file not in stamps]
        self._stamps = stamps
        if not changed and not gone:
            return
        self._items = {file: item for file, item in self._items.items() if file in stamps}
        for file in changed:
            self._take(file)

    def _take(self, file: Path) -> None:
        others = {other: item for other, item in self._items.items() if other != file}
        try:
            item = self._load(file, others)
        except BadConfig as error:
            logger.warning(
                f"{self._kind}_refused", file=file.name, serving=file in self._items, why=str(error)
            )
            self._refused(error)
        else:
            self._items = {**others, file: item}
            logger.info(f"{self._kind}_loaded", file=file.name)


def _stamp(files: Iterable[Path]) -> Stamp:
    return tuple((file, _file_stamp(file)) for file in files)


def _file_stamp(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
