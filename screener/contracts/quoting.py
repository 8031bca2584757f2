"""How error texts show foreign values: cut, escaped, and never a personal one."""

from __future__ import annotations

from typing import Final

PERSONAL: Final = frozenset({"name", "phone", "address", "text", "consignor", "consignee", "contents"})
"""Fields whose values no error text and no log line may show, nor those of what lies in them."""

_LONGEST: Final = 40
_KINDS: Final = {bool: "bool", int: "int", float: "float", str: "str", list: "array", dict: "object"}


def shown(value: object) -> str:
    """A scalar as Python writes it, cut at 40 characters; of an array or object type and length only."""
    if not isinstance(value, str | bytes | bool | int | float):
        return kind_and_length(value)
    text = repr(_short(value))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def kind_and_length(value: object) -> str:
    """What may be said of a personal value: `str of length 11`, `array of length 2`, `int`, `null`."""
    if value is None:
        return "null"
    kind = _KINDS.get(type(value), type(value).__name__)
    return f"{kind} of length {len(value)}" if isinstance(value, str | bytes | list | dict) else kind


def _short(value: str | bytes | float) -> str | bytes | float:
    if isinstance(value, str | bytes):
        return value[: _LONGEST + 1]
    return float("inf") if abs(value) > 10**300 else value  # repr() refuses integers of over 4,300 digits
