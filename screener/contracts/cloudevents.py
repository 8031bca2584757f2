"""CloudEvents 1.0 in Kafka's binary content mode: attributes are `ce_*` headers, the value is the data.

`traceparent` (W3C trace context) is read from `ce_traceparent`, or from the plain header that tracing
libraries write, and travels on as `ce_traceparent`. One that is malformed is dropped, as W3C asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from screener.contracts import times
from screener.contracts.quoting import kind_and_length, shown
from screener.errors import BadInput

Headers = tuple[tuple[str, bytes], ...]

MANIFEST: Final = "org.screener.manifest.v1"
SCAN: Final = "org.screener.scan.v1"
EVIDENCE: Final = "org.screener.evidence.v1"
DECISION: Final = "org.screener.decision.v1"
VERDICT: Final = "org.screener.verdict.v1"
FLAGGED: Final = "org.screener.flagged.v1"
INSPECTION: Final = "org.screener.inspection.v1"
DISPOSITION: Final = "org.screener.disposition.v1"
REJECTED: Final = "org.screener.rejected.v1"
SIGHTING: Final = "org.screener.sighting.v1"
TIP: Final = "org.screener.tip.v1"
SENDER: Final = "org.screener.sender.v1"
LICENCE: Final = "org.screener.licence.v1"
TIE: Final = "org.screener.tie.v1"
GROUP: Final = "org.screener.group.v1"
LOOK: Final = "org.screener.look.v1"
SCANNER_ALARM: Final = "org.screener.scanner-alarm.v1"
CHECKPOINT: Final = "org.screener.checkpoint.v1"

JSON: Final = "application/json"
IMAGE_REFERENCE: Final = "application/vnd.screener.image-reference+json"
IMAGE_TYPES: Final = ("image/jpeg", "image/png", "image/tiff", "application/dicos")

MAX_HEADER_BYTES: Final = 4096

_PREFIX: Final = "ce_"
_OWN: Final = frozenset({"specversion", "id", "source", "type", "subject", "time", "traceparent"})
_RESERVED: Final = frozenset({"data", "datacontenttype"})
_NAME: Final = re.compile(r"[a-z0-9]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The attributes of a CloudEvent; `extensions` by name without the prefix, `time` aware and UTC."""

    id: str
    source: str
    type: str
    subject: str | None = None
    time: datetime | None = None
    content_type: str | None = None
    traceparent: str | None = None
    extensions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Refuse what no other CloudEvents reader would take."""
        bad = [n for n in self.extensions if not _NAME.fullmatch(n) or n in _OWN or n in _RESERVED]
        if bad or not (self.id and self.source and self.type):
            raise ValueError(f"an event needs id, source, type, and other extension names than {bad}")


def to_headers(event: Event) -> Headers:
    """The event's attributes as Kafka headers, in a fixed order."""
    own = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": times.rfc3339(event.time) if event.time else None,
        "traceparent": event.traceparent,
    }
    named = [*own.items(), *sorted(event.extensions.items())]
    headers = [(_PREFIX + name, text.encode()) for name, text in named if text is not None]
    if event.content_type is not None:
        headers.append(("content-type", event.content_type.encode()))
    return tuple(headers)


def from_headers(headers: Headers) -> Event:
    """The CloudEvent that foreign headers describe; headers and attributes we do not know are no error.

    Raises `BadInput` (header_missing, header_invalid, header_duplicate, time_range).
    """
    attributes = _attributes(headers)
    if (version := _required(attributes, "specversion")) != "1.0":
        raise BadInput("header_invalid", f"ce_specversion: expected '1.0', got {shown(version)}")
    time = attributes.get("time")
    return Event(
        id=_required(attributes, "id"),
        source=_required(attributes, "source"),
        type=_required(attributes, "type"),
        subject=attributes.get("subject") or None,
        time=times.parse(time, "ce_time") if time is not None else None,
        content_type=_text("content-type", _only(headers, "content-type")),
        traceparent=_traceparent(attributes.get("traceparent"), headers),
        extensions=MappingProxyType({n: v for n, v in attributes.items() if n not in _OWN | _RESERVED}),
    )


def expect_type(event: Event, wanted: str) -> None:
    """Raises `BadInput("event_type")` unless the event is of the type `wanted`."""
    if event.type != wanted:
        raise BadInput("event_type", f"ce_type: expected {wanted!r}, got {shown(event.type)}")


def media_type(content_type: str | None) -> str | None:
    """A content type in lower case without its parameters."""
    return None if content_type is None else content_type.partition(";")[0].strip().lower()


def _attributes(headers: Headers) -> dict[str, str]:
    """Every well-named `ce_` header by its attribute name; badly named ones are nobody's attribute."""
    found: dict[str, str] = {}
    for header, value in headers:
        name = header.lower()
        attribute = name.removeprefix(_PREFIX)
        if name == attribute or not _NAME.fullmatch(attribute):
            continue
        if attribute in found:
            raise BadInput("header_duplicate", f"{name}: expected once, got it again")
        text = _text(name, value)
        if text is not None:
            found[attribute] = text
    return found


def _required(attributes: Mapping[str, str], name: str) -> str:
    if text := attributes.get(name):
        return text
    got = "got nothing" if name not in attributes else "got an empty text"
    raise BadInput("header_missing", f"ce_{name}: expected a text, {got}")


def _only(headers: Headers, wanted: str) -> bytes | None:
    values = [value for name, value in headers if name.lower() == wanted]
    if len(values) > 1:
        raise BadInput("header_duplicate", f"{wanted}: expected once, got it {len(values)} times")
    return values[0] if values else None


def _text(name: str, value: bytes | None) -> str | None:
    if value is None:  # Kafka knows headers without a value
        return None
    if len(value) > MAX_HEADER_BYTES:
        detail = f"{name}: expected at most {MAX_HEADER_BYTES} bytes, got {len(value)}"
        raise BadInput("header_invalid", detail)
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise BadInput("header_invalid", f"{name}: expected UTF-8, got {len(value)} other bytes") from None
    if _CONTROL.search(text):
        # whoever writes it, a hub's own extension may be about a person
        detail = f"{name}: expected no control characters, got {kind_and_length(text)} with some"
        raise BadInput("header_invalid", detail)
    return text


def _traceparent(attribute: str | None, headers: Headers) -> str | None:
    plain = next((value for name, value in headers if name.lower() == "traceparent"), b"") or b""
    text = attribute if attribute is not None else plain.decode("ascii", errors="replace")
    return text if _TRACEPARENT.fullmatch(text) else None
