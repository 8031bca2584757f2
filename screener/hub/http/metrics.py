"""What the gateway counts. Labels are hubs, kinds, reasons and addresses: never parcels, never persons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from screener.hub.outbox import Waiting

_TIME_S: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class GatewayMetrics:
    """The metrics on a registry that is passed in."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Counter(
            "screener_gateway_requests", "Requests answered.", ["route", "status"], registry=registry
        )
        self.request_s = Histogram(
            "screener_gateway_request_seconds",
            "Time to answer; of long polls the waiting too.",
            ["route"],
            buckets=_TIME_S,
            registry=registry,
        )
        self.accepted = Counter(
            "screener_gateway_accepted", "Messages taken.", ["hub", "kind"], registry=registry
        )
        self.again = Counter(
            "screener_gateway_again",
            "Messages that had been taken before.",
            ["hub", "kind"],
            registry=registry,
        )
        self.refused = Counter(
            "screener_gateway_refused", "Messages and requests refused.", ["hub", "reason"], registry=registry
        )
        self.delivered = Counter(
            "screener_gateway_verdicts_given",
            "Verdicts given to hubs (way: poll, webhook), those given again too.",
            ["hub", "way"],
            registry=registry,
        )
        self.polls = Gauge("screener_gateway_polls", "Long polls that wait now.", ["hub"], registry=registry)
        self.calls = Counter(
            "screener_gateway_webhook_calls",
            "Calls of webhooks (result: taken, failed).",
            ["hub", "result"],
            registry=registry,
        )


class BacklogCollector(Collector):
    """What waits for the log in each hub's outbox, asked when it is scraped."""

    def __init__(self, ask: Callable[[], Iterable[tuple[str, Waiting, bool]]]) -> None:
        self._ask = ask

    def collect(self) -> Iterable[Metric]:
        count = GaugeMetricFamily(
            "screener_gateway_waiting", "Entries that wait for the log.", labels=["hub"]
        )
        size = GaugeMetricFamily("screener_gateway_waiting_bytes", "Bytes of them.", labels=["hub"])
        age = GaugeMetricFamily("screener_gateway_waiting_seconds", "Age of the oldest.", labels=["hub"])
        linked = GaugeMetricFamily("screener_gateway_linked", "1 while the log answers.", labels=["hub"])
        for hub, waiting, connected in self._ask():
            count.add_metric([hub], waiting.count)
            size.add_metric([hub], waiting.bytes)
            age.add_metric([hub], waiting.oldest_s)
            linked.add_metric([hub], float(connected))
        return [count, size, age, linked]
