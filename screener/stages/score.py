"""[score]: checks what hubs send, seals what is personal, and has the model judge every scan.

Stateless. What breaks its contract becomes one dead letter; a scan that names its parcel and cannot be
judged becomes evidence of that too, so that [decide] need not wait for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from screener.contracts import cloudevents, dead_letter, times, topics
from screener.contracts.cloudevents import Event, from_headers
from screener.contracts.reading import (
    RESERVED_PREFIX,
    encode,
    read_manifest,
    read_scan_headers,
    read_scan_value,
)
from screener.contracts.wire import (
    DeadLetter,
    Failure,
    Findings,
    ImageAddress,
    ImageReference,
    LogAddress,
    Manifest,
    ManifestEvidence,
    Progress,
    ReadUntil,
    ScanEvidence,
    ScanHeaders,
)
from screener.core.parcel import milliseconds, time_of
from screener.errors import BadInput
from screener.imaging.picture import Request
from screener.sealing.parties import party_aad, seal_party
from screener.sealing.records import seal_record
from screener.sealing.ring import KeyRing
from screener.stages.breaker import Breaker
from screener.stages.looks import look_message, look_of
from screener.stages.scorer import Asked, Judged, Scorer, Unscored, Verdict
from screener.stream.port import MAX_MESSAGE_BYTES, Message, Record, Subscription
from screener.stream.runner import Reading, Step
from screener.stream.state import Table

logger = structlog.get_logger(__name__)

SOURCE = "screener/score"
_EARLIEST_MS, _LATEST_MS = milliseconds(times.EARLIEST), milliseconds(times.LATEST)


@dataclass(frozen=True, slots=True)
class PendingScan:
    """A scan whose headers are sound, on its way to the model.

    `value` is its image, where its image lies, or why neither can be had.
    """

    record: Record
    headers: ScanHeaders
    parcel_id: str
    value: bytes | ImageReference | BadInput
    image: ImageAddress


@dataclass(frozen=True, slots=True)
class SealedManifest:
    """A sound manifest, sealed."""

    record: Record
    evidence: ManifestEvidence


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that breaks its contract."""

    record: Record
    error: BadInput


