"""How many messages lie in a stretch of a partition."""

from __future__ import annotations

from screener.stream.port import Log, Partition

READ_AT_MOST = 200
"""Messages may be of megabytes, so a longer stretch is not read."""


def messages(log: Log, partition: Partition, start: int, stop: int) -> int:
    """The messages with start <= offset < stop; in a long stretch marks of transactions are counted too."""
    if stop - start > READ_AT_MOST:
        return stop - start
    return sum(1 for _ in log.read(partition, start, stop))
