"""Recordings for tests: the traffic of a small hub with every mishap, as it lies in a log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from screener.hub.recording.tape import Label, Taped
from screener.hub.sent import Half
from screener.hub.traffic import Mix, traffic
from screener.stream.port import Message
from tests.hub.parcels import parcel
from tests.stages.world import START

MIX = Mix(
    duplicates=0.12, late=0.12, missing=0.12, corrupt=0.3, no_barcode=0.1, rescans=0.12, late_by=5, step_s=2.0
)
PARCELS = [parcel(number) for number in range(60)]


def messages(seed: int, mix: Mix = MIX, count: int = 60) -> list[Message]:
    """One parcel every two seconds from `START` on."""
    return [
        replace(message, timestamp_ms=round((START + timedelta(seconds=2 * one.step)).timestamp() * 1000))
        for one in traffic(PARCELS[:count], mix, seed)
        for message in one.messages
    ]


def taped(seed: int, mix: Mix = MIX, count: int = 60) -> list[Taped]:
    return [
        Taped(
            Half.MANIFEST if "manifests" in message.topic else Half.SCAN,
            message.timestamp_ms or 0,
            message.key,
            message.value,
            message.headers,
        )
        for message in messages(seed, mix, count)
    ]


def label(name: str = "1") -> Label:
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    return Label(hub="h1", since=START, until=now, made_at=now, anonymised=False, id=name)
