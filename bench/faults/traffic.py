"""What hubs send: parcels whose fate is known from their number alone."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
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
"""They speak Kafka themselves."""

BY_FOLDER = "east"
BY_HTTP = "west"
GATEWAYS = (BY_FOLDER, BY_HTTP)
"""They come by a gateway, which refuses what cannot be read: it never reaches the log."""

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
    hub: str

    @property
    def parcel_id(self) -> str:
        return f"P{self.number:07d}"

    @property
    def fate(self) -> Outcome:
        refused = self.kind is Kind.BROKEN_IMAGE and self.hub in GATEWAYS
        return Outcome.UNSCANNED if refused else FATES[self.kind]

    @property
    def declared(self) -> bool:
        """Whether a sound manifest of it is sent."""
        return self.kind not in {Kind.NO_MANIFEST, Kind.BROKEN_MANIFEST}

    @property
    def views(self) -> int:
        """How many images of it are sent, sound or not."""
        if self.kind is Kind.NO_SCAN:
            return 0
        return 2 if self.kind is Kind.TWO_VIEWS else 1


def parcels(count: int, seed: int, start: int = 0, hubs: Sequence[str] = HUBS) -> Iterator[Parcel]:
    """The parcels of a run, of one hub after the other; the same numbers give the same parcels."""
    for number in range(start, count):
        rng = random.Random(f"{seed}/{number}")
        kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
        yield Parcel(number, kind, hubs[number % len(hubs)])


def messages(parcel: Parcel) -> list[Message]:
    """All that its hub sends of it; a repeated message is the same to the byte."""
    sent = [] if parcel.kind is Kind.NO_MANIFEST else [_manifest(parcel)]
    sent += [
        _message(parcel, scan_message(one, content, event_id=name)) for one, content, name in scans(parcel)
    ]
    return sent * 2 if parcel.kind is Kind.TWICE else sent


def manifest(parcel: Parcel) -> Manifest:
    """What is declared of it, were it not broken."""
    rng = random.Random(parcel.number)
    return Manifest(
        parcel_id=parcel.parcel_id,
        waybill=f"W{parcel.number:08d}",
        hub=parcel.hub,
        courier="Example Express",
        consignor=party("1", rng.randrange(PEOPLE)),
        consignee=party("2", rng.randrange(PEOPLE)),
        contents=(Content(text="shirts"),),
        weight_g=500.0 + parcel.number % 400,
        declared_at=DECLARED,
    )


def scans(parcel: Parcel) -> Iterator[tuple[ScanHeaders, bytes, str]]:
    """What is said of each image, the image, and its event id."""
    for view in range(1, parcel.views + 1):
        content = image(parcel, view)
        yield _headers(parcel, view, content), content, f"s-{parcel.parcel_id}-{view}"


def _manifest(parcel: Parcel) -> Message:
    made = manifest_message(manifest(parcel), event_id=f"m-{parcel.parcel_id}")
    value = b"{" if parcel.kind is Kind.BROKEN_MANIFEST else made.value
    return Message(topics.manifests(parcel.hub), made.key, value, made.headers)


def party(side: str, number: int) -> Party:
    """Somebody who sends (side 1) or receives (side 2)."""
    return Party(
        name=f"Person {side}{number}",
        phone=f"1{side}{number:09d}",
        address=f"{number} Example Street, House {side}",
        region="430100",
    )


def _headers(parcel: Parcel, view: int, content: bytes) -> ScanHeaders:
    return ScanHeaders(
        hub=parcel.hub,
        parcel_id=parcel.parcel_id,
        scan_id=f"S{parcel.number:07d}",
        view=view,
        views=parcel.views,
        scanner="X1",
        pitch_mm=PITCH_MM,
        energy=Energy.DUAL,
        sha256=hashlib.sha256(content).hexdigest(),
        content_type="image/png",
    )


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
