"""What topics there must be, and whether they are as they must be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from screener.config import LogSettings
from screener.contracts import topics
from screener.errors import BadConfig
from screener.stream.port import LARGEST_MESSAGE_BYTES, Log, TopicSpec

SEGMENT_MS = 8 * 24 * 3_600_000
"""Kafka deletes whole segments, of up to 7 days: what must outlive another topic's records is kept so much
longer than they are."""


WHOLE = (
    topics.TIES,
    topics.NETWORK_STATE,
    topics.NETWORKS,
    topics.ALARMS,
    topics.CHECKPOINTS,
    *topics.LISTS,
)
"""What has one partition whatever the settings say, because whoever reads it needs it whole."""


FREE = (topics.DECISIONS, topics.FLAGGED, topics.OUTCOMES, topics.REJECTED, topics.REPLAYED)
"""What keeps the partitions that it has: whoever reads it needs none of them to be those of the evidence."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a topic that must be mended before workers start, and how."""

    topic: str
    text: str


def internal_specs(settings: LogSettings) -> list[TopicSpec]:
    """The topics that exist once. State is never grown, so its partitions are those of the evidence."""
    kept_ms, archived_ms = _ms(settings.internal_retention_h), _ms(settings.decisions_retention_h)
    n = settings.partitions
    return [
        TopicSpec(topics.EVIDENCE, n, retention_ms=kept_ms, max_message_bytes=LARGEST_MESSAGE_BYTES),
        TopicSpec(topics.DECIDE_STATE, n, compacted=True),
        TopicSpec(topics.DECISIONS, n, retention_ms=archived_ms),
        TopicSpec(topics.SIGHTINGS, n, retention_ms=kept_ms),
        TopicSpec(topics.TALLY_STATE, n, compacted=True),
        TopicSpec(topics.TIES, 1, retention_ms=kept_ms),
        TopicSpec(topics.NETWORK_STATE, 1, compacted=True),
        TopicSpec(topics.NETWORKS, 1, compacted=True),
        TopicSpec(topics.LOOKS, n, retention_ms=kept_ms),
        TopicSpec(topics.DRIFT_STATE, n, compacted=True),
        TopicSpec(topics.ALARMS, 1, compacted=True),
        TopicSpec(topics.CHECKPOINTS, 1),  # never deleted: what is older than it is vouched for by it alone
        TopicSpec(topics.FLAGGED, n, retention_ms=archived_ms, max_message_bytes=LARGEST_MESSAGE_BYTES),
        TopicSpec(topics.OUTCOMES, n, retention_ms=archived_ms),
        TopicSpec(topics.REJECTED, n, retention_ms=archived_ms, max_message_bytes=LARGEST_MESSAGE_BYTES),
        TopicSpec(topics.REPLAYED, n, retention_ms=archived_ms + SEGMENT_MS),
        *(TopicSpec(name, 1, compacted=True) for name in topics.LISTS),
    ]


def hub_specs(hub: str, settings: LogSettings) -> list[TopicSpec]:
    """The topics of one hub: what it writes is stamped by the log, so that its clock decides nothing."""
    kept_ms, n = _ms(settings.hub_retention_h), settings.hub_partitions
    stamped = settings.timestamps == "log_append"
    return [
        TopicSpec(topics.manifests(hub), n, retention_ms=kept_ms, log_append_time=stamped),
        TopicSpec(topics.scans(hub), n, retention_ms=kept_ms, log_append_time=stamped),
        TopicSpec(topics.verdicts(hub), n, retention_ms=kept_ms),
    ]


def hubs_in(names: Iterable[str]) -> list[str]:
    """The hubs that have a topic of any kind."""
    return sorted({hub for name in names if (hub := topics.hub_of(name)) is not None})


def problems(log: Log, settings: LogSettings) -> list[Problem]:
    """What is wrong with the topics of this log; empty if workers may start."""
    existing = log.topics()
    hubs = hubs_in(existing)
    wanted = [*internal_specs(settings), *(spec for hub in hubs for spec in hub_specs(hub, settings))]
    found = _problems(log, wanted, existing)
    if not hubs:
        found.append(Problem(topics.SCANS + "HUB", "no hub yet: `screener topics create --hub NAME`"))
    return found


def require(log: Log, settings: LogSettings) -> None:
    """Raises `BadConfig` where an internal topic is not as workers need it; a hub's stop nobody else."""
    found = _problems(log, internal_specs(settings), log.topics())
    if found:
        first = f"{found[0].topic}: {found[0].text}"
        more = f" ({len(found) - 1} more: `screener topics check`)" if len(found) > 1 else ""
        raise BadConfig(f"topics: {first}{more}")


def _problems(log: Log, wanted: Iterable[TopicSpec], existing: Mapping[str, int]) -> list[Problem]:
    return [problem for spec in wanted if (problem := _problem(log, spec, existing.get(spec.name)))]


def _problem(log: Log, spec: TopicSpec, partitions: int | None) -> Problem | None:
    if partitions is None:
        return Problem(spec.name, "missing: `screener topics create`")
    is_hub_topic = topics.hub_of(spec.name) is not None
    if partitions != spec.partitions and not is_hub_topic and spec.name not in FREE:
        text = f"expected {spec.partitions} partitions, got {partitions}: partitions never change under state"
        other = "" if spec.name in WHOLE else f"set log.partitions = {partitions}, or "
        return Problem(spec.name, f"{text}; {other}drain, and `screener topics anew`")
    described = log.describe(spec.name)
    if described is not None and described.compacted != spec.compacted:
        kind = "compacted" if spec.compacted else "not compacted"
        return Problem(spec.name, f"must be {kind}; change cleanup.policy")
    if described is not None and spec.log_append_time and not described.log_append_time:
        text = "is stamped by its writers' clocks, which would decide when patience ends"
        return Problem(spec.name, f"{text}; set message.timestamp.type=LogAppendTime")
    # A hub's cap is its own: `screener hub add --max-message-bytes`.
    if described and not is_hub_topic and described.max_message_bytes < spec.max_message_bytes:
        text = f"takes messages up to {described.max_message_bytes} bytes, expected {spec.max_message_bytes}"
        return Problem(spec.name, f"{text}; raise max.message.bytes")
    return None


def _ms(hours: float) -> int:
    return round(hours * 3_600_000)
