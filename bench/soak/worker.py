"""A worker whose clock is that of the soak: `screener ...` in the midst of years that pass in hours.

    python -m bench.soak.worker CLOCK SCREENER-ARGUMENTS...

What hubs write carries log times of these years by itself; an empty input, and what stages write to each
other, count as of the time in the file CLOCK (epoch milliseconds). All else is the real thing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from screener.contracts import topics
from screener.stream.kafka.member import KafkaMember
from screener.stream.port import Batch, Record
from screener.stream.runner import Runner
from screener.stream.sqlite.member import SqliteMember


def place(clock_ms: Callable[[], int]) -> None:
    """Let runners and logs of this process go by this clock."""
    defaults = Runner.__init__.__kwdefaults__
    assert defaults is not None
    defaults["clock_ms"] = clock_ms
    for member in (KafkaMember, SqliteMember):
        _stamping(member, clock_ms)


def _stamping(member: Any, clock_ms: Callable[[], int]) -> None:
    real = member.poll

    def poll(self: Any, timeout_s: float, max_records: int) -> Batch:
        batch: Batch = real(self, timeout_s, max_records)
        if not batch.records or topics.hub_of(batch.records[0].partition.topic) is not None:
            return batch
        now_ms = clock_ms()
        return replace(batch, records=tuple(_stamped(one, now_ms) for one in batch.records))

    member.poll = poll


def _stamped(record: Record, now_ms: int) -> Record:
    return replace(record, timestamp_ms=now_ms)


def main() -> None:
    clock, *arguments = sys.argv[1:]
    place(lambda: int(Path(clock).read_text()))
    from screener.cli import main as screener

    sys.argv = ["screener", *arguments]
    screener()


if __name__ == "__main__":
    main()
