"""The headers of our own messages: an event that another brought about, with its trace."""

from __future__ import annotations

from datetime import datetime

from screener.contracts import cloudevents
from screener.contracts.cloudevents import Event, Headers
from screener.stream.port import Record


def caused(
    cause: Record, kind: str, *, source: str, event_id: str, parcel_id: str, time: datetime | None = None
) -> Headers:
    """The headers of JSON about a parcel; `cause` is our own record that brought it about."""
    trace = cause.header("ce_traceparent")
    event = Event(
        id=event_id,
        source=source,
        type=kind,
        subject=parcel_id,
        time=time,
        content_type=cloudevents.JSON,
        traceparent=None if trace is None else trace.decode(),
    )
    return cloudevents.to_headers(event)
