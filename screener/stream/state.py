"""A stage's state: one table for each owned partition, kept whole in a compacted changelog topic.

The changelog of partition i is partition i of the changelog topic, and is written in the same
transaction as the outputs. So the table after a restart is the table of the last committed batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile
from threading import Event

from screener.stream.port import Log, Message, Partition, Record


class Table:
    """Bytes by key for one partition; remembers what changed until `changes` is taken."""

    def __init__(self, changelog: Partition, records: Iterable[Record] = ()) -> None:
        self._changelog = changelog
        self._rows: dict[bytes, bytes] = {}
        self._changed: dict[bytes, None] = {}
        for record in records:
            self._replay(record)

    @staticmethod
    def restore(log: Log, changelog: Partition, given_up: Event | None = None) -> Table:
        """The table as its changelog says, after every open transaction on it has ended.

        To be called under the new assignment: whoever owned the partition before can no longer commit,
        so what it has written lies below the end that is read here. Where it is given up it is a part.
        """
        records = log.read(changelog, log.start(changelog), log.end(changelog))
        goes_on = takewhile(lambda _: given_up is None or not given_up.is_set(), records)
        return Table(changelog, goes_on)

    def get(self, key: bytes) -> bytes | None:
        return self._rows.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        if self._rows.get(key) != value:
            self._rows[key] = value
            self._changed[key] = None

    def delete(self, key: bytes) -> None:
        if self._rows.pop(key, None) is not None:
            self._changed[key] = None

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        yield from self._rows.items()

    def __len__(self) -> int:
        return len(self._rows)

    def changes(self) -> list[Message]:
        """What changed since the last call, as messages for the changelog; None marks a deletion."""
        changed, self._changed = self._changed, {}
        return [
            Message(
                topic=self._changelog.topic,
                key=key,
                value=self._rows.get(key),
                partition=self._changelog.number,
            )
            for key in changed
        ]

    def _replay(self, record: Record) -> None:
        if record.key is None:
            return
        if record.value is None:
            self._rows.pop(record.key, None)
        else:
            self._rows[record.key] = record.value
