"""A transaction that nobody ends any more is found and ended as docs/operations.md says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from screener import config
from screener.stream.kafka import KafkaLog
from screener.stream.port import TopicSpec
from tests.contract.polling import everything, numbered, values
from tests.kafka.conftest import Fresh, begun

pytestmark = pytest.mark.kafka


def test_a_transaction_is_ended_by_hand_and_readers_go_on(
    settings: config.KafkaLog, log: KafkaLog, fresh: Fresh
) -> None:
    bootstrap, topic = settings.bootstrap_servers[0], fresh("target")
    log.create([TopicSpec(topic, 1)])
    with begun(settings, fresh, "slot"):
        with log.publisher() as other:
            other.publish(numbered(topic, 2))
        (hanging,) = filter(_is_open, _producers(bootstrap, topic))
        named = [f"--{name}={hanging[name.replace('-', '_')]}" for name in ("producer-id", "producer-epoch")]
        _ask(bootstrap, "abort", "-t", topic, "-p", "0", *named)
        assert not any(map(_is_open, _producers(bootstrap, topic)))
        assert values(everything(log, topic)) == [0, 1]


def _is_open(producer: dict[str, Any]) -> bool:
    return bool(producer["current_transaction_start_offset"] != -1)


def _producers(bootstrap: str, topic: str) -> list[dict[str, Any]]:
    told = _ask(bootstrap, "describe-producers", "-t", topic, "-p", "0")
    found: list[dict[str, Any]] = told[f"{topic}:0"]["active_producers"]
    return found


def _ask(bootstrap: str, *what: str) -> Any:
    command = [
        sys.executable,
        "-m",
        "kafka.admin",
        "-b",
        bootstrap,
        "--format",
        "json",
        "transactions",
        *what,
    ]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
