"""Floods: thousands of malformed messages, and a backlog of thousands of parcels."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from screener.cli.cargo import Run, simulated_parcels
from screener.contracts import dead_letter
from screener.contracts.reasons import REASONS
from screener.hub.chance import chance
from screener.hub.corruption import corrupt, kinds_for
from screener.hub.parcel import TrafficParcel, manifest_of, scans_of
from screener.stream.port import Log, Message
from screener.stream.sqlite import Sqlite
from tests.stages import world
from tests.stages.world import World
from tests.system.site import Site, decisions, rejected, wait_until

MALFORMED = 10_000
GOOD = 20
MEMORY_BYTES = 1 << 30


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_malformed_messages_of_every_kind(tmp_path: Path) -> None:
    """Each is one dead letter with a registered reason, in bounded memory; good ones between are decided."""
    hub = f"m{uuid4().hex[:8]}"
    site = Site.build(tmp_path, hub=hub, patience_s=5)
    sound = _sound(hub)
    with site.log() as log, site.worker() as worker, _peak_memory(worker) as peak:
        for batch in _flood(sound):
            with log.publisher() as publisher:
                publisher.publish(batch)
        wait_until(lambda: len(rejected(log, hub)) >= MALFORMED, 400, f"{MALFORMED} dead letters")
        good = {parcel.manifest.parcel_id for parcel in sound}
        wait_until(lambda: good <= {d.parcel_id for d in decisions(log, hub)}, 60, "the good parcels")
        letters = [dead_letter.from_record(r.headers, r.value)[0] for r in rejected(log, hub)]
    assert len(letters) == MALFORMED
    assert len({(one.topic, one.partition, one.offset) for one in letters}) == MALFORMED
    assert {one.reason for one in letters} <= set(REASONS)
    assert len({one.reason for one in letters}) >= 20
    assert max(peak) < MEMORY_BYTES


def _sound(hub: str) -> list[TrafficParcel]:
    return list(simulated_parcels(Run(hub, seed=5, start=datetime.now(UTC)), GOOD))


def _flood(sound: Sequence[TrafficParcel]) -> Iterator[list[Message]]:
    """All malformed messages in batches, the good ones spread between them."""
    templates = [(message, kind) for p in sound for message in _messages(p) for kind in kinds_for(message)]
    bad = [
        corrupt(message, kind, chance(7, number))
        for number in range(MALFORMED)
        for message, kind in [templates[number % len(templates)]]
    ]
    share = MALFORMED // GOOD
    for number, parcel in enumerate(sound):
        yield [*bad[number * share : (number + 1) * share], *_messages(parcel)]


def _messages(parcel: TrafficParcel) -> list[Message]:
    return [manifest_of(parcel), *scans_of(parcel)]


@contextmanager
def _peak_memory(worker: psutil.Popen) -> Iterator[list[int]]:
    """The largest resident memory of the worker with all its processes, sampled; in a list of one."""
    peak, stop = [0], threading.Event()

    def sample() -> None:
        while not stop.wait(0.2):
            peak[0] = max(peak[0], sum(_resident(process) for process in _family(worker)))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield peak
    finally:
        stop.set()
        sampler.join()


def _family(worker: psutil.Popen) -> list[psutil.Process]:
    try:
        return [worker, *worker.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


@pytest.mark.slow
def test_a_backlog_of_twenty_thousand_parcels_is_never_unscanned(tmp_path: Path) -> None:
    """Both halves hours apart in the log, all there before the workers start: none lacks its scan.

    The stages and the log are the real ones; only the model is not, since twenty thousand scans would
    measure its speed. Patience is a day here, the halves are six hours apart.
    """
    with Sqlite(tmp_path / "log.db") as log:
        patient = World.build(log, tmp_path, patience_s=86_400.0)
        _publish_backlog(log, 20_000)
        patient.settle()
        assert Counter(d.outcome for d in patient.decisions()) == {"pass": 20_000}


def _publish_backlog(log: Log, parcels: int) -> None:
    with log.publisher() as publisher:
        for first in range(0, parcels, 1000):
            numbers = range(first, first + 1000)
            publisher.publish([world.manifest_of(f"P{i}", at_s=i) for i in numbers])
        for first in range(0, parcels, 1000):
            numbers = range(first, first + 1000)
            publisher.publish([world.scan_of(f"P{i}", at_s=i + 6 * 3600) for i in numbers])
