"""A process of its own that copies topic `in` to `out` in small commits, until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from screener.errors import Fenced
from screener.stream.port import Member, Message, Subscription
from screener.stream.sqlite import Sqlite

GROUP = "copiers"
BATCH_RECORDS = 5


def main(path: str, slot: str, session_timeout_s: str) -> None:
    with (
        Sqlite(Path(path), session_timeout_s=float(session_timeout_s)) as log,
        log.join(GROUP, Subscription(topics=("in",)), slot) as member,
    ):
        while True:
            copy(member)


def copy(member: Member) -> None:
    batch = member.poll(1.0, BATCH_RECORDS)
    messages = [Message("out", record.key, record.value) for record in batch.records]
    try:
        member.commit(batch.assignment, messages, member.positions())
    except Fenced:
        print("fenced", flush=True)
    else:
        print("committed", len(messages), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
