"""A decision can be recomputed from what it carries, and both logs come to the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from screener import config
from screener.contracts.reading import encode
from screener.contracts.wire import Decision
from screener.core import judgement
from screener.core.policy import Sums
from screener.stream.kafka import KafkaLog
from screener.stream.port import Log
from screener.stream.sqlite import Sqlite
from tests.stages.test_adding_up import ANTS, receiver
from tests.stages.world import BROKEN, CLEAN, LEGAL, OVER, World, manifest_of, scan_of

CONTENTS = [OVER, LEGAL, CLEAN, BROKEN, LEGAL, LEGAL, CLEAN]


def decided(log: Log, folder: Path, hub: str) -> tuple[World, dict[str, Decision]]:
    """The last decision on each of some parcels, sent one after the other.

    Patience never ends: which revision says it depends on how fast a log is, what is said does not.
    """
    patient = World.build(log, folder, hubs=(hub,), patience_s=1e9)
    world = patient.under(sums=Sums(answer_within_s=1e9))
    for number, content in enumerate(CONTENTS):
        manifest = manifest_of(f"P{number}", hub, consignor=ANTS, consignee=receiver(number))
        world.publish([manifest, scan_of(f"P{number}", content, hub=hub)])
        world.settle()
    world.publish([scan_of(None, scan_id="S9", hub=hub)])
    world.settle()
    ordered = sorted(world.decisions(), key=lambda one: one.revision)
    return world, {one.parcel_id: one for one in ordered if one.hub == hub}


def said(decision: Decision) -> bytes:
    """All of a decision but what names the time at which the log took it in, and where its lists end."""
    facts = decision.facts
    assert facts is not None
    at = decision.arrived_at
    totals = [replace(one, first_at=at, counted_at=at) for one in facts.totals]
    own: dict[str, Any] = dict.fromkeys(("decided_at", "scored_at"), decision.arrived_at)
    snapshot = replace(decision.snapshot, log_time=decision.arrived_at, lists={})
    return encode(
        replace(decision, facts=replace(facts, totals=tuple(totals)), snapshot=snapshot, **own)
    ).replace(decision.hub.encode(), b"HUB")


def recomputed(decision: Decision, world: World) -> bytes:
    assert decision.facts is not None
    threshold = decision.snapshot.risk_threshold
    assert threshold is not None
    judged = judgement.judge(decision.hub, decision.facts, world.policy_file, threshold)
    return b"".join(map(encode_one, (judged.reasons, judged.load, judged.risk)))


def encode_one(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def check(world: World, decisions: dict[str, Decision]) -> None:
    for one in decisions.values():
        assert recomputed(one, world) == b"".join(map(encode_one, (one.reasons, one.load, one.risk)))


def test_a_decision_is_recomputed_from_its_facts_and_snapshot(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log:
        world, decisions = decided(log, tmp_path, "h1")
        assert len(decisions) == len(CONTENTS) + 1
        check(world, decisions)


@pytest.mark.kafka
@pytest.mark.slow
def test_both_logs_come_to_the_same_bytes(tmp_path: Path, kafka_bootstrap: str) -> None:
    hub = f"h{os.urandom(4).hex()}"
    cluster = config.KafkaLog(bootstrap_servers=(kafka_bootstrap,), session_timeout_s=6.0)
    with Sqlite(tmp_path / "log.db") as log:
        _, one = decided(log, tmp_path, hub)
    with KafkaLog(cluster) as kafka:
        world, other = decided(kafka, tmp_path, hub)
        check(world, other)
    assert one.keys() == other.keys()
    for parcel_id in one:
        assert said(one[parcel_id]) == said(other[parcel_id])
