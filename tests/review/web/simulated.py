"""Flagged parcels as an installation makes them: simulated scans through the real stages into a database.

The model alone is replaced: findings follow from what a simulated parcel holds, so that they are the same
everywhere and cost nothing.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np
from msgspec.structs import replace
from sqlalchemy import Engine

from screener.config import DeadLetterLimits, ImageLimits, ReviewSettings
from screener.contracts import topics
from screener.contracts.publishing import scan_message
from screener.contracts.wire import (
    ClassProbabilities,
    Content,
    Estimate,
    Findings,
    Flagged,
    Money,
    Party,
    PitchMm,
    ScanHeaders,
)
from screener.errors import BadInput
from screener.evidence.references import References
from screener.lab.simulator.parcel import SimulatedParcel, SimulatedScan, simulate_parcel
from screener.review import database, intake, search
from screener.scoring.heatmap import encode_map
from screener.stages.breaker import Breaker
from screener.stages.score import Score
from screener.stages.scorer import Asked, Judged, Scorer
from screener.stream.port import Message
from screener.stream.sqlite import Sqlite
from tests.review import flags
from tests.stages.world import HUB, RING, START, World, log_ms, manifest_of, scan_of

NOON: Final = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CELL_MM: Final = 12.0
LOADS: Final = ("5 cartons", "10 packs", "1 kg cut tobacco", "10 e-cigarettes", "20 cartons", "clean")
"""What is simulated; several parcels show the same pictures under other names."""

GOODS: Final = (
    ("服装", "620342", 3, 260.0),
    ("五金件", "731815", 6, 120.0),
    ("茶叶", "090230", 4, 480.0),
    ("玩具", "950300", 2, 88.0),
)
PEOPLE: Final = (
    ("李明", "13800001001", "长沙市开福区示范路1号2栋301室"),
    ("王芳", "13900002002", "广州市天河区体育东路18号"),
    ("张伟", "13700003003", "昆明市五华区青年路77号"),
    ("陈静", "13600004004", "厦门市思明区湖滨南路9号"),
)
FORGED: Final = "<script>alert(1)</script>{{ 7 * 7 }}"
"""What a hub may declare; it has to stay text on every page."""


Views = list[tuple[bytes, str, SimulatedScan]]
"""The views of a parcel, each as its scanner sends it, of which type, and as it was simulated."""


@dataclass(frozen=True)
class Made:
    """What was made once for all tests: what was flagged, a database that has taken it in, the evidence."""

    flagged: Path
    database: Path
    evidence: Path


class ScorerByTruth:
    """Findings of the simulated parcel whose image it is; what is none of ours cannot be read."""

    def __init__(self, known: Mapping[str, Findings]) -> None:
        self._known = known

    def judge(self, asked: Iterable[Asked]) -> Iterator[Judged]:
        for one in asked:
            yield Judged(self._judged(one))

    def _judged(self, asked: Asked) -> Findings | BadInput:
        if isinstance(asked.request, BadInput):
            return asked.request
        found = self._known.get(hashlib.sha256(asked.request.data).hexdigest())
        return found or BadInput("image_corrupt", "expected an image, got none")


def make(folder: Path) -> Made:
    """Parcels simulated, judged, decided and taken in; 24 of them want a person."""
    parcels = [simulate_parcel(40 + n, load) for n, load in enumerate(LOADS)]
    known, images = _judged(parcels)
    with Sqlite(folder / "log.db") as log:
        world = World.build(log, folder, patience_s=60.0)
        world.publish(list(_messages(parcels, images)))
        for stage in (score(world, known), world.decide(), world.tally(), world.decide()):
            world.finish(stage, at_s=_s(NOON) - 600)
        flagged = [_at_noon(one) for one in world.flagged()]
    with Sqlite(folder / "flagged.db") as log:
        flags.prepare(log)
        flags.publish(log, [flags.message(one) for one in flagged])
        engine = database.opened(f"sqlite:///{folder / 'review.db'}")
        database.upgrade(engine)
        taken_in(engine, log)
        engine.dispose()
    return Made(folder / "flagged.db", folder / "review.db", folder / "evidence")


def taken_in(engine: Engine, log: Sqlite) -> int:
    """Take in all that was flagged, as a workstation does when it starts."""
    return intake.catch_up(engine, log, ReviewSettings(), lambda: NOON, also=search.keep)


def copied(made: Made, folder: Path) -> str:
    """A copy of the database for one test, by its URL."""
    shutil.copyfile(made.database, folder / "review.db")
    return f"sqlite:///{folder / 'review.db'}"


def _at_noon(flagged: Flagged) -> Flagged:
    """As if it had been decided shortly before noon: stages tell the time of their machine."""
    minutes = timedelta(minutes=10 - flagged.decision.revision)
    return replace(flagged, decision=replace(flagged.decision, decided_at=NOON - minutes))


def _s(at: datetime) -> float:
    return (at - START).total_seconds()


def score(world: World, known: Mapping[str, Findings]) -> Score:
    """The stage [score] of a world with these findings by the SHA-256 of the image."""
    return Score(
        ring=RING,
        scorer=cast("Scorer", ScorerByTruth(known)),
        breaker=Breaker(DeadLetterLimits(), lambda: 0.0),
        fetch=References(ImageLimits()).fetch,
        topic_sizes=world.log.topics,
    )


def _judged(
    parcels: list[SimulatedParcel],
) -> tuple[dict[str, Findings], list[Views]]:
    known: dict[str, Findings] = {}
    images = []
    for parcel in parcels:
        views = [(*scan.encode(), scan) for scan in parcel.scans]
        images.append(views)
        for content, _, scan in views:
            known[hashlib.sha256(content).hexdigest()] = _findings(parcel, scan)
    return known, images


def _findings(parcel: SimulatedParcel, scan: SimulatedScan) -> Findings:
    truth = parcel.truth
    p = ClassProbabilities(
        cigarettes=0.97 if truth.sticks else 0.03,
        loose_tobacco=0.94 if truth.tobacco_g else 0.02,
        e_cigarettes=0.96 if truth.e_cigarettes else 0.01,
    )
    alarm = max(p.cigarettes, p.loose_tobacco, p.e_cigarettes)
    return Findings(
        alarm=alarm,
        threshold=0.6,
        p=p,
        sticks=_about(truth.sticks),
        tobacco_g=_about(truth.tobacco_g),
        map_png=_map(scan),
        map_pitch_mm=CELL_MM,
        model="truth-1",
    )


def _about(amount: float) -> Estimate:
    return Estimate(low=0.72 * amount, mid=1.04 * amount, high=1.45 * amount)


def _map(scan: SimulatedScan) -> bytes:
    rows, cols = scan.density.shape[1:]
    size = (
        max(1, round(cols * scan.pitch_along_mm / CELL_MM)),
        max(1, round(rows * scan.pitch_across_mm / CELL_MM)),
    )
    cells = [cv2.resize(np.minimum(one, 1.0), size, interpolation=cv2.INTER_AREA) for one in scan.density]
    return encode_map(np.stack(cells).astype(np.float32))


def _messages(parcels: list[SimulatedParcel], images: list[Views]) -> Iterator[Message]:
    """Twenty over the limit in the order of the loads, then what could not be judged."""
    over = [n for n, load in enumerate(LOADS) if load != "clean"]
    for number in range(20):
        which = over[number % len(over)]
        yield _manifest(number, f"P-{number:04}", parcels[which], due=number < 2)
        yield from _scans(number, f"P-{number:04}", images[which])
    yield manifest_of("P-0020", at_s=_s(NOON) - 3600)
    yield scan_of("P-0020", b"no image", at_s=_s(NOON) - 3600)
    yield from _scans(21, "P-0021", images[LOADS.index("clean")])
    yield from _scans(22, None, images[LOADS.index("5 cartons")])
    yield _manifest(23, "P-0023", parcels[0], due=False)


def _manifest(number: int, parcel_id: str, parcel: SimulatedParcel, *, due: bool) -> Message:
    goods = [GOODS[(number + n) % len(GOODS)] for n in range(1 + number % 3)]
    contents = [
        Content(text=text, hs_code=hs, quantity=pieces, value=Money(amount=value, currency="CNY"))
        for text, hs, pieces, value in goods
    ]
    if number == 3:
        contents.append(Content(text=FORGED))
    return manifest_of(
        parcel_id,
        at_s=_s(NOON) - 3600 + number,
        consignor=_party(number % 3),
        consignee=_party(3 if number % 2 else (number + 1) % 3),
        contents=tuple(contents),
        weight_g=parcel.weight_g,
        decide_by=NOON + timedelta(seconds=240 + 60 * number) if due else None,
    )


def _party(which: int) -> Party:
    name, phone, address = PEOPLE[which]
    return Party(name=name, phone=phone, address=address, region="430100")


def _scans(number: int, parcel_id: str | None, views: Views) -> Iterator[Message]:
    for place, view in enumerate(views, 1):
        yield _scan(number, parcel_id, view, place, len(views))


def _scan(
    number: int, parcel_id: str | None, shown: tuple[bytes, str, SimulatedScan], view: int, views: int
) -> Message:
    content, content_type, scan = shown
    headers = ScanHeaders(
        hub=HUB,
        parcel_id=parcel_id,
        scan_id=f"S-{number:04}",
        view=view,
        views=views,
        scanner="scanner-1",
        pitch_mm=PitchMm(across=round(scan.pitch_across_mm, 6), along=round(scan.pitch_along_mm, 6)),
        energy=scan.energy,
        sha256=hashlib.sha256(content).hexdigest(),
        content_type=content_type,
        time=NOON - timedelta(hours=1),
    )
    at_s = _s(NOON) - 3000 + number
    out = scan_message(headers, content, event_id=f"s-{number}-{view}")
    return Message(topics.scans(HUB), out.key, out.value, out.headers, timestamp_ms=log_ms(at_s))
