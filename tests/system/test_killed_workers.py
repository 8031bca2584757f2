"""Two `screener run`, one of them killed with -9 half way: every scan is decided exactly once."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest

from screener.contracts import topics
from screener.hub import sent
from screener.stream.port import Log
from tests.contract.polling import everything
from tests.system.site import REPOSITORY, Site, decisions, rejected, wait_until

SCANS = REPOSITORY.parent / "shared" / "data" / "real-scans"
PARCELS = 60


@pytest.mark.slow
def test_a_worker_killed_half_way_on_the_embedded_log(tmp_path: Path) -> None:
    _kill_half_way(tmp_path, None)


@pytest.mark.slow
@pytest.mark.kafka
def test_a_worker_killed_half_way_on_kafka(tmp_path: Path, kafka_bootstrap: str) -> None:
    _kill_half_way(tmp_path, kafka_bootstrap)


def _kill_half_way(folder: Path, kafka: str | None) -> None:
    hub = f"k{uuid4().hex[:8]}"
    site = Site.build(folder, hub=hub, kafka=kafka, patience_s=600)
    truth = folder / "truth.jsonl"
    site.screener("simulate", "--hub", hub, *_scans(folder), "--duplicates", "0.1", "--truth", str(truth))
    parcels = {line.parcel_id for line in sent.read(truth)}
    with site.log() as log, site.worker() as survivor, site.worker() as victim:
        wait_until(lambda: len(decisions(log, hub)) >= PARCELS // 3, 120, "a third of the decisions")
        os.killpg(victim.pid, signal.SIGKILL)
        wait_until(lambda: len(decisions(log, hub)) >= len(parcels), 180, "all decisions")
        assert survivor.poll() is None
        _check(log, hub, parcels)


def _check(log: Log, hub: str, parcels: set[str]) -> None:
    made = decisions(log, hub)
    assert Counter((d.parcel_id, d.revision) for d in made) == Counter((p, 1) for p in parcels)
    assert Counter(d.outcome for d in made).keys() <= {"pass", "hold"}
    assert len(everything(log, topics.verdicts(hub))) == len(parcels)
    assert rejected(log, hub) == []


def _scans(folder: Path) -> list[str]:
    """Real scans where they are at hand, simulated ones elsewhere."""
    if not SCANS.is_dir():
        return ["--parcels", str(PARCELS)]
    some = folder / "scans"
    some.mkdir()
    for path in sorted(SCANS.rglob("*.jpg"))[: PARCELS * 3 : 3]:
        shutil.copy(path, some / f"{path.parent.name}-{path.name}")
    return ["--scans", str(some)]
