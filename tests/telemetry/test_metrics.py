"""Metrics count what was published, and are there to be scraped."""

from __future__ import annotations

import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from screener.cli.observe import Observer
from screener.contracts.examples import DECISION, FLAGGED, MANIFEST_EVIDENCE, SCAN_EVIDENCE
from screener.contracts.wire import DeadLetter, ScanEvidence
from screener.errors import BadConfig
from screener.telemetry.metrics import Metrics, served

NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
LETTER = DeadLetter(
    stage="score",
    reason="not_json",
    detail="",
    topic="t",
    partition=0,
    offset=0,
    timestamp_ms=0,
    hub="H",
    key_id="2026-11",
    rejected_at=NOW,
)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_each_message_is_counted_by_its_kind(metrics: Metrics) -> None:
    for message in (LETTER, LETTER, MANIFEST_EVIDENCE, SCAN_EVIDENCE, DECISION, FLAGGED, "other", None):
        metrics.told(message)
    hub = DECISION.hub
    assert value(metrics, "screener_dead_letters_total", hub="H", reason="not_json") == 2
    assert value(metrics, "screener_manifests_total", hub=hub) == 1
    assert value(metrics, "screener_scored_total", hub=hub, result="ok") == 1
    assert value(metrics, "screener_decided_total", hub=hub, outcome=DECISION.outcome.value) == 1
    assert value(metrics, "screener_flagged_total", hub=hub) == 1


def test_latencies_are_measured_between_the_times_of_messages(metrics: Metrics) -> None:
    metrics.told(DECISION)
    waited = (DECISION.decided_at - DECISION.arrived_at).total_seconds()
    assert value(metrics, "screener_end_to_end_seconds_sum") == waited
    metrics.told(SCAN_EVIDENCE)
    assert value(metrics, "screener_score_seconds_count") == 1


def test_clocks_that_differ_make_no_negative_latency(metrics: Metrics) -> None:
    early: ScanEvidence = SCAN_EVIDENCE.__class__(
        **{
            **{name: getattr(SCAN_EVIDENCE, name) for name in SCAN_EVIDENCE.__struct_fields__},
            "scored_at": SCAN_EVIDENCE.arrived_at - timedelta(seconds=5),
        }
    )
    metrics.told(early)
    assert value(metrics, "screener_score_seconds_sum") == 0


def test_what_is_no_longer_owned_paused_or_serving_is_dropped(metrics: Metrics) -> None:
    metrics.lags({("t", 0): 5, ("t", 1): 7})
    metrics.lags({("t", 1): 3})
    metrics.paused(frozenset({"A", "B"}))
    metrics.paused(frozenset({"B"}))
    metrics.serving("one")
    metrics.serving("two")
    assert value(metrics, "screener_lag_records", topic="t", partition="0") is None
    assert value(metrics, "screener_lag_records", topic="t", partition="1") == 3
    assert (
        value(metrics, "screener_hub_paused", hub="A"),
        value(metrics, "screener_hub_paused", hub="B"),
    ) == (None, 1)
    assert (value(metrics, "screener_model", id="one"), value(metrics, "screener_model", id="two")) == (
        None,
        1,
    )
    metrics.deciding("old")
    metrics.deciding("new")
    assert value(metrics, "screener_policy", id="old") is None
    assert value(metrics, "screener_policy", id="new") == 1


@pytest.mark.parametrize(
    ("stage", "counter"),
    [("score", "screener_bad_model_files_total"), ("decide", "screener_bad_policy_files_total")],
)
def test_a_file_that_is_refused_is_counted(metrics: Metrics, stage: str, counter: str) -> None:
    Observer(stage, metrics).refused(BadConfig("policy p: bad"))
    assert value(metrics, counter) == 1


def test_metrics_are_scraped_over_http(metrics: Metrics) -> None:
    metrics.told(LETTER)
    with served(metrics.registry, "127.0.0.1", 0) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        with (
            pytest.raises(BadConfig, match=r"metrics\.port: expected a free port"),
            served(metrics.registry, "127.0.0.1", port),
        ):
            pass
    assert 'screener_dead_letters_total{hub="H",reason="not_json"} 1.0' in text
