"""Prometheus metrics of one worker, on a registry that is passed in.

Labels are hubs, scanners, stages, outcomes, reason codes and partitions: never parcels, never persons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from screener.contracts.wire import (
    DeadLetter,
    Decision,
    Drift,
    Flagged,
    ManifestEvidence,
    Outcome,
    ScanEvidence,
)
from screener.errors import BadConfig

_STEP_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_WAIT_S: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 14400, 86400)


class Metrics:
    """All that a worker counts; attributes are Prometheus metrics, methods what is counted together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.received = Counter("screener_received", "Records read.", ["topic"], registry=registry)
        self.manifests = Counter("screener_manifests", "Manifests accepted.", ["hub"], registry=registry)
        self.scored = Counter(
            "screener_scored", "Scans judged (result: ok, or why not).", ["hub", "result"], registry=registry
        )
        self.decided = Counter(
            "screener_decided", "Decisions published.", ["hub", "outcome"], registry=registry
        )
        self.flagged = Counter(
            "screener_flagged", "Parcels sent to investigators.", ["hub"], registry=registry
        )
        self.dead_letters = Counter(
            "screener_dead_letters", "Messages rejected.", ["hub", "reason"], registry=registry
        )
        self.step_s = Histogram(
            "screener_step_seconds",
            "Time of one step over a batch.",
            ["stage"],
            buckets=_STEP_S,
            registry=registry,
        )
        self.score_s = Histogram(
            "screener_score_seconds",
            "From the arrival of a scan to its score.",
            (),
            buckets=_WAIT_S,
            registry=registry,
        )
        self.decide_s = Histogram(
            "screener_decide_seconds",
            "From the last score of a parcel to its decision.",
            (),
            buckets=_WAIT_S,
            registry=registry,
        )
        self.end_to_end_s = Histogram(
            "screener_end_to_end_seconds",
            "From the first arrival of a parcel to its decision, in log time.",
            (),
            buckets=_WAIT_S,
            registry=registry,
        )
        self.lag = Gauge(
            "screener_lag_records", "Offsets still to be read.", ["topic", "partition"], registry=registry
        )
        self.log_time_s = Gauge(
            "screener_log_time_seconds",
            "All inputs are read up to here (epoch).",
            ["stage"],
            registry=registry,
        )
        self.model = Gauge("screener_model", "1 for the model that serves.", ["id"], registry=registry)
        self.hub_paused = Gauge(
            "screener_hub_paused",
            "1 while a hub is paused for too many bad messages.",
            ["hub"],
            registry=registry,
        )
        self.bad_model_files = Counter(
            "screener_bad_model_files", "New model files that were refused.", registry=registry
        )
        self.policy = Gauge("screener_policy", "1 for the policy that decides.", ["id"], registry=registry)
        self.bad_list_entries = Counter(
            "screener_bad_list_entries", "Entries of lists that were refused.", ["topic"], registry=registry
        )
        self.bad_scanner_files = Counter(
            "screener_bad_scanner_files",
            "New files of scanners, or what they name, that were refused.",
            registry=registry,
        )
        self.drift = Gauge(
            "screener_drift",
            "How far a scanner has changed since it was commissioned; 1 is an alarm.",
            ["hub", "scanner", "what"],
            registry=registry,
        )
        self.drift_alarm = Gauge(
            "screener_drift_alarm",
            "1 while it is alarmed that a scanner has changed.",
            ["hub", "scanner", "what"],
            registry=registry,
        )
        self.drift_not_followed = Counter(
            "screener_drift_not_followed",
            "Scans of scanners that are not followed: their hub has named too many.",
            ["hub"],
            registry=registry,
        )
        self.bad_policy_files = Counter(
            "screener_bad_policy_files", "New policy files that were refused.", registry=registry
        )

    def told(self, value: object) -> None:
        """Count a message that was published; of kinds that nothing is counted for, nothing."""
        match value:
            case DeadLetter():
                self.dead_letters.labels(value.hub or "", value.reason).inc()
            case ManifestEvidence():
                self.manifests.labels(value.hub).inc()
            case ScanEvidence():
                self._scan(value)
            case Decision():
                self._decision(value)
            case Flagged():
                self.flagged.labels(value.decision.hub).inc()

    def lags(self, lags: Mapping[tuple[str, int], int]) -> None:
        """The lags of the partitions owned now, by topic and number; those of others are dropped."""
        self.lag.clear()
        for (topic, number), behind in lags.items():
            self.lag.labels(topic, str(number)).set(behind)

    def serving(self, model: str) -> None:
        """The id of the model that serves from now on."""
        self.model.clear()
        self.model.labels(model).set(1)

    def deciding(self, policy: str) -> None:
        """The id of the policy that decides from now on."""
        self.policy.clear()
        self.policy.labels(policy).set(1)

    def forget_drift(self) -> None:
        """Scanners may be another worker's now: what is said of them is said anew."""
        self.drift.clear()
        self.drift_alarm.clear()

    def drifting(
        self, hub: str, scanner: str, levels: Mapping[Drift, float], raised: Collection[Drift]
    ) -> None:
        """How far a scanner has changed, by kind of change, and which of these are alarmed."""
        for what, level in levels.items():
            self.drift.labels(hub, scanner, what.value).set(level)
            self.drift_alarm.labels(hub, scanner, what.value).set(what in raised)

    def paused(self, hubs: frozenset[str]) -> None:
        """The hubs that are paused now."""
        self.hub_paused.clear()
        for hub in hubs:
            self.hub_paused.labels(hub).set(1)

    def _scan(self, scan: ScanEvidence) -> None:
        self.scored.labels(scan.hub, scan.failure.reason if scan.failure else "ok").inc()
        self.score_s.observe(_seconds(scan.arrived_at, scan.scored_at))

    def _decision(self, decision: Decision) -> None:
        self.decided.labels(decision.hub, Outcome(decision.outcome).value).inc()
        self.end_to_end_s.observe(_seconds(decision.arrived_at, decision.decided_at))
        if decision.scored_at is not None:
            self.decide_s.observe(_seconds(decision.scored_at, decision.decided_at))


@contextmanager
def served(registry: CollectorRegistry, host: str, port: int) -> Iterator[int]:
    """Answer scrapes until left; gives the port, any free one for port 0. Raises `BadConfig`."""
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        detail = f"expected a free port, got {host}:{port} ({error.strerror}); 0 turns metrics off"
        raise BadConfig(f"metrics.port: {detail}") from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _seconds(start: datetime, end: datetime) -> float:
    """Never negative: clocks of two machines differ."""
    return max(0.0, (end - start).total_seconds())
