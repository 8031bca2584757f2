"""From an image file and what is said of it to the message of a scan."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from screener.contracts import topics
from screener.contracts.publishing import scan_message
from screener.contracts.reading import read_scan_headers, read_scan_value
from screener.contracts.wire import ImageReference, ScanHeaders
from screener.errors import BadInput
from screener.hub.exports.export import exported
from screener.hub.exports.settle import settled
from screener.hub.exports.sidecar import Sidecar
from screener.hub.folder.large import MOST_INLINE_BYTES, Shelter
from screener.hub.folder.naming import Named, NamePattern
from screener.hub.folder.settings import FolderSettings
from screener.hub.folder.watching import Signature
from screener.stream.port import Message

logger = structlog.get_logger(__name__)

RAW = ".raw"
"""Files of this suffix lie as [scans] raw says, where no sidecar says another thing."""

SAID_ONCE = ("parcel_id", "scan_id", "view", "views")
"""What name and sidecar may both say, and then alike: two parcels for one image is no small thing."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """The how-manieth time (from 1) a file of this name, with other content each time, lay in the folder.

    `name` is seen from the watched folder.
    """

    name: str
    number: int
    signature: Signature


class ScanWriter:
    """Writes the messages of scans."""

    def __init__(self, settings: FolderSettings, shelter: Shelter) -> None:
        self._settings = settings
        self._shelter = shelter
        self._pattern = NamePattern(settings.scans.name) if settings.scans.name else None

    def named(self, path: Path) -> Named | None:
        """What the file's name says, or None where it is of no pattern. Raises `BadInput`."""
        return self._pattern.read(path.name) if self._pattern else None

    def message(self, path: Path, sidecar: Sidecar | None, event_id: str, occasion: Occasion) -> Message:
        """The message of one image.

        Raises `BadInput` where the file or what is said of it breaks the contract, `Unavailable` where a
        large image cannot be put into its place, `OSError` where the file cannot be read.
        """
        named = self.named(path)
        said = _agreed(sidecar or Sidecar(), named.says if named else Sidecar())
        usual = self._settings.scans.usual()
        if said.raw is None and path.suffix.lower() == RAW:
            said = msgspec.structs.replace(said, raw=usual.raw)
        export = exported(path, said, self._settings.images)
        found = settled(said, export, usual)
        for doubt in (*export.doubts, *found.doubts):
            logger.warning("doubtful", file=occasion.name, doubt=doubt)
        image = self._shelter.sheltered(export.content, export.content_type)
        sha256 = hashlib.sha256(export.content).hexdigest()
        scan = self._headers(found.facts, named, occasion, sha256, export.content_type)
        return self._checked(scan, image, event_id)

    def _headers(
        self, facts: Sidecar, named: Named | None, occasion: Occasion, sha256: str, content_type: str
    ) -> ScanHeaders:
        parcel_id = None if facts.parcel_id in self._settings.scans.unread else facts.parcel_id
        missing = [name for name in ("scanner", "pitch_mm", "energy") if getattr(facts, name) is None]
        if facts.views is not None and facts.view is None and facts.views > 1:
            missing.append("view")
        if missing:
            raise BadInput(
                "header_missing",
                f"{', '.join(missing)}: neither in the name, nor in the sidecar, nor in the file; "
                "where it is the same for all files, set it in [scans]",
            )
        assert facts.scanner is not None
        assert facts.pitch_mm is not None
        assert facts.energy is not None
        return ScanHeaders(
            hub=self._settings.hub,
            parcel_id=parcel_id,
            scan_id=facts.scan_id or self._scan_id(parcel_id, named, occasion),
            view=facts.view or 1,
            views=facts.views or facts.view or 1,
            scanner=facts.scanner,
            pitch_mm=facts.pitch_mm,
            energy=facts.energy,
            sha256=sha256,
            content_type=content_type,
            time=facts.time or self._time(occasion),
        )

    def _scan_id(self, parcel_id: str | None, named: Named | None, occasion: Occasion) -> str:
        """One id for all views of one pass, another for the next: files of the next have the same names."""
        folder, _, name = occasion.name.rpartition("/")
        views = f"{folder}/{named.group if named else name}"
        mark = hashlib.sha256(f"{self._settings.slot}\n{views}\n{occasion.number}".encode()).hexdigest()
        return f"{(parcel_id or 'unread')[:40]}.{mark[:16]}"

    def _time(self, occasion: Occasion) -> datetime | None:
        return None if self._settings.scans.time == "none" else occasion.signature.written()

    def _checked(self, scan: ScanHeaders, image: bytes | ImageReference, event_id: str) -> Message:
        """The message, read as Screener will read it. Raises `BadInput`."""
        outgoing = scan_message(scan, image, event_id=event_id)
        headers = read_scan_headers(outgoing.headers, scan.hub, outgoing.key)
        read_scan_value(outgoing.value, headers, MOST_INLINE_BYTES)
        return Message(topics.scans(scan.hub), outgoing.key, outgoing.value, outgoing.headers)


def _agreed(sidecar: Sidecar, name: Sidecar) -> Sidecar:
    """The sidecar, with what the name alone says. Raises `BadInput` where they contradict each other."""
    for field in SAID_ONCE:
        ours, theirs = getattr(sidecar, field), getattr(name, field)
        if ours is not None and theirs is not None and ours != theirs:
            raise BadInput("schema", f"{field}: the file's name says another than its sidecar")
    says = {field: getattr(name, field) for field in (*SAID_ONCE, "scanner")}
    return msgspec.structs.replace(
        sidecar, **{field: value for field, value in says.items() if getattr(sidecar, field) is None}
    )
