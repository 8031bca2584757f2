"""A recording as new traffic: ids with a prefix, times moved, all else byte for byte.

What broke the contract breaks it still, and in the same way: ids that are none, and bodies that are no
JSON, stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from screener.contracts import times, topics
from screener.contracts.reading import MAX_MANIFEST_BYTES, RESERVED_PREFIX
from screener.contracts.wire import Identifier
from screener.errors import BadInput
from screener.hub.recording.tape import Taped
from screener.hub.sent import Half
from screener.hub.traffic import Departure
from screener.stream.port import Message

_LONGEST_ID: Final = 64
_LONGEST_EVENT_ID: Final = 1024
_DIGEST: Final = 20


@dataclass(slots=True)
class Replay:
    """Plays what hub `recorded` sent into hub `hub`, from `start` on, `speed` times as fast.

    A time maps onto one other: what was before the first message lies as long before `start`; what was
    after lies 1 / `speed` as long after, as the messages do. So equal messages stay equal.
    """

    recorded: str
    hub: str
    prefix: str
    start: datetime
    speed: float = 1.0
    _first_ms: int | None = None
    _due_s: list[float] = field(default_factory=list)

    def departures(self, messages: Iterable[Taped]) -> Iterator[Departure]:
        """One step for each message, in the order of the recording."""
        for step, taped in enumerate(messages):
            if self._first_ms is None:
                self._first_ms = taped.at_ms
            self._due_s.append((taped.at_ms - self._first_ms) / 1000 / self.speed)
            yield Departure(step, (self.message(taped),), None)

    def due_s(self, step: int) -> float:
        return self._due_s[step]

    def message(self, taped: Taped) -> Message:
        """A message of the recording as it is sent now."""
        of = topics.manifests if taped.half is Half.MANIFEST else topics.scans
        at = self.moved(_moment(taped.at_ms))
        return Message(
            of(self.hub),
            None if taped.key is None else self._renamed_bytes(taped.key),
            self._body(taped.value) if taped.half is Half.MANIFEST else taped.value,
            tuple((name, self._header(name.lower(), value or b"")) for name, value in taped.headers),
            timestamp_ms=round(at.timestamp() * 1000),
        )

    def moved(self, time: datetime) -> datetime:
        """Where a time of the recording lies now."""
        since = time - _moment(self._first_ms or 0)
        return self.start + (since / self.speed if since > timedelta(0) else since)

    def renamed(self, text: str) -> str:
        """The new name of an id; what is no id stays, since a prefix would make it one."""
        try:
            msgspec.convert(text, Identifier)
        except msgspec.ValidationError:
            return text
        reserved = RESERVED_PREFIX if text.startswith(RESERVED_PREFIX) else ""
        new = reserved + self.prefix + text.removeprefix(reserved)
        if len(new) <= _LONGEST_ID:
            return new
        return reserved + self.prefix + hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]

    def _renamed_bytes(self, value: bytes) -> bytes:
        try:
            return self.renamed(value.decode()).encode()
        except UnicodeDecodeError:
            return value

    def _header(self, name: str, value: bytes) -> bytes:
        if name in {"ce_subject", "ce_scanid"}:
            return self._renamed_bytes(value)
        if name == "ce_id":
            return self.prefix.encode() + value if 0 < len(value) <= _LONGEST_EVENT_ID else value
        if name == "ce_source":
            return f"/hubs/{self.hub}".encode() if value == f"/hubs/{self.recorded}".encode() else value
        return self._time(value) if name == "ce_time" else value

    def _time(self, value: bytes) -> bytes:
        try:
            time = times.parse(value.decode(), "ce_time")
            return times.rfc3339(times.in_utc(self.moved(time), "ce_time")).encode()
        except (BadInput, UnicodeDecodeError, OverflowError):
            return value

    def _body(self, value: bytes | None) -> bytes | None:
        """A manifest with its ids, hub and times replaced and every other field as it was written."""
        if value is None or len(value) > MAX_MANIFEST_BYTES:
            return value
        try:
            fields = msgspec.json.decode(value, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return value
        changed = msgspec.json.encode(fields | self._new_fields(fields))
        return changed if len(changed) <= MAX_MANIFEST_BYTES else value

    def _new_fields(self, fields: Mapping[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
        texts = {name: text for name in _CHANGED if (text := _text(fields.get(name))) is not None}
        new = {name: self.renamed(text) for name, text in texts.items() if name in _IDS}
        new |= {name: self._time(text.encode()).decode() for name, text in texts.items() if name in _TIMES}
        if texts.get("hub") == self.recorded:
            new["hub"] = self.hub
        return {name: msgspec.Raw(msgspec.json.encode(text)) for name, text in new.items()}


_IDS: Final = ("parcel_id", "waybill")
_TIMES: Final = ("declared_at", "decide_by")
_CHANGED: Final = (*_IDS, *_TIMES, "hub")


def _text(raw: msgspec.Raw | None) -> str | None:
    try:
        return None if raw is None else msgspec.json.decode(raw, type=str)
    except (msgspec.DecodeError, UnicodeError):
        return None


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
