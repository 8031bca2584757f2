"""A small world for the stages: hubs' messages, a scorer that needs no model, workers turned by hand.

The scorer's findings follow from the image's bytes alone (`alarm` from the first byte), so a test can say
what a scan will weigh. Everything else is the real thing: contracts, keys, stages, runner, log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import msgspec

from screener.config import DeadLetterLimits, ImageLimits, LogSettings
from screener.contracts import topics
from screener.contracts.publishing import manifest_message, scan_message
from screener.contracts.wire import (
    Decision,
    Energy,
    Findings,
    Flagged,
    Manifest,
    Party,
    PitchMm,
    ScanHeaders,
    Verdict,
)
from screener.core import policy
from screener.core.policy import Sampling
from screener.errors import BadInput
from screener.evidence.references import References
from screener.evidence.store import EvidenceStore
from screener.imaging.picture import Request
from screener.sealing.keys import Kind, fresh
from screener.sealing.ring import KeyRing
from screener.stages import topology
from screener.stages.breaker import Breaker
from screener.stages.decide import Decide
from screener.stages.keeper import ImageKeeper
from screener.stages.lists import ListReader
from screener.stages.network import Network
from screener.stages.score import Score
from screener.stages.scorer import Asked, Judged, Scorer
from screener.stages.tally import Tally
from screener.stream.port import Log, Member, Message, Record
from screener.stream.runner import Pace, Session, Stage, Stride, group_of
from tests.contract.polling import everything
from tests.core.evidence import findings

HUB = "h1"
RING = KeyRing.of([fresh(Kind.SEAL, "2026-11"), fresh(Kind.LINK, "1"), fresh(Kind.DRAW, "1")], "test")
SETTINGS = LogSettings(partitions=2, hub_partitions=2, timestamps="create", hub_retention_h=1e6)
"""Kept long: the log times of these tests lie in the past, and retention goes by log time."""

OVER, LEGAL, CLEAN, BROKEN = b"\xff over", b"\xfe legal", b"\x00 clean", b"? broken"
START = datetime(2026, 11, 1, tzinfo=UTC)


class ScorerByBytes:
    """Findings from the first byte of the image: over the limit, legal, clean, or not an image."""

    def judge(self, asked: Iterable[Asked]) -> Iterator[Judged]:
        for one in asked:
            yield Judged(self._judged(one.request))

    def _judged(self, request: Request | BadInput) -> Findings | BadInput:
        if isinstance(request, BadInput):
            return request
        kind = request.data[:1]
        if kind == BROKEN[:1]:
            return BadInput("image_corrupt", "said the test")
        sticks = {OVER[:1]: 1000.0, LEGAL[:1]: 200.0}.get(kind, 0.0)
        return findings(0.9 if sticks else 0.01, sticks=sticks)


@dataclass(frozen=True)
class World:
    """A log with all topics, and what hubs and workers do with it."""

    log: Log
    folder: Path
    policy_file: policy.Policy
    ticks: Iterator[int] = field(default_factory=count)

    @staticmethod
    def build(log: Log, folder: Path, hubs: Sequence[str] = (HUB,), patience_s: float = 60.0) -> World:
        specs = topology.internal_specs(SETTINGS)
        log.create([*specs, *(spec for hub in hubs for spec in topology.hub_specs(hub, SETTINGS))])
        chosen = policy.read(Path("configs/policy.toml"))
        certain = msgspec.structs.replace(chosen.file, sampling=Sampling(rate=0.0), patience_s=patience_s)
        return World(log, folder, msgspec.structs.replace(chosen, file=certain))

    def under(self, **sections: object) -> World:
        """The same world under a policy with other sections."""
        changed = msgspec.structs.replace(self.policy_file.file, **sections)
        return replace(self, policy_file=msgspec.structs.replace(self.policy_file, file=changed))

    def score(self, limits: DeadLetterLimits | None = None) -> Score:
        return Score(
            ring=RING,
            scorer=cast("Scorer", ScorerByBytes()),
            breaker=Breaker(limits or DeadLetterLimits(), lambda: 0.0),
            fetch=References(ImageLimits()).fetch,
            topic_sizes=self.log.topics,
        )

    def decide(self) -> Decide:
        keeper = ImageKeeper(
            self.log, EvidenceStore.open(str(self.folder / "evidence")), References(ImageLimits()).fetch
        )
        return Decide.start(
            self.log,
            keeper,
            lists=ListReader(self.log, lambda: next(self.ticks)).current,
            policy=lambda: self.policy_file,
            draw=RING.drawn,
            remember_days=30,
        )

    def network(self) -> Network:
        return Network.start(lambda: self.policy_file)

    def tally(self) -> Tally:
        return Tally.start(lambda: self.policy_file)

    def records(self, topic: str) -> list[Record]:
        """All committed records of a topic."""
        return everything(self.log, topic)

    def decisions(self) -> list[Decision]:
        return [_decoded(record, Decision) for record in self.records(topics.DECISIONS)]

    def flagged(self) -> list[Flagged]:
        return [_decoded(record, Flagged) for record in self.records(topics.FLAGGED)]

    def verdicts(self, hub: str = HUB) -> list[Verdict]:
        return [_decoded(record, Verdict) for record in self.records(topics.verdicts(hub))]

    def publish(self, messages: Sequence[Message]) -> None:
        with self.log.publisher() as publisher:
            publisher.publish(messages)

    def settle(self, at_s: float | None = None) -> None:
        """Let one worker of each stage do all there is to do, the first stage first.

        At `at_s` after `START`; left out, so much later that all patience is over before any sum is answered.
        """
        self.finish(self.score(), at_s)
        self.finish(self.decide())
        self.finish(self.tally())
        self.finish(self.decide())  # with the answers

    def finish(self, stage: Stage, at_s: float | None = None) -> None:
        """Let one worker of a stage do all there is to do; its clock says now, or `at_s` after `START`."""
        clock = None if at_s is None else lambda: log_ms(at_s)
        with Worker.start(self.log, stage, clock_ms=clock) as worker:
            worker.finish(turns=5000)


@dataclass
class Worker:
    """A worker of one stage, turned by hand."""

    log: Log
    stage: Stage
    slot: str
    member: Member
    session: Session
    stack: ExitStack

    @staticmethod
    def start(
        log: Log,
        stage: Stage,
        *,
        slot: str = "0",
        batch_records: int = 100,
        clock_ms: Callable[[], int] | None = None,
        threaded: bool = False,
    ) -> Worker:
        stack = ExitStack()
        member = stack.enter_context(log.join(group_of(stage), stage.subscription, slot))
        executor: Executor = stack.enter_context(ThreadPoolExecutor(1)) if threaded else Inline()
        pace = Pace(batch_records, poll_timeout_s=0.02, reading_interval_s=0.0)
        clock = clock_ms or (lambda: int(datetime.now(UTC).timestamp() * 1000))
        session = Session(
            log, stage, member, executor, pace=pace, stride=Stride(pace.batch_records), clock_ms=clock
        )
        return Worker(log, stage, slot, member, session, stack)

    def turn(self) -> None:
        self.session.turn()

    @property
    def idle(self) -> bool:
        """Whether everything that lies in the log has been read and committed."""
        went_well = self.session.settle_or_drop()
        lags = self.member.lags()
        return went_well and len(lags) > 0 and sum(lags.values()) == 0

    def finish(self, turns: int = 500) -> None:
        """Turn until idle, and once more to say that all has been read."""
        for _ in range(turns):
            self.turn()
            if self.idle:
                self.turn()
                self.session.settle()
                return
        raise AssertionError(f"not idle after {turns} turns")

    def crash(self) -> None:
        """Leave as a killed process does: nothing more is committed."""
        self.stack.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.crash()


class Inline(Executor):
    """Runs a commit at once in the calling thread: the same outcome, every time in the same order."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - a future carries whatever was raised
            future.set_exception(error)
        return future


