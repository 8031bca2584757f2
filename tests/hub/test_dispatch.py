"""What is dispatched lies in the log before anyone is told of it, in order, and at the pace that was set."""

from __future__ import annotations

from pathlib import Path

from screener.config import LogSettings
from screener.contracts import topics
from screener.hub import sent
from screener.hub.dispatch import dispatch, steadily
from screener.hub.traffic import Departure, Mix, traffic
from screener.stages.topology import hub_specs
from screener.stream.port import Partition
from screener.stream.sqlite import Sqlite
from tests.hub.parcels import parcel

PARCELS = [parcel(number) for number in range(60)]
MIX = Mix(duplicates=0.2, late=0.2, missing=0.1, corrupt=0.2, no_barcode=0.1)


class Hours:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def clock_s(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def in_log(log: Sqlite) -> int:
    names = (topics.manifests("h1"), topics.scans("h1"))
    counts = log.topics()
    return sum(log.end(Partition(name, number)) for name in names for number in range(counts[name]))


def test_all_that_the_account_tells_lies_in_the_log(tmp_path: Path) -> None:
    told: list[Departure] = []
    with Sqlite(tmp_path / "log.db") as log:
        log.create(hub_specs("h1", LogSettings(hub_partitions=3)))
        with log.publisher() as publisher:

            def check(departure: Departure) -> None:
                told.append(departure)
                assert in_log(log) >= sum(len(one.messages) for one in told)

            dispatch(publisher, traffic(PARCELS, MIX, 1), due_s=steadily(0), told=check)
        assert told == list(traffic(PARCELS, MIX, 1))
        assert in_log(log) == sum(one.sent.messages for one in told if one.sent)


def test_no_step_leaves_before_its_time(tmp_path: Path) -> None:
    hours = Hours()
    times: dict[int, float] = {}
    with Sqlite(tmp_path / "log.db") as log:
        log.create(hub_specs("h1", LogSettings(hub_partitions=1)))
        with log.publisher() as publisher:
            dispatch(
                publisher,
                traffic(PARCELS, MIX, 1),
                due_s=steadily(2.0),
                told=lambda departure: times.update({departure.step: hours.now_s}),
                clock_s=hours.clock_s,
                sleep=hours.sleep,
            )
    assert all(time_s >= step / 2.0 for step, time_s in times.items())
    assert hours.now_s <= max(times) / 2.0


def test_the_truth_file_reads_as_it_was_written(tmp_path: Path) -> None:
    accounts = [departure.sent for departure in traffic(PARCELS, MIX, 1) if departure.sent]
    path = tmp_path / "truth.jsonl"
    path.write_bytes(b"".join(map(sent.line, accounts)))
    assert list(sent.read(path)) == accounts
