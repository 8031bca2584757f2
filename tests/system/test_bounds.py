"""Bounds: what a worker holds does not grow with the backlog, the size of messages, or the views of a parcel.

docs/bounds.md states them. Memory is that of a real [score] process, at its peak, as the kernel counts it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch
from uuid import uuid4

import cv2
import msgspec
import numpy as np
import psutil
import pytest

from bench.faults import points
from bench.faults.points import Points
from screener import config
from screener.config import DeadLetterLimits, ScoreSettings
from screener.contracts import topics
from screener.contracts.publishing import scan_message
from screener.contracts.wire import Action, Decision, Energy, Flagged, Outcome, Party, PitchMm, ScanHeaders
from screener.core.parcel import MAX_VIEWS
from screener.evidence.store import EvidenceStore
from screener.imaging.picture import Request
from screener.imaging.prepare import MAX_PIXELS
from screener.imaging.sandbox import AHEAD
from screener.stages.decide import Decide
from screener.stages.desk import Budget
from screener.stages.scorer import Asked, Judged, Scorer
from screener.stream.kafka import KafkaLog, clients
from screener.stream.kafka.parsing import TolerantBatch
from screener.stream.port import (
    MAX_MESSAGE_BYTES,
    Assignment,
    Batch,
    Log,
    Member,
    Message,
    Partition,
    Record,
    Subscription,
    TopicSpec,
)
from screener.stream.runner import Reading, Step
from screener.stream.sqlite import Sqlite
from screener.stream.sqlite.reader import MAX_BATCH_BYTES
from tests.contract.polling import rounds
from tests.core.evidence import findings
from tests.scoring import tiny_model
from tests.stages import world
from tests.stages.world import World
from tests.system.site import REPOSITORY, Site, end, wait_until

HUB = "bounds"
MIB = 1 << 20
SCAN_BYTES = 128 * 1024
BACKLOG = 100
SLACK_BYTES = 24 * MIB
"""What the allocator may keep more of the second time, though nothing more is held."""

BATCHES = 6
"""So many batches of bytes there may be in all shapes: polled, sealed, encoded, under way to the log."""

PICTURE_BYTES = MAX_PIXELS * 3 * 4
VIEWS = 1000
ENTRY_BYTES = 8 * 1024


# --- a backlog, and messages at the limit, before a real worker


@dataclass(frozen=True)
class Slow:
    """A [score] process whose model takes its time, with its log and the places where it is slowed."""

    worker: psutil.Popen
    log: Log
    at: Points

    def peak_bytes(self) -> int:
        """The most that was resident since `forget_peak`; the decoder has a limit of its own."""
        status = Path(f"/proc/{self.worker.pid}/status").read_text()
        found = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(found.split()[1]) * 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.worker.pid}/clear_refs").write_text("5")

    def scored(self) -> int:
        ends = (self.log.end(Partition(topics.LOOKS, number)) for number in range(2))
        return sum(ends)

    def take(self, messages: Sequence[Message], count: int) -> int:
        """Publish, wait until `count` of these are scored, and give the peak until then."""
        self.forget_peak()
        before = self.scored()
        with self.log.publisher() as publisher:
            publisher.publish(messages)
        wait_until(lambda: self.scored() - before >= count, 240, f"{count} scored")
        return self.peak_bytes()


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slow]:
    folder = tmp_path_factory.mktemp("bounds")
    site = Site.build(folder, hub=HUB)
    settings = folder / "screener.toml"
    model = tiny_model.write(folder)
    settings.write_text(settings.read_text().replace(str(REPOSITORY / "models/screener.onnx"), str(model)))
    at = Points(folder / "points")
    with site.log() as log, _worker(site, folder / "points") as worker:
        served = Slow(worker, log, at)
        served.take(scans(4, SCAN_BYTES), 4)
        yield served


@contextmanager
def _worker(site: Site, at: Path) -> Iterator[psutil.Popen]:
    """[score] with the places of the fault rig, which slow its model down."""
    rig = [sys.executable, "-m", "bench.faults.worker", str(at), "none"]
    screener = ["--config", str(site.folder / "screener.toml"), "run", "score", "--metrics-port", "0"]
    with (site.folder / "score.log").open("ab") as told:
        worker = psutil.Popen(
            [*rig, *screener],
            cwd=REPOSITORY,
            env=site.environment,
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield worker
    finally:
        end(worker)


@pytest.mark.slow
def test_a_backlog_ten_times_as_long_needs_no_more_memory(slow: Slow) -> None:
    """As much is scored of both; of the longer one, a hundred megabytes wait in the log."""
    slow.at.set(points.SLOW_MODEL, 0.01)
    once = slow.take(scans(BACKLOG, SCAN_BYTES), BACKLOG)
    tenfold = slow.take(scans(10 * BACKLOG, SCAN_BYTES), BACKLOG)
    slow.at.withdraw()
    assert tenfold - once < SLACK_BYTES < 9 * BACKLOG * SCAN_BYTES // 4
    wait_until(lambda: slow.scored() >= 4 + 11 * BACKLOG, 240, "the rest")


@pytest.mark.slow
def test_messages_at_the_limit_cost_a_few_batches_and_no_more(slow: Slow) -> None:
    """Rubbish of 4 MB each, the dearest there is: every message is sealed and published whole."""
    base = slow.take(scans(4, SCAN_BYTES), 4)
    rubbish = [_scan(os.urandom(MAX_MESSAGE_BYTES - 4096)) for _ in range(20)]
    peak = slow.take(rubbish, len(rubbish))
    assert peak - base < BATCHES * (MAX_BATCH_BYTES + MAX_MESSAGE_BYTES)


@pytest.mark.slow
def test_pictures_at_the_limit_are_prepared_a_few_ahead(slow: Slow) -> None:
    """Images of 4 MB that are sound: however many lie in a batch, only so many are pictures at a time."""
    base = slow.take(scans(4, SCAN_BYTES), 4)
    sound = slow.take(scans(16, MAX_MESSAGE_BYTES - 128 * 1024), 16)
    ahead = AHEAD + 1 + ScoreSettings().micro_batch
    assert sound - base < BATCHES * (MAX_BATCH_BYTES + MAX_MESSAGE_BYTES) + ahead * PICTURE_BYTES


def scans(count: int, size_bytes: int) -> list[Message]:
    """Scans of one picture of noise, which has about this size as a PNG."""
    side = int((size_bytes / 3) ** 0.5) - 4
    pixels = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    content = cv2.imencode(".png", pixels)[1].tobytes()
    return [_scan(content) for _ in range(count)]


def _scan(content: bytes) -> Message:
    name = uuid4().hex
    headers = ScanHeaders(
        hub=HUB,
        parcel_id=f"P{name}",
        scan_id=f"S{name}",
        view=1,
        views=1,
        scanner="x1",
        pitch_mm=PitchMm(across=1.5, along=1.5),
        energy=Energy.DUAL,
        sha256=hashlib.sha256(content).hexdigest(),
        content_type="image/png",
    )
    made = scan_message(headers, content, event_id=name)
    return Message(topics.scans(HUB), made.key, made.value, made.headers)


# --- what is polled before what was polled is committed


class Counting:
    """A log whose members count the records that they polled and committed."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.polled = 0
        self.ahead: list[int] = []
        """At the end of each commit, how many records had been polled that were not committed by then."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def join(self, group: str, subscription: Subscription, slot: str) -> Member:
        member = self._log.join(group, subscription, slot)
        polling, committing = member.poll, member.commit

        def poll(timeout_s: float, max_records: int) -> Batch:
            batch = polling(timeout_s, max_records)
            self.polled += len(batch.records)
            return batch

        def commit(
            assignment: Assignment, messages: Sequence[Message], offsets: Mapping[Partition, int]
        ) -> None:
            committing(assignment, messages, offsets)
            self.ahead.append(self.polled - sum(offsets.values()))

        member.poll, member.commit = poll, commit  # type: ignore[method-assign]
        return member


def test_one_batch_is_polled_ahead_of_the_commit_and_no_more(tmp_path: Path) -> None:
    """Whatever waits in the log, two batches are in memory."""
    with Sqlite(tmp_path / "log.db") as log:
        counting = Counting(log)
        few = World.build(cast("Log", counting), tmp_path)
        few.publish([world.scan_of(f"P{number}") for number in range(400)])
        stage = few.score()
        with world.Worker.start(few.log, stage, batch_records=10, threaded=True) as worker:
            worker.finish()
    assert counting.polled == 400
    assert len(counting.ahead) >= 40
    assert max(counting.ahead) <= 10


@pytest.mark.kafka
def test_a_poll_of_kafka_brings_one_fetch_at_most(kafka_bootstrap: str) -> None:
    """A backlog in many partitions, and leave to take all of it at once: the bytes of a batch are bounded."""
    settings = config.KafkaLog(bootstrap_servers=tuple(kafka_bootstrap.split(",")))
    topic, partitions, each = f"backlog-{uuid4().hex[:8]}", 12, 4
    content = os.urandom(MIB)
    messages = [Message(topic, None, content, partition=n) for n in range(partitions) for _ in range(each)]
    with KafkaLog(settings) as log:
        log.create([TopicSpec(topic, partitions)])
        with log.publisher() as publisher:
            publisher.publish(messages)
        with log.join(topic, Subscription(topics=(topic,)), "0") as member:
            sizes: list[int] = []
            for _ in rounds("the whole backlog"):
                batch = member.poll(0.5, 10_000)
                sizes.append(sum(len(record.value or b"") for record in batch.records))
                if sum(sizes) == len(messages) * MIB:
                    break
    assert max(sizes) <= clients.FETCH_BYTES + MAX_MESSAGE_BYTES


@pytest.mark.kafka
def test_one_record_is_read_from_kafka_without_those_behind_it(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[decide] reads back every view of a flagged parcel: none may cost what lies behind it in the log."""
    settings = config.KafkaLog(bootstrap_servers=tuple(kafka_bootstrap.split(",")))
    topic, parsed, real = f"long-{uuid4().hex[:8]}", count(), TolerantBatch._read_msg

    def counted(batch: TolerantBatch) -> Any:
        next(parsed)
        return real(batch)

    monkeypatch.setattr(TolerantBatch, "_read_msg", counted)
    with KafkaLog(settings) as log:
        log.create([TopicSpec(topic, 1)])
        with log.publisher() as publisher:
            publisher.publish([Message(topic, None, b"%d" % number * 200) for number in range(3000)])
        place = Partition(topic, 0)
        found = [record.value for offset in (0, 1500, 2999) for record in log.read(place, offset, offset + 1)]
    assert found == [b"%d" % number * 200 for number in (0, 1500, 2999)]
    one_batch = clients.BATCH_BYTES // 200
    assert next(parsed) <= 3 * one_batch