def manifest_of(parcel_id: str, hub: str = HUB, at_s: float = 0, **fields: Any) -> Message:
    """A sound manifest as its hub publishes it, at a log time in seconds after `START`."""
    party = Party(name="李明", phone="+86 138 0000 0000", address="长沙市开福区示范路1号", region="CN-43")
    manifest = Manifest(
        parcel_id=parcel_id,
        waybill=f"W{parcel_id}",
        hub=hub,
        courier="swift",
        declared_at=START,
        **{"consignor": party, "consignee": party, **fields},
    )
    out = manifest_message(manifest, event_id=f"m-{parcel_id}", time=START)
    return Message(topics.manifests(hub), out.key, out.value, out.headers, timestamp_ms=log_ms(at_s))


def scan_of(
    parcel_id: str | None,
    content: bytes = CLEAN,
    *,
    hub: str = HUB,
    at_s: float = 0,
    scanned_at_s: float = 0,
    scan_id: str | None = None,
    view: int = 1,
    views: int = 1,
) -> Message:
    """A scan with sound headers; its content is for `ScorerByBytes`."""
    scan = ScanHeaders(
        hub=hub,
        parcel_id=parcel_id,
        scan_id=scan_id or f"S-{parcel_id}",
        view=view,
        views=views,
        scanner="scanner-1",
        pitch_mm=PitchMm(across=1.0, along=1.0),
        energy=Energy.DUAL,
        sha256=hashlib.sha256(content).hexdigest(),
        content_type="image/png",
        time=START + timedelta(seconds=scanned_at_s),
    )
    out = scan_message(scan, content, event_id=f"s-{scan.scan_id}-{view}")
    return Message(topics.scans(hub), out.key, out.value, out.headers, timestamp_ms=log_ms(at_s))


def log_ms(at_s: float) -> int:
    return int((START + timedelta(seconds=at_s)).timestamp() * 1000)


def _decoded(record: Record, kind: type[Any]) -> Any:
    return msgspec.json.decode(record.value or b"", type=kind)
