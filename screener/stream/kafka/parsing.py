"""A consumer that no record of a hub can stop.

What a broker accepts, kafka-python 3.0.12 cannot always parse, and it never gets past what it cannot
parse: every poll after that fails. Two such cases are known, and taken care of here:

- Brokers do not look into the names of headers. kafka-python decodes them as strict UTF-8.
- The attributes of a record are one byte, unused, and any. kafka-python takes it for a varint: from 0x80
  on, it reads all that follows one byte too late.

Compression is no third case: topics are uncompressed by the broker (see `topics`).

An upgrade of kafka-python must look again at `DefaultRecordBatch._read_msg` and at what
`Fetcher._parse_fetched_data` makes its `PartitionRecords` from; `tests/kafka/test_poison.py` tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer
from kafka.consumer.fetcher import Fetcher
from kafka.record.default_records import DefaultRecord, DefaultRecordBatch
from kafka.record.util import decode_varint


class TolerantConsumer(KafkaConsumer):  # type: ignore[misc]
    """kafka-python's consumer, parsing with `TolerantBatch`."""

    _fetcher: Any

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._fetcher.PartitionRecords = _PartitionRecords


class TolerantBatch(DefaultRecordBatch):  # type: ignore[misc]
    """A batch whose headers may have any name: what is no UTF-8 in it becomes U+FFFD."""

    _buffer: bytearray
    _pos: int

    def _read_msg(self) -> DefaultRecord:
        _, attributes_at = decode_varint(self._buffer, self._pos)
        self._buffer[attributes_at] = 0
        try:
            return super()._read_msg()
        except UnicodeDecodeError:
            # `_pos` moves only after a record is read, so this reads the same one again.
            self._buffer = _TolerantBytes(self._buffer)
            return super()._read_msg()


class _PartitionRecords(Fetcher.PartitionRecords):  # type: ignore[misc]
    def _unpack_records(self, partition: Any, records: Any, *deserializers: Any) -> Iterator[Any]:
        unpacked: Iterator[Any] = super()._unpack_records(
            partition, _TolerantBatches(records), *deserializers
        )
        return unpacked


class _TolerantBatches:
    """kafka-python's `MemoryRecords`, as far as the unpacking asks of it."""

    def __init__(self, records: Any) -> None:
        self._records = records

    def next_batch(self) -> Any:
        batch = self._records.next_batch()
        # Older formats have no headers.
        return TolerantBatch(batch._buffer) if isinstance(batch, DefaultRecordBatch) else batch


class _TolerantBytes(bytearray):
    """Bytes whose slices decode to U+FFFD where they are no text."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _TolerantBytes(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return super().decode(encoding, errors)
