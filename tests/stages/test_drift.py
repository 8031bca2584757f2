"""[drift] on the log: [score] tells it of every scan, and what it tells follows from the log alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener import config
from screener.contracts import topics
from screener.contracts.wire import Anchor, Drift, Look
from screener.core.drift.reference import Reference, reference_of
from screener.stages import topology
from screener.stages.drift import MOST_SCANNERS, AllLevels, DriftWatch, NotFollowed, looks_on, raised_on
from screener.stages.looks import anchor_of, key_of, message_of
from screener.stream.kafka import KafkaLog
from screener.stream.port import Log, Message, Partition, Record
from screener.stream.runner import Reading, Step
from screener.stream.sqlite import Sqlite
from screener.stream.state import Table
from tests.contract.polling import everything
from tests.core.drift.scanners import START, Made
from tests.stages.world import BROKEN, CLEAN, SETTINGS, Worker, World, scan_of

MADE = Made(seed=1)
REFERENCE = reference_of(MADE.looks(120))
QUIET = MADE.looks(60)
CHANGED = MADE.changed(hue=9).looks(60)


def stage(reference: Reference | None = REFERENCE) -> DriftWatch:
    return DriftWatch.start(lambda hub, scanner: reference)


def made(folder: Path) -> Sqlite:
    log = Sqlite(folder / "log.db")
    log.create(topology.internal_specs(SETTINGS))
    return log


def told(looks: Sequence[Look]) -> list[Message]:
    return [message_of(look, str(number), "test") for number, look in enumerate(looks)]


def publish(log: Log, messages: Sequence[Message]) -> None:
    with log.publisher() as publisher:
        publisher.publish(messages)


def follow(log: Log, watch: DriftWatch, batch_records: int = 100) -> None:
    with Worker.start(log, watch, batch_records=batch_records) as worker:
        worker.finish()


def alarms(log: Log) -> list[tuple[bytes | None, bytes | None]]:
    return [(record.key, record.value) for record in everything(log, topics.ALARMS)]


def state(log: Log, key: bytes = b"h1/x1") -> bytes | None:
    """The last row of a scanner."""
    return {record.key: record.value for record in everything(log, topics.DRIFT_STATE)}[key]


def test_score_tells_of_every_scan_that_it_took(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log:
        world = World.build(log, tmp_path)
        world.publish([scan_of("A", CLEAN, scan_id="S1"), scan_of("B", BROKEN, scan_id="S2")])
        world.finish(world.score())
        by_failure = {look.failure: look for look in looks_on(log, "h1", "scanner-1")}
        assert set(by_failure) == {None, "image_corrupt"}
        assert by_failure[None].model is not None
        assert by_failure[None].alarm == 0.01
        assert by_failure["image_corrupt"].model is None


def test_a_change_is_published_once_and_stands(tmp_path: Path) -> None:
    with made(tmp_path) as log:
        publish(log, told([*QUIET, *CHANGED]))
        follow(log, stage())
        (alarm,) = raised_on(log)
        assert (alarm.hub, alarm.scanner, alarm.what) == ("h1", "x1", Drift.PALETTE)
        assert [key for key, _ in alarms(log)] == [b"h1/x1/palette"]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neither_batches_nor_restarts_change_a_byte(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    looks = [*QUIET, *CHANGED]
    with made(tmp_path_factory.mktemp("whole")) as whole, made(tmp_path_factory.mktemp("parts")) as parts:
        publish(whole, told(looks))
        follow(whole, stage(), batch_records=1000)
        publish(parts, told(looks))
        for size in sizes:
            with Worker.start(parts, stage(), batch_records=size) as worker:
                worker.turn()
                worker.turn()
                worker.session.settle()
        follow(parts, stage(), batch_records=sizes[0] * 10)
        assert alarms(parts) == alarms(whole)
        assert state(parts) == state(whole)


def test_scanners_do_not_mix(tmp_path: Path) -> None:
    other = Made(seed=5, hue=7, scanner="x2")
    with made(tmp_path) as log:
        mixed = [look for pair in zip(QUIET, other.looks(60), strict=True) for look in pair]
        publish(log, told([*mixed, *CHANGED]))
        references = {"x1": REFERENCE, "x2": reference_of(other.looks(120))}
        follow(log, DriftWatch.start(lambda _, scanner: references[scanner]))
        assert [(one.scanner, one.what) for one in raised_on(log)] == [("x1", Drift.PALETTE)]


def test_an_anchor_ends_the_alarm_and_begins_anew(tmp_path: Path) -> None:
    with made(tmp_path) as log:
        publish(log, told([*QUIET, *CHANGED]))
        anchor = message_of(anchor_of("h1", "x1", CHANGED[-1].at), "a", "test")
        publish(log, [anchor, *told(MADE.changed(hue=9).looks(350))])
        follow(log, stage())
        assert raised_on(log) == []
        assert len(alarms(log)) == 2
        publish(log, told(MADE.looks(80)))
        follow(log, stage())
        assert [one.what for one in raised_on(log)] == [Drift.PALETTE]


def test_a_reading_tells_how_near_every_scanner_is(tmp_path: Path) -> None:
    steps: list[Step] = []
    with made(tmp_path) as log:
        publish(log, told([*QUIET, *CHANGED]))
        watch = stage()
        follow(log, watch)
        with Worker.start(log, watch) as worker:
            worker.turn()
            steps.append(watch.step([], Reading({}, {})))
    (levels,) = [one for one in steps[0].told if isinstance(one, AllLevels)]
    (scanner,) = levels.scanners
    assert (scanner.hub, scanner.scanner, set(scanner.raised)) == ("h1", "x1", {Drift.PALETTE})
    assert scanner.levels[Drift.PALETTE] >= 1 > scanner.levels[Drift.ENERGY]


def read_from_one(looks: Sequence[Look | Anchor]) -> list[Record]:
    """What is told of scanners, as it lies in the first partition."""
    messages = [message_of(look, str(number), "test") for number, look in enumerate(looks)]
    partition = Partition(topics.LOOKS, 0)
    return [Record(partition, n, n, one.key, one.value, one.headers) for n, one in enumerate(messages)]


def test_a_hub_cannot_name_scanners_without_end_and_whom_the_operator_names_is_followed() -> None:
    table = Table(Partition(topics.DRIFT_STATE, 0))
    watch = DriftWatch.start(lambda _, scanner: REFERENCE if scanner == "commissioned" else None)
    watch.assigned({0: table})
    names = [f"s{number}" for number in range(MOST_SCANNERS + 20)]
    step = watch.step(read_from_one([Made(scanner=name).look() for name in [*names, *names]]), None)
    assert [one for one in step.told if isinstance(one, NotFollowed)] == [NotFollowed("h1", 2)] * 20
    assert len(table) == MOST_SCANNERS
    assert watch.crowded == {"h1"}
    named: list[Look | Anchor] = [
        Made(scanner="commissioned").look(),
        anchor_of("h1", "anchored", START),
        Made(hub="h10", scanner="s1").look(),
        Made(scanner=names[0]).look(),
    ]
    assert watch.step(read_from_one(named), None).told == []
    assert len(table) == MOST_SCANNERS + 3


def test_the_levels_that_are_told_are_those_of_the_state() -> None:
    table = Table(Partition(topics.DRIFT_STATE, 0))
    watch, fresh = stage(), stage()
    watch.assigned({0: table})
    for looks in (QUIET, Made(seed=5, scanner="x2").looks(30), CHANGED):
        watch.step(read_from_one(looks), None)
    fresh.assigned({0: table})
    reading = Reading({}, {})
    assert watch.step([], reading).told == fresh.step([], reading).told


@pytest.mark.kafka
@pytest.mark.slow
def test_both_logs_come_to_the_same_bytes(tmp_path: Path, kafka_bootstrap: str) -> None:
    hub = f"h{os.urandom(4).hex()}"
    there = Made(seed=1, hub=hub)
    messages = told([*there.looks(60), *there.changed(hue=9).looks(60)])
    cluster = config.KafkaLog(bootstrap_servers=(kafka_bootstrap,), session_timeout_s=6.0)
    with made(tmp_path) as log, KafkaLog(cluster) as kafka:
        kafka.create(topology.internal_specs(SETTINGS))
        for one in (log, kafka):
            publish(one, messages)
            follow(one, stage())
        ours = [pair for pair in alarms(kafka) if pair[0] and pair[0].startswith(hub.encode())]
        assert ours == alarms(log)
        key = key_of(hub, "x1")
        assert state(kafka, key) == state(log, key)
