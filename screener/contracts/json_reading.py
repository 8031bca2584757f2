"""Foreign JSON as a wire type, or a reason with the path to the field that is wrong."""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

from screener.contracts.quoting import PERSONAL, kind_and_length, shown
from screener.errors import BadInput

T = TypeVar("T")

_AT: Final = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>\$.*)`)?", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(\w+)`")
_EXPECTED: Final = re.compile(r"Expected (.*?)(?:, got .*)?", re.DOTALL)
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_NOTHING: Final = object()
_OTHER_WORDS: Final = {
    "Invalid RFC3339 encoded datetime": "an RFC 3339 time with its zone",
    "datetime with a timezone component": "an RFC 3339 time with its zone",
    "Number out of range": "a number in the range of a 64-bit float",
}


def read_json(value: bytes | None, kind: type[T], max_bytes: int) -> T:
    """`value` as a `kind`: strict on types, lenient on unknown fields; of equal names the last counts.

    Raises `BadInput` (value_missing, too_large, not_utf8, not_json, too_deep, schema, nul_character).
    """
    text = _text(value, max_bytes)
    try:
        found = msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise _explained(error, _untyped(text)) from None
    except msgspec.DecodeError as error:
        raise BadInput("not_json", f"$: expected JSON, got {len(text)} bytes: {error}") from None
    except RecursionError:
        raise _too_deep() from None
    _refuse_nul(text, found)
    return found


def explain(error: msgspec.ValidationError, document: object) -> tuple[str, str]:
    """Of msgspec's error on `document`: the path (`$.consignor.phone`), and `expected X, got Y`."""
    match = _AT.fullmatch(str(error))
    assert match is not None
    what, path = match["what"], match["path"] or "$"
    if missing := _MISSING.fullmatch(what):
        return f"{path}.{missing[1]}", "expected a value, got nothing"
    return path, f"expected {_wanted(what)}, got {_got(path, _value_at(document, path))}"


def _text(value: bytes | None, max_bytes: int) -> bytes:
    if not value:
        raise BadInput("value_missing", "$: expected JSON, got nothing")
    if len(value) > max_bytes:
        raise BadInput("too_large", f"$: expected at most {max_bytes} bytes, got {len(value)}")
    try:
        value.decode()
    except UnicodeDecodeError as error:
        raise BadInput("not_utf8", f"$: expected UTF-8, got other bytes from {error.start} on") from None
    return value


def _untyped(text: bytes) -> object:
    """The document without its types, to look up what was got; what lies after the error may be broken."""
    try:
        return msgspec.json.decode(text)
    except msgspec.ValidationError:  # a number that no float can hold
        return _NOTHING
    except msgspec.DecodeError as error:
        raise BadInput("not_json", f"$: expected JSON, got {len(text)} bytes: {error}") from None
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> BadInput:
    return BadInput("too_deep", "$: expected JSON of few levels, got hundreds")


def _explained(error: msgspec.ValidationError, document: object) -> BadInput:
    path, what = explain(error, document)
    return BadInput("schema", f"{path}: {what}")


def _wanted(what: str) -> str:
    match = _EXPECTED.fullmatch(what)
    wanted = (match[1] if match else what).replace("`", "")
    if wanted.startswith("Invalid enum value"):
        return "one of the values of the contract"
    return _OTHER_WORDS.get(wanted, wanted)


def _got(path: str, value: object) -> str:
    if value is _NOTHING:
        return "another"
    if _is_personal(path):
        return kind_and_length(value)
    return f"{kind_and_length(value).partition(' ')[0]} {shown(value)}" if _is_scalar(value) else shown(value)


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | bool | int | float)


def _is_personal(path: str) -> bool:
    """Whether the path ends at, or leads through, a personal field; the whole document counts as one."""
    names = {name for name, _ in _STEP.findall(path) if name}
    return not names or not names.isdisjoint(PERSONAL)


def _value_at(document: object, path: str) -> object:
    for name, index in _STEP.findall(path):
        if isinstance(document, dict) and name in document:
            document = document[name]
        elif isinstance(document, list) and index and int(index) < len(document):
            document = document[int(index)]
        else:
            return _NOTHING
    return document


def _refuse_nul(text: bytes, found: object) -> None:
    if b"\\u0000" not in text:  # JSON can write U+0000 in no other way
        return
    if path := _path_of_nul(msgspec.to_builtins(found), "$"):
        raise BadInput("nul_character", f"{path}: expected a text without U+0000, got one with it")


def _path_of_nul(value: object, path: str) -> str | None:
    if isinstance(value, str):
        return path if "\0" in value else None
    below: list[tuple[str, object]] = []
    if isinstance(value, dict):
        below = [(f"{path}.{name}", item) for name, item in value.items()]
    elif isinstance(value, list | tuple):
        below = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    return next((found for where, item in below if (found := _path_of_nul(item, where))), None)
