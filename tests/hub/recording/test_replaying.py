"""A stretch that is played again meets the decisions that it met, as new parcels at new times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from screener.contracts import topics
from screener.contracts.reading import RESERVED_PREFIX
from screener.hub.dispatch import dispatch
from screener.hub.recording import tape
from screener.hub.recording.capture import captured
from screener.hub.recording.replaying import Replay
from screener.stages.score import unread_id
from screener.stream.sqlite import Sqlite
from tests.hub.recording.taped import PARCELS, label, messages, taped
from tests.stages.world import RING, START, World

LATER = START + timedelta(days=1, hours=3)
Said = dict[str, list[tuple[object, ...]]]


@dataclass
class Hours:
    """A clock that only sleeping moves."""

    now_s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock_s(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def said(world: World) -> Said:
    """By parcel, each revision's outcome and reasons."""
    found: Said = defaultdict(list)
    for one in sorted(world.decisions(), key=lambda decision: decision.revision):
        found[one.parcel_id].append((one.revision, one.outcome, one.reasons))
    return dict(found)


def replay(speed: float = 1.0, hub: str = "h1") -> Replay:
    return Replay("h1", hub, "R1-", LATER, speed)


@pytest.mark.parametrize("hub", ["h1", "rehearsal"])
def test_the_same_decisions_are_made(tmp_path: Path, hub: str) -> None:
    path, again = tmp_path / "h1.rec", replay(hub=hub)
    with Sqlite(tmp_path / "first.db") as log:
        first = World.build(log, tmp_path, patience_s=8.0)
        first.publish(messages(1))
        tape.write(path, label(), captured(log, "h1", START, START + timedelta(hours=1)), RING)
        first.settle()
        before, letters = said(first), len(first.records(topics.REJECTED))
    with Sqlite(tmp_path / "second.db") as log, log.publisher() as publisher:
        second, hours = World.build(log, tmp_path, hubs=[hub], patience_s=8.0), Hours()
        dispatch(
            publisher,
            again.departures(tape.read(path, RING)[1]),
            due_s=again.due_s,
            told=lambda _: None,
            clock_s=hours.clock_s,
            sleep=hours.sleep,
        )
        second.settle()
        assert len(second.records(topics.REJECTED)) == letters > 5
        assert said(second) == {new_name(again, name): ruled for name, ruled in before.items()}
    assert len(before) >= len(PARCELS)
    assert hours.now_s == pytest.approx(max(one.at_ms for one in taped(1)) / 1000 - START.timestamp())


def new_name(again: Replay, parcel_id: str) -> str:
    """Scans without a barcode get an id of ours, made of their scan id."""
    if not parcel_id.startswith(RESERVED_PREFIX):
        return again.renamed(parcel_id)
    [scan_id] = [one.scan_id for one in PARCELS if unread_id(one.scan_id) == parcel_id]
    return unread_id(again.renamed(scan_id))


def test_only_the_stretch_is_captured_in_order_of_time(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log:
        World.build(log, tmp_path).publish(messages(2))
        since, until = START + timedelta(seconds=20), START + timedelta(seconds=60)
        found = list(captured(log, "h1", since, until))
    wanted = [one for one in taped(2) if since.timestamp() * 1000 <= one.at_ms < until.timestamp() * 1000]
    assert [one.at_ms for one in found] == [one.at_ms for one in wanted]
    assert sorted(map(repr, found)) == sorted(map(repr, wanted))


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_equal_messages_stay_equal_and_others_differ(speed: float) -> None:
    again, given = replay(speed), taped(4)
    made = [one.messages[0] for one in again.departures(given)]
    bare = [(one.key, one.value, one.headers) for one in given]
    new = [(one.key, one.value, one.headers) for one in made]
    assert [bare.index(one) for one in bare] == [new.index(one) for one in new]
    assert all(
        one.key is None or one.key.startswith(b"R1-") or two.key == one.key
        for one, two in zip(made, given, strict=True)
    )


def test_times_are_moved_with_the_messages() -> None:
    again, given = replay(4.0), taped(5)
    made = [one.messages[0] for one in again.departures(given)]
    first = given[0].at_ms
    for step, (before, after) in enumerate(zip(given, made, strict=True)):
        gap_s = (before.at_ms - first) / 4000
        assert again.due_s(step) == gap_s
        assert after.timestamp_ms == round((LATER.timestamp() + gap_s) * 1000)
    long_before = datetime.fromtimestamp(first / 1000, UTC) - timedelta(hours=5)
    assert again.moved(long_before) == LATER - timedelta(hours=5)


def test_fields_that_we_do_not_know_stay_as_they_were() -> None:
    again = replay()
    body = b'{"parcel_id":"P-1","later":{"a":[1, 2.50]},"hub":"h1","waybill":"W:1","declared_at":"soon"}'
    assert again._body(body) == (
        b'{"parcel_id":"R1-P-1","later":{"a":[1, 2.50]},"hub":"h1","waybill":"R1-W:1","declared_at":"soon"}'
    )
    for broken in (b"", b"{", b"[1]", b'"x"', b"\xff", b"[" * 100_000):
        assert again._body(broken) == broken


def test_ids_stay_ids_and_what_is_none_stays_none() -> None:
    again = replay()
    assert again.renamed("P1") == "R1-P1"
    assert again.renamed("unread.1") == "unread.R1-1"
    for wrong in ("", " P1", "P 1", "-P", "x" * 65, "烟"):
        assert again.renamed(wrong) == wrong
    long = [again.renamed("x" * 62 + end) for end in ("1", "2")]
    assert len(set(long)) == 2
    assert all(len(one) <= 64 and one.startswith("R1-") for one in long)