# --- a parcel with a thousand views


class ByNumber:
    """A scorer that finds as many sticks as the image says, with a map of noise where it is asked for."""

    def __init__(self, map_bytes: int = 0) -> None:
        self._map = os.urandom(map_bytes)

    def judge(self, asked: Iterable[Asked]) -> Iterator[Judged]:
        for one in asked:
            assert isinstance(one.request, Request)
            sticks = float(one.request.data.split()[0])
            found = findings(0.9 if sticks else 0.01, sticks=sticks)
            yield Judged(msgspec.structs.replace(found, map_png=self._map))


@dataclass(frozen=True)
class Told:
    """What came of one parcel: its decisions, and what [decide] wrote and read for them."""

    decisions: list[Decision]
    flagged: list[Flagged]
    changes: list[int]
    """Bytes of each change of the parcel's state."""
    kept: int
    """How often an image was brought into the store."""

    @property
    def scans_read(self) -> int:
        return sum(len(one.scans) for one in self.flagged)


def told(folder: Path, name: str, sticks: Sequence[int], announced: int = 1) -> Told:
    """Send a manifest and one scan for each number of sticks, each a pass of its own of so many views.

    The first comes alone, so that where it is complete all others come to a parcel that is decided.
    """
    real = EvidenceStore.put
    counting = patch.object(EvidenceStore, "put", autospec=True, side_effect=real)
    with Sqlite(folder / f"{name}.db") as log, counting as put:
        town = World.build(log, folder)
        scans = [
            world.scan_of("P1", f"{found} {n}".encode(), scan_id=f"S{n}", views=announced, at_s=n / 1000)
            for n, found in enumerate(sticks)
        ]
        for messages in ([world.manifest_of("P1"), scans[0]], scans[1:]):
            town.publish(messages)
            town.finish(
                replace(town.score(), scorer=cast("Scorer", ByNumber())), 0 if len(messages) == 2 else None
            )
            for stage in (town.decide(), town.tally(), town.decide()):
                town.finish(stage)
        rows = [one for one in town.records(topics.DECIDE_STATE) if (one.key or b"").endswith(b"/P1")]
        changes = [len(row.value or b"") for row in rows]
        return Told(town.decisions(), town.flagged(), changes, put.call_count)


