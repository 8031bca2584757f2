"""Administration of topics on Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import NoError, UnknownTopicOrPartitionError
from kafka.protocol.consumer import IsolationLevel, OffsetSpec
from kafka.structs import OffsetAndMetadata

from screener import config
from screener.errors import BadConfig, Unavailable
from screener.stream.kafka import clients, topics, values
from screener.stream.kafka.admin import RETRY_S, Admin
from screener.stream.port import Closing, Partition, TopicSpec


class KafkaAdministration(Closing):
    """See `screener.stream.administration.Administration`."""

    def __init__(self, settings: config.KafkaLog) -> None:
        clients.quiet_library()
        self._admin = Admin(settings)
        self._timeout_s = settings.delivery_timeout_s

    def alter(self, spec: TopicSpec) -> None:
        resource = ConfigResource(ConfigResourceType.TOPIC, spec.name, topics.alteration(spec))
        told = self._ask(
            f"altering {spec.name}", lambda admin: admin.alter_configs([resource], raise_on_unknown=False)
        )
        if (outcome := told["topic"][spec.name]) != "OK":
            raise BadConfig(f"topic {spec.name}: cannot be altered: {outcome}")

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            with suppress(UnknownTopicOrPartitionError):
                self._admin.ask(f"deleting {name}", partial(_delete, name))
        self._wait_until_gone(frozenset(names))

    def place(self, group: str, offsets: Mapping[Partition, int]) -> None:
        wanted = {values.theirs(one): OffsetAndMetadata(at, "", -1) for one, at in offsets.items()}
        told = self._ask(f"placing {group}", lambda admin: admin.alter_group_offsets(group, wanted))
        if wrong := {error.__name__ for error in told.values() if error is not NoError}:
            refused = ", ".join(sorted(wrong))
            raise BadConfig(f"group {group}: cannot be placed ({refused}); stop its workers first")

    def since(self, partition: Partition, time_ms: int) -> int:
        found = self._offset(partition, time_ms)
        return found if found >= 0 else self._offset(partition, OffsetSpec.LATEST)

    def close(self) -> None:
        self._admin.close()

    def _wait_until_gone(self, names: frozenset[str]) -> None:
        """A broker answers before it has forgotten a topic."""
        deadline_s = time.monotonic() + self._timeout_s
        while left := names & {one["name"] for one in self._ask("topics", lambda a: a.describe_topics())}:
            if time.monotonic() > deadline_s:
                raise Unavailable(f"Kafka, deleting {', '.join(sorted(left))}: still there")
            time.sleep(RETRY_S)

    def _offset(self, partition: Partition, which: int) -> int:
        place = values.theirs(partition)
        asked = IsolationLevel.READ_UNCOMMITTED
        told = self._ask("offsets", lambda admin: admin.list_partition_offsets({place: which}, asked))
        return int(told[place].offset)

    def _ask(self, doing: str, question: Callable[[Any], Any]) -> Any:
        try:
            return self._admin.ask(doing, question)
        except UnknownTopicOrPartitionError as error:
            raise BadConfig(f"Kafka, {doing}: no such topic; `screener topics list` shows them") from error


def _delete(name: str, admin: Any) -> None:
    admin.delete_topics([name])
