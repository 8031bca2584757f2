"""The account of what was sent of a parcel: the lines of `screener simulate --truth`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from screener.errors import BadConfig
from screener.hub.parcel import TrafficParcel


class Mishap(StrEnum):
    """What befell a parcel's messages on their way."""

    NONE = "none"
    DUPLICATE = "duplicate"
    LATE = "late"
    MISSING = "missing"
    CORRUPT = "corrupt"
    NO_BARCODE = "no_barcode"
    RESCAN = "rescan"


class Half(StrEnum):
    """Which of its messages it befell."""

    MANIFEST = "manifest"
    SCAN = "scan"


class Again(StrEnum):
    """How a parcel lay when it was scanned again."""

    SAME = "same"
    TURNED = "turned"


class Sent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A parcel's messages, and what it truly holds; `kind` and the figures are None where nobody knows.

    Whatever befell it, something sound was sent under `parcel_id`, so it is to be decided; one without a
    barcode is known by its `scan_id` besides. `corruption` names how one message was broken, `rescan` what
    was scanned again, under the scan id `rescan_id`. `tip`: the load lies in the image alone. Parcels of one
    `ring` have people in common and hold little each.
    """

    parcel_id: str
    scan_id: str
    views: int
    messages: int
    mishap: Mishap
    hub: str | None = None
    scanned_at: datetime | None = None
    half: Half | None = None
    rescan: Again | None = None
    rescan_id: str | None = None
    corruption: str | None = None
    origin: str | None = None
    kind: str | None = None
    sticks: int | None = None
    tobacco_g: float | None = None
    e_cigarettes: int | None = None
    over: bool | None = None
    tip: bool = False
    ring: str | None = None

    @property
    def malformed(self) -> int:
        """How many of its messages break the contract."""
        return int(self.mishap is Mishap.CORRUPT)


def account(
    parcel: TrafficParcel,
    mishap: Mishap,
    half: Half | None,
    messages: int,
    *,
    corruption: str | None = None,
    rescan: Again | None = None,
    rescan_id: str | None = None,
) -> Sent:
    """What was sent of a parcel."""
    truth = parcel.truth
    return Sent(
        parcel_id=parcel.manifest.parcel_id,
        scan_id=parcel.scan_id,
        views=len(parcel.images),
        messages=messages,
        mishap=mishap,
        hub=parcel.manifest.hub,
        scanned_at=parcel.scanned_at,
        half=half,
        rescan=rescan,
        rescan_id=rescan_id,
        corruption=corruption,
        origin=parcel.origin,
        kind=None if truth is None else truth.kind,
        sticks=None if truth is None else truth.sticks,
        tobacco_g=None if truth is None else truth.tobacco_g,
        e_cigarettes=None if truth is None else truth.e_cigarettes,
        over=None if truth is None else truth.over,
        tip=truth is not None and truth.tip,
        ring=parcel.ring,
    )


def line(sent: Sent) -> bytes:
    """One line of JSON."""
    return msgspec.json.encode(sent) + b"\n"


def read(path: Path) -> Iterator[Sent]:
    """The lines of a truth file. Raises `BadConfig` with the number of the line."""
    with path.open("rb") as lines:
        for number, text in enumerate(lines, start=1):
            try:
                yield msgspec.json.decode(text, type=Sent)
            except msgspec.DecodeError as error:
                raise BadConfig(f"{path}:{number}: {error}") from None
