"""Where a reader of verdicts stands: the next offset of every partition, in a text opaque to it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

MAX_CHARS: Final = 16 * 1024

_Number = Annotated[int, Meta(ge=0, lt=1 << 48)]
_places = msgspec.msgpack.Decoder(tuple[tuple[_Number, _Number], ...])


class BadCursor(ValueError):
    """A text that is no cursor of ours."""


def written(places: Mapping[int, int]) -> str:
    """The next offset by partition, as a text that is safe in a URL."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(sorted(places.items()))).decode().rstrip("=")


def read(text: str) -> dict[int, int]:
    """The next offset by partition. Raises `BadCursor`."""
    if len(text) > MAX_CHARS:
        raise BadCursor(f"expected at most {MAX_CHARS} characters, got {len(text)}")
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return dict(_places.decode(packed))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise BadCursor("expected a cursor as it was given") from None
