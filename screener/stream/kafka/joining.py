"""A group consumer that takes up a join which ended between two polls.

kafka-python 3.0.12 goes on joining in its network thread when a poll times out. What that brings is lost:
the next poll either asks to join once more, which starts the next rebalance, or, where metadata had
caused the join, sees no need to join at all. The member then waits for ever without partitions and
without heartbeats. Polls shorter than a rebalance, ours, meet this at every second one.
"""

from __future__ import annotations

from typing import Any

from kafka.coordinator.consumer import ConsumerCoordinator
from kafka.util import WeakMethod

from screener.stream.kafka.parsing import TolerantConsumer


class JoiningCoordinator(ConsumerCoordinator):  # type: ignore[misc]
    """Remembers that it is joining, and takes the outcome whenever it came."""

    _join_task: Any

    def need_rejoin(self) -> bool:
        return bool(self.rejoining or super().need_rejoin())

    async def join_group_async(self, timeout_ms: float | None = None) -> bool:
        # A task that is done would be thrown away; one that is about to tell its outcome is waited for.
        ended = self._join_task
        if ended is not None and ended.is_done:
            self._join_task = self._manager.call_soon(_outcome, ended)
        return bool(await super().join_group_async(timeout_ms))


class GroupConsumer(TolerantConsumer):
    """A consumer with a `JoiningCoordinator`."""

    _coordinator: Any

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._cluster.remove_listener(WeakMethod(self._coordinator._handle_metadata_update))
        self._coordinator = JoiningCoordinator(
            self._client,
            self._subscription,
            metrics=self._metrics,
            assignors=self.config["partition_assignment_strategy"],
            **self.config,
        )


async def _outcome(ended: Any) -> Any:
    return await ended
