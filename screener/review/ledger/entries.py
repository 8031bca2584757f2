"""What the ledger reads of the log: of each decision a few fields, inspections and dispositions whole."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from screener.contracts.cloudevents import DISPOSITION, INSPECTION
from screener.contracts.reading import decode_internal, json_of_ours
from screener.contracts.wire import (
    Action,
    ClassProbabilities,
    Disposition,
    Inspection,
    Outcome,
    Selection,
    Time,
)
from screener.stream.port import Record


class _Reason(Struct, frozen=True, gc=False):
    code: str


class _Seen(Struct, frozen=True, gc=False):
    failure: str | None
    p: ClassProbabilities


class _Declared(Struct, frozen=True, gc=False):
    courier: str | None = None


class _Facts(Struct, frozen=True):
    seen: tuple[_Seen, ...]
    declared: _Declared | None


class Said(Struct, frozen=True, kw_only=True):
    """What of a `Decision` counts here; the rest of it is passed over when it is read."""

    hub: str
    parcel_id: str
    revision: int
    outcome: Outcome
    action: Action
    selection: Selection
    arrived_at: Time
    decided_at: Time
    reasons: tuple[_Reason, ...] = ()
    facts: _Facts | None = None

    @property
    def courier(self) -> str:
        """Who carried it; empty where no manifest had come, or the decision is older than the field."""
        declared = None if self.facts is None else self.facts.declared
        return (declared and declared.courier) or ""

    @property
    def judged(self) -> tuple[ClassProbabilities, ...]:
        """What each view shows that was judged."""
        return () if self.facts is None else tuple(one.p for one in self.facts.seen if one.failure is None)


Told = Inspection | Disposition
"""What people tell of a parcel."""

_SAID: Final = msgspec.json.Decoder(Said)


def said(record: Record) -> Said:
    """The decision of a record. Raises `msgspec.DecodeError`."""
    with json_of_ours():
        return _SAID.decode(record.value or b"")


def outcome(record: Record) -> Told | None:
    """What a record of the outcomes tells, None where it is of another kind. Raises `msgspec.DecodeError`.

    A record without a type is an inspection: older than the other kinds.
    """
    event_type = record.header("ce_type")
    if event_type in {None, INSPECTION.encode()}:
        return decode_internal(record.value or b"", Inspection)
    if event_type == DISPOSITION.encode():
        return decode_internal(record.value or b"", Disposition)
    return None
