"""The inspections on `investigations.outcomes`, which carries other kinds of messages beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screener.contracts.cloudevents import INSPECTION
from screener.contracts.reading import decode_internal
from screener.contracts.wire import Inspection
from screener.stream.port import Record


def inspections(records: Iterable[Record]) -> Iterator[Inspection]:
    """Those among the records; one without a type is older than the other kinds."""
    for record in records:
        if record.value is not None and record.header("ce_type") in {None, INSPECTION.encode()}:
            yield decode_internal(record.value, Inspection)
