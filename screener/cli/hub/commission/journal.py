"""The run folder: what every step found is kept, as long as all that it depends on is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from screener.scoring.placing import write

Result = TypeVar("Result", bound=Struct)


class Entry(Struct, frozen=True):
    """A finished step: what it depended on, when it ended, and what it found."""

    key: str
    at: datetime
    result: Raw


class Left(Exception):
    """The run was to stop here."""


class Journal:
    """Steps one after the other; each depends on its own facts and on all steps before it.

    No step comes after the one called `until`. `told` hears of each step whether it is begun (None) or was
    kept (when it had ended).
    """

    def __init__(self, folder: Path, until: str, told: Callable[[str, datetime | None], None]) -> None:
        self.folder = folder
        self._until = until
        self._told = told
        self._last = ""
        self._key = ""

    def check_due(self) -> None:
        """Raises `Left` where the last step was the one to stop after."""
        if self._last == self._until:
            raise Left(self._until)

    def found(self, name: str, kind: type[Result]) -> Result | None:
        """What the step found in an earlier run, whatever it depended on."""
        entry = _read(self.folder / f"{name}.json")
        return None if entry is None else msgspec.json.decode(entry.result, type=kind)

    def forget(self, name: str) -> None:
        """The step will be done again."""
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def step(self, name: str, facts: Any, kind: type[Result], do: Callable[[], Result]) -> Result:
        """What the step found, now or in an earlier run. Raises `Left`."""
        self.check_due()
        self._last = name
        key = digest([self._key, facts])
        path = self.folder / f"{name}.json"
        entry = _read(path)
        if entry is not None and entry.key == key:
            self._key = key
            self._told(name, entry.at)
            return msgspec.json.decode(entry.result, type=kind)
        self._told(name, None)
        result = do()
        kept = Entry(key, datetime.now(UTC), Raw(msgspec.json.encode(result)))
        write(path, msgspec.json.encode(kept))
        self._key = key
        return result


def digest(facts: Any) -> str:
    """SHA-256 of facts as JSON: the same for the same."""
    return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).hexdigest()


def _read(path: Path) -> Entry | None:
    """A step as it was kept; one that was spoilt or is of another release is done again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Entry)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
