"""Parcels on which both models differ, side by side; and the training sets that were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true

from screener.contracts.wire import FlaggedScan
from screener.errors import BadInput
from screener.imaging.picture import Request
from screener.review import parcels
from screener.review.errors import NONE, Hidden
from screener.review.feedback.known import CLEAN, FOUND
from screener.review.feedback.offers import Offer
from screener.review.feedback.tables import model_parcel, model_view, training_export, training_scan
from screener.review.parcels import Item
from screener.review.pictures import content_of
from screener.review.rights import EVERY, MAY, Reviewer, Verb
from screener.review.schema import parcel, person
from screener.review.service import Service
from screener.scoring.heatmap import overlay

SIDES: Final = ("before", "after")
MOST: Final = 6
"""Examples of each change."""

LONGEST_PX: Final = 640


@dataclass(frozen=True, slots=True)
class Example:
    """The view of a parcel on which both models differ most."""

    item_id: int
    parcel_id: str
    number: int
    kind: str
    before_alarm: float
    before_threshold: float
    alarm: float


@dataclass(frozen=True, slots=True)
class ViewAt:
    """A view of a parcel as one of both models (`side`) saw it."""

    item_id: int
    number: int
    side: str


def chosen(connection: Connection, who: Reviewer, home: str, one: Offer) -> Mapping[str, Sequence[Example]]:
    """Some examples of each change that this person may see, those first whose alarms moved most."""
    seen = parcels.visible(who, Verb.SWITCH, home)
    found, clean = model_parcel.c.known == FOUND, model_parcel.c.known.in_(CLEAN)
    gone = and_(model_parcel.c.before, ~model_parcel.c.after)
    come = and_(~model_parcel.c.before, model_parcel.c.after)
    return {
        "lost": _examples(connection, one, and_(seen, found, gone)),
        "gained": _examples(connection, one, and_(seen, found, come)),
        "fewer": _examples(connection, one, and_(seen, clean, gone)),
        "more": _examples(connection, one, and_(seen, clean, come)),
    }


def _examples(connection: Connection, one: Offer, changed: ColumnElement[bool]) -> list[Example]:
    moved = func.abs(model_view.c.alarm - model_view.c.before_alarm)
    query = (
        select(model_view, model_parcel.c.kind, parcel.c.parcel_id)
        .join(
            model_parcel,
            and_(model_parcel.c.offer == model_view.c.offer, model_parcel.c.parcel == model_view.c.parcel),
        )
        .join(parcel, parcel.c.id == model_view.c.parcel)
        .where(model_view.c.offer == one.id, model_view.c.map.is_not(None), changed)
        .order_by(moved.desc(), model_view.c.parcel, model_view.c.number)
        .limit(MOST)
    )
    return [_example(row) for row in connection.execute(query)]


def _example(row: Row[Any]) -> Example:
    return Example(
        item_id=row.parcel,
        parcel_id=row.parcel_id,
        number=row.number,
        kind=row.kind,
        before_alarm=row.before_alarm,
        before_threshold=row.before_threshold,
        alarm=row.alarm,
    )


def view(
    connection: Connection, who: Reviewer, home: str, one: Offer, at: ViewAt
) -> tuple[Item, FlaggedScan, bytes]:
    """A view of a parcel that this person may see, and what a model saw on it. Raises `Hidden`."""
    item = parcels.find(connection, who, home, at.item_id, Verb.SWITCH)
    own = (
        model_view.c.offer == one.id,
        model_view.c.parcel == at.item_id,
        model_view.c.number == at.number,
    )
    row = connection.execute(select(model_view.c.sha256, model_view.c.map).where(*own)).first()
    scans = parcels.flagged_of(connection, at.item_id).scans
    if row is None or row.map is None or not 1 <= at.number <= len(scans):
        raise Hidden(NONE)
    shown = scans[at.number - 1]
    if shown.stored.sha256 != row.sha256 or shown.scan.findings is None:
        raise Hidden(NONE)
    return item, shown, row.map if at.side == "after" else shown.scan.findings.map_png


def drawn(service: Service, one: FlaggedScan, map_png: bytes) -> bytes:
    """A PNG of the view as models read it, with a map over it.

    Raises `Hidden`, `BadInput`, `Unavailable`.
    """
    if cv2.imdecode(np.frombuffer(map_png, np.uint8), cv2.IMREAD_COLOR) is None:
        raise Hidden(NONE)
    pitch = one.scan.pitch_mm
    content = content_of(service, one)
    request = Request(content, one.scan.image.content_type, pitch.across, pitch.along, one.scan.energy)
    prepared = service.sandbox.submit(request).result()
    if isinstance(prepared, BadInput):
        raise prepared
    picture = overlay(prepared.image, map_png, 1)
    scale = min(1.0, LONGEST_PX / max(picture.shape[:2]))
    if scale < 1.0:
        picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return bytes(cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes())


def exports(connection: Connection, who: Reviewer, home: str) -> Sequence[Row[Any]]:
    """Training sets of scanners where this person puts models to work, the newest first."""
    mine = [one for one in who.grants if Verb.SWITCH in MAY[one.role] and one.agency in {EVERY, home}]
    here = (true() if one.hub == EVERY else training_export.c.hub == one.hub for one in mine)
    scans = (
        select(func.count())
        .where(training_scan.c.export == training_export.c.id, training_scan.c.file.is_not(None))
        .scalar_subquery()
    )
    query = (
        select(training_export, person.c.shown, scans.label("scans"))
        .join(person, person.c.id == training_export.c.person)
        .where(or_(training_export.c.id.is_(None), *here))
        .order_by(training_export.c.id.desc())
        .limit(50)
    )
    return connection.execute(query).all()