@dataclass(frozen=True, slots=True)
class Score:
    """The stage. `fetch` brings an image by reference, `topic_sizes` counts the partitions of all topics."""

    ring: KeyRing
    scorer: Scorer
    breaker: Breaker
    fetch: Callable[[ImageReference], bytes]
    topic_sizes: Callable[[], Mapping[str, int]]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    name = "score"
    changelog = None
    subscription = Subscription(pattern=topics.HUB_INPUTS)

    def assigned(self, tables: Mapping[int, Table]) -> None:
        """Nothing to restore."""

    def step(self, records: Sequence[Record], reading: Reading | None) -> Step:
        admitted = [self._admit(record) for record in records]
        judged = self.scorer.judge(self._asked(one) for one in admitted if isinstance(one, PendingScan))
        said = [pair for one in admitted for pair in self._say(one, judged)]
        messages = [message for message, _ in said]
        if reading is not None:
            messages += self._progress(reading)
        paused = frozenset(topic for hub in self.breaker.paused() for topic in _inputs(hub))
        return Step(messages, paused=paused, told=[value for _, value in said])

    def _admit(self, record: Record) -> SealedManifest | PendingScan | Rejected:
        hub = str(topics.hub_of(record.partition.topic))
        try:
            _check_time(record)
            if record.partition.topic.startswith(topics.MANIFESTS):
                return self._manifest(record, hub)
            return self._pending(record, hub)
        except BadInput as error:
            return Rejected(record, error)

    def _manifest(self, record: Record, hub: str) -> SealedManifest:
        manifest = read_manifest(record.value, record.headers, hub, record.key)
        return SealedManifest(record, sealed_manifest(manifest, record, self.ring))

    def _pending(self, record: Record, hub: str) -> PendingScan:
        headers = read_scan_headers(record.headers, hub, record.key)
        parcel_id = headers.parcel_id or unread_id(headers.scan_id)
        try:
            value: bytes | ImageReference | BadInput
            value = read_scan_value(record.value, headers, MAX_MESSAGE_BYTES)
        except BadInput as error:
            value = error
        return PendingScan(record, headers, parcel_id, value, _image_address(record, headers, value))

    def _asked(self, scan: PendingScan) -> Asked:
        return Asked(scan.headers.hub, scan.headers.scanner, self._request(scan))

    def _request(self, scan: PendingScan) -> Request | BadInput:
        """What the decoder needs to know; an image by reference is fetched now, when its turn has come."""
        value = scan.value
        if isinstance(value, BadInput):
            return value
        try:
            content = self.fetch(value) if isinstance(value, ImageReference) else value
        except BadInput as error:
            return error
        pitch = scan.headers.pitch_mm
        return Request(content, scan.image.content_type, pitch.across, pitch.along, scan.headers.energy)

    def _say(
        self, one: SealedManifest | PendingScan | Rejected, answers: Iterator[Judged]
    ) -> Iterator[tuple[Message, object]]:
        """The messages that come of one record, each with the value it encodes."""
        if isinstance(one, Rejected):
            yield self._reject(one.record, one.error)
        elif isinstance(one, SealedManifest):
            yield self._accept(one.record, one.evidence)
        else:
            judged = next(answers)
            evidence = self._scan_evidence(one, judged.verdict)
            if isinstance(judged.verdict, BadInput):
                yield self._reject(one.record, judged.verdict)
                yield _evidence(one.record, evidence), evidence
            else:
                yield self._accept(one.record, evidence)
            look = look_of(evidence, judged.glance, judged.size_px)
            yield look_message(look, one.record), look

    def _accept(
        self, record: Record, evidence: ManifestEvidence | ScanEvidence
    ) -> tuple[Message, ManifestEvidence | ScanEvidence]:
        self.breaker.add(evidence.hub, bad=False)
        return _evidence(record, evidence), evidence

    def _scan_evidence(self, scan: PendingScan, verdict: Verdict) -> ScanEvidence:
        headers = scan.headers
        return ScanEvidence(
            hub=headers.hub,
            parcel_id=scan.parcel_id,
            identified=headers.parcel_id is not None,
            scan_id=headers.scan_id,
            view=headers.view,
            views=headers.views,
            scanner=headers.scanner,
            energy=headers.energy,
            pitch_mm=headers.pitch_mm,
            image=scan.image,
            findings=verdict if isinstance(verdict, Findings) else None,
            failure=_failure(verdict),
            scanned_at=headers.time,
            arrived_at=time_of(scan.record.timestamp_ms),
            scored_at=self.clock(),
        )

    def _reject(self, record: Record, error: BadInput) -> tuple[Message, DeadLetter]:
        """The record sealed whole, with where it lay and why it was refused."""
        hub = topics.hub_of(record.partition.topic)
        self.breaker.add(str(hub), bad=True)
        letter = DeadLetter(
            stage=self.name,
            reason=error.reason,
            detail=error.detail,
            topic=record.partition.topic,
            partition=record.partition.number,
            offset=record.offset,
            timestamp_ms=record.timestamp_ms,
            hub=hub,
            key_id=self.ring.seal_key_id,
            rejected_at=self.clock(),
        )
        aad = dead_letter.origin(letter.topic, letter.partition, letter.offset)
        sealed = seal_record(record.key, record.headers, record.value, ring=self.ring, aad=aad)
        out = dead_letter.to_message(letter, sealed.box)
        logger.info("rejected", hub=hub, reason=error.reason, origin=aad.decode())
        return Message(topics.REJECTED, out.key, out.value, out.headers), letter

    def _progress(self, reading: Reading) -> list[Message]:
        """How far our inputs have been read, told to every partition of the evidence."""
        sizes = self.topic_sizes()
        hubs = sorted({hub for owned in reading.lags if (hub := topics.hub_of(owned.topic))})
        if not hubs:
            return []
        read_until = tuple(
            ReadUntil(topic=owned.topic, partition=owned.number, time_ms=time_ms)
            for owned, time_ms in sorted(reading.until_ms.items())
        )
        inputs = {topic: sizes.get(topic, 0) for hub in hubs for topic in _inputs(hub)}
        value = encode(Progress(read_until=read_until, inputs=inputs))
        headers = _evidence_headers(f"progress/{self.clock().isoformat()}", None, None)
        partitions = range(sizes.get(topics.EVIDENCE, 0))
        return [Message(topics.EVIDENCE, None, value, headers, partition=number) for number in partitions]


