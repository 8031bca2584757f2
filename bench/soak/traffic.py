"""A thousand parcels a day for years: what hubs send of each, known from its number alone.

Half the people come again and again, half are met once, so that whoever forgets nobody grows.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache

import cv2
import numpy as np

from bench.faults.traffic import party
from screener.contracts import topics
from screener.contracts.outgoing import Outgoing
from screener.contracts.publishing import manifest_message, scan_message
from screener.contracts.wire import Content, Energy, Manifest, Party, PitchMm, ScanHeaders
from screener.stream.port import Message

HUBS = ("north", "south")
PITCH_MM = PitchMm(across=1.5, along=1.5)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
APART = timedelta(seconds=86.4)
"""A million parcels take a thousand days: every window (90 days at most) closes in the first tenth."""

SCANNED_AFTER = timedelta(minutes=5)
REGULARS = 5_000
SORTS = ("shirts", "tea", "shoes", "books", "toys", "a phone case", "coffee", "")
SHADES = {"clean": 250, "light": 110, "loaded": 0}
PICTURES = 64
"""So many pictures there are of each shade; a view is another one by its pass."""


class Kind(StrEnum):
    """What is the matter with a parcel."""

    CLEAN = "clean"
    LIGHT = "light"
    LOADED = "loaded"
    TWO_VIEWS = "two views"
    TWICE = "every message twice"
    CORRECTED = "another manifest later"
    NO_SCAN = "no scan"
    NO_MANIFEST = "no manifest"
    BROKEN_IMAGE = "broken image"


SHARES = {
    Kind.CLEAN: 0.929,
    Kind.LIGHT: 0.02,
    Kind.LOADED: 0.005,
    Kind.TWO_VIEWS: 0.02,
    Kind.TWICE: 0.01,
    Kind.CORRECTED: 0.005,
    Kind.NO_SCAN: 0.005,
    Kind.NO_MANIFEST: 0.003,
    Kind.BROKEN_IMAGE: 0.003,
}
_KINDS, _SHARES = list(SHARES), list(SHARES.values())


def arrival(number: int) -> datetime:
    """When a parcel's manifest comes."""
    return BEGIN + number * APART


def messages(number: int) -> list[Message]:
    """All that a hub sends of a parcel, in the order of time but for corrections."""
    chance = random.Random(number)
    kind = chance.choices(_KINDS, _SHARES)[0]
    manifests = [_manifest(number, chance, kind)]
    if kind is Kind.CORRECTED:
        manifests.append(_manifest(number, chance, kind, corrected=True))
    if kind is Kind.NO_MANIFEST:
        manifests = []
    scans = [] if kind is Kind.NO_SCAN else list(_scans(number, kind))
    return [*manifests, *scans] * (2 if kind is Kind.TWICE else 1)


def hub_of(number: int) -> str:
    return HUBS[number % len(HUBS)]


def parcel_id(number: int) -> str:
    return f"P{number:08d}"


def _manifest(number: int, chance: random.Random, kind: Kind, *, corrected: bool = False) -> Message:
    at = arrival(number) + (timedelta(seconds=1) if corrected else timedelta(0))
    manifest = Manifest(
        parcel_id=parcel_id(number),
        waybill=f"W{number:09d}",
        hub=hub_of(number),
        courier="Example Express",
        consignor=_party(chance, number, "1"),
        consignee=_party(chance, number, "2"),
        contents=(Content(text=chance.choice(SORTS)),),
        weight_g=chance.uniform(100.0, 3000.0),
        declared_at=at,
    )
    made = manifest_message(manifest, event_id=f"m-{parcel_id(number)}-{corrected}")
    return _message(topics.manifests(hub_of(number)), made, at)


def _party(chance: random.Random, number: int, side: str) -> Party:
    who = chance.randrange(REGULARS) if chance.random() < 0.5 else 10_000_000 + number
    return party(side, who)


def _scans(number: int, kind: Kind) -> Iterator[Message]:
    views = 2 if kind is Kind.TWO_VIEWS else 1
    at = arrival(number) + SCANNED_AFTER
    for view in range(1, views + 1):
        content, sha256 = _image(number, kind)
        headers = ScanHeaders(
            hub=hub_of(number),
            parcel_id=parcel_id(number),
            scan_id=f"S{number:08d}",
            view=view,
            views=views,
            scanner=f"X{number % 8}",
            pitch_mm=PITCH_MM,
            energy=Energy.DUAL,
            sha256=sha256,
            content_type="image/png",
            time=at,
        )
        made = scan_message(headers, content, event_id=f"s-{parcel_id(number)}-{view}")
        yield _message(topics.scans(hub_of(number)), made, at)


def _message(topic: str, made: Outgoing, at: datetime) -> Message:
    return Message(topic, made.key, made.value, made.headers, timestamp_ms=round(at.timestamp() * 1000))


def _image(number: int, kind: Kind) -> tuple[bytes, str]:
    if kind is Kind.BROKEN_IMAGE:
        content = b"no image at all"
        return content, hashlib.sha256(content).hexdigest()
    return _picture(kind.value if kind in {Kind.LIGHT, Kind.LOADED} else "clean", number % PICTURES)


@cache
def _picture(shade: str, number: int) -> tuple[bytes, str]:
    """A patch on a belt with its hash, about 200 bytes."""
    pixels = np.full((48, 64, 3), 250, np.uint8)
    pixels[8:40, 8:56] = SHADES[shade]
    pixels[0, number] = 240
    content = cv2.imencode(".png", pixels)[1].tobytes()
    return content, hashlib.sha256(content).hexdigest()
