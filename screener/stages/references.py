"""What scanners were commissioned with, as the files of the folder of scanners have it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from screener.core import scanners
from screener.core.drift import reference
from screener.core.drift.reference import Reference
from screener.core.scanners import Scanner
from screener.errors import BadConfig
from screener.reloading import Folder, Refused


@dataclass(frozen=True, slots=True)
class Commissioned:
    """A scanner with the reference that its file names, if it names one."""

    scanner: Scanner
    reference: Reference | None


class CommissionedScanners:
    """The references by scanner: looks at the folder every few seconds, and a bad file changes nothing."""

    def __init__(
        self,
        folder: Path,
        *,
        every_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        refused: Refused = lambda _: None,
    ) -> None:
        self._folder = Folder(
            "scanner", folder, pattern="*.toml", load=_read, every_s=every_s, clock=clock, refused=refused
        )
        self._read: Mapping[Path, Commissioned] = {}
        self._references: Mapping[tuple[str, str], Reference | None] = {}

    def reference(self, hub: str, scanner: str) -> Reference | None:
        """The reference of a scanner now."""
        read = self._folder.current()
        if read is not self._read:
            self._read = read
            self._references = {
                (one.scanner.hub, one.scanner.scanner): one.reference for one in read.values()
            }
        return self._references.get((hub, scanner))


def _read(source: Path, others: Mapping[Path, Commissioned]) -> Commissioned:
    scanner = scanners.read_alone(source, {path: one.scanner for path, one in others.items()})
    named = scanner.reference
    if named is None:
        return Commissioned(scanner, None)
    found = reference.read(scanners.verified(source, named.file, named.sha256), f"{source}: {named.file}")
    if not found.views:
        raise BadConfig(f"{source}: {named.file}: expected at least one view, got none; {scanners.MEND}")
    return Commissioned(scanner, found)
