"""Crashes at any point, replayed by a state machine: each parcel is decided exactly once.

Workers poll, step and commit by hand; a crash is a worker that leaves at any of these points, also
between the commit and the moment it would have known of it. At the end fresh workers finish what is
left, and a committed reader counts.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from screener import config
from screener.contracts import topics
from screener.errors import Fenced
from screener.stream.kafka import KafkaLog
from screener.stream.port import Assignment, Log, Member, Message, Partition, Subscription
from screener.stream.runner import Stage
from screener.stream.sqlite import Sqlite
from tests.stages.world import CLEAN, OVER, Worker, World, manifest_of, scan_of


class Crashed(BaseException):
    """The process died here; a BaseException, so that no code of ours catches it."""


@dataclass
class Fuse:
    """Where the next commit dies: before it, after it, or nowhere."""

    blows: str | None = None


class FusedMember:
    """A member whose commit dies where its fuse says; all else is the real one."""

    def __init__(self, member: Member, fuse: Fuse) -> None:
        self._member = member
        self._fuse = fuse

    def commit(
        self, assignment: Assignment, messages: Sequence[Message], offsets: Mapping[Partition, int]
    ) -> None:
        blows, self._fuse.blows = self._fuse.blows, None
        if blows == "before":
            raise Crashed
        self._member.commit(assignment, messages, offsets)
        if blows == "after":
            raise Crashed

    def __enter__(self) -> FusedMember:
        return self

    def __exit__(self, *_: object) -> None:
        self._member.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._member, name)


class FusedLog:
    """A log whose members have a fuse."""

    def __init__(self, log: Log, fuse: Fuse) -> None:
        self._log = log
        self._fuse = fuse

    def join(self, group: str, subscription: Subscription, slot: str) -> FusedMember:
        return FusedMember(self._log.join(group, subscription, slot), self._fuse)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class Crashes(RuleBasedStateMachine):
    """Hubs send, workers come, work, crash and leave, in any order."""

    open_log: Callable[[Path], Log]

    @initialize()
    def begin(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self.log = type(self).open_log(folder)
        self.hub = f"h{os.urandom(4).hex()}"
        self.world = World.build(self.log, folder, hubs=(self.hub,))
        self.fuse = Fuse()
        self.workers: list[Worker] = []
        self.sent: dict[str, bytes] = {}
        self.malformed = 0

    @rule(content=st.sampled_from([CLEAN, OVER]), manifest_first=st.booleans(), twice=st.booleans())
    def send_parcel(self, content: bytes, manifest_first: bool, twice: bool) -> None:
        parcel_id = f"P{len(self.sent)}"
        self.sent[parcel_id] = content
        pair = [manifest_of(parcel_id, self.hub), scan_of(parcel_id, content, hub=self.hub)]
        self.world.publish((pair if manifest_first else pair[::-1]) * (1 + twice))

    @rule()
    def send_rubbish(self) -> None:
        self.malformed += 1
        sound = manifest_of(f"B{self.malformed}", self.hub)
        self.world.publish([Message(sound.topic, sound.key, b"{", sound.headers)])

    @rule(stage=st.sampled_from(["score", "decide", "tally"]))
    def start(self, stage: str) -> None:
        if len(self.workers) < 4:
            log: Any = FusedLog(self.log, self.fuse)
            made: Stage = getattr(self.world, stage)()
            slot = next(str(i) for i in range(9) if all(w.slot != str(i) for w in self.workers))
            self.workers.append(Worker.start(log, made, slot=slot, batch_records=3))

    @rule(data=st.data(), turns=st.integers(1, 4))
    def work(self, data: st.DataObject, turns: int) -> None:
        if self.workers:
            worker = data.draw(st.sampled_from(self.workers))
            self._turn(worker, turns)

    @rule(data=st.data(), blows=st.sampled_from(["before", "after"]))
    def die_in_a_commit(self, data: st.DataObject, blows: str) -> None:
        if self.workers:
            worker = data.draw(st.sampled_from(self.workers))
            self.fuse.blows = blows
            self._turn(worker, 3)
            self.fuse.blows = None

    @rule(data=st.data())
    def die_between(self, data: st.DataObject) -> None:
        if self.workers:
            self._bury(data.draw(st.sampled_from(self.workers)))

    @invariant()
    def nothing_is_decided_twice(self) -> None:
        if hasattr(self, "world"):
            said = Counter((d.parcel_id, d.revision) for d in self._decisions())
            assert not [one for one, times in said.items() if times > 1]

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            for worker in list(self.workers):
                self._bury(worker)
            self.world.settle()
            self._check_all()
        finally:
            self.log.close()
            self._folder.cleanup()

    def _check_all(self) -> None:
        first = [d for d in self._decisions() if d.revision == 1]
        assert Counter(d.parcel_id for d in first) == Counter(list(self.sent))
        last = {d.parcel_id: d.outcome for d in sorted(self._decisions(), key=lambda d: d.revision)}
        assert {p for p, outcome in last.items() if outcome == "hold"} >= self._over()
        assert len(self.world.verdicts(self.hub)) == len(self._decisions())
        rejected = [r for r in self.world.records(topics.REJECTED) if r.header("ce_hub") == self.hub.encode()]
        assert len(rejected) == self.malformed

    def _over(self) -> set[str]:
        return {parcel_id for parcel_id, content in self.sent.items() if content == OVER}

    def _decisions(self) -> list[Any]:
        return [decision for decision in self.world.decisions() if decision.hub == self.hub]

    def _turn(self, worker: Worker, turns: int) -> None:
        try:
            for _ in range(turns):
                worker.turn()
        except (Crashed, Fenced):
            self._bury(worker)

    def _bury(self, worker: Worker) -> None:
        worker.crash()
        self.workers.remove(worker)


def _replay(open_log: Callable[[Path], Log], examples: int, steps: int) -> None:
    machine = type("Machine", (Crashes,), {"open_log": staticmethod(open_log)})
    bounded = settings(
        max_examples=examples,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=bounded)


@pytest.mark.slow
def test_crashes_on_the_embedded_log() -> None:
    _replay(lambda folder: Sqlite(folder / "log.db"), examples=40, steps=20)


@pytest.mark.kafka
@pytest.mark.slow
def test_crashes_on_kafka(kafka_bootstrap: str) -> None:
    cluster = config.KafkaLog(bootstrap_servers=(kafka_bootstrap,), session_timeout_s=6.0)
    _replay(lambda _: KafkaLog(cluster), examples=3, steps=12)
