"""The log on Apache Kafka."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, MemberToRemove
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError
from kafka.protocol.consumer import IsolationLevel, OffsetSpec

from screener import config
from screener.errors import BadConfig, ScreenerError, Unavailable
from screener.stream.kafka import clients, topics, values
from screener.stream.kafka.admin import Admin
from screener.stream.kafka.errors import translated
from screener.stream.kafka.member import KafkaMember
from screener.stream.kafka.publisher import KafkaPublisher
from screener.stream.kafka.reading import OPEN_TRANSACTION_LIMIT_S, KafkaFollower, Reader
from screener.stream.kafka.slots import SlotPublisher
from screener.stream.port import Closing, Partition, Publisher, Record, Subscription, TopicSpec
from screener.stream.watchdog import Watchdog


class NoSuchPartition(BadConfig):
    """A partition was named that is not there."""


class KafkaLog(Closing):
    """A Kafka cluster; see `screener.stream.port.Log`. Safe to use from several threads.

    `end_process` is what the watchdog calls when a commit hangs.
    """

    def __init__(self, settings: config.KafkaLog, *, end_process: Callable[[int], object] = os._exit) -> None:
        clients.quiet_library()
        self._settings = settings
        self._watchdog = Watchdog(settings.commit_timeout_s, end_process)
        self._reader = Reader(settings)
        self._admin = Admin(settings)

    def topics(self) -> Mapping[str, int]:
        told = self._admin.ask("listing topics", lambda admin: admin.describe_topics())
        return {topic["name"]: len(topic["partitions"]) for topic in told if not topic["is_internal"]}

    def create(self, specs: Sequence[TopicSpec]) -> None:
        existing = self.topics()
        topics.check_partitions(specs, existing)
        missing = {
            spec.name: topics.creation(spec, self._settings.replication_factor)
            for spec in specs
            if spec.name not in existing
        }
        if missing:
            self._create(missing)
            topics.check_partitions(specs, self.topics())

    def describe(self, topic: str) -> TopicSpec | None:
        partitions = self.topics().get(topic)
        if partitions is None:
            return None
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        told = self._admin.ask(
            f"describing {topic}", lambda admin: admin.describe_configs([resource], config_filter="all")
        )
        settings = {name: entry["value"] for name, entry in told["topic"][topic].items()}
        if not settings:  # kafka-python gives the refusal of a right as an empty answer
            raise BadConfig(
                f"topic {topic}: this user may not read its settings (DescribeConfigs); docs/rights.md"
            )
        return topics.spec(topic, partitions, settings)

    def publisher(self, slot: str | None = None) -> Publisher:
        if slot is None:
            return KafkaPublisher(self._settings)
        return SlotPublisher(self._settings, slot)

    def join(self, group: str, subscription: Subscription, slot: str) -> KafkaMember:
        return KafkaMember(
            self._settings,
            group,
            subscription,
            slot,
            ends=self._ends,
            expel=lambda member_id: self._expel(group, member_id),
            watchdog=self._watchdog,
        )

    def follow(self, topics: Sequence[str], *, from_start: bool) -> KafkaFollower:
        counts = self.topics()
        if missing := sorted(set(topics) - counts.keys()):
            raise BadConfig(f"topics {', '.join(missing)}: missing; `screener topics create` makes them")
        partitions = [Partition(topic, number) for topic in topics for number in range(counts[topic])]
        return KafkaFollower(self._settings, partitions, from_start=from_start)

    def start(self, partition: Partition) -> int:
        return self._offsets([partition], OffsetSpec.EARLIEST)[partition]

    def end(self, partition: Partition) -> int:
        return self._offsets([partition], OffsetSpec.LATEST)[partition]

    def read(self, partition: Partition, start: int, stop: int) -> Iterator[Record]:
        return self._reader.read(partition, start, min(stop, self.end(partition)))

    def committed(self, group: str) -> Mapping[Partition, int]:
        """Waits for open transactions that change them: a commit that has returned is always seen."""
        partitions = {
            TopicPartition(topic, number) for topic, count in self.topics().items() for number in range(count)
        }
        consumer = clients.group_consumer(self._settings, group)  # never subscribes, so never a member
        try:
            with translated(f"asking for the offsets of {group}"):
                found = clients.committed(consumer, partitions, OPEN_TRANSACTION_LIMIT_S * 1000)
        finally:
            consumer.close(autocommit=False)
        return {values.ours(place): offset for place, offset in found.items()}

    def close(self) -> None:
        self._reader.close()
        self._admin.close()

    def _create(self, missing: Mapping[str, Any]) -> None:
        # Another process may be faster with some of them: what it made is checked afterwards.
        with suppress(TopicAlreadyExistsError):
            self._admin.ask("creating topics", lambda admin: admin.create_topics(missing))
        self._admin.ask("creating topics", lambda admin: admin.wait_for_topics(list(missing)))

    def _ends(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """For members: a topic that is removed under one is no fault of its settings, and others go on."""
        try:
            return self._offsets(partitions, OffsetSpec.LATEST)
        except NoSuchPartition as error:
            raise Unavailable(f"a topic was removed: {error}") from error

    def _expel(self, group: str, member_id: str) -> None:
        """Put a member out of its group, once and without pressing: it would time out anyway."""
        leaver = MemberToRemove(member_id=member_id, reason="closed while joining")
        with suppress(KafkaError, OSError, ScreenerError):
            self._admin.ask_once(lambda admin: admin.remove_group_members(group, [leaver]))

    def _offsets(self, partitions: Collection[Partition], which: OffsetSpec) -> dict[Partition, int]:
        asked = {values.theirs(partition): which for partition in partitions}
        uncommitted = IsolationLevel.READ_UNCOMMITTED  # the high watermark: open transactions count
        try:
            told = self._admin.ask("offsets", lambda admin: admin.list_partition_offsets(asked, uncommitted))
        except UnknownTopicOrPartitionError as error:
            names = ", ".join(sorted(map(str, partitions)))
            raise NoSuchPartition(
                f"among {names}: no such partition; `screener topics create` makes them"
            ) from error
        return {values.ours(place): found.offset for place, found in told.items()}
