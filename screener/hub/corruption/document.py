"""Broken manifests: JSON that is none, and fields that are not what the contract says."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from screener.contracts import topics
from screener.contracts.reading import read_manifest
from screener.errors import BadInput
from screener.hub.chance import Rng, one_of
from screener.hub.corruption.bombs import png
from screener.hub.corruption.headers import with_header, with_value
from screener.hub.corruption.kinds import Corruption
from screener.stream.port import Message

Path = tuple[str | int, ...]

REQUIRED: tuple[Path, ...] = (
    ("parcel_id",),
    ("waybill",),
    ("hub",),
    ("courier",),
    ("consignor",),
    ("consignee",),
    ("declared_at",),
    ("consignor", "name"),
    ("consignee", "name"),
)

OUT_OF_RANGE: tuple[tuple[Path, object], ...] = (
    (("weight_g",), 0),
    (("weight_g",), -250.5),
    (("weight_g",), 2_000_001),
    (("size_mm",), {"length": 0, "width": 200, "height": 100}),
    (("size_mm",), {"length": 10_001, "width": 200, "height": 100}),
    (("size_mm",), {"length": 300, "width": 200}),
    (("parcel_id",), ""),
    (("parcel_id",), "P 1"),
    (("parcel_id",), "../../etc/passwd"),
    (("parcel_id",), "P" * 65),
    (("waybill",), "运单一号"),
    (("waybill",), "WB-1\n"),
    (("courier",), ""),
    (("courier",), "C" * 65),
    (("consignor", "name"), ""),
    (("consignor", "phone"), "0" * 41),
    (("consignee", "address"), "a" * 501),
    (("consignee", "region"), "43 01 00"),
    (("contents",), [{"text": "x", "quantity": -1}]),
    (("contents",), [{"text": "x", "hs_code": "24.02"}]),
    (("contents",), [{"text": "x", "value": {"amount": 1, "currency": "yuan"}}]),
    (("contents",), [{"text": "x", "value": {"amount": -1, "currency": "CNY"}}]),
    (("contents",), [{"text": "x"}] * 201),
    (("declared_at",), "2026-03-01 at noon"),
    (("declared_at",), "2026-03-01T12:00:00"),
)

NOT_JSON = (
    b"<?xml version='1.0'?><manifest><parcel>1</parcel></manifest>",
    b"parcel_id;waybill;hub\nP-1;W-1;h1\n",
    b"parcel_id=P-1&waybill=W-1",
    b"{'parcel_id': 'P-1'}",
    b"{parcel_id: 1}",
    b'{"weight_g": NaN}',
    b'{"weight_g": 0x1F}',
    b"\x89PNG\r\n\x1a\n",
    b"\x00",
    b"null null",
)

WRONG: tuple[object, ...] = ("wrong", 7, -7.5, True, None, [], ["wrong"], {}, {"wrong": 1})


def _truncated(message: Message, rng: Rng) -> Message:
    value = message.value or b""
    return with_value(message, value[: int(rng.integers(1, len(value)))])


def _fuzzed(message: Message, rng: Rng) -> Message:
    """A few bytes changed, taken out or put in, again and again until the contract refuses it."""
    while not _refused(message):
        message = with_value(message, _mutated(message.value or b"", rng))
    return message


def _mutated(value: bytes, rng: Rng) -> bytes:
    at, until = sorted(int(place) for place in rng.integers(0, len(value) + 1, 2))
    new = rng.bytes(int(rng.integers(0, 4)))
    return value[:at] + new + value[min(until, at + 4) :]


def _refused(message: Message) -> bool:
    try:
        read_manifest(message.value, message.headers, str(topics.hub_of(message.topic)), message.key)
    except BadInput:
        return True
    return False


def _wrong_type(message: Message, rng: Rng) -> Message:
    """Another type in one field, drawn until it is one that the field cannot have."""
    document = _document(message)
    paths = list(_paths(document))
    changed = message
    while not _refused(changed):
        changed = _with_field(message, one_of(rng, paths), one_of(rng, WRONG))
    return changed


def _missing(message: Message, rng: Rng) -> Message:
    path = one_of(rng, REQUIRED)
    document = _document(message)
    del _parent(document, path)[path[-1]]
    return _with_document(message, document)


def _not_utf8(message: Message, _: Rng) -> Message:
    """What a hub sends whose software still writes GBK."""
    document = _document(_with_field(message, ("consignor", "name"), "张三"))
    return with_value(message, json.dumps(document, ensure_ascii=False).encode("gb18030"))


def _too_deep(message: Message, rng: Rng) -> Message:
    levels = int(rng.integers(2_000, 20_000))
    return with_value(message, b"[" * levels + b"]" * levels)


def _out_of_time(message: Message, rng: Rng) -> Message:
    times = ("1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00")
    return _with_field(message, ("declared_at",), one_of(rng, times))


def _other_hub(message: Message, rng: Rng) -> Message:
    return _with_field(message, ("hub",), f"other-{int(rng.integers(1000))}")


def _other_subject(message: Message, rng: Rng) -> Message:
    return with_header(message, "ce_subject", f"other-{int(rng.integers(1000))}".encode())


def _document(message: Message) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(message.value or b"{}")
    return document


def _with_document(message: Message, document: object) -> Message:
    return with_value(message, json.dumps(document, ensure_ascii=False).encode())


def _with_field(message: Message, path: Path, value: object) -> Message:
    document = copy.deepcopy(_document(message))
    _parent(document, path)[path[-1]] = value
    return _with_document(message, document)


def _parent(document: Any, path: Path) -> Any:
    for step in path[:-1]:
        document = document[step]
    return document


def _paths(document: object, at: Path = ()) -> Iterator[Path]:
    """Every field of a document, objects before what they hold."""
    items: list[tuple[str | int, object]] = []
    if isinstance(document, dict):
        items = list(document.items())
    elif isinstance(document, list):
        items = list(enumerate(document))
    for name, value in items:
        yield (*at, name)
        yield from _paths(value, (*at, name))


KINDS: Mapping[Corruption, Callable[[Message, Rng], Message]] = {
    Corruption.JSON_TRUNCATED: _truncated,
    Corruption.JSON_FUZZED: _fuzzed,
    Corruption.JSON_NOT: lambda message, rng: with_value(message, one_of(rng, NOT_JSON)),
    Corruption.JSON_NOT_UTF8: _not_utf8,
    Corruption.JSON_TOO_DEEP: _too_deep,
    Corruption.JSON_IMAGE: lambda message, _: with_value(message, png(64, 64)),
    Corruption.FIELD_TYPE: _wrong_type,
    Corruption.FIELD_MISSING: _missing,
    Corruption.FIELD_RANGE: lambda message, rng: _with_field(message, *one_of(rng, OUT_OF_RANGE)),
    Corruption.FIELD_NUL: lambda message, _: _with_field(message, ("consignor", "name"), "a\0b"),
    Corruption.TIME_RANGE: _out_of_time,
    Corruption.HUB_OTHER: _other_hub,
    Corruption.SUBJECT_OTHER: _other_subject,
}
