"""A workstation's parts without its pages, and what a device says."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine

from screener.config import Config, ImageLimits
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review.rights import Reviewer
from screener.review.service import Service
from screener.review.station import entries
from screener.review.station.entries import Answer
from screener.review.station.sent import Sent, checked
from tests.review.stations import NOW, OFFICERS, SETTINGS
from tests.stages.world import RING

OPEN = {"officers": list(OFFICERS)}
FOUND = {"cartons": "4", "quality": "right", "officers": list(OFFICERS)}
SHOT = {"device": "belt", "pitch_mm": "1.5", "energy": "single"}


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Device:
    """A tablet in the hands of one person, who enters things about one barcode."""

    who: Reviewer
    barcode: str
    last: str | None = None
    made: list[tuple[Sent, bytes]] = field(default_factory=list)

    def enter(
        self, kind: str, fields: dict[str, Any] | None = None, content: bytes = b"", **more: Any
    ) -> Sent:
        """An entry as the page makes it, not sent yet."""
        sent = Sent(
            uuid=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.who.name}/{self.barcode}/{len(self.made)}")),
            person=self.who.person,
            kind=kind,  # type: ignore[arg-type]
            barcode=self.barcode,
            made_at=NOW - timedelta(hours=2),
            sent_at=NOW,
            fields=fields or {},
            sha256=hashlib.sha256(content).hexdigest() if content else None,
            **({"after": self.last} | more),
        )
        if kind in {"open", "found"}:
            self.last = sent.uuid
        self.made.append((checked(sent), content))
        return sent

    def send(self, service: Service, number: int = -1) -> Answer:
        sent, content = self.made[number]
        return entries.take(service, self.who, sent, content)


def photograph(colour: str = "navy") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def x_ray(level: int = 200) -> bytes:
    """A grey picture of an almost empty belt."""
    buffer = io.BytesIO()
    picture = Image.new("L", (240, 160), 255)
    picture.paste(level, (60, 40, 160, 110))
    picture.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ImageLimits()) as opened:
        yield opened


@pytest.fixture
def service(engine: Engine, tmp_path: Path, sandbox: Sandbox) -> Service:
    store = EvidenceStore.open(str(tmp_path / "evidence"))
    return Service(Config(review=SETTINGS), engine, Clock(), RING, store, sandbox)