@pytest.mark.parametrize("announced", [1, 32], ids=["each complete", "none complete"])
def test_a_parcel_with_a_thousand_views_reaches_a_human_at_a_bounded_cost(
    tmp_path: Path, announced: int
) -> None:
    """Clean as they all are: a parcel with more views than are weighed is not passed."""
    found = told(tmp_path, "clean", [0] * VIEWS, announced)
    assert found.decisions[-1].outcome == Outcome.INCOMPLETE
    assert "too_many_views" in {reason.code for reason in found.decisions[-1].reasons}
    assert all(len(one.scans) <= MAX_VIEWS for one in found.flagged)
    assert len(found.decisions) <= 3
    assert max(found.changes) < ENTRY_BYTES


def test_a_thousand_views_that_all_say_something_new_cost_little_more_than_a_few_hundred(
    tmp_path: Path,
) -> None:
    """Each shows more than the last; those kept change ever more seldom, so work grows with a logarithm."""
    few, many = (told(tmp_path, str(count), range(1000, 1000 + count)) for count in (VIEWS // 4, VIEWS))
    for found in (few, many):
        assert {one.action for one in found.decisions} == {Action.HOLD}
        assert max(found.changes) < ENTRY_BYTES
        assert found.scans_read <= MAX_VIEWS * len(found.decisions)
    assert len(many.decisions) < 2 * len(few.decisions)
    assert many.scans_read < 2 * few.scans_read
    assert many.kept < many.scans_read // 4


class Measured:
    """A stage, and how many bytes each of its steps said."""

    def __init__(self, stage: Decide, sizes: list[int]) -> None:
        self._stage = stage
        self._sizes = sizes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage, name)

    def step(self, records: Sequence[Record], reading: Reading | None) -> Step:
        step = self._stage.step(records, reading)
        self._sizes.append(sum(len(one.value or b"") for one in step.messages))
        return step


PARCELS, NOISY, MAP_BYTES, ROOM_BYTES = 12, 8, 20_000, 300_000


@pytest.mark.parametrize("completed", [True, False], ids=["complete", "overdue"])
def test_what_one_step_says_is_bounded_however_many_flags_it_makes(
    tmp_path: Path, *, completed: bool
) -> None:
    """Noise in every view: overdue parcels come bit by bit, those that are complete without their maps."""
    sizes: list[int] = []
    room_bytes = ROOM_BYTES + (0 if completed else MAX_MESSAGE_BYTES)
    with Sqlite(tmp_path / "log.db") as log:
        town = World.build(log, tmp_path)
        noise = replace(town.score(), scorer=cast("Scorer", ByNumber(MAP_BYTES)))
        decide = replace(town.decide(), budget=lambda: Budget(told_bytes=room_bytes))
        stages: list[Any] = [Measured(decide, sizes), town.tally(), Measured(decide, sizes)]
        town.publish([one for number in range(PARCELS) for one in noisy(number)])
        if completed:
            town.publish([world.manifest_of(f"P{number}") for number in range(PARCELS)])
        for _ in range(PARCELS):  # each with a progress of its own
            town.finish(noise, 0 if completed else None)
            for stage in stages:
                town.finish(stage)
        flags = town.flagged()
    assert len(flags) == PARCELS
    mapped = [all(one.scan.findings and one.scan.findings.map_png for one in flag.scans) for flag in flags]
    assert all(mapped) != completed
    assert ROOM_BYTES // 2 < max(sizes) < ROOM_BYTES + NOISY * MAP_BYTES * 4 // 3 + PARCELS * NOISY * 2_000


def noisy(number: int) -> Iterator[Message]:
    for view in range(1, NOISY + 1):
        yield world.scan_of(f"P{number}", f"900 {number} {view}".encode(), view=view, views=NOISY)


# --- years of other people's parcels

DAY_S = 86_400
ROUNDS, SOME = 4, 40
APART_S = 400 * DAY_S
"""Longer than anything is remembered."""


def test_after_a_year_nothing_of_the_year_before_is_held(tmp_path: Path) -> None:
    """Parcels of every fate, of people who never come again: each year leaves behind as much as the last."""
    now_s = [0.0]
    clock = lambda: world.log_ms(now_s[0])  # noqa: E731
    with Sqlite(tmp_path / "log.db", clock_ms=clock) as log, ExitStack() as stack:
        town = World.build(log, tmp_path)
        stages: list[Any] = [
            town.score(DeadLetterLimits(window=10)),
            town.decide(),
            town.tally(),
            town.network(),
        ]
        workers = [stack.enter_context(world.Worker.start(log, one, clock_ms=clock)) for one in stages]
        held = []
        for year in range(ROUNDS):
            begin_s = (year - ROUNDS) * APART_S
            for at_s, messages in ((begin_s, list(one_year(year, begin_s))), (begin_s + 3 * DAY_S, [])):
                now_s[0] = at_s + SOME * 60
                town.publish(messages)
                for worker in (*workers, *workers, *workers[1:]):
                    worker.finish()
                    worker.session.take_done()
            held.append([entries(one) for one in (*stages, *(worker.session for worker in workers))])
        assert {decision.outcome for decision in town.decisions()} > {"pass", "hold", "unscanned"}
    assert held[2] == held[3]


def one_year(year: int, begin_s: float) -> Iterator[Message]:
    """Parcels of all fates; the numbers of people differ from year to year and from parcel to parcel."""
    for number in range(SOME):
        name, at_s, which = f"P{year}-{number}", begin_s + number * 60, number % 10
        sender, receiver = person(year, number // 4), person(year, 1000 + number)
        content = (world.OVER, world.LEGAL, world.CLEAN)[number % 3] + name.encode()
        if which != 7:
            yield world.manifest_of(name, at_s=at_s, consignor=sender, consignee=receiver)
        if which == 5:  # corrected
            yield world.manifest_of(name, at_s=at_s, consignor=sender, consignee=receiver, weight_g=900.0)
        if which != 8:
            yield world.scan_of(name, content, at_s=at_s)
        if which == 3:
            yield world.scan_of(name, world.OVER + name.encode(), scan_id=f"again-{name}", at_s=at_s)
        if which == 2:
            yield world.scan_of(None, content, scan_id=f"unread-{name}", at_s=at_s)


def person(year: int, number: int) -> Party:
    known = f"{year:03d}{number:07d}"
    return Party(name=f"Person {known}", phone=f"1{known}", address=f"{known} Example Street", region="CN-43")


def entries(value: object, seen: set[int] | None = None) -> int:
    """How many entries all containers have that can be reached from here through our own objects."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, Sqlite):
        return 0
    seen.add(id(value))
    if isinstance(value, dict):
        return len(value) + sum(entries(one, seen) for pair in value.items() for one in pair)
    if isinstance(value, list | tuple | set | frozenset | deque):
        return len(value) + sum(entries(one, seen) for one in value)
    if not type(value).__module__.startswith("screener"):
        return 0
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return sum(entries(getattr(value, name, None), seen) for name in (*vars_of(value), *slots))


def vars_of(value: object) -> list[str]:
    return [*getattr(value, "__dict__", {}), *getattr(type(value), "__struct_fields__", ())]
