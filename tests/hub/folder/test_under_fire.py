"""The gateway killed with -9, its disk full, its link cut: each file moved, each message published once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from bench.gateway.link import LinkedBroker
from bench.gateway.rig import Outcome, Plan, run
from screener import config
from screener.config import LogSettings
from screener.stages import topology
from screener.stream.kafka import KafkaLog
from screener.stream.sqlite import Sqlite
from tests.conftest import running

HUB = "east"


@pytest.mark.slow
def test_killed_and_without_room_on_the_embedded_log(tmp_path: Path) -> None:
    plan = Plan(files=300, rate=100, seed=3, calm_s=0.7, lasts_s=0.5, patience_s=120, ahead=40)
    with Sqlite(tmp_path / "log.db") as log:
        log.create(topology.hub_specs(HUB, LogSettings(hub_partitions=2)))
        outcome = run(plan, tmp_path / "hub", HUB, log, beside=tmp_path, log_path=tmp_path / "log.db")
    _check(outcome)


@pytest.mark.slow
@pytest.mark.kafka
def test_killed_cut_off_and_without_room_on_kafka(tmp_path: Path) -> None:
    plan = Plan(files=120, rate=100, seed=5, calm_s=0.5, lasts_s=1.0, patience_s=120, ahead=20)
    with (
        running(LinkedBroker(tmp_path / "kafka")) as broker,
        closing(broker.link),
        KafkaLog(config.KafkaLog(bootstrap_servers=(broker.bootstrap,))) as log,
    ):
        log.create(topology.hub_specs(HUB, LogSettings(hub_partitions=2)))
        outcome = run(
            plan,
            tmp_path / "hub",
            HUB,
            log,
            beside=tmp_path,
            bootstrap=broker.linked_bootstrap,
            link=broker.link,
        )
    _check(outcome)


def _check(outcome: Outcome) -> None:
    assert outcome.account.faults == ()
    assert outcome.account.sent + outcome.account.refused == outcome.files
    assert outcome.troubles.total()
