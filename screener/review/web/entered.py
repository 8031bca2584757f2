"""What a form of a page holds: its fields by name, those that come several times as lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from screener.errors import BadInput
from screener.review.web.request import Asked, form_of

LONGEST: Final = 8192

FRAME: Final = frozenset({"csrf", "kind", "version", "tools", "queue", "passed"})
"""Fields that go round what was typed."""


def of(request: Asked) -> dict[str, Any]:
    """The form's texts; files are not among them. Raises `BadInput`."""
    found: dict[str, Any] = {}
    for name, value in form_of(request).multi_items():
        if isinstance(value, str):
            _put(found, name, value)
    return found


def _put(found: dict[str, Any], name: str, value: str) -> None:
    if len(value) > LONGEST:
        raise BadInput("form", f"{name[:20]!r}: expected at most {LONGEST} characters, got {len(value)}")
    if name not in found:
        found[name] = value
    elif isinstance(found[name], list):
        found[name].append(value)
    else:
        found[name] = [found[name], value]


def text(entered: Mapping[str, Any], name: str) -> str:
    """A field as text, nothing where it is missing; of several the first."""
    value = entered.get(name, "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value)


def number(entered: Mapping[str, Any], name: str) -> int:
    """A field as a whole number. Raises `BadInput`."""
    value = text(entered, name)
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise BadInput("form", f"{name}: expected a whole number, got {value[:20]!r}")
    return int(value)


def numbers(entered: Mapping[str, Any], name: str) -> tuple[int, ...]:
    """A field of whole numbers, each its own value or with commas between. Raises `BadInput`."""
    value = entered.get(name, [])
    given = value if isinstance(value, list) else [value]
    parts = [part for one in given for part in str(one).split(",") if part]
    return tuple(number({name: part}, name) for part in parts)


def typed(entered: Mapping[str, Any]) -> dict[str, Any]:
    """What a person typed or chose."""
    return {name: value for name, value in entered.items() if name not in FRAME}
