"""Turns finished steps into metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry

from screener.contracts import topics
from screener.contracts.wire import Decision, ScanEvidence
from screener.errors import BadConfig
from screener.stages.drift import AllLevels, NotFollowed
from screener.stream.port import Record
from screener.stream.runner import Reading, Step
from screener.telemetry.metrics import Metrics, served

logger = structlog.get_logger(__name__)

_PORTS_TRIED = 32


@dataclass(frozen=True, slots=True)
class Observer:
    """Counts what a stage did, once it is committed."""

    stage: str
    metrics: Metrics

    def see(self, records: Sequence[Record], step: Step, reading: Reading | None) -> None:
        """Count one finished step."""
        for record in records:
            self.metrics.received.labels(record.partition.topic).inc()
        for value in step.told:
            self.metrics.told(value)
            if isinstance(value, ScanEvidence) and value.findings is not None:
                self.metrics.serving(value.findings.model)
            elif isinstance(value, Decision):
                self.metrics.deciding(value.snapshot.policy)
            elif isinstance(value, AllLevels):
                self._drifting(value)
            elif isinstance(value, NotFollowed):
                self.metrics.drift_not_followed.labels(value.hub).inc(value.looks)
        self.metrics.paused(frozenset(hub for topic in step.paused if (hub := topics.hub_of(topic))))
        if reading is not None:
            self._read(reading)

    def refused(self, _: BadConfig) -> None:
        """Count a new file that was not taken: [score] reads models, the other stages policies."""
        bad = self.metrics.bad_model_files if self.stage == "score" else self.metrics.bad_policy_files
        bad.inc()

    def scanner_refused(self, _: BadConfig) -> None:
        """Count a file of a scanner, or what it names, that was not taken."""
        self.metrics.bad_scanner_files.inc()

    def entry_refused(self, topic: str) -> None:
        """Count an entry of a list that was not taken."""
        self.metrics.bad_list_entries.labels(topic).inc()

    def _drifting(self, all_levels: AllLevels) -> None:
        self.metrics.forget_drift()
        for one in all_levels.scanners:
            self.metrics.drifting(one.hub, one.scanner, one.levels, one.raised)

    def _read(self, reading: Reading) -> None:
        self.metrics.lags({(owned.topic, owned.number): lag for owned, lag in reading.lags.items()})
        if reading.until_ms:
            self.metrics.log_time_s.labels(self.stage).set(min(reading.until_ms.values()) / 1000)


@contextmanager
def observing(stage: str, host: str, port: int) -> Iterator[Observer]:
    """An observer whose metrics are served on `port`, or the next free one; port 0 serves none."""
    observer = Observer(stage, Metrics(CollectorRegistry()))
    with ExitStack() as stack:
        if port:
            taken = serve(observer.metrics.registry, host, port, stack)
            logger.info("metrics", stage=stage, url=f"http://{host}:{taken}/metrics")
        yield observer


def serve(registry: CollectorRegistry, host: str, port: int, stack: ExitStack) -> int:
    """Several workers on one machine share a setting: each takes the first port that is free."""
    for candidate in range(port, port + _PORTS_TRIED - 1):
        try:
            return stack.enter_context(served(registry, host, candidate))
        except BadConfig:
            continue
    return stack.enter_context(served(registry, host, port + _PORTS_TRIED - 1))
