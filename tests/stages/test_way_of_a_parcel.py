"""The way of a parcel through both stages, on the embedded log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from screener.config import DeadLetterLimits
from screener.contracts import dead_letter, topics
from screener.contracts.wire import Action, Outcome, Sealed
from screener.errors import Halt
from screener.evidence.store import EvidenceStore
from screener.sealing.parties import party_aad, unseal_party
from screener.sealing.records import open_record
from screener.stream.port import Message, TopicSpec
from screener.stream.sqlite import Sqlite
from tests.stages.world import (
    BROKEN,
    CLEAN,
    LEGAL,
    OVER,
    RING,
    START,
    Worker,
    World,
    log_ms,
    manifest_of,
    scan_of,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Sqlite(tmp_path / "log.db") as log:
        yield World.build(log, tmp_path)


def test_over_the_limit_is_held_flagged_and_told_to_the_hub(world: World) -> None:
    world.publish([manifest_of("P1"), scan_of("P1", OVER)])
    world.settle()
    [decision], [flagged], [verdict] = world.decisions(), world.flagged(), world.verdicts()
    assert (decision.outcome, decision.revision, decision.reasons[0].code) == ("hold", 1, "sticks_over_limit")
    assert (verdict.parcel_id, verdict.action, verdict.revision) == ("P1", Action.HOLD, 1)
    assert flagged.decision == decision


def test_a_flagged_parcel_has_its_image_safe_and_its_personal_data_sealed(
    world: World, tmp_path: Path
) -> None:
    world.publish([manifest_of("P1"), scan_of("P1", OVER)])
    world.settle()
    [flagged] = world.flagged()
    stored = flagged.scans[0].stored
    assert stored.address is not None
    assert EvidenceStore.open(str(tmp_path / "evidence")).get(stored.address) == OVER
    assert flagged.manifest is not None
    opened = unseal_party(flagged.manifest.consignor, RING, party_aad("P1", "consignor"))
    assert opened.name == "李明"


def test_no_personal_data_lies_open_in_the_internal_topics(world: World) -> None:
    bad = manifest_of("P2")
    world.publish([manifest_of("P1"), scan_of("P1", OVER), Message(bad.topic, b"x", bad.value, bad.headers)])
    world.settle()
    internal = [name for name in world.log.topics() if not name.startswith("parcels.")]
    everything = b"".join(
        (r.value or b"") + repr(r.headers).encode() for t in internal for r in world.records(t)
    )
    for secret in ("李明", "138 0000 0000", "13800000000", "开福区"):
        assert secret.encode() not in everything
        assert repr(secret.encode())[2:-1].encode() not in everything


def test_clean_and_legal_parcels_pass(world: World) -> None:
    world.publish([manifest_of("P1"), scan_of("P1", CLEAN), manifest_of("P2"), scan_of("P2", LEGAL)])
    world.settle(at_s=10)
    assert {d.parcel_id: d.outcome for d in world.decisions()} == {"P1": Outcome.PASS, "P2": Outcome.PASS}
    assert world.flagged() == []


def test_each_missing_half_has_its_own_outcome_and_none_is_cleared(world: World) -> None:
    world.publish([manifest_of("P1"), scan_of("P2"), scan_of(None, scan_id="S3"), scan_of("P4", BROKEN)])
    world.publish([manifest_of("P4"), manifest_of("P5"), scan_of("P5", views=2)])
    world.settle()
    outcomes = Counter(decision.outcome for decision in world.decisions())
    assert outcomes == Counter(["unscanned", "no_manifest", "unidentified", "unreadable", "incomplete"])
    assert all(verdict.action is Action.HOLD for verdict in world.verdicts())
    [unread] = [verdict for verdict in world.verdicts() if verdict.scan_id is not None]
    assert unread.scan_id == "S3"


def test_the_same_message_twice_gives_one_decision(world: World) -> None:
    messages = [manifest_of("P1"), scan_of("P1", OVER)]
    world.publish(messages * 3)
    world.settle()
    world.publish(messages)
    world.settle()
    assert [decision.revision for decision in world.decisions()] == [1]


def test_a_scan_that_comes_after_all_makes_a_revision_that_clears_nothing(world: World) -> None:
    world.publish([manifest_of("P1")])
    world.settle()
    world.publish([scan_of("P1", CLEAN)])
    world.settle()
    first, second = sorted(world.decisions(), key=lambda decision: decision.revision)
    assert (first.outcome, second.outcome) == (Outcome.UNSCANNED, Outcome.HOLD)
    assert second.reasons[0].code == "kept_on_hold"


def test_a_rescan_that_shows_more_turns_pass_into_hold(world: World) -> None:
    world.publish([manifest_of("P1"), scan_of("P1", CLEAN)])
    world.settle()
    world.publish([scan_of("P1", OVER, scan_id="S-again")])
    world.settle()
    assert [verdict.action for verdict in sorted(world.verdicts(), key=lambda v: v.revision)] == [
        "pass",
        "hold",
    ]


def test_a_bad_message_is_one_dead_letter_with_its_bytes_sealed(world: World) -> None:
    good = manifest_of("P1")
    world.publish([Message(good.topic, good.key, b'{"parcel_id": 7}', good.headers), good, scan_of("P1")])
    world.settle()
    [record] = world.records(topics.REJECTED)
    letter, box = dead_letter.from_record(record.headers, record.value)
    assert (letter.reason, letter.hub) == ("schema", "h1")
    original = open_record(
        Sealed(key_id=letter.key_id, box=box),
        ring=RING,
        aad=dead_letter.origin(letter.topic, letter.partition, letter.offset),
    )
    assert original.value == b'{"parcel_id": 7}'
    assert [decision.outcome for decision in world.decisions()] == ["pass"]


def test_patience_runs_on_log_time_so_a_backlog_is_never_unscanned(world: World) -> None:
    """Both halves hours apart in the log, everything there before a worker starts."""
    halves = [[manifest_of(f"P{i}", at_s=i), scan_of(f"P{i}", at_s=i + 50)] for i in range(50)]
    later = [[manifest_of(f"Q{i}", at_s=10_000 + i), scan_of(f"Q{i}", at_s=10_030 + i)] for i in range(50)]
    world.publish(sorted((m for pair in halves + later for m in pair), key=lambda m: m.timestamp_ms or 0))
    world.settle()
    assert Counter(decision.outcome for decision in world.decisions()) == {"pass": 100}


def test_patience_ends_when_every_input_of_the_hub_has_passed_it(world: World) -> None:
    """A manifest waits while its hub's scans are unread, whatever the other hub's clock says."""
    world.publish([manifest_of("P1", at_s=0), *(manifest_of(f"X{i}", at_s=5000) for i in range(20))])
    now_ms = log_ms(30)
    with (
        Worker.start(world.log, world.score(), clock_ms=lambda: now_ms) as score,
        Worker.start(world.log, world.decide()) as decide,
    ):
        for _ in range(20):
            score.turn()
            decide.turn()
        assert world.decisions() == []
        now_ms = log_ms(10_000)
        for _ in range(20):
            score.turn()
            decide.turn()
    assert Counter(decision.outcome for decision in world.decisions()) == {"unscanned": 21}


def test_too_many_bad_messages_pause_their_hub_and_serve_the_others(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log:
        world = World.build(log, tmp_path, hubs=("h1", "h2"))
        bad = [Message(m.topic, m.key, b"{", m.headers) for m in (manifest_of(f"B{i}") for i in range(60))]
        good = [part for i in range(30) for part in (manifest_of(f"G{i}", "h2"), scan_of(f"G{i}", hub="h2"))]
        world.publish([*bad, *good])
        limits = DeadLetterLimits(window=20, hub_share=0.5, worker_share=1.0)
        score = Worker.start(log, world.score(limits), batch_records=10)
        with score, Worker.start(log, world.decide()) as decide:
            for _ in range(60):
                score.turn()
                decide.turn()
        assert len(world.verdicts("h2")) == 30
        assert 20 <= len(world.records(topics.REJECTED)) < 60


def test_bad_messages_from_everywhere_stop_the_worker(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log:
        world = World.build(log, tmp_path, hubs=("h1", "h2"))
        bad = [manifest_of(f"B{i}", f"h{1 + i % 2}") for i in range(100)]
        world.publish([Message(m.topic, m.key, b"{", m.headers) for m in bad])
        limits = DeadLetterLimits(window=20, hub_share=1.0, worker_share=0.9)
        with Worker.start(log, world.score(limits)) as score, pytest.raises(Halt):
            for _ in range(20):
                score.turn()
        assert world.records(topics.REJECTED) == []


def test_a_hub_without_a_topic_for_verdicts_stops_nobody(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log:
        world = World.build(log, tmp_path)
        log.create([TopicSpec(topics.manifests("h2"), 2), TopicSpec(topics.scans("h2"), 2)])
        hubs = ("h2", "h1")
        world.publish([half(f"P-{hub}", hub=hub) for hub in hubs for half in (manifest_of, scan_of)])
        world.settle()
        assert {decision.hub for decision in world.decisions()} == {"h1", "h2"}
        assert [verdict.parcel_id for verdict in world.verdicts("h1")] == ["P-h1"]


def test_one_bad_hub_is_paused_and_halts_nobody_else(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log:
        world = World.build(log, tmp_path, hubs=("h1", "h2"))
        good = [manifest_of("G", "h2"), scan_of("G", hub="h2")]
        bad = [Message(m.topic, m.key, b"{", m.headers) for m in (manifest_of(f"B{i}") for i in range(60))]
        world.publish([*good, *bad])
        limits = DeadLetterLimits(window=20, hub_share=0.9, worker_share=0.9)
        with Worker.start(log, world.score(limits), batch_records=5) as score:
            for _ in range(40):
                score.turn()
        assert 20 <= len(world.records(topics.REJECTED)) < 60


def test_a_jump_of_the_clock_is_worked_off_in_steps(world: World) -> None:
    """A thousand overdue parcels at once are not one transaction, and all of them are decided."""
    world.publish([manifest_of(f"P{i}", at_s=i / 100) for i in range(1100)])
    with Worker.start(world.log, world.score(), batch_records=2000) as score:
        score.finish()
    with Worker.start(world.log, world.decide(), batch_records=2000) as decide:
        decide.finish()
        some = len(world.decisions())
        assert 0 < some < 1100
        with Worker.start(world.log, world.score()) as score:
            for _ in range(20):
                score.turn()
                decide.turn()
    assert Counter(decision.outcome for decision in world.decisions()) == {"unscanned": 1100}


def test_views_that_contradict_each_other_are_waited_for_by_the_larger_number(world: World) -> None:
    for number in range(8):
        parcel = f"P{number}"
        first = scan_of(parcel, CLEAN + bytes([number]), view=1, views=3)
        world.publish([manifest_of(parcel), first, scan_of(parcel, CLEAN, view=2, views=2)])
    world.settle()
    assert Counter(decision.outcome for decision in world.decisions()) == {"incomplete": 8}


@pytest.mark.parametrize("value", [b"", None, b"other bytes than the headers name"])
def test_a_scan_whose_image_cannot_be_had_is_unreadable_at_once(world: World, value: bytes | None) -> None:
    sound = scan_of("P1")
    world.publish([manifest_of("P1"), Message(sound.topic, sound.key, value, sound.headers)])
    world.settle()
    assert [decision.outcome for decision in world.decisions()] == ["unreadable"]
    assert len(world.records(topics.REJECTED)) == 1


@pytest.mark.parametrize("stamp_ms", [0, 10**17])
def test_a_log_time_beyond_reason_is_a_dead_letter(world: World, stamp_ms: int) -> None:
    wild = replace(manifest_of("P1"), timestamp_ms=stamp_ms)
    world.publish([wild, manifest_of("P2"), scan_of("P2")])
    world.settle()
    assert [decision.parcel_id for decision in world.decisions()] == ["P2"]
    [record] = world.records(topics.REJECTED)
    assert record.header("ce_reason") == b"time_range"


def test_a_clock_that_runs_ahead_ends_nobodys_patience(world: World) -> None:
    """A hub whose records are stamped in the future: its own parcels still wait until the wall says so."""
    ahead_s = (datetime.now(UTC) - START).total_seconds() + 86_400
    others = [half(f"X{i}", at_s=ahead_s * 2) for i in range(9) for half in (manifest_of, scan_of)]
    world.publish([manifest_of("P1", at_s=ahead_s), *others])
    with Worker.start(world.log, world.score()) as score:
        score.finish()
    with Worker.start(world.log, world.decide()) as decide:
        decide.finish()
    assert {decision.parcel_id for decision in world.decisions()} == {f"X{i}" for i in range(9)}


def test_a_parcel_is_forgotten_after_its_days_and_what_comes_later_is_late(world: World) -> None:
    day_s = 86_400.0
    begin = -100 * day_s  # all of it is over by now: no deadline is later than the log's own time
    world.publish([manifest_of("P1", at_s=begin), scan_of("P1", at_s=begin + 1, scanned_at_s=begin)])
    days_later = begin + 31 * day_s
    clock = [log_ms(begin + 100)]
    with (
        Worker.start(world.log, world.score(), clock_ms=lambda: clock[0]) as score,
        Worker.start(world.log, world.decide()) as decide,
    ):
        for now_s in (begin + 100, days_later + 1, days_later + 100):
            clock[0] = log_ms(now_s)
            if now_s > days_later:
                again = scan_of("P1", OVER, at_s=now_s, scanned_at_s=begin, scan_id=f"S{now_s}")
                world.publish([again])
            for _ in range(20):
                score.turn()
                decide.turn()
        clock[0] = log_ms(begin + 93 * day_s)
        for _ in range(20):
            score.turn()
            decide.turn()
        left = [record.key for record in world.records(topics.DECIDE_STATE) if record.value is None]
        assert left == [b"h1/P1"] * 2
    last = max(world.decisions(), key=lambda decision: decision.decided_at)
    assert "late" in {reason.code for reason in last.reasons}
