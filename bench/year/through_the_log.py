"""The simulated year through the embedded log: the real stages decide what the pure core decides.

    python -m bench.year.through_the_log --parcels 50000
    python -m bench.year.through_the_log --parcels 200000 --minutes 25   # as many of them as it gets through

The first parcels of a verdict world are written as evidence (sealed parts are dummies), in the order of
time; [decide] and [tally] run as they do in production, crash-safe and exactly once, the lists are read
from their topics. Then every decision is compared with the pure core's on the same parcels.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from math import isnan
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace
from rich.progress import track

from screener.contracts import cloudevents, topics
from screener.contracts.reading import encode
from screener.contracts.wire import (
    ClassProbabilities,
    Content,
    Decision,
    Energy,
    Estimate,
    Facts,
    Findings,
    ImageAddress,
    Licence,
    Links,
    LogAddress,
    ManifestEvidence,
    Money,
    PitchMm,
    ScanEvidence,
    Sealed,
    SealedParty,
    StoredImage,
    Target,
)
from screener.core.judgement import judge
from screener.core.lists import Lists
from screener.core.parcel import PartyNote, ViewNote, time_of
from screener.core.policy import Policy, read
from screener.lab.year.columns import NOBODY
from screener.lab.year.goods import HS, SORTS
from screener.lab.year.honest import HUBS
from screener.lab.year.notes import COURIER, EPOCH_MS, Record, link, parcel
from screener.lab.year.response import Response
from screener.lab.year.settings import VERDICT_WORLDS, smaller
from screener.lab.year.stream import Passing, licences, passing, scanned_ms
from screener.lab.year.world import World, quiet
from screener.stages.decide import Decide
from screener.stages.lists import ListReader
from screener.stages.tally import Tally
from screener.stream.port import Log, Message, Partition, TopicSpec
from screener.stream.runner import Pace, Session, Stage, Stride, group_of
from screener.stream.sqlite import Sqlite

CHUNK = 400
"""So many parcels are written, and settled by all stages, at a time."""

SHA256 = hashlib.sha256(b"no scan was rendered").hexdigest()
SEALED = Sealed(key_id="none", box=b"")


OTHER_FACTS = "other facts than the pure core's"


class NoImages:
    """An evidence store for parcels that were never scanned: every image is gone."""

    def keep(self, image: ImageAddress) -> StoredImage:
        """Says so."""
        return StoredImage(sha256=image.sha256, address=None, gone="simulated: no scan was rendered")


def main() -> int:
    """Runs and compares; returns 1 where a decision differs."""
    given = _parser().parse_args()
    policy, response = read(Path("configs/policy.toml")), Response.read()
    world = World.make(smaller(VERDICT_WORLDS[0], given.parcels))
    table = quiet(world)
    with tempfile.TemporaryDirectory() as folder, Sqlite(Path(folder) / "log.db") as log:
        _create(log)
        lists = _publish_lists(log, world)
        start_s = time.perf_counter()
        count = _run(log, policy, table["draw"], _chunks(world, table, response), given.minutes)
        took_s = time.perf_counter() - start_s
        decisions = _decisions(log)
    print(
        f"{count:,} of {len(table):,} parcels through the log in {took_s:.0f} s, {len(decisions):,} decided"
    )
    expected = passing(world.settings, table, response, policy, lists)
    return _compare(decisions, islice(expected, count), policy)


def _create(log: Log) -> None:
    """Topics as in production, but for the partitions (one, so that all is in order) and the times."""
    state = (topics.DECIDE_STATE, topics.TALLY_STATE, *topics.LISTS)
    plain = (topics.EVIDENCE, topics.DECISIONS, topics.SIGHTINGS, topics.TIES, topics.FLAGGED)
    named = (*plain, *(topics.verdicts(hub) for hub in HUBS))
    log.create(
        [
            *(TopicSpec(name, 1, retention_ms=None, log_append_time=False) for name in named),
            *(TopicSpec(name, 1, compacted=True) for name in state),
        ]
    )


def _publish_lists(log: Log, world: World) -> Lists:
    """The licences of the licensed trade on their topic; the same for the pure core."""
    lists = licences(world)
    found = [
        link(world.settings.seed, "phone", int(one)) for one in world.people.phone[: world.people.licensed]
    ]
    entries = [
        Licence(
            licence_id=f"L{party}",
            target=Target(kind="phone", link=phone),
            e_cigarettes=True,
            added_at=time_of(EPOCH_MS),
        )
        for party, phone in enumerate(found)
    ]
    headers = _headers("lists", cloudevents.LICENCE, None)
    with log.publisher() as publisher:
        publisher.publish(
            [Message(topics.LICENCES, one.licence_id.encode(), encode(one), headers) for one in entries]
        )
    return lists


def _chunks(world: World, table: np.ndarray, response: Response) -> Iterator[list[Message]]:
    """The evidence of all parcels, some at a time."""
    views = response.views(table, response.to(table), scanned_ms(table))
    messages = (_evidence(world, row, table[row], view) for row, view in enumerate(views))
    return iter(lambda: [one for pair in islice(messages, CHUNK) for one in pair], [])


def _run(log: Log, policy: Policy, draws: np.ndarray, chunks: Iterator[list[Message]], minutes: float) -> int:
    """Runs all chunks through, or as many as there is time for; returns how many parcels that were."""
    count, ends_s = 0, time.perf_counter() + 60.0 * minutes
    decide = Decide.start(
        log,
        NoImages(),
        lists=ListReader(log, time.monotonic).current,
        policy=lambda: policy,
        draw=lambda _day, key: float(draws[int(key.rpartition(b"/P")[2])]),
        remember_days=400.0,
    )
    with ExitStack() as stack:
        deciding, tallying = (
            stack.enter_context(_Worker(log, stage)) for stage in (decide, Tally.start(lambda: policy))
        )
        publisher = stack.enter_context(log.publisher())
        for chunk in track(chunks, "through the log", total=-(-len(draws) // CHUNK)):
            publisher.publish(chunk)
            for worker in (deciding, tallying, deciding):
                worker.finish()
            count += len(chunk) // 2
            if time.perf_counter() > ends_s:
                break
    return count


class _Worker(ExitStack):
    """One worker of a stage, turned by hand until it has done all that there is."""

    def __init__(self, log: Log, stage: Stage) -> None:
        super().__init__()
        self._member = self.enter_context(log.join(group_of(stage), stage.subscription, "0"))
        pace = Pace(batch_records=500, poll_timeout_s=0.0, reading_interval_s=1e9)
        committer = self.enter_context(ThreadPoolExecutor(1))
        self._session = Session(
            log,
            stage,
            self._member,
            committer,
            pace=pace,
            stride=Stride(pace.batch_records),
            clock_ms=lambda: time.time_ns() // 1_000_000,
        )

    def finish(self) -> None:
        """Turns until everything in the log has been read and committed."""
        while True:
            self._session.turn()
            self._session.settle()
            self._session.take_done()
            lags = self._member.lags()
            if lags and not sum(lags.values()):
                return


def _evidence(world: World, row: int, record: np.void, view: ViewNote) -> list[Message]:
    """The manifest and the scan of a parcel as [score] would write them."""
    one = parcel(world.settings.seed, row, record, view)
    note = one.manifest
    assert note is not None
    manifest = ManifestEvidence(
        hub=one.hub,
        parcel_id=one.parcel_id,
        waybill=note.waybill,
        courier=COURIER,
        consignor=_sealed(note.consignor, note.regions[0]),
        consignee=_sealed(note.consignee, note.regions[1]),
        contents=_contents(record),
        weight_g=note.weight_g,
        size_mm=None,
        declared_at=time_of(note.declared_ms),
        decide_by=None,
        digest=hashlib.sha256(note.digest).hexdigest(),
        arrived_at=time_of(note.arrived_ms),
    )
    scan = ScanEvidence(
        hub=one.hub,
        parcel_id=one.parcel_id,
        identified=True,
        scan_id=view.scan_id,
        view=1,
        views=1,
        scanner=view.scanner,
        energy=Energy.DUAL,
        pitch_mm=PitchMm(across=0.9, along=0.9),
        image=ImageAddress(
            sha256=SHA256,
            bytes=0,
            content_type="image/png",
            log=LogAddress(topic=topics.scans(one.hub), partition=0, offset=row),
        ),
        findings=_findings(view),
        failure=None,
        scanned_at=time_of(view.scored_ms),
        arrived_at=time_of(view.arrived_ms),
        scored_at=time_of(view.scored_ms),
    )
    return [
        _message(scan, f"scan/{row}", view.arrived_ms),
        _message(manifest, f"manifest/{row}", note.arrived_ms),
    ]


def _findings(view: ViewNote) -> Findings:
    cigarettes, loose_tobacco, e_cigarettes = view.p
    return Findings(
        alarm=view.alarm,
        threshold=view.threshold,
        p=ClassProbabilities(cigarettes=cigarettes, loose_tobacco=loose_tobacco, e_cigarettes=e_cigarettes),
        sticks=Estimate(low=view.sticks[0], mid=view.sticks[1], high=view.sticks[2]),
        tobacco_g=Estimate(low=view.tobacco_g[0], mid=view.tobacco_g[1], high=view.tobacco_g[2]),
        map_png=b"",
        map_pitch_mm=12.0,
        model=view.model or "",
    )


def _contents(record: np.void) -> tuple[Content, ...]:
    """The declaration line by line; what is not described has no text."""
    one: Any = Record._make(record.tolist())
    value = None if isnan(one.value_cny) else Money(amount=one.value_cny, currency="CNY")
    text = "" if one.goods == NOBODY else f"{SORTS[one.goods].name} {one.contents}"
    first = Content(text=text, hs_code=_hs(one, one.goods), quantity=one.pieces or None, value=value)
    if one.more_goods == NOBODY:
        return (first,)
    described = "" if one.goods == NOBODY else SORTS[one.more_goods].name
    return (first, Content(text=described, hs_code=_hs(one, one.more_goods)))


def _hs(one: Any, goods: int) -> str | None:
    return HS[goods] if one.hs and goods != NOBODY else None


def _sealed(party: PartyNote, region: str | None) -> SealedParty:
    links = Links(name=party.name, phone=party.phone, address=party.address, building=party.building)
    return SealedParty(personal=SEALED, links=links, region=region)


def _message(evidence: ManifestEvidence | ScanEvidence, event_id: str, at_ms: int) -> Message:
    headers = _headers(event_id, cloudevents.EVIDENCE, evidence.parcel_id)
    return Message(
        topics.EVIDENCE, evidence.parcel_id.encode(), encode(evidence), headers, timestamp_ms=at_ms
    )


def _headers(event_id: str, kind: str, subject: str | None) -> cloudevents.Headers:
    event = cloudevents.Event(
        id=event_id,
        source="bench",
        type=kind,
        subject=subject,
        content_type=cloudevents.JSON,
        traceparent=None,
    )
    return cloudevents.to_headers(event)


def _decisions(log: Log) -> dict[str, Decision]:
    """The last decision on each parcel."""
    place = Partition(topics.DECISIONS, 0)
    records = log.read(place, log.start(place), log.end(place))
    found = (msgspec.json.decode(record.value or b"", type=Decision) for record in records)
    return {one.parcel_id: one for one in found}


def _compare(decisions: dict[str, Decision], expected: Iterable[Passing], policy: Policy) -> int:
    """Facts against facts, and every decision against the judgement on its own facts and snapshot."""
    counted: Counter[str] = Counter()
    for one in expected:
        decision = decisions.get(one.parcel.parcel_id)
        if decision is None or decision.facts is None:
            counted["missing"] += 1
            continue
        counted[f"{decision.outcome}, {decision.selection.why}"] += 1
        if (unlike := _unlike(_timeless(decision.facts), _timeless(one.facts))) and not counted[OTHER_FACTS]:
            print(f"the first with other facts: {decision.parcel_id}: {unlike}")
        counted[OTHER_FACTS] += bool(unlike)
        threshold = decision.snapshot.risk_threshold
        assert threshold is not None
        again = judge(decision.hub, one.facts, policy, threshold)
        same = (again.outcome, again.why, again.risk) == (
            decision.outcome,
            decision.selection.why,
            decision.risk,
        )
        counted["other decision than the pure core's"] += not same
    for what, count in sorted(counted.items()):
        print(f"{count:9,}  {what}")
    return int(any(counted[what] for what in counted if what == "missing" or what.startswith("other")))


def _unlike(mine: Facts, other: Facts) -> str:
    """What differs between two parcels' facts; nothing where they are equal."""
    if mine == other:
        return ""
    names = [name for name in mine.__struct_fields__ if getattr(mine, name) != getattr(other, name)]
    pairs = [(one, two) for one, two in zip(mine.totals, other.totals, strict=False) if one != two]
    return f"{names}, {pairs[:1]}"


def _timeless(facts: Facts) -> Facts:
    """Facts without when they were counted: [tally] counts on the clock of its log."""
    blank = time_of(0)
    return replace(
        facts, totals=tuple(replace(one, counted_at=blank, first_at=blank) for one in facts.totals)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.year.through_the_log", description=__doc__)
    parser.add_argument("--parcels", type=int, default=50_000, help="parcels of the world's year")
    parser.add_argument("--minutes", type=float, default=1e9, help="no more parcels after this time")
    return parser


if __name__ == "__main__":
    sys.exit(main())
