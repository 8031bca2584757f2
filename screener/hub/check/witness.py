"""From records to facts: each message is read as [score] would read it, and its image looked at by turns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from screener.contracts import cloudevents, topics
from screener.contracts.reading import read_manifest, read_scan_headers, read_scan_value
from screener.contracts.wire import ImageReference, Manifest, ScanHeaders
from screener.errors import BadInput
from screener.hub.check.facts import ManifestFact, Place, Refusal, ScanFact, Stretch
from screener.hub.check.lens import MODEL_PITCH_MM, Sight
from screener.hub.check.texts import doubts
from screener.imaging.picture import Request
from screener.imaging.prepare import resampled_size
from screener.stream.port import Record

See = Callable[[Request], Sight]
Fetch = Callable[[ImageReference], bytes]

MAX_IMAGE_BYTES = 32 * 1024 * 1024


@dataclass(slots=True)
class Turns:
    """Whose image is looked at: all of a scanner's at first, then ever fewer, `most` at the most."""

    most: int
    _seen: dict[str, int] = field(default_factory=dict)
    _taken: dict[str, int] = field(default_factory=dict)

    def take(self, scanner: str) -> bool:
        seen = self._seen[scanner] = self._seen.get(scanner, 0) + 1
        taken = self._taken.get(scanner, 0)
        stride = 1 + taken * 10 // self.most if taken > self.most // 2 else 1
        if taken >= self.most or seen % stride:
            return False
        self._taken[scanner] = taken + 1
        return True


@dataclass(slots=True)
class Witness:
    """Reads a hub's messages one after the other. `see` looks at an image, `fetch` gets one by reference."""

    hub: str
    see: See
    fetch: Fetch
    turns: Turns
    samples: int = 6
    thumbnails: dict[Place, bytes] = field(default_factory=dict)
    _manifests: list[ManifestFact] = field(default_factory=list)
    _scans: list[ScanFact] = field(default_factory=list)
    _refusals: list[Refusal] = field(default_factory=list)
    _messages: int = 0

    def read(self, records: Iterable[Record]) -> None:
        """Take these messages in."""
        for record in records:
            self.take(record, place_of(record))

    def take(self, record: Record, place: Place) -> None:
        """Take one message in, which lies at `place`."""
        self._messages += 1
        if record.partition.topic == topics.manifests(self.hub):
            self._read_manifest(record, place)
        elif record.partition.topic == topics.scans(self.hub):
            self._read_scan(record, place)

    def refuse(self, place: Place, error: BadInput, *, of_scan: bool) -> None:
        """A file that could not become a message."""
        self._messages += 1
        self._refuse(place, of_scan, error)

    def stretch(self, *, timed: bool = True) -> Stretch:
        """All facts so far, in the order of their log times."""
        return Stretch(
            hub=self.hub,
            manifests=tuple(sorted(self._manifests, key=lambda fact: fact.log_ms)),
            scans=tuple(sorted(self._scans, key=lambda fact: fact.log_ms)),
            refusals=tuple(self._refusals),
            messages=self._messages,
            timed=timed,
        )

    def _read_manifest(self, record: Record, place: Place) -> None:
        try:
            manifest = read_manifest(record.value, record.headers, self.hub, record.key)
        except BadInput as error:
            self._refuse(place, False, error)
            return
        self._manifests.append(manifest_fact(manifest, place, record))

    def _read_scan(self, record: Record, place: Place) -> None:
        try:
            headers = read_scan_headers(record.headers, self.hub, record.key)
        except BadInput as error:
            self._refuse(place, True, error)
            return
        fact = scan_fact(headers, place, record)
        try:
            fact = self._seen(fact, headers, record)
        except BadInput as error:
            self._refuse(place, True, error)
        self._scans.append(fact)

    def _seen(self, fact: ScanFact, headers: ScanHeaders, record: Record) -> ScanFact:
        """The fact with its look where it is this scan's turn. Raises `BadInput`."""
        value = read_scan_value(record.value, headers, MAX_IMAGE_BYTES)
        if not self.turns.take(fact.scanner):
            return fact
        content_type = value.content_type if isinstance(value, ImageReference) else headers.content_type
        data = self.fetch(value) if isinstance(value, ImageReference) else value
        request = Request(data, content_type, fact.across_mm, fact.along_mm, fact.energy)
        sight = self.see(request)
        if len(self.thumbnails) < self.samples * 8:
            self.thumbnails[fact.place] = sight.thumbnail
        self._check_size(fact, sight)
        return replace(fact, look=sight.look)

    def _check_size(self, fact: ScanFact, sight: Sight) -> None:
        """[score] would refuse it too, but what it shows may say why."""
        look = sight.look
        try:
            resampled_size(look.rows, look.cols, fact.across_mm, fact.along_mm, MODEL_PITCH_MM)
        except BadInput as error:
            self._refuse(fact.place, True, error)

    def _refuse(self, place: Place, of_scan: bool, error: BadInput) -> None:
        self._refusals.append(Refusal(place=place, of_scan=of_scan, reason=error.reason, detail=error.detail))


def place_of(record: Record) -> Place:
    """Where the record lies."""
    return Place(record.partition.topic, record.partition.number, record.offset)


def manifest_fact(manifest: Manifest, place: Place, record: Record) -> ManifestFact:
    """What is kept of a manifest."""
    size = manifest.size_mm
    sides = (manifest.consignor, manifest.consignee)
    return ManifestFact(
        place=place,
        log_ms=record.timestamp_ms,
        event_id=cloudevents.from_headers(record.headers).id,
        digest=_digest(record.value or b""),
        parcel_id=manifest.parcel_id,
        waybill=manifest.waybill,
        declared_ms=_ms(manifest.declared_at),
        decide_by_ms=None if manifest.decide_by is None else _ms(manifest.decide_by),
        weight_g=manifest.weight_g,
        size_mm=None if size is None else (size.length, size.width, size.height),
        lines=len(manifest.contents),
        currencies=tuple(line.value.currency for line in manifest.contents if line.value),
        regions=tuple(side.region for side in sides if side.region),
        phones=tuple(_digest(side.phone.encode()) for side in sides if side.phone),
        parties=(_digest(sides[0].name.encode()), _digest(sides[1].name.encode())),
        doubts=doubts(manifest),
    )


def scan_fact(headers: ScanHeaders, place: Place, record: Record) -> ScanFact:
    """What is kept of a scan before its image is looked at."""
    return ScanFact(
        place=place,
        log_ms=record.timestamp_ms,
        event_id=cloudevents.from_headers(record.headers).id,
        parcel_id=headers.parcel_id,
        scan_id=headers.scan_id,
        view=headers.view,
        views=headers.views,
        scanner=headers.scanner,
        across_mm=headers.pitch_mm.across,
        along_mm=headers.pitch_mm.along,
        energy=headers.energy,
        content_type=headers.content_type,
        taken_ms=None if headers.time is None else _ms(headers.time),
        sha256=headers.sha256,
        look=None,
    )


def _ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)


def _digest(text: bytes) -> bytes:
    """Tells equal texts of one run; kept in memory alone."""
    return hashlib.blake2b(text, digest_size=8).digest()
