"""What [decide] remembers of a parcel: small notes of its evidence, and of the decision once made.

A note says what weighs and where the whole lies (the offset in the evidence), so that a waiting parcel
costs hundreds of bytes, not the kilobytes of its maps. Adding evidence is commutative and idempotent:
whatever the order and however often it comes, the parcel is the same.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts.wire import Action, ManifestEvidence, Outcome, ScanEvidence

MAX_VIEWS = 32
"""More views than this are not kept; such a parcel goes to a human."""


class Note(Struct, frozen=True, array_like=True):
    """Encoded as an array: the state of millions of parcels repeats no field names."""


class ManifestNote(Note, frozen=True, array_like=True):
    """Of a manifest: which one, where it lies, when to decide. The latest declaration counts."""

    declared_ms: int
    digest: bytes
    offset: int
    decide_by_ms: int | None


class ViewNote(Note, frozen=True, array_like=True):
    """Of one view: which one, where it lies, and what it weighs, or why it could not be judged."""

    digest: bytes
    scan_id: str
    view: int
    views: int
    scanner: str
    offset: int
    scored_ms: int
    failure: str | None
    model: str | None = None
    alarm: float = 0.0
    threshold: float = 0.0
    e_cigarettes: float = 0.0
    sticks: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tobacco_g: tuple[float, float, float] = (0.0, 0.0, 0.0)


class Decided(Note, frozen=True, array_like=True):
    """Of a decision: its revision, what it said, and a digest of all that it said."""

    revision: int
    outcome: Outcome
    action: Action
    digest: bytes


class Parcel(Note, frozen=True, array_like=True):
    """A parcel's evidence so far; `arrived_ms` is the log time of its first."""

    hub: str
    parcel_id: str
    identified: bool
    arrived_ms: int
    late: bool
    manifest: ManifestNote | None = None
    views: tuple[ViewNote, ...] = ()
    more_views: bool = False
    decided: Decided | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing more is to be waited for: a manifest, and every view of one pass."""
        if not self.identified:
            return self.has_all_views
        return self.manifest is not None and self.has_all_views

    @property
    def has_all_views(self) -> bool:
        passes: dict[str, int] = {}
        for note in self.views:  # where they contradict each other, the largest number counts
            passes[note.scan_id] = max(note.views, passes.get(note.scan_id, 0))
        seen = {(note.scan_id, note.view) for note in self.views}
        return any(all((scan, view + 1) in seen for view in range(n)) for scan, n in passes.items())

    def encode(self) -> bytes:
        return msgspec.msgpack.encode(self)

    @staticmethod
    def decode(value: bytes) -> Parcel:
        return _DECODER.decode(value)


_DECODER = msgspec.msgpack.Decoder(Parcel)


def milliseconds(time: datetime) -> int:
    """Epoch milliseconds of an aware time, rounded down."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def time_of(epoch_ms: int) -> datetime:
    """The aware UTC time of epoch milliseconds."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=epoch_ms)


def with_evidence(
    known: Parcel | None, evidence: ManifestEvidence | ScanEvidence, offset: int, remember_ms: int
) -> Parcel:
    """`known` and this piece of evidence, which lies at `offset` of its partition of the evidence."""
    arrived_ms = milliseconds(evidence.arrived_at)
    parcel = known or _fresh(evidence, arrived_ms)
    parcel = replace(
        parcel,
        arrived_ms=min(parcel.arrived_ms, arrived_ms),
        late=parcel.late or _is_late(evidence, arrived_ms - remember_ms),
    )
    if isinstance(evidence, ManifestEvidence):
        return _with_manifest(parcel, _manifest_note(evidence, offset))
    return _with_view(parcel, _view_note(evidence, offset))


def _fresh(evidence: ManifestEvidence | ScanEvidence, arrived_ms: int) -> Parcel:
    return Parcel(
        hub=evidence.hub,
        parcel_id=evidence.parcel_id,
        identified=isinstance(evidence, ManifestEvidence) or evidence.identified,
        arrived_ms=arrived_ms,
        late=False,
    )


def _is_late(evidence: ManifestEvidence | ScanEvidence, forgotten_ms: int) -> bool:
    """Whether it happened so long ago that a decision on this parcel may have been made and forgotten."""
    happened = evidence.declared_at if isinstance(evidence, ManifestEvidence) else evidence.scanned_at
    return happened is not None and milliseconds(happened) < forgotten_ms


def _with_manifest(parcel: Parcel, note: ManifestNote) -> Parcel:
    current = parcel.manifest
    if current is not None and (current.declared_ms, current.digest) >= (note.declared_ms, note.digest):
        return parcel
    return replace(parcel, manifest=note)


def _with_view(parcel: Parcel, note: ViewNote) -> Parcel:
    """The same view again changes nothing: the note that was scored first stays."""
    known = next((other for other in parcel.views if other.digest == note.digest), None)
    if known is not None and known.scored_ms <= note.scored_ms:
        return parcel
    others = [other for other in parcel.views if other.digest != note.digest]
    views = tuple(sorted((*others, note), key=lambda one: one.digest))
    return replace(parcel, views=views[:MAX_VIEWS], more_views=parcel.more_views or len(views) > MAX_VIEWS)


def _manifest_note(evidence: ManifestEvidence, offset: int) -> ManifestNote:
    return ManifestNote(
        declared_ms=milliseconds(evidence.declared_at),
        digest=bytes.fromhex(evidence.digest)[:8],
        offset=offset,
        decide_by_ms=None if evidence.decide_by is None else milliseconds(evidence.decide_by),
    )


def _view_note(evidence: ScanEvidence, offset: int) -> ViewNote:
    note = ViewNote(
        digest=_view_digest(evidence),
        scan_id=evidence.scan_id,
        view=evidence.view,
        views=evidence.views,
        scanner=evidence.scanner,
        offset=offset,
        scored_ms=milliseconds(evidence.scored_at),
        failure=None if evidence.failure is None else evidence.failure.reason,
    )
    found = evidence.findings
    if found is None:
        return note
    return replace(
        note,
        model=found.model,
        alarm=found.alarm,
        threshold=found.threshold,
        e_cigarettes=found.p.e_cigarettes,
        sticks=(found.sticks.low, found.sticks.mid, found.sticks.high),
        tobacco_g=(found.tobacco_g.low, found.tobacco_g.mid, found.tobacco_g.high),
    )


def _view_digest(evidence: ScanEvidence) -> bytes:
    """What makes two scans the same one: pass, view, and the bytes of the image."""
    text = f"{evidence.scan_id}/{evidence.view}/{evidence.image.sha256}"
    return hashlib.sha256(text.encode()).digest()[:8]
