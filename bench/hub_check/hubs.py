"""A sound hub's stream: what it knows of each parcel, and the messages it makes of that, in log order."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from msgspec import structs

from bench.hub_check.painting import Painted, View, painted
from screener.contracts import topics
from screener.contracts.publishing import manifest_message, scan_message
from screener.contracts.wire import Manifest, PitchMm, ScanHeaders
from screener.hub.chance import chance
from screener.hub.paperwork import manifest
from screener.lab.simulator.clutter import Stock
from screener.stream.port import Headers, Partition, Record

HUB = "east"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PARTITIONS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Shipment:
    """A parcel with all that the hub's systems know of it."""

    manifest: Manifest
    scan_id: str
    scanner: str
    views: tuple[View, ...]
    scanned_at: datetime
    announced_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as a hub's client hands it over, and when the log took it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    at: datetime

    @property
    def of_scan(self) -> bool:
        return self.topic.startswith(topics.SCANS)


def shipments(
    style: str, seed: int, count: int, make_seed: int | None = None, stock: Stock = "training"
) -> list[Shipment]:
    """The parcels of one scanner; manifests are sent some minutes ahead."""
    return [
        _shipment(f"xr-{style}-{seed}", seed, number, one)
        for number, one in enumerate(painted(style, seed, count, make_seed, stock))
    ]


def _shipment(scanner: str, seed: int, number: int, one: Painted) -> Shipment:
    rng = chance(seed, number, 0x4B)
    scanned_at = START + timedelta(seconds=7 * number + float(rng.uniform(0, 4)))
    announced_at = scanned_at - timedelta(minutes=float(rng.uniform(5, 40)))
    paper = manifest(
        rng,
        parcel_id=f"{zlib.crc32(scanner.encode()) % 10**6:06}{int(rng.integers(10**8)):08}",
        hub=HUB,
        goods=one.goods,
        declared_at=announced_at,
        weight_g=one.weight_g,
        size_mm=one.size_mm,
    )
    decide_by = scanned_at + timedelta(seconds=float(rng.uniform(90, 400)))
    paper = replace_struct(paper, decide_by=decide_by if seed % 2 else None)
    return Shipment(paper, f"S{paper.parcel_id}", scanner, one.views, scanned_at, announced_at)


def replace_struct(paper: Manifest, **fields: object) -> Manifest:
    """A manifest with other fields."""
    return structs.replace(paper, **fields)


def messages(parcels: Iterable[Shipment]) -> list[Sent]:
    """All messages of the parcels in the order in which the log takes them."""
    sent = [message for parcel in parcels for message in (_manifest(parcel), *_scans(parcel))]
    return sorted(sent, key=lambda message: message.at)


def _manifest(parcel: Shipment) -> Sent:
    paper = parcel.manifest
    made = manifest_message(paper, event_id=f"{paper.parcel_id}/m", time=parcel.announced_at)
    at = parcel.announced_at + timedelta(seconds=0.4)
    return Sent(topics.manifests(HUB), made.key, made.value, made.headers, at)


def _scans(parcel: Shipment) -> Iterable[Sent]:
    for number, view in enumerate(parcel.views, start=1):
        image, content_type = view.encode()
        yield scan_of(parcel, number, image, content_type)


def scan_of(parcel: Shipment, number: int, image: bytes, content_type: str) -> Sent:
    """One view with its image, as a sound client sends it."""
    view = parcel.views[number - 1]
    headers = ScanHeaders(
        hub=HUB,
        parcel_id=parcel.manifest.parcel_id,
        scan_id=parcel.scan_id,
        view=number,
        views=len(parcel.views),
        scanner=parcel.scanner,
        pitch_mm=PitchMm(across=round(view.across_mm, 4), along=round(view.along_mm, 4)),
        energy=view.energy,
        sha256=hashlib.sha256(image).hexdigest(),
        content_type=content_type,
        time=parcel.scanned_at,
    )
    made = scan_message(headers, image, event_id=f"{parcel.scan_id}/{number}")
    at = parcel.scanned_at + timedelta(seconds=1.1 + 0.2 * number)
    return Sent(topics.scans(HUB), made.key, made.value, made.headers, at)


def records(sent: Sequence[Sent]) -> list[Record]:
    """The messages as they lie in the log, by another partitioner than Kafka's own."""
    offsets: dict[Partition, int] = {}
    found = []
    for number, message in enumerate(sent):
        spread = zlib.crc32(message.key) if message.key is not None else number
        place = Partition(message.topic, spread % PARTITIONS)
        offsets[place] = offset = offsets.get(place, -1) + 1
        at_ms = int(message.at.timestamp() * 1000)
        found.append(Record(place, offset, at_ms, message.key, message.value, message.headers))
    return found


def mixed(seed: int, count: int, make_seed: int | None = None, stock: Stock = "training") -> list[Shipment]:
    """A hub with a colour scanner, a grey one and one that gives low/high pairs, each of its own parcels."""
    styles = ("colour", "grey", "pair")
    return [
        one
        for number, style in enumerate(styles)
        for one in shipments(style, seed, count, make_seed, stock)[number :: len(styles)]
    ]


def with_views(parcels: Sequence[Shipment], views: Sequence[tuple[View, ...]]) -> list[Shipment]:
    """The parcels with these views."""
    return [replace(parcel, views=own) for parcel, own in zip(parcels, views, strict=True)]


def drawn(seed: int, count: int, share: float) -> list[bool]:
    """Which of so many parcels a mistake befalls."""
    return [bool(hit) for hit in np.random.default_rng([seed, 0xFA]).random(count) < share]
