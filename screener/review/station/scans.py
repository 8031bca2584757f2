"""Pictures of mobile scanners: kept as they came, judged later, shown with what the model saw."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, func, insert, or_, select

from screener.config import ReviewSettings
from screener.contracts.reading import decode_internal
from screener.contracts.wire import Energy, Findings, FlaggedScan, Load, Seen
from screener.core.load import load_of
from screener.core.policy import Limits
from screener.errors import BadInput
from screener.imaging.decode import sniffed
from screener.imaging.picture import Prepared, Request
from screener.review import audit, authority, parcels
from screener.review.audit import Deed
from screener.review.errors import NONE, Hidden
from screener.review.parcels import visible
from screener.review.photographs import Kept
from screener.review.pictures import stored
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel, person
from screener.review.service import Service
from screener.review.station import posting
from screener.review.station.sent import Shot
from screener.review.station.tables import station_entry, station_scan
from screener.scoring.heatmap import overlay

SHOWN_SCALE: Final = 2
"""Pixels that are shown for one of the model."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A picture of a mobile scanner; `findings` once it was judged, `failure` where it could not be.

    `before` is how many wait before it, while it waits.
    """

    id: int
    barcode: str
    item_id: int | None
    by_shown: str
    sha256: str
    address: str
    content_type: str
    device: str
    pitch_mm: float
    energy: Energy
    at: datetime
    made_at: datetime
    hub: str
    state: str
    failure: str | None
    findings: Findings | None
    before: int = 0

    @property
    def seen(self) -> Seen:
        """As the judgement of parcels weighs a view."""
        assert self.findings is not None
        found = self.findings
        return Seen(
            scan_id=f"station-{self.id}",
            view=1,
            views=1,
            scanner=self.device or "mobile",
            failure=None,
            model=found.model,
            alarm=found.alarm,
            threshold=found.threshold,
            p=found.p,
            sticks=found.sticks,
            tobacco_g=found.tobacco_g,
        )

    def against(self, limits: Limits) -> Load | None:
        """Its load, and how likely that is over these limits."""
        return None if self.findings is None else load_of((self.seen,), limits)


def keep(service: Service, content: bytes) -> Kept:
    """Put a picture of a kind that is read into the store as it came. Raises `BadInput`, `Unavailable`."""
    most = service.config.score.images.max_bytes
    if len(content) > most:
        raise BadInput("photograph_too_large", f"expected at most {most} bytes, got {len(content)}")
    kind = sniffed(content).value
    sha256 = hashlib.sha256(content).hexdigest()
    return Kept(sha256, service.store.put(sha256, content, kind), kind, len(content))


def enter(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    entry: int,
    *,
    item_id: int | None,
    kept: Kept,
    shot: Shot,
) -> int:
    """Put a picture in line for the model; with a parcel only for whoever has that at hand.

    Raises `Hidden`, `Denied`.
    """
    if item_id is not None:
        item = parcels.find(connection, who, settings.agency, item_id)
        authority.check_at_hand(connection, who, Verb.DECIDE, settings.agency, item)
    row = {
        "entry": entry,
        "parcel": item_id,
        "person": who.person,
        "sha256": kept.sha256,
        "address": kept.address,
        "content_type": kept.content_type,
        "device": shot.device,
        "pitch_mm": shot.pitch_mm,
        "energy": shot.energy.value,
        "at": now,
    }
    made = insert(station_scan).values(row).returning(station_scan.c.id)
    return int(connection.execute(made).scalar_one())


def find(connection: Connection, who: Reviewer, home: str, number: int) -> Scan:
    """A picture of one's own, of a parcel that one sees, or that one supervises. Raises `Hidden`."""
    of_parcel = station_scan.c.parcel.in_(select(parcel.c.id).where(visible(who, Verb.SEE, home)))
    mine = posting.visible(who, home)
    row = connection.execute(_QUERY.where(station_scan.c.id == number, or_(of_parcel, mine))).first()
    if row is None:
        raise Hidden(NONE)
    return _scan_of(row, _before(connection, row))


