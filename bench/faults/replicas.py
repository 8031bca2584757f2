"""A log that takes no record of ours, as one does that lacks replicas; groups and transactions go on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from screener.contracts import topics


@contextmanager
def lacking(bootstrap: str) -> Iterator[None]:
    """Whatever workers write to wants one replica more than there is; hubs write on."""
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        written = [
            one["name"]
            for one in admin.describe_topics()
            if not one["is_internal"] and not re.fullmatch(topics.HUB_INPUTS, one["name"])
        ]
        _want(admin, written, 2)
        try:
            yield
        finally:
            _want(admin, written, 1)


def _want(admin: KafkaAdminClient, names: list[str], replicas: int) -> None:
    wanted = {"min.insync.replicas": str(replicas)}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name in names])
