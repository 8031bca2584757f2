"""What [decide] remembers of a parcel: small notes of its evidence, and of the decision once made.

A note says what weighs and where the whole lies (the offset in the evidence), so that a waiting parcel
costs hundreds of bytes, not the kilobytes of its maps. Adding evidence is commutative and idempotent:
whatever the order and however often it comes, the parcel is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts.wire import (
    Action,
    Content,
    Identity,
    Links,
    ManifestEvidence,
    Member,
    Outcome,
    ScanEvidence,
    Total,
    Why,
)

MAX_VIEWS = 32
"""More views than this are not kept; such a parcel goes to a human."""

MEMBERS_BYTES = 420
MEMBER_BYTES = 30
"""Room for the members of one sum, and what each takes besides its names."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

MAX_HS_CODES = 16
"""More codes than this are not noted: the state of a parcel is bounded."""


class Note(Struct, frozen=True, array_like=True):
    """Encoded as an array: the state of millions of parcels repeats no field names."""


class PartyNote(Note, frozen=True, array_like=True):
    """Keyed hashes of a party, as hexadecimal digits: what links it to others."""

    name: str | None = None
    phone: str | None = None
    address: str | None = None
    building: str | None = None


class ManifestNote(Note, frozen=True, array_like=True):
    """Of a manifest: which one, where it lies, when to decide, what weighs. The latest declaration counts.

    `contents` is a digest of what is declared, None where nothing is; `value` only where it is all of one
    currency; `regions` are the consignor's and the consignee's.
    """

    declared_ms: int
    digest: bytes
    offset: int
    decide_by_ms: int | None
    arrived_ms: int
    waybill: str
    weight_g: float | None
    value: tuple[float, str] | None
    pieces: int | None
    lines: int
    described: int
    hs_codes: tuple[str, ...]
    contents: str | None
    regions: tuple[str | None, str | None]
    consignor: PartyNote
    consignee: PartyNote
    courier: str | None = None


class ViewNote(Note, frozen=True, array_like=True):
    """Of one view: which one, where it lies, and what it weighs, or why it could not be judged."""

    digest: bytes
    scan_id: str
    view: int
    views: int
    scanner: str
    offset: int
    arrived_ms: int
    scored_ms: int
    failure: str | None
    model: str | None = None
    alarm: float = 0.0
    threshold: float = 0.0
    p: tuple[float, float, float] = (0.0, 0.0, 0.0)
    sticks: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tobacco_g: tuple[float, float, float] = (0.0, 0.0, 0.0)


class MemberNote(Note, frozen=True, array_like=True):
    """Of a parcel that counts in a sum: which one, when, and the means of its load."""

    hub: str
    parcel_id: str
    at_ms: int
    sticks: float
    tobacco_g: float


class TotalNote(Note, frozen=True, array_like=True):
    """Of an answer of [tally]: what one identity has sent or received, this parcel included.

    The sums are mean and standard deviation.
    """

    identity: Identity
    link: str
    window_days: float
    parcels: int
    loaded: int
    sticks: tuple[float, float]
    tobacco_g: tuple[float, float]
    members: tuple[MemberNote, ...]
    like_contents: int
    partners: int
    hubs: int
    first_ms: int
    counted_ms: int


class Decided(Note, frozen=True, array_like=True):
    """Of a decision: its revision, what it said, a digest of all that it said, and of the manifest then.

    `why` and `probability` are those with which the parcel was selected; a hold that is kept keeps them.
    """

    revision: int
    outcome: Outcome
    action: Action
    digest: bytes
    why: Why = Why.NONE
    probability: float = 1.0
    manifest: bytes | None = None


