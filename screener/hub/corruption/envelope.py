"""Broken envelopes: headers, key and presence of the value, of manifests and scans alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from screener.contracts import cloudevents
from screener.hub.chance import Rng, one_of
from screener.hub.corruption.headers import CONTENT_TYPE, with_header, with_value, without
from screener.hub.corruption.kinds import Corruption
from screener.stream.port import Message

OPTIONAL = frozenset({"ce_time", "ce_subject", "ce_traceparent"})
LONG = b"/hubs/" + b"x" * cloudevents.MAX_HEADER_BYTES


def _required(message: Message, rng: Rng) -> str:
    return one_of(rng, [name for name, _ in message.headers if name not in OPTIONAL])


def _header_missing(message: Message, rng: Rng) -> Message:
    return replace(message, headers=without(message.headers, _required(message, rng)))


def _header_not_utf8(message: Message, rng: Rng) -> Message:
    value = bytes([0xC0 + int(rng.integers(0x40)), 0x20])  # a lead byte, and nothing that it leads
    return with_header(message, _required(message, rng), value)


def _header_control(message: Message, rng: Rng) -> Message:
    name = _required(message, rng)
    value = dict(message.headers)[name]
    return with_header(message, name, value + bytes([int(rng.integers(0x20))]))


def _header_twice(message: Message, rng: Rng) -> Message:
    name = _required(message, rng)
    return replace(message, headers=(*message.headers, (name, dict(message.headers)[name])))


def _spec_version(message: Message, rng: Rng) -> Message:
    return with_header(message, "ce_specversion", one_of(rng, (b"0.3", b"2.0", b"1", b"1.0.2", b"v1.0")))


def _event_type(message: Message, rng: Rng) -> Message:
    own = dict(message.headers)["ce_type"].decode()
    known = (cloudevents.MANIFEST, cloudevents.SCAN, cloudevents.DECISION, own.removesuffix("1") + "2")
    return with_header(message, "ce_type", one_of(rng, [other for other in known if other != own]).encode())


def _event_time(message: Message, rng: Rng) -> Message:
    times = (b"yesterday", b"2026-02-30T10:00:00Z", b"2026-03-01T10:00:00", b"1970-01-01T00:00:00Z", b"")
    return with_header(message, "ce_time", one_of(rng, times))


def _content_type(message: Message, rng: Rng) -> Message:
    others = (b"text/plain", b"image/gif", b"application/octet-stream", b"application/cloudevents+json")
    return with_header(message, CONTENT_TYPE, one_of(rng, others))


def _key_other(message: Message, rng: Rng) -> Message:
    return replace(message, key=f"other-{int(rng.integers(1 << 30))}".encode())


KINDS: Mapping[Corruption, Callable[[Message, Rng], Message]] = {
    Corruption.HEADER_MISSING: _header_missing,
    Corruption.HEADERS_NONE: lambda message, _: replace(message, headers=()),
    Corruption.HEADER_NOT_UTF8: _header_not_utf8,
    Corruption.HEADER_CONTROL: _header_control,
    Corruption.HEADER_TWICE: _header_twice,
    Corruption.HEADER_LONG: lambda message, _: with_header(message, "ce_source", LONG),
    Corruption.SPEC_VERSION: _spec_version,
    Corruption.EVENT_TYPE: _event_type,
    Corruption.EVENT_TIME: _event_time,
    Corruption.CONTENT_TYPE: _content_type,
    Corruption.KEY_OTHER: _key_other,
    Corruption.VALUE_EMPTY: lambda message, _: with_value(message, b""),
    Corruption.VALUE_NONE: lambda message, _: with_value(message, None),
}
