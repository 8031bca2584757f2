"""Topics as Kafka keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from screener.errors import BadConfig
from screener.stream.port import TopicSpec

FOREVER_MS = -1
REPLICAS_TO_BEAR_A_LOSS = 3


def creation(spec: TopicSpec, replication_factor: int) -> dict[str, Any]:
    """What kafka-python's admin client creates `spec` from."""
    return {
        "num_partitions": spec.partitions,
        "replication_factor": replication_factor,
        "configs": _settings(spec) | _replication(replication_factor),
    }


def alteration(spec: TopicSpec) -> dict[str, str]:
    """The settings of a topic that may change while it is in use."""
    wanted = _settings(spec)
    return {name: wanted[name] for name in ("retention.ms", "max.message.bytes")}


def spec(name: str, partitions: int, settings: Mapping[str, str]) -> TopicSpec:
    """The inverse of `creation`."""
    retention_ms = int(settings["retention.ms"])
    return TopicSpec(
        name=name,
        partitions=partitions,
        retention_ms=None if retention_ms == FOREVER_MS else retention_ms,
        compacted="compact" in settings["cleanup.policy"].split(","),
        log_append_time=settings["message.timestamp.type"] == "LogAppendTime",
        max_message_bytes=int(settings["max.message.bytes"]),
    )


def check_partitions(specs: Sequence[TopicSpec], existing: Mapping[str, int]) -> None:
    """Raises `BadConfig` that names every topic whose partitions differ."""
    differing = [
        f"{wanted.name}: expected {wanted.partitions} partitions, got {existing[wanted.name]}"
        for wanted in specs
        if existing.get(wanted.name, wanted.partitions) != wanted.partitions
    ]
    if differing:
        raise BadConfig(
            "; ".join(differing)
            + ": partition counts never change under state; set the number the topic has, "
            "or make new topics and drain the old ones"
        )


def _settings(spec: TopicSpec) -> dict[str, str]:
    policies = {
        (False, False): "delete",
        (False, True): "delete",
        (True, False): "compact",
        (True, True): "compact,delete",
    }
    return {
        "retention.ms": str(FOREVER_MS if spec.retention_ms is None else spec.retention_ms),
        "cleanup.policy": policies[spec.compacted, spec.retention_ms is not None],
        "message.timestamp.type": "LogAppendTime" if spec.log_append_time else "CreateTime",
        "max.message.bytes": str(spec.max_message_bytes),
        # The broker takes what hubs compress apart: it holds what comes out against max.message.bytes,
        # and no reader needs the library of a codec that a hub has chosen.
        "compression.type": "uncompressed",
    }


def _replication(factor: int) -> dict[str, str]:
    return {"min.insync.replicas": "2"} if factor >= REPLICAS_TO_BEAR_A_LOSS else {}