def of_parcel(connection: Connection, item_id: int) -> tuple[Scan, ...]:
    """The pictures of a parcel that `parcels.find` has found, in the order in which they came."""
    rows = connection.execute(_QUERY.where(station_scan.c.parcel == item_id).order_by(station_scan.c.id))
    return tuple(_scan_of(row, 0) for row in rows)


def record_shown(connection: Connection, who: Reviewer, now: datetime, one: Scan) -> None:
    """Record that it was shown to somebody; call it last."""
    deed = Deed(now, who.name, "see_station_scan", f"{one.hub}/station-scan-{one.id}", {"sha256": one.sha256})
    audit.record(connection, deed)


def drawn(service: Service, one: Scan) -> bytes:
    """A PNG of the picture as the model reads it, with what it saw where.

    Raises `Hidden` where it is gone, `BadInput` where it cannot be decoded, and `Unavailable`.
    """
    content = stored(service, one.address, f"picture {one.id}")
    request = Request(content, one.content_type, one.pitch_mm, one.pitch_mm, one.energy)
    return _drawn(service, request, None if one.findings is None else one.findings.map_png)


def drawn_view(service: Service, one: FlaggedScan) -> bytes:
    """The same of a view of a flagged parcel. Raises as `drawn` does."""
    where = f"scan {one.scan.scan_id}, view {one.scan.view}"
    if one.stored.address is None:
        raise Hidden(f"{where}: its image is gone ({one.stored.gone or 'nobody said why'})")
    content, pitch = stored(service, one.stored.address, where), one.scan.pitch_mm
    request = Request(content, one.scan.image.content_type, pitch.across, pitch.along, one.scan.energy)
    return _drawn(service, request, None if one.scan.findings is None else one.scan.findings.map_png)


def _drawn(service: Service, request: Request, map_png: bytes | None) -> bytes:
    prepared = service.sandbox.submit(request).result()
    if isinstance(prepared, BadInput):
        raise prepared
    picture = _plain(prepared) if map_png is None else _with_map(prepared, map_png)
    return bytes(cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes())


def _with_map(prepared: Prepared, map_png: bytes) -> NDArray[np.uint8]:
    """Without the legend below it: pages have one in their reader's language."""
    rows, cols = prepared.image.shape[1:]
    drawn = overlay(prepared.image, map_png, SHOWN_SCALE)
    return np.asarray(drawn[: rows * SHOWN_SCALE, : cols * SHOWN_SCALE], np.uint8)


def _plain(prepared: Prepared) -> NDArray[np.uint8]:
    shown = prepared.image.transpose(1, 2, 0).clip(0, 1) * 255
    return np.asarray(np.rint(shown), np.uint8)


def _before(connection: Connection, row: Row[Any]) -> int:
    if row.state != "waiting":
        return 0
    earlier = select(func.count()).where(station_scan.c.state == "waiting", station_scan.c.id < row.id)
    return connection.scalar(earlier) or 0


_QUERY: Final = (
    select(
        station_scan,
        station_entry.c.barcode,
        station_entry.c.hub,
        station_entry.c.made_at,
        person.c.shown,
    )
    .join(station_entry, station_entry.c.id == station_scan.c.entry)
    .join(person, person.c.id == station_scan.c.person)
)


def _scan_of(row: Row[Any], before: int) -> Scan:
    return Scan(
        id=row.id,
        barcode=row.barcode,
        item_id=row.parcel,
        by_shown=row.shown,
        sha256=row.sha256,
        address=row.address,
        content_type=row.content_type,
        device=row.device,
        pitch_mm=row.pitch_mm,
        energy=Energy(row.energy),
        at=row.at,
        made_at=row.made_at,
        hub=row.hub,
        state=row.state,
        failure=row.failure,
        findings=None if row.findings is None else decode_internal(row.findings, Findings),
        before=before,
    )
