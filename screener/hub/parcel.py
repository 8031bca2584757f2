"""A parcel as a hub knows it: its manifest, the images of one pass, and what a simulation knows besides."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from screener.contracts import topics
from screener.contracts.publishing import manifest_message, scan_message
from screener.contracts.wire import Energy, Manifest, PitchMm, ScanHeaders
from screener.stream.port import Message


@dataclass(frozen=True, slots=True)
class ScanImage:
    """One view as its scanner encoded it."""

    content: bytes
    content_type: str
    pitch_mm: PitchMm
    energy: Energy


@dataclass(frozen=True, slots=True)
class KnownContents:
    """What a parcel truly holds; `kind` is the name of its load, `clean` where it has none.

    `tip`: the load was laid over the scan (threat image projection), and no parcel ever held it.
    """

    kind: str
    sticks: int
    tobacco_g: float
    e_cigarettes: int
    over: bool
    tip: bool = False


@dataclass(frozen=True, slots=True)
class TrafficParcel:
    """A parcel on its way through a hub; `truth` and `origin` (a file) where they are known.

    `ring` names the people who split one load over many parcels; `scanned_before` is True of a re-scan.
    """

    manifest: Manifest
    scan_id: str
    scanner: str
    images: tuple[ScanImage, ...]
    scanned_at: datetime
    truth: KnownContents | None = None
    origin: str | None = None
    ring: str | None = None
    scanned_before: bool = False


def manifest_of(parcel: TrafficParcel) -> Message:
    """The manifest, for the hub's topic."""
    manifest = parcel.manifest
    sent = manifest_message(manifest, event_id=f"{manifest.parcel_id}/manifest", time=manifest.declared_at)
    return Message(topics.manifests(manifest.hub), sent.key, sent.value, sent.headers)


def scans_of(parcel: TrafficParcel, *, barcode: bool = True) -> list[Message]:
    """All views, for the hub's topic; without `barcode` they name no parcel."""
    return [_scan(parcel, view, barcode) for view in range(1, len(parcel.images) + 1)]


def _scan(parcel: TrafficParcel, view: int, barcode: bool) -> Message:
    image = parcel.images[view - 1]
    headers = ScanHeaders(
        hub=parcel.manifest.hub,
        parcel_id=parcel.manifest.parcel_id if barcode else None,
        scan_id=parcel.scan_id,
        view=view,
        views=len(parcel.images),
        scanner=parcel.scanner,
        pitch_mm=image.pitch_mm,
        energy=image.energy,
        sha256=hashlib.sha256(image.content).hexdigest(),
        content_type=image.content_type,
        time=parcel.scanned_at,
    )
    what = "rescan" if parcel.scanned_before else "scan"
    sent = scan_message(headers, image.content, event_id=f"{parcel.manifest.parcel_id}/{what}/{view}")
    return Message(topics.scans(headers.hub), sent.key, sent.value, sent.headers)
