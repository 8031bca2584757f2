"""A stage that begins anew forgets all and reads again; another number of partitions needs it of three."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from screener.config import LogSettings
from screener.contracts import topics
from screener.stages import anew, topology
from screener.stream.port import Message, Partition
from screener.stream.sqlite import Sqlite
from screener.stream.sqlite.administration import SqliteAdministration

TWO = LogSettings(partitions=2)
THREE = replace(TWO, partitions=3)


def test_its_state_is_gone_and_its_input_stays(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log, SqliteAdministration(tmp_path / "log.db") as administration:
        log.create(topology.internal_specs(TWO))
        with log.publisher() as publisher:
            names = (topics.SIGHTINGS, topics.TALLY_STATE, topics.DECIDE_STATE)
            publisher.publish([Message(name, b"k", b"v", partition=1) for name in names])
        places = anew.begin(log, administration, TWO, "tally", log.start)
        assert places == {Partition(topics.SIGHTINGS, number): 0 for number in range(2)}
        assert log.committed("screener.tally") == places
        ends = [log.end(Partition(name, 1)) for name in names]
        assert ends == [1, 0, 1]


def test_with_another_number_of_partitions_workers_may_start_once_all_is_made_anew(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log, SqliteAdministration(tmp_path / "log.db") as administration:
        log.create(topology.internal_specs(TWO))
        with log.publisher() as publisher:
            publisher.publish([Message(topics.DECISIONS, b"k", b"v", partition=1)])
        told = {one.topic for one in topology.problems(log, THREE)} - {topics.SCANS + "HUB"}
        assert told == set(anew.BY_PARCEL)
        anew.repartition(log, administration, THREE)
        topology.require(log, THREE)
        assert log.end(Partition(topics.DECISIONS, 1)) == 1 and log.topics()[topics.EVIDENCE] == 3
