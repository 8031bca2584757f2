"""What became of parcels, as it lies among the inspections on the topic of outcomes."""

from __future__ import annotations

from msgspec.structs import replace

from screener.contracts import cloudevents, examples, topics
from screener.contracts.cloudevents import JSON, Event
from screener.contracts.reading import encode
from screener.stream.port import Message


def disposition(hub: str, parcel_id: str) -> Message:
    """As the workstation publishes it."""
    name = f"tobacco.{parcel_id}"
    body = replace(examples.DISPOSITION, disposition_id=name, hub=hub, parcel_id=parcel_id)
    event = Event(
        id=name,
        source="screener/review",
        type=cloudevents.DISPOSITION,
        subject=parcel_id,
        content_type=JSON,
    )
    return Message(topics.OUTCOMES, parcel_id.encode(), encode(body), cloudevents.to_headers(event))
