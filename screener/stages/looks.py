"""What [score] tells of every scan that it took: how it looks, for [drift]."""

from __future__ import annotations

from datetime import datetime

import msgspec

from screener.contracts import cloudevents, topics
from screener.contracts.cloudevents import Event
from screener.contracts.reading import encode
from screener.contracts.wire import Anchor, Glance, Look, ScanEvidence
from screener.errors import BadConfig
from screener.stream.port import Message, Record

SOURCE = "screener/score"


def look_of(scan: ScanEvidence, glance: Glance | None, size_px: tuple[int, int] | None) -> Look:
    """The look of a scan as its evidence has it."""
    findings, failure = scan.findings, scan.failure
    return Look(
        hub=scan.hub,
        scanner=scan.scanner,
        view=scan.view,
        energy=scan.energy,
        pitch_mm=scan.pitch_mm,
        at=scan.arrived_at,
        size_px=size_px,
        glance=glance,
        model=None if findings is None else findings.model,
        alarm=None if findings is None else findings.alarm,
        failure=None if failure is None else failure.reason,
    )


def look_message(look: Look | Anchor, cause: Record) -> Message:
    """A look as [drift] reads it; `cause` is the scan."""
    return message_of(look, f"{cause.partition}/{cause.offset}", SOURCE)


def message_of(said: Look | Anchor, event_id: str, source: str) -> Message:
    """All of one scanner has one key, and so one order."""
    event = Event(id=event_id, source=source, type=cloudevents.LOOK, content_type=cloudevents.JSON)
    return Message(topics.LOOKS, key_of(said.hub, said.scanner), encode(said), cloudevents.to_headers(event))


def key_of(hub: str, scanner: str) -> bytes:
    """A scanner on all topics that tell of scanners; neither name has a slash."""
    return f"{hub}/{scanner}".encode()


def anchor_of(hub: str, scanner: str, at: datetime) -> Anchor:
    """An anchor for a scanner. Raises `BadConfig` where a name is none."""
    try:
        return msgspec.convert({"hub": hub, "scanner": scanner, "at": at, "type": "anchor"}, Anchor)
    except msgspec.ValidationError as error:
        raise BadConfig(f"{hub}/{scanner}: {error}") from error
