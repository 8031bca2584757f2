"""Dead letters on `screener.rejected`: why and from where in the headers, the sealed message as the value."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from screener.contracts import cloudevents
from screener.contracts.cloudevents import Event, Headers
from screener.contracts.outgoing import Outgoing
from screener.contracts.quoting import shown
from screener.contracts.wire import DeadLetter
from screener.errors import BadInput

CONTENT_TYPE: Final = "application/octet-stream"

ATTRIBUTES: Final = {
    "stage": "stage",
    "reason": "reason",
    "detail": "detail",
    "topic": "origintopic",
    "partition": "originpartition",
    "offset": "originoffset",
    "timestamp_ms": "origintime",
    "hub": "hub",
    "key_id": "keyid",
}
"""The fields of `DeadLetter` and the CloudEvents attributes that carry them; `rejected_at` is ce_time."""

_LONGEST_DETAIL: Final = 500
_NUMBERS: Final = ("partition", "offset", "timestamp_ms")
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def origin(topic: str, partition: int, offset: int) -> bytes:
    """Where the message lay: the letter's id and key, and what the sealed value is bound to (`aad`)."""
    return f"{topic}/{partition}/{offset}".encode()


def to_message(letter: DeadLetter, box: bytes, *, traceparent: str | None = None) -> Outgoing:
    """A dead letter for `topics.REJECTED`; the same message rejected twice has the same id."""
    key = origin(letter.topic, letter.partition, letter.offset)
    fields = {**msgspec.structs.asdict(letter), "detail": tidy(letter.detail)}
    event = Event(
        id=key.decode(),
        source=f"/screener/{letter.stage}",
        type=cloudevents.REJECTED,
        time=letter.rejected_at,
        content_type=CONTENT_TYPE,
        traceparent=traceparent,
        extensions={name: str(fields[f]) for f, name in ATTRIBUTES.items() if fields[f] is not None},
    )
    return Outgoing(key=key, headers=cloudevents.to_headers(event), value=box)


def from_record(headers: Headers, value: bytes | None) -> tuple[DeadLetter, bytes]:
    """A dead letter and its sealed value. Raises `BadInput` for what is none."""
    event = cloudevents.from_headers(headers)
    cloudevents.expect_type(event, cloudevents.REJECTED)
    if value is None:
        raise BadInput("value_missing", "expected a sealed message, got nothing")
    given = {f: event.extensions[name] for f, name in ATTRIBUTES.items() if name in event.extensions}
    numbers: dict[str, object] = {
        f: int(given[f]) for f in _NUMBERS if f in given and _INTEGER.fullmatch(given[f])
    }
    fields: dict[str, object] = {"detail": "", "hub": None, **given, **numbers, "rejected_at": event.time}
    try:
        letter = msgspec.convert(fields, DeadLetter)
    except msgspec.ValidationError as error:
        raise BadInput("header_invalid", f"dead letter {shown(event.id)}: {error}") from None
    return letter, value


def tidy(detail: str) -> str:
    """A detail that fits a header: at most 500 characters, none of them control characters."""
    printable = _UNPRINTABLE.sub(lambda match: repr(match[0])[1:-1], detail)
    return printable if len(printable) <= _LONGEST_DETAIL else printable[: _LONGEST_DETAIL - 1] + "…"
