"""What a hub leaves behind, and how it is let go without losing a parcel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from screener.contracts import topics
from screener.hub.admission.plan import is_of
from screener.hub.admission.roster import last_at
from screener.stages import rights
from screener.stream.kafka.access import KafkaAccess
from screener.stream.port import Log
from screener.stream.rights import Grant


@dataclass(frozen=True, slots=True)
class Departure:
    """What there still is of a hub; `verdicts_end` is when the log has dropped its last verdict."""

    hub: str
    topics: tuple[str, ...]
    grants: tuple[Grant, ...]
    users: tuple[str, ...]
    verdicts_end: datetime | None

    @property
    def is_gone(self) -> bool:
        return not (self.topics or self.grants or self.users)


def departure(log: Log, access: KafkaAccess | None, hub: str) -> Departure:
    """What there is of this hub: whoever has a right to what is its alone, and its user."""
    existing = log.topics()
    user = rights.user_of_hub(hub)
    grants = frozenset[Grant]() if access is None else access.grants()
    users = frozenset[str]() if access is None else access.users([user])
    return Departure(
        hub,
        topics=tuple(name for name in rights.hub_topics(hub) if name in existing),
        grants=tuple(
            sorted(one for one in grants if is_of(hub, one.right) or one.principal == f"User:{user}")
        ),
        users=tuple(users),
        verdicts_end=_verdicts_end(log, hub),
    )


def shut(access: KafkaAccess, leaving: Departure) -> None:
    """Take nothing more from the hub and show it nothing more; its open connections end with its rights."""
    access.revoke(leaving.grants)
    for user in leaving.users:
        access.drop_user(user)


def _verdicts_end(log: Log, hub: str) -> datetime | None:
    name = topics.verdicts(hub)
    spec = log.describe(name)
    at = None if spec is None else last_at(log, name, spec.partitions)
    if spec is None or at is None:
        return None
    if spec.retention_ms is None:
        return datetime.max.replace(tzinfo=UTC)
    return at + timedelta(milliseconds=spec.retention_ms)
