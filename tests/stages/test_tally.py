"""[tally] on the embedded log: sums are answered, exactly once in any crash, and end with their window."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts import topics
from screener.contracts.cloudevents import EVIDENCE, from_headers
from screener.contracts.wire import Links, SealedParty, Sighting, Total
from screener.core import policy as policies
from screener.core.facts import facts_of
from screener.core.lists import Lists
from screener.core.parcel import milliseconds
from screener.core.rules import sum_above
from screener.core.sightings import key_of, sightings_of
from screener.core.sums import length_ms
from screener.errors import Fenced
from screener.stages import topology
from screener.stages.tally import LAG_MS, MOST_FORGOTTEN, Ledger, Tally, sighting_message
from screener.stream.port import Log, Message, Partition, Record
from screener.stream.sqlite import Sqlite
from screener.stream.state import Table
from tests.contract.polling import everything
from tests.core.deciding import NOW_MS, parcel_of
from tests.core.evidence import PARTY, findings, manifest, scan
from tests.core.sighted import sighting
from tests.stages.test_crashes import Crashed, Fuse, FusedLog
from tests.stages.world import SETTINGS, Worker

POLICY = policies.read(Path("configs/policy.toml"))
CAUSE = Record(Partition(topics.EVIDENCE, 0), 7, 0, b"P-1", b"")
AFTER_H = (length_ms(POLICY.file.sums) + LAG_MS) / 3_600_000 + 1
NOW = milliseconds(sighting(at_h=10**4).at)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with made(tmp_path) as log:
        yield log


def made(folder: Path) -> Sqlite:
    log = Sqlite(folder / "log.db")
    log.create(topology.internal_specs(SETTINGS))
    return log


def stage() -> Tally:
    return Tally.start(lambda: POLICY)


def tell(log: Log, sightings: Sequence[Sighting]) -> None:
    with log.publisher() as publisher:
        publisher.publish([sighting_message(one, CAUSE) for one in sightings])


def settle(log: Log) -> None:
    with Worker.start(log, stage()) as worker:
        worker.finish()


def answers(log: Log) -> list[Total]:
    return [msgspec.json.decode(one.value or b"", type=Total) for one in everything(log, topics.EVIDENCE)]


def rows(log: Log) -> dict[bytes | None, bytes | None]:
    last = {record.key: record.value for record in everything(log, topics.TALLY_STATE)}
    return {key: value for key, value in last.items() if value is not None}


def legal_parcel(number: int) -> tuple[Sighting, ...]:
    """The sightings of one of many parcels of 150 sticks, from ever new senders to one phone."""
    sides = [Links(name=f"{number:032}", phone=f"{number:032}"), Links(name="d" * 32, phone="e" * 32)]
    consignor, consignee = (SealedParty(personal=PARTY.personal, links=one) for one in sides)
    paper = replace(manifest(f"P-{number}", arrived_s=number), consignor=consignor, consignee=consignee)
    parcel = parcel_of(paper, scan(f"P-{number}", found=findings(1.0, sticks=150), arrived_s=number))
    return sightings_of(parcel, facts_of(parcel, Lists(), 0.5, NOW_MS), POLICY)


def test_legal_parcels_to_one_phone_pass_what_it_may_receive(log: Log) -> None:
    for number in range(5):
        tell(log, legal_parcel(number))
        settle(log)
    to_phone = {one.parcel_id: one for one in answers(log) if one.link == "e" * 32}
    assert [to_phone[f"P-{number}"].sticks.mean for number in range(5)] == [150, 300, 450, 600, 750]
    over = [sum_above(to_phone[f"P-{number}"].sticks, 400.0) for number in range(5)]
    assert over == sorted(over)
    assert over[1] < POLICY.file.sums.over_limit < over[4]
    assert {one.parcel_id for one in to_phone["P-4"].members} == {f"P-{number}" for number in range(4)}
    from_others = [one for one in answers(log) if one.identity == "consignor"]
    assert [one.sticks.mean for one in from_others] == [150] * 5


def test_an_answer_is_evidence_of_the_parcel_and_comes_where_it_was_asked_for(log: Log) -> None:
    tell(log, [sighting(1, sticks=100), sighting(2, sticks=100, answer=False)])
    settle(log)
    [record] = everything(log, topics.EVIDENCE)
    assert record.key == b"P-1"
    event = from_headers(record.headers)
    assert (event.type, event.subject) == (EVIDENCE, "P-1")
    tell(log, [sighting(3)])
    settle(log)
    assert {one.parcel_id: one.sticks.mean for one in answers(log)} == {"P-1": 100, "P-3": 200}


def test_a_sighting_told_again_is_answered_again_and_counts_once(log: Log) -> None:
    tell(log, [sighting(1, sticks=100), sighting(1, sticks=100), sighting(1, sticks=120)])
    settle(log)
    assert [one.sticks.mean for one in answers(log)] == [100, 100, 120]


def test_identities_that_nobody_meets_any_more_are_forgotten(log: Log) -> None:
    tell(log, [sighting(1, link="1" * 32), sighting(2, link="2" * 32)])
    settle(log)
    assert len(rows(log)) == 2
    later = [sighting(3 + number, link=f"{number:032}", at_h=AFTER_H) for number in range(20)]
    tell(log, later)  # time passes for every partition
    settle(log)
    assert set(rows(log)) == {key_of(one) for one in later}


def test_forgetting_is_bounded_and_is_done_in_the_end() -> None:
    table = Table(Partition(topics.TALLY_STATE, 0))
    ledger = Ledger(table, lambda: POLICY)
    for number in range(MOST_FORGOTTEN + 10):
        ledger.take(sighting(number, link=f"{number:032}", answer=False), NOW)
    ledger.forget()
    assert len(table) == MOST_FORGOTTEN + 10
    ledger.take(sighting(0, link="x" * 32, at_h=AFTER_H), NOW)
    ledger.forget()
    assert len(table) == 11
    ledger = Ledger(table, lambda: POLICY)  # another worker goes on
    ledger.forget()
    assert [key for key, _ in table.items()] == [b"phone/" + b"x" * 32]


def test_who_is_met_again_is_not_forgotten() -> None:
    table = Table(Partition(topics.TALLY_STATE, 0))
    ledger = Ledger(table, lambda: POLICY)
    for at_h in range(0, round(3 * AFTER_H), 100):
        total = ledger.take(sighting(at_h, at_h=at_h), NOW)
        ledger.forget()
    assert total is not None
    assert total.first_at == sighting(0).at


def test_one_hub_with_a_fast_clock_makes_nobody_forgotten() -> None:
    table = Table(Partition(topics.TALLY_STATE, 0))
    ledger = Ledger(table, lambda: POLICY)
    now = sighting(1).at
    ledger.take(sighting(1, link="1" * 32), milliseconds(now))
    ledger.take(sighting(2, link="2" * 32, at_h=AFTER_H), milliseconds(now + timedelta(seconds=1)))
    ledger.forget()
    assert len(table) == 2


@given(
    st.lists(
        st.tuples(st.integers(1, 8), st.sampled_from("12"), st.integers(0, 500)), min_size=4, max_size=30
    ),
    st.lists(st.sampled_from(["before", "after", None]), max_size=8),
)
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
def test_each_sighting_counts_once_whatever_crashes(
    told: list[tuple[int, str, int]], blows: list[str | None]
) -> None:
    seen = [sighting(number, link=link * 32, sticks=float(sticks)) for number, link, sticks in told]
    with tempfile.TemporaryDirectory() as folder, made(Path(folder)) as log:
        tell(log, seen)
        for blow in blows:
            _work_and_crash(log, blow)
        settle(log)
        assert sorted(_essence(everything(log, topics.EVIDENCE))) == sorted(_essence(_recounted(log)))


def _work_and_crash(log: Log, blow: str | None) -> None:
    fuse = Fuse()
    fused: Any = FusedLog(log, fuse)
    with Worker.start(fused, stage(), batch_records=3) as worker:
        try:
            worker.turn()
            fuse.blows = blow
            worker.turn()
        except (Crashed, Fenced):
            return


def _recounted(log: Log) -> list[Message]:
    """What one stage answers that reads all sightings at one go."""
    fresh = stage()
    tables = {n: Table(Partition(topics.TALLY_STATE, n)) for n in range(SETTINGS.partitions)}
    fresh.assigned(tables)
    return list(fresh.step(everything(log, topics.SIGHTINGS), None).messages)


def _essence(said: Sequence[Record] | Sequence[Message]) -> list[tuple[Any, Any, Any]]:
    return [(one.key, one.value, one.headers) for one in said]
