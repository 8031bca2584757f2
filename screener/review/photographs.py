"""Photographs of what was found: the original kept whole under its SHA-256, a copy shown without its place.

Foreign bytes are decoded in a process of their own before anything is kept. What a camera wrote into the
file (where it stood, when) stays in the original as evidence; the copy that pages show has nothing of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import cv2
import numpy as np
from sqlalchemy import Connection, Row, func, insert, select

from screener.config import ReviewSettings
from screener.errors import BadInput
from screener.evidence.store import EvidenceStore
from screener.imaging import exif, webp
from screener.imaging.prepare import Pixels
from screener.imaging.sandbox import Sandbox
from screener.review import acts, audit, authority, database, parcels
from screener.review.audit import Deed, Details
from screener.review.errors import NONE, Hidden
from screener.review.parcels import Item
from screener.review.pictures import stored
from screener.review.rights import Reviewer, Verb
from screener.review.schema import action, person, photograph
from screener.review.service import Service

CONTENT_TYPES: Final = ("image/jpeg", "image/png", webp.CONTENT_TYPE)
MOST: Final = 60
"""Of one parcel."""

SHOWN_PX: Final = 1600
"""The longer side of the copy that pages show."""

JPEG_QUALITY: Final = 85


@dataclass(frozen=True, slots=True)
class Kept:
    """A photograph in the evidence store that belongs to no parcel yet."""

    sha256: str
    address: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph of a parcel, possibly of one action; `by_shown` brought it in."""

    id: int
    item_id: int
    action: int | None
    sha256: str
    address: str
    content_type: str
    size_bytes: int
    by_shown: str
    at: datetime


def upload(
    service: Service,
    who: Reviewer,
    item_id: int,
    *,
    content: bytes,
    content_type: str,
    action_id: int | None = None,
) -> int:
    """Check, keep and enter a photograph, in this order; the number of its row.

    The database is not held while it is decoded. Raises `Hidden`, `Denied`, `BadInput`, `Unavailable`.
    """
    with database.reading(service.engine) as connection:
        _check_right(connection, who, service.settings, item_id)
    kept = keep(service.store, service.sandbox, service.settings, content, content_type)
    with database.writing(service.engine) as connection:
        return enter(
            connection, who, service.settings, service.clock(), item_id, kept=kept, action_id=action_id
        )


def keep(
    store: EvidenceStore, sandbox: Sandbox, settings: ReviewSettings, content: bytes, content_type: str
) -> Kept:
    """Put a photograph that can be decoded into the store as it came. Raises `BadInput`, `Unavailable`."""
    if len(content) > settings.photograph_bytes:
        text = f"expected at most {settings.photograph_bytes} bytes, got {len(content)}"
        raise BadInput("photograph_too_large", text)
    declared = content_type.partition(";")[0].strip().lower()
    _decoded(sandbox, content, declared)
    sha256 = hashlib.sha256(content).hexdigest()
    return Kept(sha256, store.put(sha256, content, declared), declared, len(content))


def enter(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    item_id: int,
    *,
    kept: Kept,
    action_id: int | None = None,
) -> int:
    """Enter what was kept as a photograph of a parcel; the same one again is the same row.

    Raises `Hidden`, `Denied`, `BadInput`.
    """
    acts.locked(connection, who, settings.agency, item_id)
    item = _check_right(connection, who, settings, item_id)
    _check_action(connection, item_id, action_id)
    own = photograph.c.parcel == item_id
    known = connection.scalar(select(photograph.c.id).where(own, photograph.c.sha256 == kept.sha256))
    if known is not None:
        return int(known)
    if (connection.scalar(select(func.count()).where(own)) or 0) >= MOST:
        raise BadInput("photograph_many", f"expected at most {MOST} photographs of a parcel")
    row = {
        "parcel": item_id,
        "action": action_id,
        "sha256": kept.sha256,
        "address": kept.address,
        "content_type": kept.content_type,
        "bytes": kept.size_bytes,
        "by": who.person,
        "at": now,
    }
    number = int(connection.execute(insert(photograph).values(row).returning(photograph.c.id)).scalar_one())
    details: Details = {"photograph": number, "sha256": kept.sha256}
    audit.record(connection, Deed(now, who.name, "photograph", item.key, details))
    return number


