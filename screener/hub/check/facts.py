"""What is kept of each message while a stretch is checked: no personal value, and no image."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts.wire import Energy
from screener.hub.check.look import Look
from screener.hub.check.pitch import PitchEstimate


class Place(Struct, frozen=True, order=True):
    """Where a message lies: a record of the log, or a file (which has no partition)."""

    source: str
    partition: int | None = None
    offset: int | None = None

    def __str__(self) -> str:
        return self.source if self.partition is None else f"{self.source}/{self.partition}@{self.offset}"


class ManifestFact(Struct, frozen=True, kw_only=True):
    """A manifest that the contract takes. Times are ms since 1970; `doubts` are codes of `texts.py`.

    `phones` and `parties` are salted digests, for telling equal ones alone.
    """

    place: Place
    log_ms: int
    event_id: str
    digest: bytes
    parcel_id: str
    waybill: str
    declared_ms: int
    decide_by_ms: int | None
    weight_g: float | None
    size_mm: tuple[float, float, float] | None
    lines: int
    currencies: tuple[str, ...]
    regions: tuple[str, ...]
    phones: tuple[bytes, ...]
    parties: tuple[bytes, bytes]
    doubts: frozenset[str]


class ScanFact(Struct, frozen=True, kw_only=True):
    """A scan whose headers the contract takes; `look` where its image was looked at and could be read."""

    place: Place
    log_ms: int
    event_id: str
    parcel_id: str | None
    scan_id: str
    view: int
    views: int
    scanner: str
    across_mm: float
    along_mm: float
    energy: Energy
    content_type: str
    taken_ms: int | None
    sha256: str
    look: Look | None


class Refusal(Struct, frozen=True, kw_only=True):
    """A message that the contract or the decoder refuses, by its reason code. `of_scan` names its kind."""

    place: Place
    of_scan: bool
    reason: str
    detail: str


class ScannerPitch(Struct, frozen=True):
    """What the parcels of a scanner say of its pitch, and the scans that showed them."""

    scanner: str
    shown: tuple[ScanFact, ...]
    estimate: PitchEstimate


class Stretch(Struct, frozen=True, kw_only=True):
    """All that was read: facts in log order, and how many messages; `timed` where log times count."""

    hub: str
    manifests: tuple[ManifestFact, ...]
    scans: tuple[ScanFact, ...]
    refusals: tuple[Refusal, ...]
    messages: int
    timed: bool = True
    pitches: tuple[ScannerPitch, ...] = ()

    @property
    def looked(self) -> tuple[ScanFact, ...]:
        """The scans whose images were looked at."""
        return tuple(scan for scan in self.scans if scan.look is not None)
