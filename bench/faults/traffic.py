"""What hubs send: parcels whose fate is known from their number alone."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import cv2
import numpy as np

from screener.contracts import topics
from screener.contracts.outgoing import Outgoing
from screener.contracts.publishing import manifest_message, scan_message
from screener.contracts.wire import Content, Energy, Manifest, Outcome, Party, PitchMm, ScanHeaders
from screener.stream.port import Message

HUBS = ("north", "south")
PITCH_MM = PitchMm(across=1.5, along=1.5)
DECLARED = datetime(2026, 11, 1, tzinfo=UTC)
PEOPLE = 5_000
"""So many senders and receivers there are: sums across parcels are asked for and answered."""


class Kind(StrEnum):
    """What is the matter with a parcel."""

    CLEAN = "clean"
    LOADED = "loaded"
    TWO_VIEWS = "two views"
    TWICE = "every message twice"
    NO_SCAN = "no scan"
    NO_MANIFEST = "no manifest"
    BROKEN_IMAGE = "broken image"
    BROKEN_MANIFEST = "broken manifest"


SHARES = {
    Kind.CLEAN: 0.78,
    Kind.LOADED: 0.06,
    Kind.TWO_VIEWS: 0.05,
    Kind.TWICE: 0.05,
    Kind.NO_SCAN: 0.015,
    Kind.NO_MANIFEST: 0.015,
    Kind.BROKEN_IMAGE: 0.015,
    Kind.BROKEN_MANIFEST: 0.015,
}

FATES = {
    Kind.CLEAN: Outcome.PASS,
    Kind.LOADED: Outcome.HOLD,
    Kind.TWO_VIEWS: Outcome.PASS,
    Kind.TWICE: Outcome.PASS,
    Kind.NO_SCAN: Outcome.UNSCANNED,
    Kind.NO_MANIFEST: Outcome.NO_MANIFEST,
    Kind.BROKEN_IMAGE: Outcome.UNREADABLE,
    Kind.BROKEN_MANIFEST: Outcome.NO_MANIFEST,
}
"""What becomes of each in the end. The policy draws nobody at random and holds nobody for a sum."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of the traffic: what it is called, whose it is, and what is the matter with it."""

    number: int
    kind: Kind

    @property
    def parcel_id(self) -> str:
        return f"P{self.number:07d}"

    @property
    def hub(self) -> str:
        return HUBS[self.number % len(HUBS)]

    @property
    def fate(self) -> Outcome:
        return FATES[self.kind]

    @property
    def waits(self) -> bool:
        """Whether it is decided only once the patience of the policy has passed."""
        return self.kind in {Kind.NO_SCAN, Kind.NO_MANIFEST, Kind.BROKEN_MANIFEST}


def parcels(count: int, seed: int, start: int = 0) -> Iterator[Parcel]:
    """The parcels of a run; the same numbers give the same parcels."""
    for number in range(start, count):
        rng = random.Random(f"{seed}/{number}")
        yield Parcel(number, rng.choices(list(SHARES), list(SHARES.values()))[0])


def messages(parcel: Parcel) -> list[Message]:
    """All that its hub sends of it; a repeated message is the same to the byte."""
    sent = [_manifest(parcel), *_scans(parcel)]
    if parcel.kind is Kind.NO_SCAN:
        sent = sent[:1]
    if parcel.kind is Kind.NO_MANIFEST:
        sent = sent[1:]
    return sent * 2 if parcel.kind is Kind.TWICE else sent


def _manifest(parcel: Parcel) -> Message:
    rng = random.Random(parcel.number)
    manifest = Manifest(
        parcel_id=parcel.parcel_id,
        waybill=f"W{parcel.number:08d}",
        hub=parcel.hub,
        courier="Example Express",
        consignor=_party(rng, "1"),
        consignee=_party(rng, "2"),
        contents=(Content(text="shirts"),),
        weight_g=500.0 + parcel.number % 400,
        declared_at=DECLARED,
    )
    made = manifest_message(manifest, event_id=f"m-{parcel.parcel_id}")
    value = b"{" if parcel.kind is Kind.BROKEN_MANIFEST else made.value
    return Message(topics.manifests(parcel.hub), made.key, value, made.headers)


def _party(rng: random.Random, side: str) -> Party:
    number = rng.randrange(PEOPLE)
    return Party(
        name=f"Person {side}{number}",
        phone=f"1{side}{number:09d}",
        address=f"{number} Example Street, House {side}",
        region="430100",
    )


def _scans(parcel: Parcel) -> Iterator[Message]:
    views = 2 if parcel.kind is Kind.TWO_VIEWS else 1
    for view in range(1, views + 1):
        content = image(parcel, view)
        headers = ScanHeaders(
            hub=parcel.hub,
            parcel_id=parcel.parcel_id,
            scan_id=f"S{parcel.number:07d}",
            view=view,
            views=views,
            scanner="X1",
            pitch_mm=PITCH_MM,
            energy=Energy.DUAL,
            sha256=hashlib.sha256(content).hexdigest(),
            content_type="image/png",
        )
        made = scan_message(headers, content, event_id=f"s-{parcel.parcel_id}-{view}")
        yield _message(parcel, made)


def _message(parcel: Parcel, made: Outgoing) -> Message:
    return Message(topics.scans(parcel.hub), made.key, made.value, made.headers)


def image(parcel: Parcel, view: int) -> bytes:
    """A grey patch on a belt: dark where the parcel is loaded. No two are alike."""
    if parcel.kind is Kind.BROKEN_IMAGE:
        return b"no image at all " + parcel.parcel_id.encode()
    pixels = np.full((48, 64, 3), 240, np.uint8)
    pixels[8:40, 8:56] = 0 if parcel.kind is Kind.LOADED else 200
    pixels[0, :8, 0] = np.frombuffer(f"{parcel.number:07d}{view}".encode(), np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()
