"""Administration of a log: what no stage may do to topics, and what a person asks about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from screener.stream.port import Closing, Partition, TopicSpec


class Administration(Closing, Protocol):
    """Changes and removes topics of a log that is in use."""

    def alter(self, spec: TopicSpec) -> None:
        """Give a topic this retention and this cap on messages. Raises `BadConfig` where there is none."""
        ...

    def delete(self, names: Sequence[str]) -> None:
        """Remove topics and all they hold, for good; those that are not there are left out."""
        ...

    def place(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Let a group go on at these offsets. Raises `BadConfig` while it has members."""
        ...

    def since(self, partition: Partition, time_ms: int) -> int:
        """The offset of the first record with this log time or a later one; the end where there is none."""
        ...
