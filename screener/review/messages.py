"""What the outside is told of a move: inspections and dispositions on `investigations.outcomes`."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from screener.contracts import cloudevents, topics
from screener.contracts.cloudevents import Event
from screener.contracts.reading import encode
from screener.contracts.wire import Disposition, Inspection, Quality
from screener.core.policy import Limits
from screener.review.moves import Found
from screener.review.parcels import Item
from screener.stream.port import Message

SOURCE: Final = "screener/review"

Kind = Literal["release", "seize", "refer", "reopen"]
"""What can become of a parcel."""


def message_id(agency: str, action_id: int, at: datetime) -> str:
    """What an action is called outside; a database that was made anew does not repeat it."""
    return f"{agency}.{action_id}.{round(at.timestamp() * 1000):x}"


def inspection(
    item: Item,
    found: Found,
    limits: Limits,
    *,
    name: str,
    revision: int,
    inspected_at: datetime,
    at: datetime,
    corrects: str | None,
) -> Message:
    """What was found in a parcel, told `at`; `limits` are those of its hub."""
    body = Inspection(
        inspection_id=name,
        hub=item.hub,
        parcel_id=item.parcel_id,
        revision=revision,
        inspected_at=inspected_at,
        sticks=found.all_sticks,
        tobacco_g=found.tobacco_g,
        e_cigarettes=found.e_cigarettes,
        over_limit=found.over(limits),
        corrects=corrects,
        quality=found.quality,
        origin=found.origin,
        leaf_g=found.leaf_g,
        value_cny=found.value_cny,
    )
    return _message(item, cloudevents.INSPECTION, name, at, body)


def disposition(
    item: Item,
    kind: Kind,
    quality: Quality | None,
    *,
    name: str,
    revision: int,
    at: datetime,
    agency: str | None = None,
) -> Message:
    """What became of a parcel; `agency` is to whom it was referred."""
    body = Disposition(
        disposition_id=name,
        hub=item.hub,
        parcel_id=item.parcel_id,
        revision=revision,
        decided_at=at,
        kind=kind,
        quality=quality,
        agency=agency,
    )
    return _message(item, cloudevents.DISPOSITION, name, at, body)


def _message(item: Item, event_type: str, name: str, at: datetime, body: Struct) -> Message:
    event = Event(
        id=name,
        source=SOURCE,
        type=event_type,
        subject=item.parcel_id,
        time=at,
        content_type=cloudevents.JSON,
    )
    return Message(topics.OUTCOMES, item.parcel_id.encode(), encode(body), cloudevents.to_headers(event))
