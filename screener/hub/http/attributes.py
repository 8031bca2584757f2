"""CloudEvents over HTTP, in binary mode: `ce-` headers, or query parameters, as the contract's headers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from screener.contracts import cloudevents
from screener.contracts.cloudevents import Headers
from screener.contracts.quoting import kind_and_length
from screener.contracts.reading import encode
from screener.errors import BadInput

MAX_ID_CHARS: Final = 256

_PREFIX: Final = b"ce-"
_AS_THEY_ARE: Final = frozenset({b"content-type", b"traceparent"})


@dataclass(frozen=True, slots=True)
class Given:
    """What a request says of its message: attributes as headers of the contract, and an Idempotency-Key."""

    headers: Headers
    idempotency_key: str | None

    @property
    def event_id(self) -> str | None:
        """The id that the hub gave; `ce-id` goes before the key. Raises `BadInput` where it can be none."""
        given = [value for name, value in self.headers if name == "ce_id"]
        text = given[0].decode("utf-8", "replace") if given else self.idempotency_key
        if text is not None and not (0 < len(text) <= MAX_ID_CHARS and text.isprintable()):
            detail = f"expected 1 to {MAX_ID_CHARS} printable characters, got {kind_and_length(text)}"
            raise BadInput("header_invalid", f"ce_id: {detail}")
        return text

    def complete(self, defaults: Mapping[str, str]) -> Headers:
        """The headers, with those that are absent and that the gateway knows itself."""
        there = {name for name, _ in self.headers}
        own = [(name, text.encode()) for name, text in defaults.items() if name not in there]
        return (*self.headers, *own)


def given(headers: Iterable[tuple[bytes, bytes]], parameters: Iterable[tuple[str, str]]) -> Given:
    """What the headers (lower case) and query parameters or form fields of a request say."""
    found: list[tuple[str, bytes]] = []
    key: str | None = None
    for name, value in headers:
        if name.startswith(_PREFIX):
            found.append(("ce_" + name[len(_PREFIX) :].decode("latin-1"), unquote_to_bytes(value)))
        elif name in _AS_THEY_ARE:
            found.append((name.decode(), value))
        elif name == b"idempotency-key":
            key = value.decode("utf-8", "replace").strip('"')
    found += [("ce_" + name, text.encode()) for name, text in parameters]
    return Given(tuple(found), key)


def defaults(event_type: str, hub: str, event_id: str) -> dict[str, str]:
    """What every message of a hub to one address has in common."""
    return {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": f"/hubs/{hub}",
        "ce_type": event_type,
    }


def digest(said: Struct, content: bytes = b"") -> str:
    """What tells equal messages: of what is said, and of the bytes that go with it."""
    return hashlib.sha256(encode(said) + b"\0" + content).hexdigest()[:32]


def traceparent(headers: Headers) -> str | None:
    """The trace that a checked message belongs to."""
    return cloudevents.from_headers(headers).traceparent
