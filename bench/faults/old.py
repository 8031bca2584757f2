"""A past: parcels that [decide] still remembers, as many as a busy installation has after weeks."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from bench import whole
from bench.faults import traffic
from screener.contracts import topics
from screener.contracts.wire import Action, Outcome
from screener.core.parcel import Decided, ManifestNote, Parcel, PartyNote, ViewNote
from screener.stream.murmur2 import partition_for
from screener.stream.port import Log, Message

PORTION = 20_000
AGE_MS = 86_400_000
HOUR_MS = 3_600_000


def fill(log: Log, count: int, folder: Path, told: Callable[[str], object]) -> None:
    """Put so many decided parcels of yesterday into the state of [decide], once."""
    done = folder / "state"
    begun = int(done.read_text()) if done.exists() else 0
    if begun >= count:
        return
    began_s = time.monotonic()
    messages = islice(_messages(log, count), begun, None)
    with log.publisher() as publisher:
        while portion := list(islice(messages, PORTION)):
            publisher.publish(portion)
            begun += len(portion)
            whole.write(done, str(begun).encode())
    told(f"{count} old parcels put into the state of [decide] in {time.monotonic() - began_s:.0f} s")


def _messages(log: Log, count: int) -> Iterator[Message]:
    """As [decide] itself would have written them, each in the partition of its parcel."""
    now_ms = time.time_ns() // 1_000_000
    partitions = log.topics()[topics.DECIDE_STATE]
    for number in range(count):
        one = _parcel(number, now_ms - AGE_MS - number % HOUR_MS)
        key = f"{one.hub}/{one.parcel_id}".encode()
        at = partition_for(one.parcel_id.encode(), partitions)
        yield Message(topics.DECIDE_STATE, key, one.encode(), partition=at)


def _parcel(number: int, arrived_ms: int) -> Parcel:
    """A parcel that passed yesterday: a manifest, one view, a decision."""
    parcel_id = f"O{number:08d}"
    digest = hashlib.sha256(parcel_id.encode()).digest()[:8]
    sides = (_party(f"1/{number % 300_000}"), _party(f"2/{number % 300_000}"))
    manifest = ManifestNote(
        declared_ms=arrived_ms,
        digest=digest,
        offset=number,
        decide_by_ms=None,
        arrived_ms=arrived_ms,
        waybill=f"W{number:09d}",
        weight_g=500.0 + number % 400,
        value=None,
        pieces=None,
        lines=1,
        described=1,
        hs_codes=(),
        contents=digest.hex(),
        regions=("430100", "430100"),
        consignor=sides[0],
        consignee=sides[1],
        courier="Example Express",
    )
    view = ViewNote(
        digest=digest,
        scan_id=f"S{number:08d}",
        view=1,
        views=1,
        scanner="X1",
        offset=number,
        arrived_ms=arrived_ms,
        scored_ms=arrived_ms,
        failure=None,
        model="tiny",
        alarm=0.2,
        threshold=0.5,
        p=(0.2, 0.1, 0.0),
        sticks=(20.0, 40.0, 80.0),
        tobacco_g=(2.0, 4.0, 8.0),
    )
    decided = Decided(revision=1, outcome=Outcome.PASS, action=Action.PASS, digest=digest)
    return Parcel(
        hub=traffic.HUBS[number % len(traffic.HUBS)],
        parcel_id=parcel_id,
        identified=True,
        arrived_ms=arrived_ms,
        late=False,
        manifest=manifest,
        views=(view,),
        decided=decided,
        sighted=digest,
    )


def _party(name: str) -> PartyNote:
    digits = hashlib.sha256(name.encode()).hexdigest()
    return PartyNote(name=digits[:32], phone=digits[8:40], address=digits[16:48], building=digits[24:56])