def of_parcel(connection: Connection, item_id: int) -> tuple[Photograph, ...]:
    """The photographs of a parcel that `parcels.find` has found, in the order in which they came."""
    query = _QUERY.where(photograph.c.parcel == item_id).order_by(photograph.c.id)
    return tuple(_photograph_of(row) for row in connection.execute(query))


def find(
    connection: Connection, who: Reviewer, settings: ReviewSettings, now: datetime, number: int
) -> Photograph:
    """A photograph of a parcel that `who` may see; that it is shown is recorded. Raises `Hidden`."""
    row = connection.execute(_QUERY.where(photograph.c.id == number)).first()
    if row is None:
        raise Hidden(NONE)
    item = parcels.find(connection, who, settings.agency, row.parcel)
    audit.record(connection, Deed(now, who.name, "see_photograph", item.key, {"photograph": number}))
    return _photograph_of(row)


def shown(service: Service, one: Photograph) -> bytes:
    """A photograph as pages show it (`shown_copy`).

    Raises `Hidden` where it is gone, `BadInput` where it is damaged, and `Unavailable`.
    """
    content = stored(service, one.address, f"photograph {one.id}")
    return shown_copy(service.sandbox, content, one.content_type)


def shown_copy(sandbox: Sandbox, content: bytes, content_type: str) -> bytes:
    """A JPEG, upright and of a handy size, without anything that the camera wrote beside the picture."""
    pixels = _eight_bits(_decoded(sandbox, content, content_type))
    return _jpeg(exif.upright(pixels, exif.orientation(content)))


def _decoded(sandbox: Sandbox, content: bytes, content_type: str) -> Pixels:
    if content_type not in CONTENT_TYPES:
        expected = ", ".join(CONTENT_TYPES)
        raise BadInput("photograph_type", f"expected {expected}, got {content_type[:80]!r}")
    result = sandbox.unpack(content, content_type).result()
    if isinstance(result, BadInput):
        raise result
    return result


def _eight_bits(pixels: Pixels) -> Pixels:
    colours = pixels[..., :3] if pixels.ndim == 3 else pixels
    return colours if colours.dtype == np.uint8 else np.asarray(colours >> 8, np.uint8)


def _jpeg(pixels: Pixels) -> bytes:
    rows, cols = pixels.shape[:2]
    scale = min(1.0, SHOWN_PX / max(rows, cols))
    size = max(1, round(cols * scale)), max(1, round(rows * scale))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    colours = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    encoded = cv2.imencode(".jpg", colours, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    return bytes(encoded)


def _check_right(connection: Connection, who: Reviewer, settings: ReviewSettings, item_id: int) -> Item:
    """Whoever has the parcel at hand and decides may add photographs."""
    item = parcels.find(connection, who, settings.agency, item_id)
    authority.check_at_hand(connection, who, Verb.DECIDE, settings.agency, item)
    return item


def _check_action(connection: Connection, item_id: int, action_id: int | None) -> None:
    if action_id is None:
        return
    own = select(action.c.id).where(action.c.id == action_id, action.c.parcel == item_id)
    if connection.scalar(own) is None:
        raise BadInput("photograph_action", f"action {action_id}: expected one of this parcel")


_QUERY: Final = select(photograph, person.c.shown).join(person, person.c.id == photograph.c.by)


def _photograph_of(row: Row[tuple[object, ...]]) -> Photograph:
    return Photograph(
        row.id,
        row.parcel,
        row.action,
        row.sha256,
        row.address,
        row.content_type,
        row.bytes,
        row.shown,
        row.at,
    )
