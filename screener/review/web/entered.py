"""What a form of a page holds: its fields by name, those that come several times as lists."""

from __future__ import annotations

from typing import Annotated, Any

from litestar.enums import RequestEncodingType
from litestar.params import Body

from screener.errors import BadInput

Entered = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]

FRAME = frozenset({"csrf", "kind", "version", "tools", "queue", "passed"})
"""Fields that go round what was typed."""


def text(entered: dict[str, Any], name: str) -> str:
    """A field as text, nothing where it is missing; of several the first."""
    value = entered.get(name, "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value)


def number(entered: dict[str, Any], name: str) -> int:
    """A field as a whole number. Raises `BadInput`."""
    value = text(entered, name)
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise BadInput("form", f"{name}: expected a whole number, got {value[:20]!r}")
    return int(value)


def numbers(entered: dict[str, Any], name: str) -> tuple[int, ...]:
    """A field of whole numbers, each its own value or with commas between. Raises `BadInput`."""
    value = entered.get(name, [])
    given = value if isinstance(value, list) else [value]
    parts = [part for one in given for part in str(one).split(",") if part]
    return tuple(number({name: part}, name) for part in parts)


def typed(entered: dict[str, Any]) -> dict[str, Any]:
    """What a person typed or chose."""
    return {name: value for name, value in entered.items() if name not in FRAME}
