"""What a hub publishes: manifests and scans as key, headers and value, for any Kafka client."""

from __future__ import annotations

from datetime import datetime

from screener.contracts import cloudevents
from screener.contracts.cloudevents import Event
from screener.contracts.outgoing import Outgoing
from screener.contracts.reading import encode
from screener.contracts.wire import ImageReference, Manifest, ScanHeaders


def manifest_message(
    manifest: Manifest, *, event_id: str, time: datetime | None = None, traceparent: str | None = None
) -> Outgoing:
    """A manifest for `topics.manifests(manifest.hub)`; a repeated message has the same `event_id`."""
    event = Event(
        id=event_id,
        source=f"/hubs/{manifest.hub}",
        type=cloudevents.MANIFEST,
        subject=manifest.parcel_id,
        time=time,
        content_type=cloudevents.JSON,
        traceparent=traceparent,
    )
    return Outgoing(
        key=manifest.parcel_id.encode(), headers=cloudevents.to_headers(event), value=encode(manifest)
    )


def scan_message(
    scan: ScanHeaders, image: bytes | ImageReference, *, event_id: str, traceparent: str | None = None
) -> Outgoing:
    """A scan for `topics.scans(scan.hub)`: the image itself, or a reference to one that is too large."""
    event = Event(
        id=event_id,
        source=f"/hubs/{scan.hub}",
        type=cloudevents.SCAN,
        subject=scan.parcel_id,
        time=scan.time,
        content_type=scan.content_type if isinstance(image, bytes) else cloudevents.IMAGE_REFERENCE,
        traceparent=traceparent,
        extensions={
            "scanid": scan.scan_id,
            "view": str(scan.view),
            "views": str(scan.views),
            "scanner": scan.scanner,
            "pitchacross": _decimal_mm(scan.pitch_mm.across),
            "pitchalong": _decimal_mm(scan.pitch_mm.along),
            "energy": scan.energy.value,
            "sha256": scan.sha256,
        },
    )
    return Outgoing(
        key=scan.parcel_id.encode() if scan.parcel_id else None,
        headers=cloudevents.to_headers(event),
        value=image if isinstance(image, bytes) else encode(image),
    )


def _decimal_mm(pitch_mm: float) -> str:
    """Millimetres to the nanometre, without an exponent."""
    return f"{pitch_mm:.6f}".rstrip("0").rstrip(".")