def _inputs(hub: str) -> tuple[str, str]:
    return topics.manifests(hub), topics.scans(hub)


def sealed_manifest(manifest: Manifest, record: Record, ring: KeyRing) -> ManifestEvidence:
    """A manifest as evidence: its personal data sealed and linked, the rest as it came."""
    consignor = seal_party(manifest.consignor, ring, party_aad(manifest.parcel_id, "consignor"))
    consignee = seal_party(manifest.consignee, ring, party_aad(manifest.parcel_id, "consignee"))
    return ManifestEvidence(
        hub=manifest.hub,
        parcel_id=manifest.parcel_id,
        waybill=manifest.waybill,
        courier=manifest.courier,
        consignor=consignor,
        consignee=consignee,
        contents=manifest.contents,
        weight_g=manifest.weight_g,
        size_mm=manifest.size_mm,
        declared_at=manifest.declared_at,
        decide_by=manifest.decide_by,
        digest=_keyed_digest(record.value or b"", ring),
        arrived_at=time_of(record.timestamp_ms),
    )


def _keyed_digest(value: bytes, ring: KeyRing) -> str:
    """Equal manifests, equal digest; without the key nobody can try out what a manifest might have said."""
    keyed = ring.hashed("manifest", hashlib.sha256(value).hexdigest())
    return hashlib.sha256(keyed.encode()).hexdigest()


def _check_time(record: Record) -> None:
    """A topic without append time carries whatever its hub's clock says; beyond reason it is refused."""
    if not _EARLIEST_MS <= record.timestamp_ms < _LATEST_MS:
        detail = f"log time: expected one from 2000 to 2099, got {record.timestamp_ms} ms"
        raise BadInput("time_range", detail)


def unread_id(scan_id: str) -> str:
    """A parcel id of ours for a scan without a barcode, the same for all views of one pass."""
    return RESERVED_PREFIX + hashlib.sha256(scan_id.encode()).hexdigest()[:24]


def _image_address(
    record: Record, headers: ScanHeaders, value: bytes | ImageReference | BadInput
) -> ImageAddress:
    """Where the image lies, by what its hub says of it."""
    place = LogAddress(topic=record.partition.topic, partition=record.partition.number, offset=record.offset)
    reference = value if isinstance(value, ImageReference) else None
    return ImageAddress(
        sha256=headers.sha256,
        bytes=len(record.value or b"") if reference is None else reference.bytes,
        content_type=headers.content_type if reference is None else reference.content_type,
        log=place,
        reference=None if reference is None else reference.address,
    )


def _failure(verdict: Verdict) -> Failure | None:
    if isinstance(verdict, BadInput):
        return Failure(reason=verdict.reason, detail=verdict.detail)
    if isinstance(verdict, Unscored):
        return Failure(reason="unscored", detail=verdict.detail)
    return None


def _evidence(record: Record, evidence: ManifestEvidence | ScanEvidence) -> Message:
    origin = f"{record.partition}/{record.offset}"
    headers = _evidence_headers(origin, evidence.parcel_id, from_headers(record.headers).traceparent)
    return Message(topics.EVIDENCE, evidence.parcel_id.encode(), encode(evidence), headers)


def _evidence_headers(event_id: str, subject: str | None, traceparent: str | None) -> cloudevents.Headers:
    event = Event(
        id=event_id,
        source=SOURCE,
        type=cloudevents.EVIDENCE,
        subject=subject,
        content_type=cloudevents.JSON,
        traceparent=traceparent,
    )
    return cloudevents.to_headers(event)
