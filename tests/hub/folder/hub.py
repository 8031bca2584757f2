"""A folder gateway in this process, with a clock that a test turns."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import cv2
import msgspec
import numpy as np

from screener.config import LogSettings
from screener.contracts import topics
from screener.contracts.reading import read_manifest, read_scan_headers
from screener.contracts.wire import Energy, Manifest, PitchMm, ScanHeaders
from screener.hub.delivery import Passage
from screener.hub.folder.gateway import Gateway
from screener.hub.folder.large import Shelter
from screener.hub.folder.manifests import ManifestWriter
from screener.hub.folder.placing import WHY, Mover, Places
from screener.hub.folder.scans import ScanWriter
from screener.hub.folder.settings import Folders, FolderSettings, Manifests, Scans
from screener.hub.folder.watching import Watch
from screener.hub.outbox import Outbox
from screener.stages import topology
from screener.stream.port import Log, Record
from screener.stream.sqlite import Sqlite
from tests.contract.polling import everything

HUB = "east"
DAY = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)

SETTINGS = FolderSettings(
    hub=HUB,
    folders=Folders(steady_s=3.0, patience_s=60.0),
    scans=Scans(scanner="X1", pitch_mm=PitchMm(across=0.8, along=0.7), energy=Energy.DUAL),
    manifests=Manifests(constants={"courier": "Example Express"}),
)


def settings(**sections: object) -> FolderSettings:
    return msgspec.structs.replace(SETTINGS, **sections)


def picture(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Hub:
    """A watched folder, the log behind it, and the gateway between; killed and started at will."""

    def __init__(self, folder: Path, log: Log, wanted: FolderSettings) -> None:
        self.watched = folder / "watched"
        self.watched.mkdir(exist_ok=True)
        self.clock = Clock()
        self.log = log
        self._folder = folder
        self._settings = wanted
        self._wrote_ns = int(DAY.timestamp()) * 1_000_000_000
        self.start()

    def start(self) -> None:
        """Open everything, as a new process does."""
        places = Places.open(self.watched, "sent", "refused")
        self.outbox = Outbox(self._folder / "outbox.db", 1 << 24)
        self.gateway = Gateway(
            self._settings,
            self.outbox,
            watch=Watch(places.watch, [places.sent, places.refused], clock_s=self.clock),
            mover=Mover(places, lambda: DAY),
            scans=ScanWriter(self._settings, Shelter.open(self._settings.large)),
            manifests=ManifestWriter(self._settings),
        )

    def restart(self) -> None:
        """As after kill -9: nothing but the disk remembers."""
        self.outbox.close()
        self.start()

    def write(self, name: str, content: bytes | str) -> Path:
        """A file that is a second younger than the last one."""
        path = self.watched / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self._wrote_ns += 1_000_000_000
        os.utime(path, ns=(self._wrote_ns, self._wrote_ns))
        return path

    def turn(self, after_s: float = 0.0) -> None:
        self.clock.now_s += after_s
        self.gateway.turn()

    def deliver(self) -> None:
        """Send all that waits in the outbox."""
        with self.log.publisher(self._settings.slot) as publisher:
            passage = Passage(self.outbox, self.log, publisher)
            passage.recover()
            while sum(passage.send_some()):
                pass

    def settle(self, after_s: float = 10.0) -> None:
        """Look, wait, take, send, move."""
        self.turn()
        self.turn(after_s)
        self.deliver()
        self.turn()

    def scans(self) -> list[ScanHeaders]:
        return [read_scan_headers(one.headers, HUB, one.key) for one in self.records(topics.scans(HUB))]

    def manifests(self) -> list[Manifest]:
        records = self.records(topics.manifests(HUB))
        return [read_manifest(one.value, one.headers, HUB, one.key) for one in records]

    def records(self, topic: str) -> list[Record]:
        return everything(self.log, topic)

    def places(self) -> dict[str, list[str]]:
        """Names of files by where they lie: watched, sent, refused (without the whys)."""
        found: dict[str, list[str]] = {"watched": [], "sent": [], "refused": []}
        for path in sorted(self.watched.rglob("*")):
            place = path.relative_to(self.watched).parts[0]
            if path.is_file() and not path.name.endswith(WHY):
                found[place if place in found else "watched"].append(path.name)
        return found

    def why(self, name: str) -> str:
        """What is said beside a refused file."""
        (path,) = self.watched.glob(f"refused/**/{name}{WHY}")
        return path.read_text()


def published(hub: Hub) -> Counter[tuple[str | None, int]]:
    return Counter((scan.parcel_id, scan.view) for scan in hub.scans())


@contextmanager
def opened(folder: Path, wanted: FolderSettings = SETTINGS) -> Iterator[Hub]:
    with Sqlite(folder / "log.db") as log:
        log.create(topology.hub_specs(HUB, LogSettings(hub_partitions=2)))
        hub = Hub(folder, log, wanted)
        try:
            yield hub
        finally:
            hub.outbox.close()
