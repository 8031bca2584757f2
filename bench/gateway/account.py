"""Whether all is well at the end: every file in its place, every message in its topic once."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.gateway.feed import Fed
from screener.contracts import topics
from screener.hub.folder.placing import WHY
from screener.stream.port import Log, Partition, Record


@dataclass(frozen=True)
class Account:
    """What was found; `faults` says what is not as it must be."""

    sent: int
    refused: int
    scans: int
    manifests: int
    faults: tuple[str, ...]


def account(log: Log, hub: str, folder: Path, fed: Fed) -> Account:
    """Count files and messages, and hold them against what was fed."""
    sent, refused = _contents(folder / "sent"), _contents(folder / "refused")
    scans = Counter(_view(record) for record in _records(log, topics.scans(hub)))
    manifests = Counter((record.key or b"").decode() for record in _records(log, topics.manifests(hub)))
    wanted: dict[str, Counter[Any]] = {
        "files lost": fed.files - (sent + refused),
        "files that nobody fed": (sent + refused) - fed.files,
        "scans lost": Counter(fed.images) - scans,
        "scans too many": scans - Counter(fed.images),
        "manifests lost": Counter(fed.parcels) - manifests,
        "manifests too many": manifests - Counter(fed.parcels),
    }
    faults = [f"{name}: {found.total()}, as {next(iter(found))}" for name, found in wanted.items() if found]
    if refused.total() != fed.broken:
        faults.append(f"refused: {refused.total()}, broken were {fed.broken}")
    return Account(sent.total(), refused.total(), scans.total(), manifests.total(), tuple(faults))


def left_in(folder: Path) -> list[str]:
    """The files that still lie in the watched folder itself."""
    return [path.name for path in folder.iterdir() if path.is_file()]


def _contents(folder: Path) -> Counter[str]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(WHY))
    return Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)


def _view(record: Record) -> tuple[str, int]:
    return (record.key or b"").decode(), int(record.header("ce_view") or b"0")


def _records(log: Log, topic: str) -> list[Record]:
    partitions = [Partition(topic, number) for number in range(log.topics()[topic])]
    return [record for one in partitions for record in log.read(one, log.start(one), log.end(one))]