class Parcel(Note, frozen=True, array_like=True):
    """A parcel's evidence so far; `arrived_ms` is the log time of its first.

    `asked` sums were asked of [tally] at `asked_ms`; `sighted` is a digest of what it was told.
    """

    hub: str
    parcel_id: str
    identified: bool
    arrived_ms: int
    late: bool
    manifest: ManifestNote | None = None
    views: tuple[ViewNote, ...] = ()
    more_views: bool = False
    decided: Decided | None = None
    totals: tuple[TotalNote, ...] = ()
    asked: int = 0
    asked_ms: int | None = None
    sighted: bytes | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing more is to be waited for: a manifest, and every view of one pass."""
        if not self.identified:
            return self.has_all_views
        return self.manifest is not None and self.has_all_views

    @property
    def awaits_sums(self) -> bool:
        """Whether an answer of [tally] is still missing."""
        return len(self.totals) < self.asked

    @property
    def has_all_views(self) -> bool:
        return has_all_views((note.scan_id, note.view, note.views) for note in self.views)

    def encode(self) -> bytes:
        return msgspec.msgpack.encode(self)

    @staticmethod
    def decode(value: bytes) -> Parcel:
        return _DECODER.decode(value)


_DECODER = msgspec.msgpack.Decoder(Parcel)


def has_all_views(passes: Iterable[tuple[str, int, int]]) -> bool:
    """Whether every view of one pass is there; a view is its scan id, its number, and how many there are."""
    announced: dict[str, int] = {}
    seen = set()
    for scan, view, views in passes:  # where they contradict each other, the largest number counts
        announced[scan] = max(views, announced.get(scan, 0))
        seen.add((scan, view))
    return any(all((scan, view + 1) in seen for view in range(n)) for scan, n in announced.items())


def milliseconds(time: datetime) -> int:
    """Epoch milliseconds of an aware time, rounded down."""
    return (time - EPOCH) // MILLISECOND


def time_of(epoch_ms: int) -> datetime:
    """The aware UTC time of epoch milliseconds."""
    return EPOCH + epoch_ms * MILLISECOND


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


def with_total(parcel: Parcel, total: Total) -> Parcel:
    """`parcel` and this answer of [tally]; one to an earlier question (other loads or people) is dropped."""
    if total.question is not None and (parcel.sighted is None or total.question != parcel.sighted.hex()):
        return parcel
    note = _total_note(total)
    same = [one for one in parcel.totals if (one.identity, one.link) == (note.identity, note.link)]
    if any(one.counted_ms > note.counted_ms for one in same):
        return parcel
    others = [one for one in parcel.totals if one not in same]
    return replace(parcel, totals=tuple(sorted((*others, note), key=lambda one: (one.identity, one.link))))


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
    if current is not None and _rank(current) >= _rank(note):
        return parcel
    return replace(parcel, manifest=note)


def _rank(note: ManifestNote) -> tuple[int, bytes, int]:
    """The latest declaration counts; of the same one, what arrived first."""
    return note.declared_ms, note.digest, -note.arrived_ms


def _with_view(parcel: Parcel, note: ViewNote) -> Parcel:
    """The same view again changes nothing: the note that was scored first stays."""
    known = next((other for other in parcel.views if other.digest == note.digest), None)
    if known is not None and (known.scored_ms, known.arrived_ms) <= (note.scored_ms, note.arrived_ms):
        return parcel
    others = [other for other in parcel.views if other.digest != note.digest]
    views = tuple(sorted((*others, note), key=lambda one: one.digest))
    return replace(parcel, views=views[:MAX_VIEWS], more_views=parcel.more_views or len(views) > MAX_VIEWS)


def _manifest_note(evidence: ManifestEvidence, offset: int) -> ManifestNote:
    contents = evidence.contents
    pieces = [line.quantity for line in contents if line.quantity]
    return ManifestNote(
        declared_ms=milliseconds(evidence.declared_at),
        digest=bytes.fromhex(evidence.digest)[:8],
        offset=offset,
        decide_by_ms=None if evidence.decide_by is None else milliseconds(evidence.decide_by),
        arrived_ms=milliseconds(evidence.arrived_at),
        waybill=evidence.waybill,
        weight_g=evidence.weight_g,
        value=_value(contents),
        pieces=sum(pieces) if pieces else None,
        lines=len(contents),
        described=sum(bool(line.text.strip()) for line in contents),
        hs_codes=tuple(sorted({line.hs_code[:4] for line in contents if line.hs_code})[:MAX_HS_CODES]),
        contents=_contents_digest(contents),
        regions=(evidence.consignor.region, evidence.consignee.region),
        consignor=_party_note(evidence.consignor.links),
        consignee=_party_note(evidence.consignee.links),
        courier=evidence.courier,
    )


def _party_note(links: Links) -> PartyNote:
    return PartyNote(links.name, links.phone, links.address, links.building)


def _value(contents: tuple[Content, ...]) -> tuple[float, str] | None:
    amounts = [line.value for line in contents if line.value is not None]
    currencies = {amount.currency for amount in amounts}
    return (sum(amount.amount for amount in amounts), currencies.pop()) if len(currencies) == 1 else None


def _contents_digest(contents: tuple[Content, ...]) -> str | None:
    """Equal for equal declarations, whatever the order of their lines, case and spaces."""
    lines = sorted(f"{' '.join(line.text.casefold().split())}/{line.hs_code}" for line in contents)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] if lines else None


def _total_note(total: Total) -> TotalNote:
    return TotalNote(
        identity=total.identity,
        link=total.link,
        window_days=total.window_days,
        parcels=total.parcels,
        loaded=total.loaded,
        sticks=(total.sticks.mean, total.sticks.sd),
        tobacco_g=(total.tobacco_g.mean, total.tobacco_g.sd),
        members=tuple(_noted(total.members)),
        like_contents=total.like_contents,
        partners=total.partners,
        hubs=total.hubs,
        first_ms=milliseconds(total.first_at),
        counted_ms=milliseconds(total.counted_at),
    )


def _noted(members: tuple[Member, ...]) -> Iterator[MemberNote]:
    """The largest members, as far as they fit: names may be five times as long as they mostly are."""
    room = MEMBERS_BYTES
    for one in members:
        room -= MEMBER_BYTES + len(one.hub) + len(one.parcel_id)
        if room < 0:
            return
        yield MemberNote(one.hub, one.parcel_id, milliseconds(one.at), one.sticks, one.tobacco_g)


def _view_note(evidence: ScanEvidence, offset: int) -> ViewNote:
    note = ViewNote(
        digest=_view_digest(evidence),
        scan_id=evidence.scan_id,
        view=evidence.view,
        views=evidence.views,
        scanner=evidence.scanner,
        offset=offset,
        arrived_ms=milliseconds(evidence.arrived_at),
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
        p=(found.p.cigarettes, found.p.loose_tobacco, found.p.e_cigarettes),
        sticks=(found.sticks.low, found.sticks.mid, found.sticks.high),
        tobacco_g=(found.tobacco_g.low, found.tobacco_g.mid, found.tobacco_g.high),
    )


def _view_digest(evidence: ScanEvidence) -> bytes:
    """What makes two scans the same one: pass, view, and the bytes of the image."""
    text = f"{evidence.scan_id}/{evidence.view}/{evidence.image.sha256}"
    return hashlib.sha256(text.encode()).digest()[:8]
