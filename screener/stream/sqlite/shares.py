"""How the partitions of a group are shared out."""

from __future__ import annotations

from collections.abc import Mapping

from screener.stream.port import Partition, Subscription


def by_range(members: Mapping[int, Subscription], partitions: Mapping[str, int]) -> dict[Partition, int]:
    """The owner of each partition, as Kafka's RangeAssignor shares them: topic by topic, in ranges.

    `members` come in the order in which they are served; `partitions` is the number of partitions of
    every topic. Topics with equal numbers and subscribers have partition i with the same member.
    """
    owners: dict[Partition, int] = {}
    for topic, count in partitions.items():
        subscribed = [member for member, subscription in members.items() if subscription.matches(topic)]
        for number, member in enumerate(_ranges(subscribed, count)):
            owners[Partition(topic, number)] = member
    return owners


def _ranges(members: list[int], count: int) -> list[int]:
    """The owner of partitions 0 to `count` - 1; the first members take what cannot be shared evenly."""
    if not members:
        return []
    share, left_over = divmod(count, len(members))
    return [
        member for place, member in enumerate(members) for _ in range(share + (1 if place < left_over else 0))
    ]
