"""What a member owns, as told by kafka-python's rebalance listener."""

from __future__ import annotations

import threading
from collections.abc import Collection

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition

from screener.stream.kafka import values
from screener.stream.port import Assignment

NOTHING = Assignment(generation=-1, partitions=frozenset())
"""What a member owns before it joins, while it joins anew, and after it was put out."""


class Assigned(ConsumerRebalanceListener):  # type: ignore[misc]
    """Keeps the assignment of the last completed rebalance.

    The calls come from kafka-python's network thread, at the one moment when generation and partitions
    are known to belong together: asked later, a rejected assignment leaves old partitions beside a new
    generation. They may not call the consumer, and hold up its heartbeats.
    """

    def __init__(self, consumer: KafkaConsumer, patience_s: float) -> None:
        self.current = NOTHING
        self.idle = threading.Event()
        """Clear while a commit runs. Partitions are given up after it, or the commit would be lost."""
        self.idle.set()
        self._consumer = consumer
        self._patience_s = patience_s

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.idle.wait(self._patience_s)
        self.current = NOTHING

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        self.current = NOTHING

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        membership = self._consumer.group_metadata()
        self.current = Assignment(
            generation=membership.generation_id,
            partitions=frozenset(values.ours(partition) for partition in assigned),
            token=membership,
        )
